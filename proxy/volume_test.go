package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// zeros reads as n zero bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

// onlyReader hides what else a body can do, so that it passes through buffers.
type onlyReader struct{ io.Reader }

// volume is how much passes in each direction: without TLS some gigabytes, at
// night more than 32 bits can count; little where the time would go into the
// test's own cryptography, or into the race detector.
func (w way) volume() int64 {
	plain, nightly := w.chosen && strings.HasPrefix(w.url, "http:"), os.Getenv("CORSAGE_NIGHTLY") != ""
	switch {
	case raceDetector:
		return 64 << 20
	case plain && nightly:
		return 5 << 30
	case plain:
		return 2 << 30
	case nightly:
		return 1 << 30
	default:
		return 128 << 20
	}
}

// Bodies of any size pass in constant memory, up and down.
func TestVolume(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err)
			return
		}
		var n int64
		_, _ = fmt.Sscan(r.URL.RawQuery, &n)
		w.Header().Set("Content-Length", r.URL.RawQuery)
		_, _ = io.Copy(w, onlyReader{&zeros{n}})
	}
	ways(t, h, func(t *testing.T, w way) {
		n := w.volume()
		get(t, w.client, w.url+"/?1") // connections are part of the start
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		var passed, peak atomic.Int64
		var next int64
		watch := func(got int) {
			if p := passed.Add(int64(got)); p > next {
				next = p + n/16
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), int64(now.HeapAlloc)-int64(before.HeapAlloc)))
			}
		}

		resp, err := w.client.Get(fmt.Sprintf("%s/?%d", w.url, n))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.Copy(watching{io.Discard, watch}, onlyReader{resp.Body})
		_ = resp.Body.Close()
		if err != nil || got != n {
			t.Errorf("down: %d of %d bytes, %v", got, n, err)
		}

		next, passed = 0, atomic.Int64{}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+"/", io.TeeReader(&zeros{n}, watching{io.Discard, watch}))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = n
		if resp, err = w.client.Do(req); err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(body) != fmt.Sprint(n, nil) {
			t.Errorf("up: %s of %d bytes", body, n)
		}
		if p := peak.Load(); p > 16<<20 {
			t.Errorf("the heap grew by %d MiB", p>>20)
		}
	})
}

// watching tells of each write.
type watching struct {
	io.Writer
	wrote func(n int)
}

func (w watching) Write(p []byte) (int, error) {
	w.wrote(len(p))
	return w.Writer.Write(p)
}
