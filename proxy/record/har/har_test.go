package har

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/har"

	"corsage/proxy/record"
	"corsage/proxy/verdict"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read gives a file to the types that the browsers' protocol has for it.
func read(t *testing.T, text []byte) *har.Log {
	t.Helper()
	var file har.HAR
	if err := json.Unmarshal(text, &file); err != nil || file.Log == nil {
		t.Fatalf("%v in %s", err, text)
	}
	return file.Log
}

func write(t *testing.T, comment string, entries ...*Entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(comment); err != nil || w.Count() != len(entries) {
		t.Fatalf("%v, %d entries", err, w.Count())
	}
	return out.Bytes()
}

func login(t *testing.T) *record.Entry {
	form := "user=ada&note=a+b&user=eve"
	answer := zipped(t, `{"ok":true}`+strings.Repeat(" ", 500))
	return &record.Entry{
		ID: 7, Start: time.Date(2026, 3, 1, 9, 8, 7, 6e6, time.UTC), Duration: 12345678, State: record.Done,
		Method: "POST", URL: "https://dev.example.com/login?next=%2Fhome&next=x", Host: "dev.example.com", Path: "/login",
		Status: 302, Type: "application/json", Profile: "Shop", Origin: "http://localhost:3000", Relation: "allowed",
		Applied: []string{"allow-origin"},
		Changes: []record.Change{
			{Toggle: "rewrite-origin", Side: record.Request, Header: "Origin", Before: []string{"http://localhost:3000"}, After: []string{"https://dev.example.com"}},
			{Toggle: "allow-origin", Side: record.Response, Header: "Access-Control-Allow-Origin", After: []string{"http://localhost:3000"}, Why: "It is allowed."},
		},
		Request: record.Message{Proto: "HTTP/2.0", Size: int64(len(form)), Body: []byte(form), Head: record.NewHead(http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"a=1; b=2"}, "Origin": {"http://localhost:3000"},
		})},
		Response: record.Message{Proto: "HTTP/1.1", Size: int64(len(answer)), Body: answer, Head: record.NewHead(http.Header{
			"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}, "Location": {"/home"},
			"Set-Cookie": {"id=3; Path=/; HttpOnly; Expires=Sun, 01 Mar 2026 10:00:00 GMT"},
		})},
	}
}

func TestFile(t *testing.T) {
	text := write(t, "something is missing", Of(login(t), &verdict.Pair{Sign: verdict.Sign{Kind: verdict.Unblocked}}), Of(login(t), nil))
	log := read(t, text)
	if log.Version != "1.2" || log.Creator.Name != "Corsage" || log.Creator.Version != "v1.2.3" || log.Comment != "something is missing" || len(log.Entries) != 2 {
		t.Fatalf("%+v", log)
	}
	e := log.Entries[0]
	if e.StartedDateTime != "2026-03-01T09:08:07.006Z" || e.Time != 12.346 || e.Timings.Wait != 12.346 || e.Cache == nil {
		t.Errorf("%+v", e)
	}
	r := e.Request
	if r.Method != "POST" || r.HTTPVersion != "HTTP/2.0" || r.HeadersSize != -1 || r.BodySize != 26 || len(r.Cookies) != 2 || r.Cookies[1].Name != "b" {
		t.Errorf("%+v", r)
	}
	if len(r.QueryString) != 2 || r.QueryString[0].Value != "/home" || r.PostData.Text != "user=ada&note=a+b&user=eve" || len(r.PostData.Params) != 3 || r.PostData.Params[0].Value != "a b" {
		t.Errorf("query %+v, posted %+v", r.QueryString, r.PostData)
	}
	header := func(list []*har.NameValuePair, name string) (value string) {
		for _, pair := range list {
			if pair.Name == name {
				value += pair.Value
			}
		}
		return value
	}
	// As the browser sent it, and as it got it.
	if got := header(r.Headers, "Origin"); got != "http://localhost:3000" {
		t.Errorf("Origin: %s", got)
	}
	a := e.Response
	if got := header(a.Headers, "Access-Control-Allow-Origin"); got != "http://localhost:3000" {
		t.Errorf("Access-Control-Allow-Origin: %s", got)
	}
	if a.Status != 302 || a.StatusText != "Found" || a.RedirectURL != "/home" || len(a.Cookies) != 1 || a.Cookies[0].Expires != "2026-03-01T10:00:00Z" || !a.Cookies[0].HTTPOnly {
		t.Errorf("%+v %+v", a, a.Cookies)
	}
	if c := a.Content; !strings.HasPrefix(string(c.Text), `{"ok":true}`) || c.Size != 511 || *c.Compression != 511-a.BodySize || c.Encoding != "" {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{`"_corsage":{"id":7,"state":"done","profile":"Shop"`, `"why":"It is allowed."`, `"sign":{"kind":"unblocked"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if n := strings.Count(string(text), `"verdict"`); n != 1 {
		t.Errorf("%d verdicts", n)
	}
}

func TestEmptyFile(t *testing.T) {
	text := write(t, "")
	if log := read(t, text); len(log.Entries) != 0 || log.Comment != "" {
		t.Errorf("%+v", log)
	}
	// Firefox's importer goes through the pages, and fails where there is no such list.
	var file struct{ Log struct{ Pages []any } }
	if err := json.Unmarshal(text, &file); err != nil || file.Log.Pages == nil {
		t.Errorf("%v, pages %v in %s", err, file.Log.Pages, text)
	}
}

func TestContent(t *testing.T) {
	for name, c := range map[string]struct {
		m             record.Message
		header        http.Header
		text, comment string
		size          int64
	}{
		"none":       {},
		"plain":      {record.Message{Size: 3, Body: []byte("abc")}, http.Header{}, "abc", "", 3},
		"cut":        {record.Message{Size: 2000, Body: []byte("abc")}, http.Header{}, "abc", "the first 3 B of 2.0 kB", 2000},
		"not kept":   {record.Message{Size: 2000}, http.Header{}, "", "2.0 kB, not kept", 2000},
		"binary":     {record.Message{Size: 3, Body: []byte("a\x00b")}, http.Header{}, "", "3 B of binary data", 3},
		"latin 1":    {record.Message{Size: 4, Body: []byte("caf\xe9")}, http.Header{"Content-Type": {"text/plain; charset=iso-8859-1"}}, "café", "", 5},
		"not coded":  {record.Message{Size: 3, Body: []byte("abc")}, http.Header{"Content-Encoding": {"gzip"}}, "", "not readable: its gzip coding is broken (unexpected EOF)", 3},
		"no gzip":    {record.Message{Size: 3, Body: []byte("abc")}, http.Header{"Content-Encoding": {"x-own"}}, "", "not readable: its x-own coding is broken (no known coding)", 3},
		"bomb":       {record.Message{Size: 9, Body: nil}, http.Header{}, "", "9 B, not kept", 9},
		"with a BOM": {record.Message{Size: 4, Body: []byte("\xef\xbb\xbfa")}, http.Header{}, "a", "", 1},
	} {
		c.m.Head = record.NewHead(c.header)
		got := Of(&record.Entry{Response: c.m}, nil).Response.Content
		if got.Text != c.text || got.Comment != c.comment || got.Size != c.size {
			t.Errorf("%s: %+v, want %q, %q, %d", name, got, c.text, c.comment, c.size)
		}
	}
}

// What has no answer yet, and what Corsage answered, makes a valid entry too.
func TestWithoutAnswer(t *testing.T) {
	open := Of(&record.Entry{State: record.Open, Method: "GET", URL: "https://a.test/"}, nil)
	local := Of(&record.Entry{
		Method: "GET", URL: "://", Status: 502, Local: true, Error: "no such host",
		Request:  record.Message{Proto: "HTTP/1.1"},
		Response: record.Message{Head: record.NewHead(http.Header{"Content-Type": {"text/plain"}})},
	}, nil)
	log := read(t, write(t, "", open, local))
	if r := log.Entries[0].Response; r.Status != 0 || r.HTTPVersion != "unknown" || r.Content == nil || r.Headers == nil || r.Cookies == nil {
		t.Errorf("%+v", r)
	}
	if e := log.Entries[1]; e.Response.HTTPVersion != "HTTP/1.1" || e.Comment != "no such host" || e.Response.Content.MimeType != "text/plain" || e.Request.QueryString == nil {
		t.Errorf("%+v %+v", e, e.Response)
	}
}
