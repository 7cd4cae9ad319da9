package ui

import (
	"fmt"
	"net/http"
	"strings"

	"corsage/proxy/record"
)

// detailFacts is the line below the URL.
func detailFacts(e *record.Entry) string {
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	switch {
	case e.Refusal != nil && e.Refusal.Count > 1:
		add("%s, the last time at %s", refusalText(e.Refusal), formatTime(e.Refusal.Last))
		add("by %s", refusedBy(e))
	case e.Refusal != nil:
		add("%s", refusalText(e.Refusal))
		add("by %s", refusedBy(e))
	case e.Status != 0:
		add("%s", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	case e.State == record.Open:
		add("no answer yet")
	default:
		add("no answer")
	}
	if e.Local && e.Error == "" {
		add("answered by Corsage")
	}
	if e.Request.Proto != "" {
		add("%s", protocols(e))
	}
	if e.Request.Size > 0 {
		add("%s up", formatBytes(e.Request.Size))
	}
	if e.Status != 0 {
		add("%s down", formatBytes(e.Response.Size))
	}
	add("started %s", formatTime(e.Start))
	switch {
	case e.Refusal != nil:
	case e.State == record.Open:
		add("under way for %s", shortDuration(e.Duration))
	case e.State == record.Aborted:
		add("broken off after %s", shortDuration(e.Duration))
	default:
		add("took %s", shortDuration(e.Duration))
	}
	if e.Profile != "" {
		add("profile %s", e.Profile)
	}
	if e.Origin != "" {
		add("page %s (%s)", e.Origin, relationText(e.Relation))
	}
	return strings.Join(facts, "  ·  ")
}

func protocols(e *record.Entry) string {
	name := func(p string) string { return strings.TrimSuffix(strings.Replace(p, "HTTP/2.0", "HTTP/2", 1), " ") }
	if e.Response.Proto == "" || e.Response.Proto == e.Request.Proto {
		return name(e.Request.Proto)
	}
	return name(e.Request.Proto) + " from the browser, " + name(e.Response.Proto) + " from the backend"
}

// relationText explains record.Entry's Relation.
func relationText(relation string) string {
	switch relation {
	case "own":
		return "the backend's own"
	case "allowed":
		return "allowed by the profile"
	case "foreign":
		return "not allowed by the profile"
	}
	return relation
}

// changeLines are all changes of an exchange, the request's first.
func changeLines(e *record.Entry) []tableLine {
	var lines []tableLine
	for _, part := range []struct {
		title string
		side  record.Side
		m     *record.Message
	}{
		{"Request, on its way to the backend", record.Request, &e.Request},
		{"Response, on its way to the browser", record.Response, &e.Response},
	} {
		diff := entryDiff(e, part.side)
		var changed []tableLine
		for _, l := range diff {
			if (l.mark != same || len(l.notes) > 0) && !marked(e, part.side, l.name) {
				changed = append(changed, tableLine{headerLine: l})
			}
		}
		if len(changed) > 0 {
			lines = append(append(lines, tableLine{title: part.title}), changed...)
		}
	}
	return lines
}

// changeCount counts what changeLines tells of.
func changeCount(e *record.Entry) int {
	n := 0
	for _, c := range e.Changes {
		if c.Toggle != record.Circle {
			n++
		}
	}
	return n
}

// marked reports whether all that was changed in a field is the proxy's own mark.
func marked(e *record.Entry, side record.Side, header string) bool {
	mark := false
	for _, c := range e.Changes {
		if c.Side == side && c.Header == header {
			if c.Toggle != record.Circle {
				return false
			}
			mark = true
		}
	}
	return mark
}

// noChanges says why there is none.
func noChanges(e *record.Entry) string {
	if e.Refusal != nil {
		return "Nothing was asked for, so nothing was changed."
	}
	switch e.Relation {
	case "own":
		return "Nothing was changed: this is a request of the backend's own pages, or of no page at all."
	case "foreign":
		return "Nothing was changed: the page's origin is not one that the profile allows."
	}
	return "Nothing was changed: what passed was right as it was."
}

// detailText is everything that the pane says, as text.
func detailText(r *logRow) string {
	var b strings.Builder
	e := r.Entry
	b.WriteString(e.Method + " " + e.URL + "\n" + detailFacts(e) + "\n")
	if e.Error != "" {
		b.WriteString(sentence(e.Error) + "\n")
	}
	if text := linesText(rowVerdict(r)); text != "" {
		b.WriteString("\n" + text)
	}
	for _, part := range []struct {
		title string
		side  record.Side
		m     *record.Message
	}{{"Request", record.Request, &e.Request}, {"Response", record.Response, &e.Response}} {
		body := viewBody(part.m, e.State)
		b.WriteString("\n" + part.title + "\n" + headerText(entryDiff(e, part.side)))
		b.WriteString("\n" + orElse(body.text, body.note) + "\n")
	}
	return b.String()
}
