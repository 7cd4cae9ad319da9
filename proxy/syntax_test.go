package proxy_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// What HTTP/1 can be written like, and must not be: the answer to each request,
// and what the backend sees of it. What two readers could read in two ways is
// refused or told in one way; it is never passed on as it came (RFC 9112,
// section 11.2).
func TestRequestSyntax(t *testing.T) {
	const host = "Host: example.com\r\n"
	echoed := func(head, body string) string {
		line, _, _ := strings.Cut(head, "\r\n")
		answer := line + "|" + strings.Join(fields(head)[1:], "|") + "|" + body
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
	}
	b := newWitness(t, true, echoed)
	r := start(t, rawRule(t, "https://example.com", b.Server), rawRule(t, "http://example.com", b.Server))
	for _, c := range []struct {
		name, request string
		status        string // of the answers, in order
		sees          string // what the backend got; "" where nothing may reach it
	}{
		{"plain", "GET /a HTTP/1.1\r\n" + host + "\r\n", "200", "GET /a HTTP/1.1||"},
		{"pipelined", "GET /a HTTP/1.1\r\n" + host + "\r\nPOST /b HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\n" + host + "\r\n",
			"200 200 200", "GET /a HTTP/1.1||;POST /b HTTP/1.1|Content-Length: 2|hi;GET /c HTTP/1.1||"},
		{"an empty line in front", "\r\nGET /a HTTP/1.1\r\n" + host + "\r\n", "400", ""}, // section 2.2: SHOULD be ignored; net/http's server doesn't
		{"bare LF", "GET /a HTTP/1.1\nHost: example.com\nX-A: 1\n\n", "200", "GET /a HTTP/1.1|X-A: 1|"},
		{"bare CR in a field", "GET /a HTTP/1.1\r\n" + host + "X-A: 1\rX-B: 2\r\n\r\n", "400", ""},
		{"NUL in a field", "GET /a HTTP/1.1\r\n" + host + "X-A: 1\x002\r\n\r\n", "400", ""},
		{"obs-fold", "GET /a HTTP/1.1\r\n" + host + "X-A: 1\r\n  2\r\n\r\n", "200", "GET /a HTTP/1.1|X-A: 1 2|"},
		{"space before the first field", "GET /a HTTP/1.1\r\n X-A: 1\r\n" + host + "\r\n", "400", ""},
		{"space before the colon", "GET /a HTTP/1.1\r\n" + host + "X-A : 1\r\n\r\n", "400", ""},
		{"space before the colon of Content-Length", "POST /a HTTP/1.1\r\n" + host + "Content-Length : 2\r\n\r\nhi", "400", ""},
		{"no colon", "GET /a HTTP/1.1\r\n" + host + "X-A\r\n\r\n", "400", ""},
		{"no name", "GET /a HTTP/1.1\r\n" + host + ": 1\r\n\r\n", "400", ""},
		{"no Host", "GET /a HTTP/1.1\r\n\r\n", "400", ""},
		{"two Hosts", "GET /a HTTP/1.1\r\n" + host + host + "\r\n", "400", ""},
		{"two different Hosts", "GET /a HTTP/1.1\r\n" + host + "Host: evil.test\r\n\r\n", "400", ""},
		{"a Host that is none", "GET /a HTTP/1.1\r\nHost: exa mple.com\r\n\r\n", "400", ""},
		{"an empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", "421", ""},
		{"another Host", "GET /a HTTP/1.1\r\nHost: evil.test\r\n\r\n", "421", ""},
		{"absolute form", "GET https://example.com/a?b HTTP/1.1\r\n" + host + "\r\n", "200", "GET /a?b HTTP/1.1||"},
		{"absolute form beats Host", "GET https://example.com/a HTTP/1.1\r\nHost: evil.test\r\n\r\n", "200", "GET /a HTTP/1.1||"},
		{"absolute form for another", "GET https://evil.test/a HTTP/1.1\r\n" + host + "\r\n", "421", ""},
		{"authority form", "GET example.com:443 HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"a tunnel in the tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", "405", ""},
		{"no leading slash", "GET a HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"an escape that is none", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", "400", ""}, // net/url has no form for it; in a query it passes
		{"a space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"a control byte in the target", "GET /a\x01b HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"two spaces", "GET  /a HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"a method that is no token", "G(T /a HTTP/1.1\r\n" + host + "\r\n", "400", ""},
		{"no version", "GET /a\r\n" + host + "\r\n", "400", ""},
		{"a version to come", "GET /a HTTP/3.0\r\n" + host + "\r\n", "505", ""},
		{"a minor version to come", "GET /a HTTP/1.2\r\n" + host + "\r\n", "200", "GET /a HTTP/1.1||"},
		{"HTTP in lower case", "GET /a http/1.1\r\n" + host + "\r\n", "400", ""},
		{"an expectation unknown", "GET /a HTTP/1.1\r\n" + host + "Expect: miracles\r\n\r\n", "417", ""},
		{"fields of 2 MiB", "GET /a HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("a", 2<<20) + "\r\n\r\n", "431", ""},

		{"length", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhi", "200", "POST /a HTTP/1.1|Content-Length: 2|hi"},
		{"the same length twice", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "200", "POST /a HTTP/1.1|Content-Length: 2|hi"},
		{"two lengths", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "400", ""},
		{"two lengths in one line", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2, 3\r\n\r\nhi!", "400", ""},
		{"the same length twice in one line", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 2, 2\r\n\r\nhi", "400", ""},
		{"a negative length", "POST /a HTTP/1.1\r\n" + host + "Content-Length: -2\r\n\r\nhi", "400", ""},
		{"a length with a sign", "POST /a HTTP/1.1\r\n" + host + "Content-Length: +2\r\n\r\nhi", "400", ""},
		{"a length in hex", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 0x2\r\n\r\nhi", "400", ""},
		{"a length beyond all", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\nhi", "400", ""},
		{"an empty length", "POST /a HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\n", "400", ""},

		{"chunks", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200", "POST /a HTTP/1.1|Transfer-Encoding: chunked|2\r\nhi\r\n0\r\n\r\n"},
		{"Chunked in any case", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: ChUnKeD\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200", "POST /a HTTP/1.1|Transfer-Encoding: chunked|2\r\nhi\r\n0\r\n\r\n"},
		{"chunk extensions", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2;a=b;c=\"d\"\r\nhi\r\n0\r\n\r\n", "200", "POST /a HTTP/1.1|Transfer-Encoding: chunked|2\r\nhi\r\n0\r\n\r\n"},
		{"chunks and a length", "POST /a HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200", "POST /a HTTP/1.1|Transfer-Encoding: chunked|2\r\nhi\r\n0\r\n\r\n"},
		{"chunks in HTTP/1.0", "POST /a HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200", "POST /a HTTP/1.1|Content-Length: 0|"},
		{"a coding unknown", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "501", ""},
		{"two codings", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "501", ""},
		{"chunked twice", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "501", ""},
		{"a coding behind VT", "POST /a HTTP/1.1\r\n" + host + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", "400", ""},
	} {
		schemes := []string{"https"}
		if strings.HasPrefix(c.request, "POST /a ") { // how bodies are framed, in absolute form too
			schemes = append(schemes, "http")
		}
		for _, scheme := range schemes {
			t.Run(c.name+" "+scheme, func(t *testing.T) {
				request := c.request
				if scheme == "http" {
					request = strings.Replace(request, "POST /a ", "POST http://example.com/a ", 1)
				}
				b.seen()
				conn, br := r.dial(t, scheme, "example.com")
				go func() { _, _ = fmt.Fprint(conn, request) }()
				var got, sees []string
				for range strings.Fields(c.status) {
					head, body, err := readMessage(br)
					if err != nil {
						t.Fatalf("%q %v", head, err)
					}
					got = append(got, strings.Fields(head)[1])
					if got[len(got)-1] == "200" {
						sees = append(sees, body)
					}
				}
				if strings.Join(got, " ") != c.status || strings.Join(sees, ";") != c.sees {
					t.Errorf("answered %q, the backend saw %q, want %s and %q", got, sees, c.status, c.sees)
				}
				if n := len(b.seen()); n != len(sees) {
					t.Errorf("%d requests came to the backend, %d answers from it", n, len(sees))
				}
			})
		}
	}
}

// A body that turns out to be malformed breaks the request off: the backend
// never takes it for whole, and nothing behind it is read as a request.
func TestMalformedChunks(t *testing.T) {
	for name, body := range map[string]string{
		"a size that is none":        "zz\r\nhi\r\n0\r\n\r\n",
		"a size beyond all":          "fffffffffffffffff\r\nhi\r\n0\r\n\r\n",
		"a negative size":            "-2\r\nhi\r\n0\r\n\r\n",
		"more than was told":         "2\r\nhi!\r\n0\r\n\r\n",
		"no end of the data":         "2\r\nhiGET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"an overlong extension":      "2;" + strings.Repeat("x", 1<<20) + "\r\nhi\r\n0\r\n\r\n",
		"bare LF behind the size":    "2\nhi\r\n0\r\n\r\n",
		"an extension with bare LF":  "2;a\nxx\r\n4c\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"a malformed trailer":        "2\r\nhi\r\n0\r\nX-A\r\n\r\n",
		"a request behind a bad end": "2\r\nhi\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			whole := make(chan string, 4)
			b := listenRaw(t, false, func(c net.Conn, br *bufio.Reader) {
				for {
					head, body, err := readMessage(br)
					if err != nil {
						return
					}
					whole <- head + body
					fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			})
			r := start(t, rawRule(t, "https://example.com", b))
			conn, br := r.dial(t, "https", "example.com")
			go func() {
				fmt.Fprintf(conn, "POST /a HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n%s", body)
			}()
			var answers []string
			for {
				head, _, err := readMessage(br)
				if err != nil {
					break // the connection must end
				}
				answers = append(answers, strings.Fields(head)[1])
			}
			select {
			case got := <-whole:
				t.Errorf("the backend took for whole %q", got)
			default:
			}
			if len(answers) > 1 || len(answers) == 1 && answers[0] < "400" {
				t.Errorf("answers %q", answers)
			}
		})
	}
}
