package ui

import (
	"net/http"
	"strings"
	"testing"

	"corsage/proxy/record"
)

func TestHeaderDiff(t *testing.T) {
	type H = http.Header
	for name, c := range map[string]struct {
		received, sent http.Header
		changes        []record.Change
		want           string
	}{
		"nothing": {},
		"same":    {received: H{"B": {"2"}, "A": {"1", "1"}}, sent: H{"A": {"1", "1"}, "B": {"2"}}, want: "  A: 1\n  A: 1\n  B: 2\n"},
		"added": {
			sent:     H{"Vary": {"Origin"}},
			received: H{},
			changes:  []record.Change{{Toggle: "allow-origin", Side: record.Response, Header: "Vary", Why: "caches"}},
			want:     "+ Vary: Origin\n    ^ allow-origin: caches\n",
		},
		"removed": {
			received: H{"Alt-Svc": {"h3"}}, sent: H{},
			changes: []record.Change{{Toggle: "drop-alt-svc", Side: record.Response, Header: "Alt-Svc", Why: "round the proxy"}},
			want:    "− Alt-Svc: h3\n    ^ drop-alt-svc: round the proxy\n",
		},
		"changed, old before new, the reason last": {
			received: H{"Origin": {"a"}}, sent: H{"Origin": {"b"}},
			changes: []record.Change{{Toggle: "t", Side: record.Response, Header: "Origin", Why: "w"}},
			want:    "− Origin: a\n+ Origin: b\n    ^ t: w\n",
		},
		"one of many values": {
			received: H{"Set-Cookie": {"a=1", "b=2; SameSite=Lax"}}, sent: H{"Set-Cookie": {"a=1", "b=2; SameSite=None"}},
			want: "  Set-Cookie: a=1\n− Set-Cookie: b=2; SameSite=Lax\n+ Set-Cookie: b=2; SameSite=None\n",
		},
		"two toggles": {
			received: H{"X": {"a"}}, sent: H{"X": {"c"}},
			changes: []record.Change{
				{Toggle: "one", Side: record.Response, Header: "X", Why: "1"}, {Toggle: "two", Side: record.Response, Header: "X", Why: "2"},
				{Toggle: "other side", Side: record.Request, Header: "X", Why: "3"},
			},
			want: "− X: a\n+ X: c\n    ^ one: 1\n    ^ two: 2\n",
		},
		"local answer": {
			sent:    H{"A": {"1"}},
			changes: []record.Change{{Toggle: "answer-preflight", Side: record.Response, Header: ":status", After: []string{"No Content"}, Why: "here"}},
			want:    "+ :status: No Content\n    ^ answer-preflight: here\n+ A: 1\n",
		},
		"dropped without a toggle": {received: H{"Keep-Alive": {"5"}}, sent: H{}, want: "− Keep-Alive: 5\n"},
	} {
		got := headerText(headerDiff(c.received, c.sent, record.Response, c.changes))
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestDetailTextHasEverything(t *testing.T) {
	e := sampleEntry(3)
	e.Error = "the upstream broke off"
	text := detailText(newLogRow(e, nil))
	for _, want := range []string{
		e.URL, "200 OK", "84 ms", "profile Shop", "allowed by the profile", "HTTP/2 from the browser", "HTTP/1.1 from the backend", "The upstream broke off.",
		"− Origin: http://localhost:3000\n+ Origin: https://dev.example.com\n    ^ rewrite-origin:", "+ Access-Control-Allow-Origin: http://localhost:3000",
		`"total": "12.50"`, "No body.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestDetailFacts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*record.Entry)
		want   string
	}{
		"open":            {func(e *record.Entry) { e.Status, e.State = 0, record.Open }, "no answer yet"},
		"failed":          {func(e *record.Entry) { e.Status, e.State = 0, record.Aborted }, "no answer  ·"},
		"aborted":         {func(e *record.Entry) { e.State = record.Aborted }, "broken off after 84 ms"},
		"local":           {func(e *record.Entry) { e.Local = true }, "answered by Corsage"},
		"unknown status":  {func(e *record.Entry) { e.Status = 299 }, "299  ·"},
		"upload":          {func(e *record.Entry) { e.Request.Size = 2_000_000 }, "2.0 MB up"},
		"foreign":         {func(e *record.Entry) { e.Relation = "foreign" }, "not allowed by the profile"},
		"one protocol":    {func(e *record.Entry) { e.Response.Proto = "HTTP/2.0" }, "·  HTTP/2  ·"},
		"without a page":  {func(e *record.Entry) { e.Origin = "" }, "profile Shop"},
		"streaming still": {func(e *record.Entry) { e.State = record.Open }, "under way for 84 ms"},
	} {
		e := sampleEntry(1)
		c.change(e)
		if got := detailFacts(e); !strings.Contains(got+"  ·", c.want) {
			t.Errorf("%s: %q lacks %q", name, got, c.want)
		}
	}
}
