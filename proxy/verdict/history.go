package verdict

import (
	"net/url"
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/session"
)

// History remembers which cookies browsers were given by the exchanges of a log,
// for [Of]. It is bounded: of the oldest browsers and sites nothing is known any
// more. The zero History is empty. It is not safe for concurrent use.
type History struct {
	given map[jarKey][]Given
	order []jarKey // oldest first
}

// jarKey is a browser, by User-Agent, and the registrable domain of a host.
type jarKey struct{ browser, domain string }

// The bounds of a History.
const (
	maxJars  = 100
	maxGiven = 200 // lines of one browser and domain
)

// Note takes over the cookies of an exchange that has ended. Exchanges are noted in
// their order, each once.
func (h *History) Note(e *record.Entry) {
	k, given := keyOf(e), GivenBy(e)
	if len(given) == 0 {
		return
	}
	if h.given == nil {
		h.given = make(map[jarKey][]Given)
	}
	if _, ok := h.given[k]; !ok {
		if len(h.order) == maxJars {
			delete(h.given, h.order[0])
			h.order = h.order[1:]
		}
		h.order = append(h.order, k)
	}
	all := append(h.given[k], given...)
	if len(all) > maxGiven {
		all = append([]Given(nil), all[len(all)-maxGiven:]...)
	}
	h.given[k] = all
}

// Given returns what the browser of e was given for its site, oldest first. The
// result must not be written to.
func (h *History) Given(e *record.Entry) []Given { return h.given[keyOf(e)] }

// Earlier returns what the browser of e was given for its site by those of the
// exchanges that came before it. entries are in their order.
func Earlier(entries []*record.Entry, e *record.Entry) []Given {
	var h History
	for _, before := range entries {
		if before.ID < e.ID && keyOf(before) == keyOf(e) {
			h.Note(before)
		}
	}
	return h.Given(e)
}

// GivenBy returns the cookies that the browser got with an exchange.
func GivenBy(e *record.Entry) []Given {
	lines := e.Sent(record.Response)[setCookie]
	u, err := url.Parse(e.URL)
	if len(lines) == 0 || err != nil {
		return nil
	}
	received := e.Received(record.Request)
	c := newCall(BrowserOf(received), Request{Page: e.Origin, Top: topOf(e, received), URL: u, Method: e.Method, Header: received})
	if c.uncredentialed() != nil { // they were not even looked at
		return nil
	}
	answered := e.Received(record.Response)[setCookie]
	given := make([]Given, len(lines))
	for i, line := range lines {
		given[i] = Given{Line: line, URL: u, Page: e.Origin, Top: c.Top, TopLevel: c.topLevel(), At: e.Start}
		for _, original := range answered {
			if nameOf(original) == nameOf(line) {
				given[i].Answered = original
			}
		}
	}
	return given
}

func keyOf(e *record.Entry) jarKey {
	u, err := url.Parse(e.URL)
	if err != nil {
		return jarKey{}
	}
	return jarKey{e.Received(record.Request).Get("User-Agent"), registrable(strings.ToLower(u.Hostname()))}
}

func nameOf(line string) string { return session.ParseSetCookie(line).Name() }
