package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"
)

// fault is one way in which a backend fails, and what has to come of it.
type fault struct {
	name string
	// accept is a fault below HTTP; answer one in it, which returns whether the
	// connection goes on. One of them is set.
	accept func(net.Conn)
	answer func(c net.Conn, br *bufio.Reader, r *http.Request) bool
	secure bool // only where TLS is spoken
	h2     bool // only where the browser speaks HTTP/2: over HTTP/1.1 an answer ends with its length

	status int    // what the page gets; 502 and 504 come from the proxy
	text   string // for those: what page and log are told
	body   string // for others: what the page reads
	broken bool   // the body breaks off behind that
	// over is set where more comes than was announced: before the next request,
	// the proxy drops the connection.
	over bool
	// check looks at the answer. May be nil.
	check func(*testing.T, *http.Response)
}

// path is one way through the proxy.
type path struct {
	name   string
	secure bool
	h2     bool // towards the browser
	chosen bool
}

var paths = []path{
	{"https, h2", true, true, true},
	{"https, h1", true, false, true},
	{"plain", false, false, true},
	{"plain, not chosen", false, false, false},
}

// runFaults holds every fault on every path to: the page gets what it should,
// the log agrees, and the next request works.
func runFaults(t *testing.T, faults []fault, backend func(*testing.T, fault, path) *faulty) {
	for _, p := range paths {
		t.Run(p.name, func(t *testing.T) {
			holdDescriptors(t)
			for _, c := range faults {
				if c.secure && !p.secure || c.h2 && !p.h2 {
					continue
				}
				t.Run(c.name, func(t *testing.T) { runFault(t, c, p, backend(t, c, p)) })
			}
		})
	}
}

func runFault(t *testing.T, c fault, p path, b *faulty) {
	base := b.url.String()
	r := start(t)
	if c.status == http.StatusGatewayTimeout {
		r.SetTimeouts(100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond)
	}
	if p.chosen {
		base = b.url.Scheme + "://example.com"
		r.Apply(proxy.NewRuleset(b.chosen(t, base, allow)))
	}
	client := r.clientOf(t, p.h2)

	b.armed.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/fault", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", page)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("the page gets no answer: %v", err)
	}
	got, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != c.status {
		t.Errorf("status %d, want %d: %s", resp.StatusCode, c.status, got)
	}
	if broken := err != nil; broken != c.broken {
		t.Errorf("body %q, broken off: %v, want %v", got, err, c.broken)
	}
	if ours := c.text != ""; !ours && string(got) != c.body {
		t.Errorf("body %q, want %q", got, c.body)
	} else if ours && !(strings.HasPrefix(string(got), "Corsage: ") && strings.Contains(string(got), c.text)) {
		t.Errorf("the page is told %q, want %q in it", got, c.text)
	}
	if len(resp.Header["Content-Length"]) > 1 || len(resp.TransferEncoding) > 0 && len(resp.Header["Content-Length"]) > 0 {
		t.Errorf("two lengths: %v %v", resp.Header["Content-Length"], resp.TransferEncoding)
	}
	if c.check != nil {
		c.check(t, resp)
	}
	if p.chosen {
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("Allow-Origin %q: the page can't read the answer", got)
		}
		e := r.entry(t, func(e *record.Entry) bool { return e.Path == "/fault" && e.State != record.Open })
		state, cause := record.Done, c.text
		if c.broken {
			state, cause = record.Aborted, "broke off"
		}
		if e.State != state || e.Status != c.status || !strings.Contains(e.Error, cause) || cause == "" && e.Error != "" {
			t.Errorf("logged as %s, %d, %q; want %s, %d, %q", e.State, e.Status, e.Error, state, c.status, cause)
		}
	}

	b.armed.Store(false)
	if c.over {
		eventually(t, "the connection to be dropped", func() bool { return b.open() == 0 })
	}
	for range 2 {
		if resp, body := get(t, client, base+"/next", "Origin", page); resp.StatusCode != 200 || body != "fine" {
			t.Errorf("the next request: %d %q", resp.StatusCode, body)
		}
	}
}

// wire is a fault of which all that matters is what is written, after which the
// connection goes on.
func wire(parts ...string) func(net.Conn, *bufio.Reader, *http.Request) bool {
	return func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool { say(c, parts...); return true }
}

// last is a fault after whose bytes the connection is closed.
func last(parts ...string) func(net.Conn, *bufio.Reader, *http.Request) bool {
	return func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool { say(c, parts...); return false }
}

// snap is a fault after whose bytes the connection is reset, once they have
// arrived.
func snap(parts ...string) func(net.Conn, *bufio.Reader, *http.Request) bool {
	return func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool { say(c, parts...); reset(c); return false }
}

// hang is a fault after whose bytes nothing comes.
func hang(parts ...string) func(net.Conn, *bufio.Reader, *http.Request) bool {
	return func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool { say(c, parts...); stall(c); return false }
}

// success is the head of an answer to which fields and a body are added.
const success = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

const (
	noAnswer  = "gave no answer: it closed the connection"
	noHTTP    = "no valid HTTP answer"
	noLength  = "where its answer ends"
	noHeaders = "its headers are malformed"
	tooLarge  = "no browser takes"
)

var http1Faults = []fault{
	// Below HTTP.
	{name: "closes at once", accept: func(c net.Conn) {}, status: 502, text: noAnswer},
	{name: "resets at once", accept: reset, status: 502, text: noAnswer},
	{name: "closes in the TLS handshake", secure: true, status: 502, text: noAnswer,
		accept: func(c net.Conn) { _, _ = c.Read(make([]byte, 100)); say(c, "\x16\x03\x03\x00\x7a\x02\x00") }},
	{name: "refuses the TLS handshake", secure: true, status: 502, text: "no way of encryption in common",
		accept: func(c net.Conn) { say(c, "\x15\x03\x03\x00\x02\x02\x28"); stall(c) }},
	{name: "speaks plain http where TLS was asked for", secure: true, status: 502, text: "does not speak TLS there, but plain http",
		accept: func(c net.Conn) { say(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); stall(c) }},
	{name: "speaks SSH where TLS was asked for", secure: true, status: 502, text: "does not speak TLS",
		accept: func(c net.Conn) { say(c, "SSH-2.0-OpenSSH_9.9\r\n"); stall(c) }},
	{name: "stalls in the TLS handshake", secure: true, accept: stall, status: 504, text: "did not finish the TLS handshake in time"},

	// Before and in the head.
	{name: "closes before the head", answer: last(), status: 502, text: noAnswer},
	{name: "resets before the head", answer: snap(), status: 502, text: noAnswer},
	{name: "closes in the status line", answer: last("HTTP/1.1 2"), status: 502, text: noHTTP},
	{name: "closes in the head", answer: last(success, "X-Half: "), status: 502, text: noAnswer},
	{name: "stalls before the head", answer: hang(), status: 504, text: "has said nothing since"},
	{name: "stalls in the head", answer: hang(success), status: 504, text: "has said nothing since"},
	{name: "status line without a code", answer: wire("HTTP/1.1 OK\r\n\r\n"), status: 502, text: noHTTP},
	{name: "status line with a long code", answer: wire("HTTP/1.1 2000 OK\r\n\r\n"), status: 502, text: noHTTP},
	{name: "status line with a negative code", answer: wire("HTTP/1.1 -20 OK\r\n\r\n"), status: 502, text: noHTTP},
	{name: "status line of another protocol", answer: wire("ICY 200 OK\r\n\r\n"), status: 502, text: noHTTP},
	{name: "garbage", answer: wire("\x00\xff\x13\x37\r\n\r\n\r\n"), status: 502, text: noHTTP},
	{name: "HTTP/0.9", answer: last("<html><p>hello\n"), status: 502, text: noHTTP},
	{name: "an SSH banner", answer: wire("SSH-2.0-OpenSSH_9.9\r\n"), status: 502, text: "an SSH server answers there"},
	{name: "a TLS alert", answer: last("\x15\x03\x01\x00\x02\x02\x46\r\n"), status: 502, text: "it speaks TLS there"},
	{name: "line without a colon", answer: wire(success, "nonsense\r\nContent-Length: 1\r\n\r\nx"), status: 502, text: noHeaders},
	{name: "space before the colon", answer: wire(success, "Content-Length : 1\r\n\r\nx"), status: 502, text: noLength},
	{name: "space before another colon", answer: wire(success, "X-Spaced : 1\r\nContent-Length: 1\r\n\r\nx"), status: 200, body: "x",
		check: func(t *testing.T, resp *http.Response) {
			if resp.Header.Get("X-Spaced") != "1" {
				t.Errorf("%v", resp.Header)
			}
		}},
	{name: "NUL in a name", answer: wire(success, "X-\x00: 1\r\nContent-Length: 1\r\n\r\nx"), status: 502, text: noHeaders},

	// Sizes.
	{name: "1 MiB in one header", answer: wire(success, "Content-Length: 0\r\nX-Big: ", strings.Repeat("x", 1<<20), "\r\n\r\n"), status: 502, text: tooLarge},
	{name: "10 MiB of headers", answer: wire(success, "Content-Length: 0\r\n", strings.Repeat("X-Big: "+strings.Repeat("x", 1000)+"\r\n", 10<<10), "\r\n\r\n"), status: 502, text: tooLarge},
	{name: "a head without end", status: 502, text: tooLarge, answer: func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool {
		_, _ = io.WriteString(c, success)
		for {
			if _, err := io.WriteString(c, "X-More: and more\r\n"); err != nil {
				return false
			}
		}
	}},
	{name: "200 KiB in one header", answer: wire(success, "Content-Length: 1\r\nX-Big: ", strings.Repeat("x", 200<<10), "\r\n\r\nx"), status: 200, body: "x",
		check: func(t *testing.T, resp *http.Response) {
			if n := len(resp.Header.Get("X-Big")); n != 200<<10 {
				t.Errorf("%d bytes of the header arrive", n)
			}
		}},
	{name: "10,000 headers", answer: wire(success, "Content-Length: 1\r\n", manyHeaders(10_000), "\r\nx"), status: 200, body: "x",
		check: func(t *testing.T, resp *http.Response) {
			if n := len(resp.Header["X-N"]); n != 10_000 || resp.Header["X-N"][9999] != "9999" {
				t.Errorf("%d of the headers arrive", n)
			}
		}},

	// Lengths (RFC 9112, section 6.3, and section 11 on smuggling).
	{name: "two lengths that differ", answer: wire(success, "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), status: 502, text: noLength},
	{name: "two lengths in one line", answer: wire(success, "Content-Length: 1, 2\r\n\r\nxx"), status: 502, text: noLength},
	{name: "one length twice", answer: wire(success, "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), status: 200, body: "x"},
	{name: "a negative length", answer: wire(success, "Content-Length: -1\r\n\r\nx"), status: 502, text: noLength},
	{name: "a length with a sign", answer: wire(success, "Content-Length: +1\r\n\r\nx"), status: 502, text: noLength},
	{name: "a length in hexadecimal", answer: wire(success, "Content-Length: 0x1\r\n\r\nx"), status: 502, text: noLength},
	{name: "an overlong length", answer: wire(success, "Content-Length: 99999999999999999999\r\n\r\nx"), status: 502, text: noLength},
	{name: "an empty length", answer: last(success, "Content-Length: \r\n\r\nx"), status: 502, text: noLength},
	{name: "a length and chunks", answer: wire(success, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), status: 200, body: "x", check: ownContentLength},
	{name: "chunks and a length", answer: wire(success, "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx\r\n0\r\n\r\n"), status: 200, body: "x", check: ownContentLength},
	{name: "an unknown transfer encoding", answer: wire(success, "Transfer-Encoding: cow\r\nContent-Length: 1\r\n\r\nx"), status: 502, text: noLength},
	{name: "two transfer encodings", answer: wire(success, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"), status: 502, text: noLength},
	{name: "an obscured transfer encoding", answer: wire(success, "Transfer-Encoding: \x0bchunked\r\nContent-Length: 1\r\n\r\nx"), status: 502, text: noLength},

	// Bodies.
	{name: "closes in a body of known length", answer: last(success, "Content-Length: 10\r\n\r\npart"), status: 200, body: "part", broken: true},
	{name: "closes in a chunk", answer: last(success, "Transfer-Encoding: chunked\r\n\r\na\r\npart"), status: 200, body: "part", broken: true},
	{name: "closes between chunks", answer: last(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"), status: 200, body: "part", broken: true},
	{name: "closes in the last chunk", answer: last(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n"), status: 200, body: "part", broken: true},
	{name: "a chunk size that is none", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nxyz\r\n"), status: 200, body: "part", broken: true},
	{name: "a negative chunk size", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n-1\r\n"), status: 200, body: "part", broken: true},
	{name: "an overlong chunk size", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\nfffffffffffffffff\r\n"), status: 200, body: "part", broken: true},
	{name: "a chunk that is longer than it says", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npartial\r\n0\r\n\r\n"), status: 200, body: "part", broken: true},
	{name: "a chunk extension without end", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n1;", strings.Repeat("x", 1<<20)), status: 200, body: "part", broken: true},

	// More than was announced: what is left over is nobody's answer.
	{name: "more than the length", answer: wire(success, "Content-Length: 4\r\n\r\npart"+evil), status: 200, body: "part", over: true},
	{name: "more than the last chunk", answer: wire(success, "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n\r\n"+evil), status: 200, body: "part", over: true},
	{name: "a 204 with a body", answer: wire("HTTP/1.1 204 No Content\r\n\r\n" + evil), status: 204, over: true},
	{name: "a 204 with chunks", answer: wire("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + evil), status: 204, over: true},
	{name: "a 304 with a body", answer: wire("HTTP/1.1 304 Not Modified\r\n\r\n" + evil), status: 304, over: true},
	{name: "an answer that nobody asked for", answer: wire(success, "Content-Length: 4\r\n\r\npart", evil), status: 200, body: "part", over: true},
	{name: "closes behind the answer", answer: last(success, "Content-Length: 4\r\n\r\npart"), status: 200, body: "part"},
	{name: "an answer without length ends with the connection", answer: last(success, "\r\npart"), status: 200, body: "part"},

	// Informational answers and switches.
	{name: "a flood of 1xx", status: 502, text: "informational answers (1xx) without end", answer: func(c net.Conn, _ *bufio.Reader, _ *http.Request) bool {
		for {
			if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"); err != nil {
				return false
			}
		}
	}},
	{name: "switches unasked", answer: wire("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01x"), status: 502, text: "switched to a protocol"},
	{name: "upgrades with a 200", answer: wire("HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx"), status: 200, body: "x"},
}

const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-N: %d\r\n", i)
	}
	return b.String()
}

// ownContentLength wants no length of the backend's; net/http may have counted
// what was delivered.
func ownContentLength(t *testing.T, resp *http.Response) {
	if got := resp.Header.Get("Content-Length"); got != "" && got != "1" {
		t.Errorf("Content-Length %q of an answer in chunks", got)
	}
}

// A backend that speaks HTTP/1.1 badly.
func TestHTTP1Faults(t *testing.T) {
	runFaults(t, http1Faults, func(t *testing.T, c fault, p path) *faulty {
		f := &faulty{accept: c.accept}
		f.http1(c.answer)
		return startFaulty(t, f, p.secure)
	})
}
