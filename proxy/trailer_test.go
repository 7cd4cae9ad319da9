package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy"
)

// Trailers arrive, told of before or not, behind a body or without one.
func TestTrailersOnAllWays(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		header, c := w.Header(), http.NewResponseController(w)
		switch r.URL.Path {
		case "/announced":
			header.Set("Trailer", "X-One, X-Two")
			fmt.Fprint(w, "body")
			header.Set("X-One", "1")
			header.Set("X-Two", "2")
		case "/unannounced":
			fmt.Fprint(w, "body")
			_ = c.Flush()
			header.Set(http.TrailerPrefix+"X-One", "1")
			header.Set(http.TrailerPrefix+"X-Two", "2")
		case "/both":
			header.Set("Trailer", "X-One")
			fmt.Fprint(w, "body")
			_ = c.Flush()
			header.Set("X-One", "1")
			header.Set(http.TrailerPrefix+"X-Two", "2")
		case "/no-body": // gRPC: an error after the head was sent
			header.Set("Content-Type", "application/grpc")
			_ = c.Flush()
			header.Set(http.TrailerPrefix+"X-One", "1")
			header.Set(http.TrailerPrefix+"X-Two", "2")
		case "/missing":
			header.Set("Trailer", "X-One")
			fmt.Fprint(w, "body")
		case "/swapped": // one that was told of stays out, another comes
			header.Set("Trailer", "X-One, X-Three")
			fmt.Fprint(w, "body")
			_ = c.Flush()
			header.Set("X-One", "1")
			header.Set(http.TrailerPrefix+"X-Two", "2")
		case "/repeated":
			header.Set("Trailer", "X-One")
			fmt.Fprint(w, "body")
			header["X-One"] = []string{"1", "2"}
		}
	}
	ways(t, h, func(t *testing.T, w way) {
		for path, want := range map[string]string{
			"/announced":   "body [1] [2]",
			"/unannounced": "body [1] [2]",
			"/both":        "body [1] [2]",
			"/no-body":     " [1] [2]",
			"/swapped":     "body [1] [2]",
			"/missing":     "body [] []",
			"/repeated":    "body [1 2] []",
		} {
			resp, body := get(t, w.client, w.url+path)
			if got := fmt.Sprint(body, " ", resp.Trailer["X-One"], " ", resp.Trailer["X-Two"]); got != want {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
			if resp.Header["X-One"] != nil {
				t.Errorf("%s: the trailer is in the head", path)
			}
		}
	})
}

// The grpc-status of a call that failed at once stands in the head.
func TestGRPCTrailersOnly(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "12")
		w.Header().Set("Grpc-Message", "unimplemented")
	}
	ways(t, h, func(t *testing.T, w way) {
		resp, body := do(t, w.client, "POST", w.url+"/", strings.NewReader("\x00\x00\x00\x00\x00"),
			"Content-Type", "application/grpc", "Te", "trailers")
		if resp.Header.Get("Grpc-Status") != "12" || body != "" {
			t.Errorf("%v %q", resp.Header, body)
		}
	})
}

// So do the trailers of requests.
func TestRequestTrailers(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v %v", body, err, r.Trailer["X-Sum"])
	}
	ways(t, h, func(t *testing.T, w way) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/", io.NopCloser(strings.NewReader("data")))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength, req.Trailer = -1, http.Header{"X-Sum": {"42"}}
		resp, err := w.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); string(body) != "data <nil> [42]" {
			t.Errorf("%s %v", body, err)
		}
	})
}

// Trailers that a request or an answer did not tell of, on the wire.
func TestUnannouncedTrailersOnTheWire(t *testing.T) {
	for _, mods := range [][]proxy.Modifier{nil, {allow}} {
		b := newWitness(t, false, nil)
		var body string
		b.Server = listenRaw(t, false, func(c net.Conn, br *bufio.Reader) {
			var err error
			if _, body, err = readMessage(br); err == nil {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Late: 1\r\n\r\n")
			}
		})
		r := start(t, rawRule(t, "https://example.com", b.Server, mods...))
		conn, br := r.dial(t, "https", "example.com")
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n0\r\nX-Sum: 42\r\n\r\n")
		_, answer, err := readMessage(br)
		if err != nil || !strings.HasSuffix(answer, "0\r\nX-Late: 1\r\n\r\n") {
			t.Errorf("the browser got %q %v", answer, err)
		}
		if body != "4\r\ndata\r\n0\r\nX-Sum: 42\r\n\r\n" {
			t.Errorf("the backend got %q", body)
		}
	}
}
