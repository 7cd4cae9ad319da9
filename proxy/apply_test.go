package proxy_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"corsage/proxy"
)

// Rules change under traffic: whatever a request met, it was one configuration
// from end to end, and after the last change all requests meet that one.
func TestApplyUnderTraffic(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
		w.Header().Set(http.TrailerPrefix+"X-Seen", r.Header.Get("X-Mark"))
	}, true)
	mark := func(name string) *proxy.Rule {
		return rule(t, b.URL, nil, proxy.Modifier{Name: name,
			Request:  func(f *proxy.Flow) { f.SetRequest("X-Mark", "test", name) },
			Response: func(f *proxy.Flow) { f.SetResponse("X-Mark", "test", name) },
		})
	}
	one, two := mark("one"), mark("two")
	one.Insecure, two.Insecure = true, true
	rig := start(t)
	var clients sync.WaitGroup
	var n, failed atomic.Int32
	for range 4 {
		clients.Go(func() {
			c := rig.newClient(t)
			c.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(b.Certificate())
			for range 100 {
				body := strings.Repeat("x", 1000)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, b.URL, strings.NewReader(body))
				switch i := n.Add(1); {
				case i%25 == 0:
					rig.Apply(nil)
				case i%2 == 0:
					rig.Apply(proxy.NewRuleset(two))
				default:
					rig.Apply(proxy.NewRuleset(one))
				}
				resp, err := c.Do(req)
				if err != nil {
					// its connection was closed because the host is chosen now, or no longer
					failed.Add(1)
					continue

				}
				got, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusBadGateway && strings.Contains(string(got), "does not trust") {
					failed.Add(1) // no longer chosen, so no longer with the rule's trust
					continue
				}
				if err != nil || !bytes.Equal(got, []byte(body)) {
					t.Errorf("%d %v: %d bytes, %v", resp.StatusCode, resp.Header, len(got), err)
				}
				if seen := resp.Trailer.Get("X-Seen"); seen != resp.Header.Get("X-Mark") {
					t.Errorf("the request went by %q, the answer by %q", seen, resp.Header.Get("X-Mark"))
				}
			}
		})
	}
	clients.Wait()
	if f := failed.Load(); f > n.Load()/2 {
		t.Errorf("%d of %d requests failed", f, n.Load())
	}
	rig.Apply(proxy.NewRuleset(two))
	c := rig.newClient(t)
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(b.Certificate())
	if resp, _ := get(t, c, b.URL); resp.Header.Get("X-Mark") != "two" {
		t.Errorf("in the end: %v", resp.Header)
	}
}
