package proxy_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"corsage/profiles"
	"corsage/proxy"
	"corsage/proxy/record"
	"corsage/proxy/session"
)

// hotPath is a server whose only rule has all default toggles, and the request
// of an allowed page with its session: what is done most, without a socket.
func hotPath(tb testing.TB) (*proxy.Server, *http.Request) {
	tb.Helper()
	p := profiles.Profile{Name: "Shop", Backends: []profiles.Backend{{URL: "http://dev.example.com"}}}
	rules, err := p.Rules("", session.NewStore())
	if err != nil {
		tb.Fatal(err)
	}
	s := newServer(tb, record.New(5000))
	s.Apply(proxy.NewRuleset(rules...))
	s.StubUpstream(rules[0], cannedAnswer{})
	u, err := url.Parse("http://dev.example.com/api/me?page=2")
	if err != nil {
		tb.Fatal(err)
	}
	r := &http.Request{
		Method: http.MethodGet, URL: u, Host: u.Host, RequestURI: u.String(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, RemoteAddr: "127.0.0.1:50000",
		Header: http.Header{
			"Accept": {"application/json"}, "Accept-Encoding": {"gzip, deflate, br, zstd"}, "Accept-Language": {"en-GB,en;q=0.9"},
			"Cookie": {"sessionid=8fj3k2l1m0; csrftoken=Yz8K1aQ9"}, "Origin": {page}, "Referer": {page + "/"},
			"Sec-Ch-Ua": {`"Chromium";v="156"`}, "Sec-Ch-Ua-Mobile": {"?0"}, "Sec-Ch-Ua-Platform": {`"Linux"`},
			"Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Site": {"cross-site"},
			"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
		},
	}
	return s, r
}

// cannedAnswer answers as a backend behind Django would.
type cannedAnswer struct{}

var cannedBody = []byte(`{"user":"ada","roles":["dev"],"unread":3,"items":[1,2,3,4,5,6,7,8,9,10]}`)

func (cannedAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{
			"Content-Type": {"application/json"}, "Content-Length": {"75"}, "Date": {"Mon, 23 Nov 2026 09:00:00 GMT"},
			"Server": {"gunicorn"}, "Vary": {"Cookie"}, "X-Frame-Options": {"DENY"}, "Etag": {`"5f3a"`},
			"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"same-origin"},
		},
		ContentLength: int64(len(cannedBody)), Body: io.NopCloser(bytes.NewReader(cannedBody)),
	}, nil
}

// nowhere is a ResponseWriter that keeps nothing.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w nowhere) WriteHeader(int)             {}
func (w nowhere) Flush()                      {}

// exchange is one pass of r along the hot path.
func exchange(s *proxy.Server, r *http.Request) {
	again := *r
	again.Header = r.Header.Clone()
	s.ServeProxy(nowhere{http.Header{}}, &again)
}

func BenchmarkHotPath(b *testing.B) {
	s, r := hotPath(b)
	b.ReportAllocs()
	for b.Loop() {
		exchange(s, r)
	}
}

// What the proxy does with a request, beside net/http's own work, is worth its
// allocations: each one more is a decision.
func TestHotPathAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	s, r := hotPath(t)
	exchange(s, r) // what is made once
	own := testing.AllocsPerRun(100, func() {
		again := *r
		again.Header = r.Header.Clone()
		resp, _ := cannedAnswer{}.RoundTrip(&again)
		_, _ = nowhere{http.Header{}}, resp
	})
	if got := testing.AllocsPerRun(1000, func() { exchange(s, r) }) - own; got > 42 {
		t.Errorf("%.0f allocations a request, want at most 42", got)
	}
}
