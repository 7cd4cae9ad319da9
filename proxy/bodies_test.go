package proxy_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// A compressed body is not touched, nor what the browser says that it accepts,
// nor that it says nothing.
func TestCodingsUntouched(t *testing.T) {
	text := []byte(strings.Repeat("the quick brown fox ", 1000))
	packed := map[string][]byte{}
	for coding, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	} {
		var b bytes.Buffer
		w := pack(&b)
		_, _ = w.Write(text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		packed[coding] = b.Bytes()
	}
	h := func(w http.ResponseWriter, r *http.Request) {
		coding := strings.TrimPrefix(r.URL.Path, "/")
		w.Header().Set("Content-Encoding", coding)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Vary", "Accept-Encoding")
		w.Header()["X-Accepts"] = r.Header["Accept-Encoding"]
		_, _ = w.Write(packed[coding])
	}
	ways(t, h, func(t *testing.T, w way) {
		for coding, want := range packed {
			for _, accept := range []string{"", "gzip, deflate, br, zstd", "identity;q=0, *"} {
				var header []string
				if accept != "" {
					header = []string{"Accept-Encoding", accept}
				}
				resp, body := get(t, w.client, w.url+"/"+coding, header...)
				if body != string(want) || resp.Header.Get("Content-Encoding") != coding || resp.Header.Get("X-Accepts") != accept {
					t.Errorf("%s, accepting %q: %v, %d bytes of %d", coding, accept, resp.Header, len(body), len(want))
				}
			}
		}
	})
}

// What a backend answers to HEAD, conditions and ranges arrives as it was.
func TestPartsAndConditions(t *testing.T) {
	content := []byte("0123456789")
	modified := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	h := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Etag", `"v1"`)
		http.ServeContent(w, r, "", modified, bytes.NewReader(content))
	}
	ways(t, h, func(t *testing.T, w way) {
		for _, c := range []struct {
			method string
			header []string
			status int
			length int64
			body   string
			field  string // "Name: value"
		}{
			{"GET", nil, 200, 10, "0123456789", "Accept-Ranges: bytes"},
			{"HEAD", nil, 200, 10, "", "Accept-Ranges: bytes"},
			{"HEAD", []string{"Range", "bytes=2-4"}, 206, 3, "", "Content-Range: bytes 2-4/10"},
			{"GET", []string{"Range", "bytes=2-4"}, 206, 3, "234", "Content-Range: bytes 2-4/10"},
			{"GET", []string{"Range", "bytes=-1"}, 206, 1, "9", "Content-Range: bytes 9-9/10"},
			{"GET", []string{"Range", "bytes=50-"}, 416, -2, "", "Content-Range: bytes */10"},
			{"GET", []string{"Range", "bytes=2-4", "If-Range", `"v1"`}, 206, 3, "234", ""},
			{"GET", []string{"Range", "bytes=2-4", "If-Range", `"v0"`}, 200, 10, "0123456789", ""},
			{"GET", []string{"If-None-Match", `"v1"`}, 304, -2, "", `Etag: "v1"`},
			{"HEAD", []string{"If-None-Match", `"v1"`}, 304, -2, "", `Etag: "v1"`},
			{"GET", []string{"If-Match", `"v0"`}, 412, -2, "", ""},
			{"GET", []string{"If-Modified-Since", modified.Format(http.TimeFormat)}, 304, -2, "", ""},
		} {
			resp, body := do(t, w.client, c.method, w.url+"/", nil, c.header...)
			name, value, _ := strings.Cut(c.field, ": ")
			if resp.StatusCode != c.status || c.length != -2 && resp.ContentLength != c.length ||
				c.status < 400 && body != c.body || resp.Header.Get(name) != value {
				t.Errorf("%s %q: %d, length %d, %q, %v", c.method, c.header, resp.StatusCode, resp.ContentLength, body, resp.Header)
			}
		}
		resp, body := get(t, w.client, w.url+"/", "Range", "bytes=0-1,8-9")
		if resp.StatusCode != 206 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "multipart/byteranges; boundary=") ||
			resp.ContentLength != int64(len(body)) || !strings.Contains(body, "Content-Range: bytes 8-9/10\r\n") || !strings.Contains(body, "\r\n\r\n89\r\n") {
			t.Errorf("two ranges: %d %v %q", resp.StatusCode, resp.Header, body)
		}
	})
}

// Any status passes, with a body where it may have one.
func TestStatusesUntouched(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "body") // refused by net/http where there is none
	}
	bodiless := []int{204, 304}
	ways(t, h, func(t *testing.T, w way) {
		for _, status := range []int{200, 201, 203, 204, 205, 207, 226, 299, 300, 304, 306, 308, 399, 400, 401, 407, 418, 421, 425, 451, 499, 500, 511, 599, 600, 999} {
			resp, body := get(t, w.client, fmt.Sprintf("%s/%d", w.url, status))
			want := "body"
			if slices.Contains(bodiless, status) {
				want = ""
			}
			if resp.StatusCode != status || body != want {
				t.Errorf("%d came as %d %q", status, resp.StatusCode, body)
			}
		}
	})
}

// Bodies of known and of unknown length, none and some, arrive with what was
// known of their length.
func TestLengthsUntouched(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("X-Received", fmt.Sprintf("%d %d %v %v", r.ContentLength, len(body), err, r.TransferEncoding))
		if r.URL.Path == "/unknown" {
			_ = http.NewResponseController(w).Flush()
		} else {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		}
		_, _ = w.Write(body)
	}
	ways(t, h, func(t *testing.T, w way) {
		for _, size := range []int{0, 1, 4 << 10, 100_000} {
			for _, known := range []bool{true, false} {
				path, length, want := "/known", int64(size), int64(size)
				if !known {
					path, length, want = "/unknown", -1, -1
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, io.NopCloser(strings.NewReader(strings.Repeat("x", size))))
				if err != nil {
					t.Fatal(err)
				}
				if req.ContentLength = length; length == 0 {
					req.Body = http.NoBody
				}
				resp, err := w.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				coding := "[]"
				if !known && w.backend == 1 {
					coding = "[chunked]"
				}
				received := fmt.Sprintf("%d %d <nil> %s", length, size, coding)
				if !known && resp.ContentLength == int64(size) {
					want = resp.ContentLength // a short body is there before its head has left
				}
				if n != int64(size) || err != nil || resp.ContentLength != want || resp.Header.Get("X-Received") != received {
					t.Errorf("%d bytes, known %v: %d came back, length %d, %v; the backend got %s, want %s", size, known, n, resp.ContentLength, err, resp.Header.Get("X-Received"), received)
				}
			}
		}
	})
}
