package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"corsage/profiles"
)

// roleVariable says in the environment which of the roles another process of the
// tests has.
const roleVariable = "CORSAGE_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := roles[role](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// testDirs are folders of a test's own.
func testDirs(t testing.TB) Dirs { return dirsIn(shortDir(t)) }

func dirsIn(dir string) Dirs {
	return Dirs{
		Profiles:  profiles.Dirs{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state")},
		Authority: filepath.Join(dir, "ca"),
		Runtime:   filepath.Join(dir, "run"),
		Settings:  filepath.Join(dir, "settings.yaml"),
		Browsers:  filepath.Join(dir, "browsers"),
	}
}

// notices is a log that a test can read.
type notices struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notices) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notices) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func begin(t *testing.T, o Options) (*Instance, *notices) {
	t.Helper()
	var n notices
	o.Log = slog.New(slog.NewTextHandler(&n, nil))
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	i, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return i, &n
}

// await waits until done.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("waited for " + what)
		}
	}
}

func TestInstance(t *testing.T) {
	dirs := testDirs(t)
	client := NewClient(dirs)
	if _, err := client.Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("status before the start: %v, want ErrNotRunning", err)
	}
	i, _ := begin(t, Options{Dirs: dirs})
	if err := i.Store.Create(profiles.Profile{Name: "Site", Backends: []profiles.Backend{{URL: "https://dev.example.com"}}}); err != nil {
		t.Fatal(err)
	}

	s, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.PID != os.Getpid() || s.Proxy != i.Addr() || s.PAC != i.PACURL() || s.CA != i.CertPath() || s.Windows {
		t.Errorf("status: %+v", s)
	}

	for _, on := range []bool{true, false} {
		if err := client.SetEnabled(t.Context(), "Site", on); err != nil {
			t.Fatal(err)
		}
		list, err := client.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "Site" || list[0].Enabled != on || !slices.Equal(list[0].Backends, []string{"https://dev.example.com"}) {
			t.Errorf("list: %+v, %v, want Site %t", list, err, on)
		}
		if got := strings.Contains(body(t, i.PACURL()), `"dev.example.com"`); got != on {
			t.Errorf("the PAC file names the host: %t, want %t", got, on)
		}
	}
	if err := client.SetEnabled(t.Context(), "Shop", true); err == nil || !strings.Contains(err.Error(), `no profile is named "Shop": there is "Site"`) {
		t.Errorf("enabling an unknown profile: %v", err)
	}
	if page := body(t, "http://"+i.Addr()+"/"); !strings.Contains(page, "dev.example.com") || !strings.Contains(page, i.Roots()[0].Fingerprint) {
		t.Errorf("the page: %s", page)
	}

	if err := i.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := client.Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("status after Close: %v, want ErrNotRunning", err)
	}
	select {
	case <-i.Done():
	default:
		t.Error("after Close, Done is open")
	}
	if err := i.Err(); err != nil {
		t.Errorf("after Close, Err is %v", err)
	}
	if conn, err := net.Dial("tcp", i.Addr()); err == nil {
		conn.Close()
		t.Error("after Close, connections are accepted")
	}
}

func body(t *testing.T, url string) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRaise(t *testing.T) {
	dirs := testDirs(t)
	i, _ := begin(t, Options{Dirs: dirs, Windows: true})
	discard := slog.New(slog.DiscardHandler)

	// The second start comes before the first one's window.
	if _, err := Start(t.Context(), Options{Dirs: dirs, Windows: true, Log: discard}); !errors.Is(err, ErrRaised) {
		t.Fatalf("the second start: %v, want ErrRaised", err)
	}
	shown := make(chan struct{}, 10)
	i.OnRaise(func() { shown <- struct{}{} })
	<-shown
	// The third comes after it.
	if _, err := Start(t.Context(), Options{Dirs: dirs, Windows: true, Log: discard}); !errors.Is(err, ErrRaised) {
		t.Fatalf("the third start: %v, want ErrRaised", err)
	}
	<-shown
	i.OnRaise(func() { shown <- struct{}{} })
	if len(shown) > 0 {
		t.Error("one request was made up for twice")
	}
	// A serve has no window to show.
	second, log := begin(t, Options{Dirs: dirs})
	if second.Addr() == i.Addr() || !strings.Contains(log.String(), "another corsage is running") {
		t.Errorf("a serve beside it: %s", log)
	}
}

// Of starts at once, as of a double click, one gets the window.
func TestRaiseRace(t *testing.T) {
	dirs := testDirs(t)
	var (
		wg      sync.WaitGroup
		started = make(chan *Instance, 8)
		raised  = make(chan error, 8)
	)
	for range 4 {
		wg.Go(func() {
			i, err := Start(t.Context(), Options{Listen: "127.0.0.1:0", Dirs: dirs, Windows: true, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				raised <- err
				return
			}
			started <- i
		})
	}
	wg.Wait()
	if len(started) != 1 {
		t.Errorf("%d of 4 starts at once have a window, want 1", len(started))
	}
	for range len(started) {
		if err := (<-started).Close(); err != nil {
			t.Error(err)
		}
	}
	for range len(raised) {
		if err := <-raised; !errors.Is(err, ErrRaised) {
			t.Errorf("a start at once: %v, want ErrRaised", err)
		}
	}
}

func TestWindowBesideServe(t *testing.T) {
	dirs := testDirs(t)
	begin(t, Options{Dirs: dirs})
	_, log := begin(t, Options{Dirs: dirs, Windows: true})
	if !strings.Contains(log.String(), "a 'corsage serve' is running") {
		t.Errorf("a window beside a serve logged: %s", log)
	}
}

func TestStartFaults(t *testing.T) {
	dirs := testDirs(t)
	first, _ := begin(t, Options{Dirs: testDirs(t)})
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"port taken", Options{Listen: first.Addr()}, "can't listen on"},
		{"network", Options{Listen: "0.0.0.0:0"}, "would open the proxy to the network"},
		{"no such file", Options{Files: []string{"missing.yaml"}}, "missing.yaml"},
	} {
		c.o.Dirs, c.o.Log = dirs, slog.New(slog.DiscardHandler)
		i, err := Start(t.Context(), c.o)
		if err == nil {
			i.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// None of them has kept the lock.
	_, log := begin(t, Options{Dirs: dirs})
	if strings.Contains(log.String(), "another corsage") {
		t.Errorf("after failed starts: %s", log)
	}
}

// A start that is broken off while it waits for another one gives up.
func TestStartBrokenOff(t *testing.T) {
	dirs := testDirs(t)
	p, err := acquire(dirs.Runtime) // it will not answer
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	p.listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{Dirs: dirs, Windows: true, Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, context.Canceled) {
		t.Errorf("a start that was broken off: %v, want context.Canceled", err)
	}
}
