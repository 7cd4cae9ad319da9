package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

// trial is one case as it went in one browser.
type trial struct {
	*matrixServer
	browser verdict.Browser
	c       *matrixCase
	at      place // of the call that is looked at
	seen    map[place]seen
	log     map[place][]*record.Entry
	given   []verdict.Given // the case's cookie, as the browser was given it
	removed bool            // and took away from it again
	faults  []string        // where the verdict disagrees with the browser
}

func (t *trial) disagree(format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf("%s %d: ", t.at.phase, t.at.call)+fmt.Sprintf(format, args...))
}

// check compares the verdicts with what the browser did, call by call.
func (t *trial) check(id int) {
	for _, phase := range []string{phaseBefore, phaseCalls, phaseAfter} {
		for n := range t.c.phase(phase) {
			t.at = place{id, phase, n, 0}
			t.checkCall(&t.c.phase(phase)[n])
		}
	}
}

// checkTwin compares the verdict on what the backend of a helped case answered
// with what the browser made of the same answer where nobody helped, and the
// sign of the row with both.
func (t *trial) checkTwin(id, unhelped int) {
	t.at = place{id, phaseCalls, 0, 0}
	entries := t.log[t.at]
	e, call := entries[len(entries)-1], &t.c.calls[0]
	pair, _ := verdict.In(t.browser, e)
	if t.c.cookie != "" {
		t.checkTwinCookie(pair, t.cases[unhelped], t.log[place{unhelped, phaseCalls, 1, 0}][0])
		return
	}
	if len(entries) > 1 || e.Local {
		return // the backend was not asked for a preflight, so nobody knows
	}
	saw := t.seen[place{unhelped, phaseCalls, 0, 0}]
	works, ok := passes(pair.Answered.Outcome, call.credentialed())
	if blocked := saw.Outcome == "blocked"; !ok || works == blocked {
		t.disagree("%s unhelped: the script saw %s, and the verdict on what the backend answered is %s", e.URL, saw, told(pair.Answered))
	} else if help := pair.Sign.Kind == verdict.Unblocked; help != blocked && len(e.Sent(record.Response)["Set-Cookie"]) == 0 {
		t.disagree("%s: unhelped the script saw %s, helped %s, and the log says %q", e.URL, saw, t.seen[t.at], pair.Sign.Text)
	}
}

// checkTwinCookie compares what the verdict says of a cookie as the backend set
// it with whether the browser brought it where nobody helped. again is the
// request there that asked for it.
func (t *trial) checkTwinCookie(pair verdict.Pair, twin *matrixCase, again *record.Entry) {
	told, found := t.cookie(pair.Answered)
	kept := (&trial{c: twin}).hasCookie(again)
	if !found || kept != (told.Outcome == verdict.Stored) {
		t.disagree("unhelped the browser kept the cookie: %t; by the verdict on what the backend answered it is %q: %s", kept, told.Outcome, told.Why)
	}
	if helped, _ := t.cookie(pair.Delivered); helped.Outcome == verdict.Stored && !kept && pair.Sign.Kind != verdict.Unblocked {
		t.disagree("the browser keeps the cookie only with help, and the log says %q", pair.Sign.Text)
	}
}

// page and top are the origins of the scripts and of their tab.
func (t *trial) page() (page, top string) {
	if t.at.phase != phaseCalls {
		own := t.base(t.c.page, t.c.phase(t.at.phase)[0].to)
		return own, own
	}
	return t.c.page.origin(), t.c.page.url
}

// request is what is known of a request before it is made.
func (t *trial) request(call *matrixCall) verdict.Request {
	page, top := t.page()
	address := mustParse(t.address(t.at))
	if call.via == viaSocket {
		address.Scheme = strings.Replace(address.Scheme, "http", "ws", 1)
	}
	header := http.Header{}
	for name, value := range call.header {
		header.Set(name, value)
	}
	if page != originOf(address.Scheme, address.Host) && call.kind() == verdict.CORS {
		header.Set("Origin", page)
	}
	switch call.via {
	case viaImage, viaScript:
		header.Set("Sec-Fetch-Dest", call.via)
	case viaFrame:
		header.Set("Sec-Fetch-Dest", "iframe")
	case viaLink, viaForm:
		header.Set("Sec-Fetch-Dest", "document")
	}
	req := verdict.Request{
		Page: page, Top: top, URL: address, Method: call.verb(), Header: header,
		Mode: call.kind(), Credentials: call.credentialed(), Given: t.given, Proxied: true,
	}
	if t.at.phase == phaseCalls {
		req.Policy = t.c.page.policy()
	}
	if entries := t.log[t.at]; len(entries) > 0 {
		req.At = entries[0].Start
	}
	return req
}

func originOf(scheme, host string) string { return scheme + "://" + host }

func (t *trial) checkCall(call *matrixCall) {
	entries := t.log[t.at]
	got := t.seen[t.at]
	if got.Outcome == "hanging" || got.Outcome == "" {
		t.disagree("the browser did nothing: %s", got)
		return
	}
	before := verdict.Judge(t.browser, t.request(call), nil)
	if (before.Outcome == verdict.Blocked) != (len(entries) == 0) {
		t.disagree("%d requests came, and before the request the verdict is %s", len(entries), told(before))
	}
	if len(entries) == 0 {
		if got.Outcome != "blocked" {
			t.disagree("no request came, and the script saw %s", got)
		}
		return
	}
	t.checkCookieSent(before, entries)
	for i, e := range entries {
		last := i == len(entries)-1
		t.checkEntry(call, e, last, got)
	}
}

// checkEntry compares the verdict on one request and its answer with what
// followed.
func (t *trial) checkEntry(call *matrixCall, e *record.Entry, last bool, got seen) {
	req := t.request(call)
	known := t.entryRequest(req, e)
	v := verdict.Judge(t.browser, known, &verdict.Response{Status: e.Status, Header: e.Sent(record.Response)})
	t.compare("knowing all", call, e, v, last, got)
	pair, ok := verdict.In(t.browser, e, t.given...)
	if !ok {
		t.disagree("%s %s has no verdict in the log", e.Method, e.URL)
		return
	}
	t.compare("from the log", call, e, pair.Delivered, last, got)
	t.takeCookies(e, v, pair.Delivered)
}

// entryRequest is the request of an entry with all that is known of it.
func (t *trial) entryRequest(req verdict.Request, e *record.Entry) verdict.Request {
	req.URL, req.Method, req.Header, req.Arrived = mustParse(e.URL), e.Method, e.Received(record.Request), true
	if e.Origin == "null" {
		req.Page = "null" // after a redirect
	}
	return req
}

// compare holds one verdict against what followed.
func (t *trial) compare(how string, call *matrixCall, e *record.Entry, v verdict.Verdict, last bool, got seen) {
	works, ok := passes(v.Outcome, call.credentialed())
	if !ok {
		t.disagree("%s, %s %s: the verdict does not say: %s", how, e.Method, e.URL, told(v))
		return
	}
	if !last {
		if !works {
			t.disagree("%s, %s %s: another request followed, and the verdict is %s", how, e.Method, e.URL, told(v))
		}
		return
	}
	if e.Method == http.MethodOptions && works {
		t.disagree("%s: nothing followed the preflight, and its verdict is %s", how, told(v))
		return
	}
	if works != (got.Outcome != "blocked") {
		t.disagree("%s, %s %s: the script saw %s, and the verdict is %s", how, e.Method, e.URL, got, told(v))
		return
	}
	if opaque := v.Outcome == verdict.Opaque; works && opaque != (got.Outcome == "opaque") && (call.via == viaFetch || call.via == viaXHR) {
		t.disagree("%s, %s %s: the script saw %s, and the verdict is %s", how, e.Method, e.URL, got, told(v))
	}
	if got.Outcome == "readable" && call.via != viaEvents {
		t.compareHeaders(how, call, e, v, got)
	}
}

// notAnswered are headers that a script reads and the backend did not send: those
// of the connection (RFC 9110, section 7.6.1), and Firefox's own note of HTTP/2.
var notAnswered = []string{"connection", "keep-alive", "transfer-encoding", "proxy-connection", "x-firefox-spdy"}

func (t *trial) compareHeaders(how string, call *matrixCall, e *record.Entry, v verdict.Verdict, got seen) {
	var want []string
	names := v.Readable
	if call.credentialed() != verdict.Include {
		names = slices.Concat(names, v.ReadableUncredentialed)
	}
	for _, name := range names {
		want = append(want, strings.ToLower(name))
	}
	found := slices.DeleteFunc(slices.Clone(got.Headers), func(name string) bool { return slices.Contains(notAnswered, name) })
	slices.Sort(want)
	slices.Sort(found)
	if want, found = slices.Compact(want), slices.Compact(found); !slices.Equal(want, found) {
		t.disagree("%s, %s %s: the script reads the headers %v, and by the verdict %v", how, e.Method, e.URL, found, want)
	}
}

// passes says whether the call goes on or is readable by an outcome; ok is false
// where the outcome does not tell.
func passes(o verdict.Outcome, mode verdict.Credentials) (works, ok bool) {
	switch o {
	case verdict.Blocked:
		return false, true
	case verdict.Unknown:
		return false, false
	case verdict.ReadableUncredentialed, verdict.PassedUncredentialed:
		return mode != verdict.Include, true
	}
	return true, true
}

// told is a verdict in a line.
func told(v verdict.Verdict) string {
	return fmt.Sprintf("%s by %s, %q: %s", v.Outcome, v.Rule.Standard, v.Rule.Section, v.Why)
}

// hasCookie says whether a request brought the case's cookie.
func (t *trial) hasCookie(e *record.Entry) bool {
	for _, line := range e.Received(record.Request).Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			if name, _, _ := strings.Cut(strings.TrimSpace(pair), "="); name == t.c.cookie {
				return true
			}
		}
	}
	return false
}

// checkCookieSent compares what the browser sent with what was to be expected of
// the cookies that it was given.
func (t *trial) checkCookieSent(before verdict.Verdict, entries []*record.Entry) {
	if t.c.cookie == "" {
		return
	}
	sent := t.hasCookie(entries[0])
	told, found := t.cookie(before)
	switch {
	case len(t.given) == 0 && sent:
		t.disagree("the browser sent the cookie, which by the verdicts it never stored")
	case len(t.given) == 0, t.removed && !sent:
	case !found:
		t.disagree("the browser sent the cookie: %t; the verdict does not speak of it", sent)
	case sent != (told.Outcome == verdict.Sent):
		t.disagree("the browser sent the cookie: %t; by the verdict it is %s: %s", sent, told.Outcome, told.Why)
	}
}

// cookie is what a verdict says of the case's cookie.
func (t *trial) cookie(v verdict.Verdict) (verdict.Cookie, bool) {
	for _, c := range slices.Backward(v.Cookies) { // what an answer sets is last
		if c.Name == t.c.cookie {
			return c, true
		}
	}
	return verdict.Cookie{}, false
}

// takeCookies notes what the verdicts say of the cookie that an answer sets.
// Whether that is right shows with the next requests.
func (t *trial) takeCookies(e *record.Entry, known, logged verdict.Verdict) {
	lines := slices.DeleteFunc(slices.Clone(e.Sent(record.Response).Values("Set-Cookie")), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return strings.TrimSpace(name) != t.c.cookie
	})
	if t.c.cookie == "" || len(lines) == 0 {
		return
	}
	told, found := t.cookie(known)
	if !found {
		t.disagree("%s sets the cookie, and the verdict does not speak of it", e.URL)
		return
	}
	if inLog, _ := t.cookie(logged); inLog.Outcome != told.Outcome && !inLog.Uncredentialed && !t.c.page.sandbox {
		t.disagree("the cookie that %s sets is %s knowing all, and %s from the log", e.URL, told.Outcome, inLog.Outcome)
	}
	if told.Outcome != verdict.Stored && told.Outcome != verdict.Removed {
		return
	}
	t.removed = told.Outcome == verdict.Removed
	page, top := t.page()
	for _, line := range lines {
		t.given = append(t.given, verdict.Given{Line: line, URL: mustParse(e.URL), Page: page, Top: top, At: e.Start})
	}
}
