package ui

import (
	"slices"
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

// verdictLines tell what the browser makes of an exchange, with Corsage and
// without it: the outcome, what becomes of each cookie, and what a script sees.
// What is the same both ways is told once.
func verdictLines(p verdict.Pair) []tableLine {
	var lines []tableLine
	part := func(title string, more []headerLine) {
		if len(more) == 0 {
			return
		}
		lines = append(lines, tableLine{title: title})
		for _, l := range more {
			lines = append(lines, tableLine{headerLine: l})
		}
	}
	for _, of := range []struct {
		what  string
		lines func(verdict.Verdict) []headerLine
	}{{"", outcomeLines}, {"Cookies", cookieLines}, {"Response headers", readableLines}} {
		with, without := of.lines(p.Delivered), of.lines(p.Answered)
		alike := slices.EqualFunc(with, without, equalHeaderLine)
		if proviso := p.Sign.Note; of.what == "" && proviso != "" && !said(p, proviso) {
			with[0].notes = append(with[0].notes, note{"Note", proviso})
		}
		if alike {
			part(titled(of.what, "with and without Corsage"), with)
			continue
		}
		part(titled(of.what, "with Corsage"), with)
		part(titled(of.what, "without Corsage"), without)
	}
	return lines
}

// said reports whether a sentence is one of the reasons anyway.
func said(p verdict.Pair, text string) bool {
	for _, v := range []verdict.Verdict{p.Delivered, p.Answered} {
		if v.Why == text || slices.ContainsFunc(v.Cookies, func(c verdict.Cookie) bool { return c.Why == text }) {
			return true
		}
	}
	return false
}

// titled is a heading of a part.
func titled(what, how string) string {
	if what == "" {
		return strings.ToUpper(how[:1]) + how[1:]
	}
	return what + ", " + how
}

// outcomeLines are one line: the outcome, the header that decided, and why.
func outcomeLines(v verdict.Verdict) []headerLine {
	outcome := string(v.Outcome)
	l := headerLine{mark: good, name: strings.ToUpper(outcome[:1]) + outcome[1:], value: decider(v.Rule)}
	switch {
	case v.Outcome == verdict.Unknown:
		l.mark = same
	case !v.Outcome.OK():
		l.mark = bad
	}
	l.notes = reasons(v.Rule, v.Why, v.Remedy)
	for _, n := range v.Notes {
		l.notes = append(l.notes, note{"Besides", n})
	}
	if v.CredentialsWhy != "" {
		l.notes = append(l.notes, note{"Credentials", v.CredentialsWhy})
	}
	return []headerLine{l}
}

// cookieLines are a line a cookie.
func cookieLines(v verdict.Verdict) []headerLine {
	var lines []headerLine
	for _, c := range v.Cookies {
		outcome := string(c.Outcome)
		if c.Partitioned {
			outcome += ", in a jar of the page's site alone"
		}
		if c.Uncredentialed {
			outcome += ", if the call is made with credentials"
		}
		l := headerLine{mark: good, name: c.Name, value: outcome, notes: reasons(c.Rule, c.Why, c.Remedy)}
		switch c.Outcome {
		case verdict.Refused, verdict.NotSent:
			l.mark = bad
		case verdict.Removed:
			l.mark = same
		}
		lines = append(lines, l)
	}
	return lines
}

// readableLines say which headers a script sees.
func readableLines(v verdict.Verdict) []headerLine {
	var lines []headerLine
	for _, l := range []struct {
		mark  mark
		name  string
		names []string
	}{
		{good, "The script reads", v.Readable},
		{same, "Without credentials also", v.ReadableUncredentialed},
		{same, "Hidden from it", v.Hidden},
	} {
		if len(l.names) > 0 {
			lines = append(lines, headerLine{mark: l.mark, name: l.name, value: strings.Join(l.names, ", ")})
		}
	}
	return lines
}

// reasons are a verdict's sentences: what the standard says, and what would mend
// it on the server.
func reasons(r verdict.Rule, why, remedy string) []note {
	notes := []note{{ruleName(r), why}}
	if remedy != "" {
		notes = append(notes, note{"On the server", remedy})
	}
	return notes
}

// ruleName is the standard and its section.
func ruleName(r verdict.Rule) string {
	if r.Section == "" {
		return r.Standard
	}
	return r.Standard + ", " + r.Section
}

// decider is the header that was looked at, as a line; "" where none was.
func decider(r verdict.Rule) string {
	switch {
	case r.Header == "":
		return ""
	case r.Value == "":
		return r.Header + " is not there"
	}
	return r.Header + ": " + r.Value
}

// noVerdict says why there is none.
func noVerdict(e *record.Entry) string {
	switch {
	case e.Refusal != nil:
		return "The client refused the certificate, and asked for nothing."
	case e.Status == 0 && e.State == record.Open:
		return "No answer yet: it decides what the browser does."
	case e.Status == 0:
		return "There was no answer to judge."
	}
	return "No page's script made this request, so no rule of the browser keeps the answer from anybody."
}

// rowVerdict are the lines of an exchange; none where there is nothing to judge.
func rowVerdict(r *logRow) []tableLine {
	pair, ok := r.verdict()
	if !ok {
		return nil
	}
	return verdictLines(pair)
}
