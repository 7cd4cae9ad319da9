package record

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
)

func TestHead(t *testing.T) {
	for _, h := range []http.Header{
		nil,
		{},
		{"Accept": {"*/*"}},
		{"Set-Cookie": {"a=1; Path=/", "b=2"}, "X-Empty": {""}, "X-Colon": {"a: b"}, ":odd": {" blanks kept "}},
		{"X-Bytes": {"caf\xe9\t\"1\""}},
	} {
		head := NewHead(h)
		if got := head.Header(); !reflect.DeepEqual(got, h) {
			t.Errorf("%q: %v, want %v", head, got, h)
		}
		if (head == "") != (h == nil) {
			t.Errorf("%v became %q", h, head)
		}
	}
}

// What goes out is what came in with the changes, in their order.
func TestReceivedAndSent(t *testing.T) {
	e := &Entry{
		Request:  Message{Head: NewHead(http.Header{"Origin": {"http://localhost:3000"}, "Accept": {"*/*"}}), Proto: "HTTP/2.0", Size: 1},
		Response: Message{Head: NewHead(http.Header{"Vary": {"Cookie"}, "Alt-Svc": {"h3"}})},
		Changes: []Change{
			{Side: Request, Header: "Origin", After: []string{"https://dev.example.com"}},
			{Side: Response, Header: "Alt-Svc", Before: []string{"h3"}},
			{Side: Response, Header: "Vary", After: []string{"Cookie, X"}},
			{Side: Response, Header: "Vary", After: []string{"Cookie, Origin"}},
		},
	}
	check := func(what string, got, want http.Header) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("request, received", e.Received(Request), http.Header{"Origin": {"http://localhost:3000"}, "Accept": {"*/*"}})
	check("request, sent", e.Sent(Request), http.Header{"Origin": {"https://dev.example.com"}, "Accept": {"*/*"}})
	check("response, received", e.Received(Response), http.Header{"Vary": {"Cookie"}, "Alt-Svc": {"h3"}})
	check("response, sent", e.Sent(Response), http.Header{"Vary": {"Cookie, Origin"}})
	var out struct {
		Request struct {
			Sent  http.Header
			Proto string
			Size  int
		}
	}
	if text, err := json.Marshal(e.Export()); err != nil || json.Unmarshal(text, &out) != nil || out.Request.Sent.Get("Origin") != "https://dev.example.com" ||
		out.Request.Proto != "HTTP/2.0" || out.Request.Size != 1 {
		t.Errorf("as JSON %s, %v", text, err)
	}
	e.Local = true
	e.Response.Head = NewHead(http.Header{"Vary": {"Cookie, Origin"}})
	check("local, received", e.Received(Response), nil)
	check("local, sent", e.Sent(Response), http.Header{"Vary": {"Cookie, Origin"}})
}
