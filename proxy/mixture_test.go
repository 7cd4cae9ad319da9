package proxy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"corsage/proxy"
	"corsage/proxy/record"
)

// Rules flip between two configurations and none while many clients keep their
// connections: every exchange is wholly of one of them, and so is its entry in
// the log.
func TestNoMixture(t *testing.T) {
	const clients, requests = 8, 100 // fewer than the log keeps
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", strings.Join(r.Header["X-Mark"], "+"))
		_, _ = io.Copy(w, r.Body)
	})
	h1, h2 := backend(t, handler.ServeHTTP, false), backend(t, handler.ServeHTTP, true)
	plain := httptest.NewServer(handler)
	defer plain.Close()

	// Two modifiers on each half: a mixture within one half would be seen too.
	mark := func(name string) []proxy.Modifier {
		var mods []proxy.Modifier
		for _, half := range []string{"-1", "-2"} {
			mods = append(mods, proxy.Modifier{Name: name + half,
				Request: func(f *proxy.Flow) {
					f.SetRequest("X-Mark", "test", append(slices.Clone(f.Request.Header["X-Mark"]), name)...)
				},
				Response: func(f *proxy.Flow) {
					f.SetResponse("X-Mark", "test", append(slices.Clone(f.Response.Header["X-Mark"]), name)...)
				},
			})
		}
		return mods
	}
	ruleset := func(mods []proxy.Modifier) *proxy.Ruleset {
		return proxy.NewRuleset(rule(t, "https://one.example.com", h1, mods...), rule(t, "https://two.example.com", h2, mods...), rule(t, plain.URL, nil, mods...))
	}
	// The hosts in tunnels stay chosen, or their connections would be closed.
	none := proxy.NewRuleset(rule(t, "https://one.example.com", h1), rule(t, "https://two.example.com", h2))
	sets := []*proxy.Ruleset{ruleset(mark("A")), ruleset(mark("B")), none}

	rig := start(t)
	rig.Apply(none)
	ctx, cancel := context.WithCancel(t.Context())
	var flips sync.WaitGroup
	flips.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			rig.Apply(sets[n%len(sets)])
		}
	})
	var mu sync.Mutex
	wanted := make(map[string]string) // by path: what the answer said of it
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c := rig.clientOf(t, i%2 == 0)
			for n := range requests {
				base := []string{"https://one.example.com", "https://two.example.com", plain.URL}[(n+i)%3]
				path := fmt.Sprintf("/%d/%d", i, n)
				body := []byte(path)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := c.Do(req)
				if err != nil {
					t.Errorf("%s: %v", req.URL, err)
					continue
				}
				got, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("%s: %d %q %v", req.URL, resp.StatusCode, got, err)
				}
				seen, marked := resp.Header.Get("X-Seen"), strings.Join(resp.Header["X-Mark"], "+")
				if seen != marked || seen != "" && seen != "A+A" && seen != "B+B" {
					t.Errorf("%s: the request went by %q, the answer by %q", req.URL, seen, marked)
				}
				mu.Lock()
				wanted[path] = seen
				mu.Unlock()
			}
		})
	}
	all.Wait()
	cancel()
	flips.Wait()

	met := make(map[string]int)
	for _, seen := range wanted {
		met[seen]++
	}
	t.Logf("configurations met: %v", met)
	if len(met) != 3 {
		t.Errorf("the requests met %v, which proves nothing", met)
	}
	eventually(t, "all exchanges to be logged", func() bool {
		list, _ := rig.recorder.Since(0)
		return !slices.ContainsFunc(list, func(e *record.Entry) bool { return e.State == record.Open })
	})
	list, _ := rig.recorder.Since(0)
	logged := make(map[string]string)
	for _, e := range list {
		var toggles []string
		for _, c := range e.Changes {
			if name, _, ok := strings.Cut(c.Toggle, "-"); ok && c.Header == "X-Mark" {
				toggles = append(toggles, name)
			}
		}
		logged[e.Path] = strings.Join(toggles, "+")
	}
	for path, seen := range wanted {
		want := seen
		if seen != "" {
			want += "+" + seen // both halves
		}
		if got, ok := logged[path]; got != want || !ok && seen != "" {
			t.Errorf("%s went by %q and is logged with %q", path, seen, got)
		}
	}
}
