package ui

import (
	"slices"
	"strings"
	"testing"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

func TestVerdictLines(t *testing.T) {
	blocked := verdict.Verdict{
		Outcome: verdict.Blocked, Rule: verdict.Rule{Standard: "Fetch", Section: "CORS check", Header: "Access-Control-Allow-Origin"},
		Why: "It is not there.", Remedy: "Access-Control-Allow-Origin: http://localhost:3000",
	}
	readable := verdict.Verdict{
		Outcome: verdict.Readable, Rule: verdict.Rule{Standard: "Fetch", Section: "CORS check", Header: "Access-Control-Allow-Origin", Value: "http://localhost:3000"},
		Why: "It names the page.", CredentialsWhy: "It had cookies.",
		Readable: []string{"Content-Type", "Etag"}, Hidden: []string{"Set-Cookie"},
		Cookies: []verdict.Cookie{
			{Name: "a", Outcome: verdict.Stored, Rule: verdict.Rule{Standard: "RFC 6265bis", Section: "5.7"}, Why: "It is None.", Uncredentialed: true},
			{Name: "b", Outcome: verdict.Refused, Rule: verdict.Rule{Standard: "Chromium"}, Why: "It is Lax.", Remedy: "SameSite=None", Partitioned: true},
			{Name: "c", Outcome: verdict.Removed, Why: "It ended."},
		},
	}
	const with = `✓ Readable: Access-Control-Allow-Origin: http://localhost:3000
    ^ Fetch, CORS check: It names the page.
    ^ Credentials: It had cookies.
`
	const without = `✗ Blocked: Access-Control-Allow-Origin is not there
    ^ Fetch, CORS check: It is not there.
    ^ On the server: Access-Control-Allow-Origin: http://localhost:3000
`
	const rest = `✓ a: stored, if the call is made with credentials
    ^ RFC 6265bis, 5.7: It is None.
✗ b: refused, in a jar of the page's site alone
    ^ Chromium: It is Lax.
    ^ On the server: SameSite=None
  c: removed
    ^ : It ended.
`
	const headers = `✓ The script reads: Content-Type, Etag
  Hidden from it: Set-Cookie
`
	for name, c := range map[string]struct {
		pair verdict.Pair
		want string
	}{
		"both ways alike": {
			verdict.Pair{Answered: blocked, Delivered: blocked},
			"With and without Corsage\n" + without,
		},
		"with a proviso": {
			verdict.Pair{Answered: blocked, Delivered: blocked, Sign: verdict.Sign{Note: "The request was changed."}},
			"With and without Corsage\n" + without + "    ^ Note: The request was changed.\n",
		},
		"the sign says what the verdict says": {
			verdict.Pair{Answered: blocked, Delivered: blocked, Sign: verdict.Sign{Note: blocked.Why}},
			"With and without Corsage\n" + without,
		},
		"unblocked": {
			verdict.Pair{Answered: blocked, Delivered: readable},
			"With Corsage\n" + with + "Without Corsage\n" + without + "Cookies, with Corsage\n" + rest + "Response headers, with Corsage\n" + headers,
		},
	} {
		if got := linesText(verdictLines(c.pair)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// TestVerdictOfEntries is about what the window makes of what went through.
func TestVerdictOfEntries(t *testing.T) {
	helped := sampleEntry(1)
	row := newLogRow(helped, nil)
	if row.Sign.Kind != verdict.Unblocked || !mustFilter(t, "unblocked").Match(row.Exchange) {
		t.Errorf("the row's sign is %+v", row.Sign)
	}
	if text := linesText(rowVerdict(row)); !strings.Contains(text, "With Corsage\n✓ Readable") || !strings.Contains(text, "Without Corsage\n✗ Blocked") {
		t.Errorf("the verdict is\n%s", text)
	}
	if !strings.Contains(detailText(row), linesText(rowVerdict(row))) {
		t.Error("what is copied as everything lacks the verdict")
	}
	untouched := sampleEntry(2)
	untouched.Changes, untouched.Applied = nil, nil
	if row := newLogRow(untouched, nil); row.Sign.Kind != verdict.StillBlocked || !mustFilter(t, "blocked").Match(row.Exchange) {
		t.Errorf("the row's sign is %+v", row.Sign)
	}
}

func TestNoVerdict(t *testing.T) {
	line := &record.Entry{Method: "GET", URL: "https://dev.example.com/", Status: 200, State: record.Done, Request: record.Message{Head: "Accept: */*\n\n"}}
	open := *line
	open.Status, open.State = 0, record.Open
	failed := *line
	failed.Status, failed.State = 0, record.Aborted
	var said []string
	for _, e := range []*record.Entry{line, &open, &failed} {
		if lines := rowVerdict(newLogRow(e, nil)); lines != nil {
			t.Errorf("%+v has the verdict %v", e, lines)
		}
		if slices.Contains(said, noVerdict(e)) {
			t.Errorf("%q is said of two different things", noVerdict(e))
		}
		said = append(said, noVerdict(e))
	}
}

// TestVerdictKnowsEarlierCookies: a cookie that the browser was given and did not
// send is told of, and in the row where it was set it isn't.
func TestVerdictKnowsEarlierCookies(t *testing.T) {
	m := &logModel{recorder: record.New(logLimit)}
	login, call := sampleEntry(1), sampleEntry(2)
	login.Changes, call.Changes = nil, nil
	setCookie(login, "sessionid=1; SameSite=Strict", "sessionid=1; SameSite=Strict; Path=/")
	head := call.Request.Head.Header()
	delete(head, "Cookie")
	call.Request.Head = record.NewHead(head)
	m.recorder.Add(login)
	m.recorder.Add(call)
	m.pull()
	m.recorder.Update(login) // its body has ended
	m.pull()
	if text := linesText(rowVerdict(m.rows[1])); !strings.Contains(text, "✗ sessionid: not sent") {
		t.Errorf("the call's verdict does not tell of the cookie that was not sent:\n%s", text)
	}
	if text := linesText(rowVerdict(m.rows[0])); strings.Contains(text, "not sent") {
		t.Errorf("the login's verdict tells of the cookie that it only gave:\n%s", text)
	}
}
