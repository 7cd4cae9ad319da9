package proxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// grpcWeb is a frame of gRPC-web: a flag (0x80 for the trailer), a length, the
// message.
func grpcWeb(flag byte, message string) string {
	return string(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(message)))) + message
}

// Each piece of a stream is at the browser before the backend has the next.
func TestStreams(t *testing.T) {
	streams := map[string][]string{
		"text/event-stream":          {"data: 1\n\n", ": a comment\n\n", "id: 2\nevent: x\ndata: 2\n\n", "\n"},
		"application/x-ndjson":       {"{\"n\":1}\n", "{\"n\":", "2}\n"},
		"application/grpc-web+proto": {grpcWeb(0, "one"), grpcWeb(0, strings.Repeat("x", 100_000)), grpcWeb(0x80, "grpc-status: 0\r\n")},
		"":                           {"x", strings.Repeat("y", 70_000), "z"},
	}
	next := make(chan struct{})
	h := func(w http.ResponseWriter, r *http.Request) {
		kind := r.Header.Get("Accept")
		w.Header()["Content-Type"] = []string{kind}
		if kind == "" {
			w.Header()["Content-Type"] = nil
		}
		_ = http.NewResponseController(w).Flush()
		for _, piece := range streams[kind] {
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
		}
	}
	ways(t, h, func(t *testing.T, w way) {
		for kind, pieces := range streams {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header["Accept"] = []string{kind}
			resp, err := w.client.Do(req) // before any piece was sent
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			for i, want := range pieces {
				next <- struct{}{}
				got := make([]byte, len(want))
				if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != want {
					t.Fatalf("%q, piece %d: %.60q %v", kind, i, got, err)
				}
			}
			if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
				t.Errorf("%q: at the end %q %v", kind, rest, err)
			}
		}
	})
}

// Both bodies of one exchange run at once: the backend has each piece of the
// request, and the browser its answer, before the next is sent.
func TestFullDuplex(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.EnableFullDuplex()
		_ = c.Flush()
		piece := make([]byte, 1000)
		for {
			n, err := r.Body.Read(piece)
			fmt.Fprintf(w, "%s", piece[:n])
			_ = c.Flush()
			if err != nil {
				return
			}
		}
	}
	ways(t, h, func(t *testing.T, w way) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		body, send := io.Pipe()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/", body)
		if err != nil {
			t.Fatal(err)
		}
		answers := make(chan *http.Response, 1)
		go func() {
			defer close(answers)
			if resp, err := w.client.Do(req); err == nil {
				answers <- resp
			}
		}()
		fmt.Fprint(send, "piece 0") // net/http's own client waits for it
		resp, ok := <-answers
		if !ok {
			t.Fatal("no answer")
		}
		defer resp.Body.Close()
		for i := range 5 {
			want := fmt.Sprintf("piece %d", i)
			got := make([]byte, len(want))
			if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != want {
				t.Fatalf("%q %v, want %q", got, err, want)
			}
			if i < 4 {
				fmt.Fprintf(send, "piece %d", i+1)
			}
		}
		_ = send.Close()
		if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
			t.Errorf("at the end %q %v", rest, err)
		}
	})
}

// A backend that sends back what it gets as it gets it sees all of it, and so
// does the browser.
func TestEchoedUpload(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, r.Body)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	ways(t, h, func(t *testing.T, w way) {
		for _, length := range []int64{int64(len(data)), -1} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+"/", io.NopCloser(bytes.NewReader(data)))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			resp, err := w.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.New()
			n, err := io.Copy(sum, resp.Body)
			_ = resp.Body.Close()
			if err != nil || [sha256.Size]byte(sum.Sum(nil)) != sha256.Sum256(data) {
				t.Errorf("length %d: %d of %d bytes, %v", length, n, len(data), err)
			}
		}
	})
}

// An answer that refuses an upload arrives while the upload goes on, whole, and
// the connection is good for the next request or is closed.
func TestEarlyAnswer(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, "next")
			return
		}
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		fmt.Fprint(w, "too large")
		if r.URL.Path == "/chunked" {
			_ = http.NewResponseController(w).Flush()
		}
	}
	ways(t, h, func(t *testing.T, w way) {
		for _, path := range []string{"/", "/chunked"} {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			body, send := io.Pipe()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			sent := make(chan error, 1)
			go func() {
				_, err := send.Write([]byte("0123456789"))
				sent <- err
			}()
			resp, err := w.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 413 || string(answer) != "too large" {
				t.Errorf("%s: %d %q %v", path, resp.StatusCode, answer, err)
			}
			_ = resp.Body.Close()
			_ = send.CloseWithError(errors.New("refused"))
			if _, answer := get(t, w.client, w.url+"/"); answer != "next" {
				t.Errorf("%s: the next request got %q", path, answer)
			}
		}
	})
}
