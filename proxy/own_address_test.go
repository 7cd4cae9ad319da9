package proxy_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"corsage/proxy"
	"corsage/proxy/record"
)

// A shell that was set up to use Corsage names Corsage itself.
func TestOwnAddressInEnvironment(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("HTTP_PROXY", fmt.Sprintf("http://%s:%d", host, l.Addr().(*net.TCPAddr).Port))
		r, log := startOn(t, l)
		for range 2 {
			resp, body := get(t, r.client, "http://nowhere.test/")
			if resp.StatusCode != 502 || !strings.Contains(body, "nowhere.test") || strings.Contains(body, "proxy") {
				t.Errorf("%s: %s %s", host, resp.Status, body)
			}
		}
		if n := strings.Count(log.String(), "a proxy on the way out is Corsage itself"); n != 1 {
			t.Errorf("%s: logged %d times:\n%s", host, n, log)
		}
	}
}

// A proxy that the profile names and that is ourselves.
func TestOwnAddressInProfile(t *testing.T) {
	r := start(t)
	r.Apply(proxy.NewRuleset(through(t, trusting(t, "https://example.com"), "http://"+r.addr)))
	resp, body := get(t, r.client, "https://example.com/")
	if resp.StatusCode != 502 || !strings.Contains(body, "is Corsage itself") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// startOn is start on a listener that is there already, with what was logged.
func startOn(t *testing.T, l net.Listener, rules ...*proxy.Rule) (*rig, *logBuffer) {
	t.Helper()
	log := new(logBuffer)
	r := &rig{recorder: record.New(1000), ca: newCA(t), addr: l.Addr().String()}
	r.Server = proxy.NewServer(proxy.Config{
		Recorder: r.recorder, Log: slog.New(slog.NewTextHandler(log, nil)), Local: http.NotFoundHandler(),
	})
	r.Apply(proxy.NewRuleset(rules...))
	served := make(chan struct{})
	go func() { defer close(served); _ = r.Serve(l) }()
	t.Cleanup(func() { _ = r.Close(); <-served })
	r.client = r.newClient(t)
	return r, log
}

type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
