package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a backend says before its answer arrives, before the answer is known.
func TestInformational(t *testing.T) {
	hinted := make(chan struct{})
	h := func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Link"] = []string{"</style.css>; rel=preload; as=style", "</app.js>; rel=modulepreload"}
		w.WriteHeader(http.StatusEarlyHints)
		header.Del("Link")
		header.Set("X-Progress", "half")
		w.WriteHeader(http.StatusProcessing)
		header.Del("X-Progress")
		<-hinted
		header.Set("X-Final", "1")
		fmt.Fprint(w, "done")
	}
	ways(t, h, func(t *testing.T, w way) {
		var got []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				got = append(got, fmt.Sprint(code, header["Link"], header["X-Progress"]))
				if cors := header["Access-Control-Allow-Origin"]; cors != nil {
					t.Errorf("%d has %q", code, cors)
				}
				if code == http.StatusProcessing {
					hinted <- struct{}{}
				}
				return nil
			},
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", page)
		resp, err := w.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		want := []string{
			"103 [</style.css>; rel=preload; as=style </app.js>; rel=modulepreload] []",
			"102 [] [half]",
		}
		if !slices.Equal(got, want) {
			t.Errorf("came before the answer: %q, want %q", got, want)
		}
		if err != nil || string(body) != "done" || resp.Header.Get("X-Final") != "1" ||
			resp.Header.Get("Link") != "" || resp.Header.Get("X-Progress") != "" {
			t.Errorf("%v %q %v", resp.Header, body, err)
		}
		if cors := resp.Header.Get("Access-Control-Allow-Origin"); (cors == page) != w.chosen {
			t.Errorf("the answer's Allow-Origin is %q", cors)
		}
	})
}

// HTTP/1.0 has no informational answers.
func TestInformationalNotToOldClient(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		fmt.Fprint(w, "x")
	}))
	defer b.Close()
	r := start(t)
	conn, br := r.dial(t, "http", "")
	fmt.Fprintf(conn, "GET %s/ HTTP/1.0\r\n\r\n", b.URL)
	if line, err := br.ReadString('\n'); err != nil || line != "HTTP/1.0 200 OK\r\n" {
		t.Errorf("%q %v", line, err)
	}
}

// A client that waits to be told to continue is told by the backend, or refused
// without its body having been asked for. Over HTTP/2, net/http's server hides
// Expect from its handler, so there the client is told by the proxy.
func TestExpectContinue(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		var status int
		if _, err := fmt.Sscan(r.URL.Query().Get("status"), &status); err == nil {
			w.WriteHeader(status)
			fmt.Fprint(w, "refused")
			return
		}
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v", body, err)
	}
	ways(t, h, func(t *testing.T, w way) {
		w.client.Transport.(*http.Transport).ExpectContinueTimeout = time.Hour // never on its own
		for _, c := range []struct {
			query     string
			status    int
			body      string
			continued bool
		}{
			{"", 200, "data <nil>", true},
			{"?status=401", 401, "refused", false},
			{"?status=417", 417, "refused", false},
			{"", 200, "data <nil>", true},
		} {
			read, continued := make(chan struct{}), false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continued = true }})
			data := &announcing{Reader: strings.NewReader("data"), begun: read}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/"+c.query, data)
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = 4
			req.Header.Set("Expect", "100-continue")
			resp, err := w.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != c.status || string(body) != c.body {
				t.Errorf("%q: %d %s", c.query, resp.StatusCode, body)
			}
			select {
			case <-read:
				if !c.continued && !w.h2 {
					t.Errorf("%q: the body was sent", c.query)
				}
			default:
				if c.continued {
					t.Errorf("%q: the body was not sent", c.query)
				}
			}
			if !w.h2 && continued != c.continued {
				t.Errorf("%q: told to continue: %v", c.query, continued)
			}
		}
	})
}

// announcing closes begun when it is first read.
type announcing struct {
	io.Reader
	begun chan struct{}
	read  bool
}

func (a *announcing) Read(p []byte) (int, error) {
	if !a.read {
		a.read = true
		close(a.begun)
	}
	return a.Reader.Read(p)
}

// A backend that knows nothing of 100 Continue gets the body all the same.
func TestExpectContinueUnanswered(t *testing.T) {
	b := listenRaw(t, false, func(c net.Conn, br *bufio.Reader) {
		_, body, err := readMessage(br)
		if err == nil {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	})
	r := start(t, rawRule(t, "https://example.com", b))
	if _, body := do(t, r.client, "POST", "https://example.com/", strings.NewReader("data"), "Expect", "100-continue"); body != "data" {
		t.Errorf("%q", body)
	}
}

// Who waits to be told to continue is told at once that the backend is not there.
func TestExpectContinueOfNobody(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	r := start(t, rule(t, "https://example.com", dead))
	for _, base := range []string{"https://example.com", dead.URL} {
		scheme, host, _ := strings.Cut(base, "://")
		target := "/"
		if scheme == "http" {
			target = base + target
		}
		for _, framing := range []string{"Content-Length: 4", "Transfer-Encoding: chunked"} {
			conn, br := r.dial(t, scheme, host)
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nExpect: 100-continue\r\n\r\n", target, host, framing)
			head, body, err := readMessage(br)
			if err != nil || !strings.HasPrefix(head, "HTTP/1.1 502 ") || !strings.HasPrefix(body, "Corsage: ") {
				t.Errorf("%s, %s: %q %q %v", base, framing, head, body, err)
			}
		}
	}
}

// A client that waits to be told to continue is told that, and nothing else
// before its answer: over HTTP/1, net/http writes it at a time of its own.
func TestInformationalBesideContinue(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		for range 50 {
			w.WriteHeader(http.StatusEarlyHints)
		}
		_, _ = io.Copy(w, r.Body)
	}, false)
	r := start(t, rule(t, "https://example.com", b))
	conn, br := r.dial(t, "https", "example.com")
	for range 20 {
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
		var statuses []int
		for {
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			statuses = append(statuses, resp.StatusCode)
			if resp.StatusCode == http.StatusContinue {
				fmt.Fprint(conn, "body")
			}
			if resp.StatusCode < 200 {
				continue
			}
			if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "body" {
				t.Fatalf("%q, %v", body, err)
			}
			break
		}
		if want := []int{100, 200}; !slices.Equal(statuses, want) {
			t.Fatalf("answered %v, want %v", statuses, want)
		}
	}
}
