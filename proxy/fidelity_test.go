package proxy_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A request without a body stays one: over HTTP/2 the server can't tell by the
// Body, and a backend would get "Transfer-Encoding: chunked", which some refuse.
func TestNoBodyStaysNoBody(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		b := backend(t, func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprintf(w, "%d %v %q %d", r.ContentLength, r.TransferEncoding, r.Header.Get("Content-Length"), n)
		}, h2)
		rig := start(t, rule(t, "https://example.com", b))
		h1 := rig.newClient(t)
		h1.Transport.(*http.Transport).ForceAttemptHTTP2 = false
		h1.Transport.(*http.Transport).TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		for _, c := range []*http.Client{rig.client, h1} {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
				resp, body := do(t, c, method, "https://example.com/", nil)
				if !strings.HasPrefix(body, "0 [] ") || !strings.HasSuffix(body, " 0") {
					t.Errorf("%s %s, h2 to the backend: %v: it saw %s", resp.Proto, method, h2, body)
				}
			}
		}
	}
}

// What the backend answers arrives as it was, whatever net/http would add.
func TestAnswersArriveAsTheyWere(t *testing.T) {
	page := "<!doctype html><p>hello"
	b := func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Date"] = []string{"Mon, 23 Nov 2026 09:00:00 GMT"}
		switch r.URL.Path {
		case "/untyped":
			h["Content-Type"] = nil
			fmt.Fprint(w, page)
		case "/head":
			h.Set("Content-Type", "text/plain")
			h.Set("Content-Length", "12345")
		case "/empty":
			h["Content-Type"] = nil
			h.Set("Content-Length", "0")
		case "/204":
			w.WriteHeader(204)
		case "/304":
			h.Set("Etag", `"1"`)
			w.WriteHeader(304)
		case "/cookies":
			h["Set-Cookie"] = []string{"a=1; Path=/", "b=2; Expires=Thu, 01 Jan 2037 00:00:00 GMT"}
			h.Set("Content-Type", "text/plain")
			fmt.Fprint(w, "x")
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			h.Set("Content-Type", "text/plain")
			fmt.Fprint(w, "x")
		}
	}
	for _, h2 := range []bool{false, true} {
		origin := backend(t, b, h2)
		rig := start(t, rule(t, "https://example.com", origin))
		direct := origin.Client()
		direct.Transport.(*http.Transport).DisableCompression = true
		for _, c := range []struct{ method, path string }{
			{"GET", "/untyped"}, {"HEAD", "/untyped"}, {"HEAD", "/head"}, {"GET", "/empty"}, {"GET", "/204"},
			{"GET", "/304"}, {"HEAD", "/304"}, {"GET", "/cookies"}, {"GET", "/early"}, {"POST", "/empty"},
		} {
			want, wantBody := do(t, direct, c.method, origin.URL+c.path, nil)
			got, gotBody := do(t, rig.client, c.method, "https://example.com"+c.path, nil)
			if got.StatusCode != want.StatusCode || gotBody != wantBody {
				t.Errorf("%v: %d %q, want %d %q", c, got.StatusCode, gotBody, want.StatusCode, wantBody)
			}
			for _, name := range []string{"Content-Type", "Content-Length", "Set-Cookie", "Etag", "Date"} {
				if !slices.Equal(got.Header[name], want.Header[name]) {
					t.Errorf("%v %s: %q, want %q", c, name, got.Header[name], want.Header[name])
				}
			}
		}
	}
}

// The head of an answer does not wait for its body: an EventSource opens, and a
// fetch is answered, before the first byte.
func TestHeadDoesNotWait(t *testing.T) {
	for _, header := range []string{"", "5"} {
		gone := make(chan struct{})
		b := backend(t, func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set("Content-Length", header)
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(gone)
		}, false)
		rig := start(t, rule(t, "https://example.com", b))
		resp, err := rig.client.Get("https://example.com/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		<-gone
	}
}

// A body of known length is passed on as it comes, too.
func TestSlowBodyOfKnownLength(t *testing.T) {
	next := make(chan struct{})
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		for range 2 {
			fmt.Fprint(w, "x")
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}, false)
	rig := start(t, rule(t, "https://example.com", b))
	resp, err := rig.client.Get("https://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 2 {
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		next <- struct{}{}
	}
}
