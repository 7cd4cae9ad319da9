package proxy_test

import (
	"bufio"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// After a sleep, requests don't join a stream's connection that was open before,
// and the stream itself is left alone.
func TestNewConnectionsAfterSleep(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%t", h2), func(t *testing.T) {
			say := make(chan string)
			b := backend(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/stream" {
					fmt.Fprint(w, r.RemoteAddr)
					return
				}
				for line := range say {
					fmt.Fprintln(w, line)
					_ = http.NewResponseController(w).Flush()
				}
			}, h2)
			var slept atomic.Int64
			r := start(t, rule(t, "https://example.com", b))
			r.SetClock(func() time.Time { return time.Now().Add(time.Duration(slept.Load())) })

			go func() { say <- "before" }()
			stream, err := r.client.Get("https://example.com/stream")
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Body.Close()
			lines := bufio.NewScanner(stream.Body)
			if !lines.Scan() || lines.Text() != "before" {
				t.Fatalf("the stream begins with %q, %v", lines.Text(), lines.Err())
			}
			connection := func() string {
				_, from := get(t, r.client, "https://example.com/")
				return from
			}
			first := connection()
			if second := connection(); second != first {
				t.Fatalf("without a sleep: from %s, then from %s", first, second)
			}
			slept.Store(int64(8 * time.Hour))
			if third := connection(); third == first {
				t.Error("a request after a sleep came over a connection from before")
			}
			say <- "after"
			if !lines.Scan() || lines.Text() != "after" {
				t.Errorf("the stream goes on with %q, %v", lines.Text(), lines.Err())
			}
			close(say)
			if lines.Scan() || lines.Err() != nil {
				t.Errorf("the stream ends with %q, %v", lines.Text(), lines.Err())
			}
		})
	}
}
