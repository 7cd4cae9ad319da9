package proxy_test

import (
	"bufio"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"

	"go.uber.org/goleak"
)

// soakTime is how long the soak takes: ten minutes by night, one where CI says
// so, and elsewhere as long as nobody minds.
func soakTime() time.Duration {
	switch {
	case os.Getenv("CORSAGE_NIGHTLY") != "":
		return 10 * time.Minute
	case testing.Short():
		return 3 * time.Second
	case os.Getenv("CI") != "":
		return time.Minute
	}
	return 10 * time.Second
}

// soak is everything at once: all kinds of clients, backends of which some fail
// in all ways that the tables know, and profiles that change.
type soak struct {
	*rig
	t        *testing.T
	faulty1  *faulty // over TLS, HTTP/1.1
	faulty2  *faulty // HTTP/2
	faultyP  *faulty // plain
	excess   *faulty // plain; says more than it announced, which may reach the next request on a connection
	plain    string  // host and port of a backend that is chosen at times
	sound    []string
	a, b     []*proxy.Rule
	direct   *proxy.Rule
	next     atomic.Int64
	mu       sync.Mutex
	visits   map[string]int
	failures int
}

// fail notes what went wrong; the soak goes on, for a while.
func (s *soak) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures++; s.failures <= 20 {
		s.t.Errorf(format, args...)
	}
}

func (s *soak) count(kind string) {
	s.mu.Lock()
	s.visits[kind]++
	s.mu.Unlock()
}

// complaints fails the soak for what the proxy logs as an error, such as a panic.
type complaints struct {
	slog.Handler
	s *soak
}

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (c complaints) Handle(_ context.Context, r slog.Record) error {
	c.s.fail("the proxy logs: %s", r.Message)
	return nil
}

// Nothing of what the other tests know, at random, together and for long, ends
// the proxy, mixes up answers, or is left behind.
func TestSoak(t *testing.T) {
	before := goleak.IgnoreCurrent()
	files := len(descriptors(t))
	s := &soak{t: t, visits: make(map[string]int)}
	t.Run("", func(t *testing.T) { s.t = t; s.run(t) })
	if err := goleak.Find(before, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait")); err != nil {
		t.Error(err)
	}
	runtime.GC()
	eventually(t, "the descriptors to be closed", func() bool { return len(descriptors(t)) <= files })
}

func (s *soak) run(t *testing.T) {
	s.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), soakTime())
	defer cancel()

	// The first visits make what stays: certificates, pools, the log's ring.
	idle := s.idle(t)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() { s.visitor(ctx, rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	all.Go(func() { s.flip(ctx) })
	var early uint64
	select {
	case <-ctx.Done():
	case <-time.After(soakTime() / 5):
		early = heap()
	}
	all.Wait()
	late := heap()
	t.Logf("visits: %v; heap at a fifth of the time %d KiB, at the end %d KiB", s.visits, early>>10, late>>10)
	if allowed := early + early/2 + 8<<20; late > allowed {
		t.Errorf("the heap has grown from %d to %d KiB", early>>10, late>>10)
	}
	if s.failures > 20 {
		t.Errorf("and %d more", s.failures-20)
	}

	eventually(t, "no exchange to be open in the log", func() bool {
		list, _ := s.recorder.Since(0)
		for _, e := range list {
			if e.State == record.Open {
				return false
			}
		}
		return true
	})
	s.client.CloseIdleConnections()
	eventually(t, "the goroutines of all connections to end", func() bool { return runtime.NumGoroutine() <= idle })
}

// heap is what is in use once garbage is collected, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// idle counts the goroutines of a proxy that nobody visits.
func (s *soak) idle(t *testing.T) int {
	for _, base := range s.sound {
		if _, body := get(t, s.client, base+"/echo?id=1"); !strings.HasPrefix(body, "1 ") {
			t.Fatalf("%s: %q", base, body)
		}
	}
	s.client.CloseIdleConnections()
	least := runtime.NumGoroutine()
	eventually(t, "the first connections to end", func() bool {
		least = min(least, runtime.NumGoroutine())
		return s.faulty1.open()+s.faulty2.open()+s.faultyP.open()+s.excess.open() == 0
	})
	return least
}

func (s *soak) start(t *testing.T) {
	s.rig = startLogging(t, complaints{slog.DiscardHandler, s})

	plain := httptest.NewServer(http.HandlerFunc(s.backend))
	t.Cleanup(plain.Close)
	s.plain = strings.TrimPrefix(plain.URL, "http://")
	one, two := backend(t, s.backend, false), backend(t, s.backend, true)
	s.faulty1, s.faulty2, s.faultyP, s.excess = new(faulty), new(faulty), new(faulty), new(faulty)
	for _, f := range []*faulty{s.faulty1, s.faultyP, s.excess} {
		f.http1(func(c net.Conn, br *bufio.Reader, r *http.Request) bool {
			_, n, _ := strings.Cut(r.URL.Path, "/fault/")
			i, _ := strconv.Atoi(n)
			return http1Faults[i].answer(c, br, r)
		})
		f.armed.Store(true)
	}
	s.faulty2.http2(func(c *frames, stream uint32) bool {
		for {
			fault := http2Faults[rand.N(len(http2Faults))] //nolint:gosec // any will do
			if fault.status != http.StatusGatewayTimeout {
				return fault.answer(c, stream)
			}
		}
	})
	s.faulty2.armed.Store(true)
	startFaulty(t, s.faulty1, true)
	startFaulty(t, s.faultyP, false)
	startFaulty(t, s.excess, false)
	startFaulty(t, s.faulty2, true, "h2")

	// Both rulesets lead to the same places; each marks what it has touched.
	rules := func(mark string) []*proxy.Rule {
		m := proxy.Modifier{Name: mark,
			Request:  func(f *proxy.Flow) { f.SetRequest("X-Mark", "test", mark) },
			Response: func(f *proxy.Flow) { f.SetResponse("X-Mark", "test", mark) },
		}
		return []*proxy.Rule{
			rule(t, "https://one.example.com", one, m), rule(t, "https://two.example.com", two, m), rule(t, "http://dev.test", plain, m),
			s.faulty1.chosen(t, "https://faulty1.example.com", m), s.faulty2.chosen(t, "https://faulty2.example.com", m),
			s.faultyP.chosen(t, "http://faulty.test", m), s.excess.chosen(t, "http://excess.test", m),
		}
	}
	s.a, s.b, s.direct = rules("A"), rules("B"), rule(t, plain.URL, nil, rules("C")[0].Modifiers...)
	s.Apply(proxy.NewRuleset(s.a...))
	s.sound = []string{"https://one.example.com", "https://two.example.com", "http://dev.test", plain.URL}
}

// flip changes the rules as long as ctx lasts.
func (s *soak) flip(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		rules := s.a
		if n%2 == 1 {
			rules = s.b
		}
		if n%3 == 0 {
			rules = append([]*proxy.Rule{s.direct}, rules...)
		}
		s.Apply(proxy.NewRuleset(rules...))
		s.count("flip")
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(10+n%90) * time.Millisecond):
		}
	}
}
