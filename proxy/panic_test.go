package proxy_test

import (
	"context"
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

// errorLog keeps what is logged as an error.
type errorLog struct {
	slog.Handler
	mu   sync.Mutex
	said []string
}

func (l *errorLog) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelError
}

func (l *errorLog) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	l.said = append(l.said, r.Message)
	l.mu.Unlock()
	return nil
}

func (l *errorLog) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.said {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// startLogging is start with a log of its own, of 200 entries, and a local handler
// that dies where it is asked for.
func startLogging(t *testing.T, log slog.Handler, rules ...*proxy.Rule) *rig {
	t.Helper()
	r := &rig{recorder: record.New(200), ca: newCA(t)}
	r.Server = proxy.NewServer(proxy.Config{
		Recorder: r.recorder, Log: slog.New(log),
		Local: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("no reason")
			}
			fmt.Fprint(w, "local "+r.URL.Path)
		}),
	})
	r.Apply(proxy.NewRuleset(rules...))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	served := make(chan struct{})
	go func() { defer close(served); _ = r.Serve(l) }()
	t.Cleanup(func() { _ = r.Close(); <-served })
	r.client = r.newClient(t)
	return r
}

// Whatever a modifier dies of, on either half, the exchange goes on without it,
// and the log names it. (Of a map that two goroutines write to at once, of a
// stack without end and of no memory Go ends the process, and nothing can be
// done: a Modifier has no state of its own and does not recurse.)
func TestModifierDies(t *testing.T) {
	var noMap map[string]int
	var noFlow *proxy.Flow
	var list []int
	var thing any = "text"
	deaths := map[string]func(){
		"a panic":          func() { panic("no reason") },
		"nil in a panic":   func() { panic(nil) }, //nolint:govet // on purpose
		"nil map":          func() { noMap["x"] = 1 },
		"nil pointer":      func() { _ = noFlow.Rule.Profile },
		"index":            func() { list[len(list)]++ },
		"type":             func() { _ = thing.(int) },
		"division":         func() { list = append(list, 1/len(noMap)) },
		"abort of a reply": func() { panic(http.ErrAbortHandler) },
	}
	for name, die := range deaths {
		for half, broken := range map[string]proxy.Modifier{
			"request":  {Name: "broken", Request: func(*proxy.Flow) { die() }},
			"response": {Name: "broken", Response: func(*proxy.Flow) { die() }},
		} {
			t.Run(name+", "+half, func(t *testing.T) {
				log := &errorLog{Handler: slog.DiscardHandler}
				r := startLogging(t, log, rule(t, "https://example.com", backend(t, echo, false), broken, allow))
				for range 2 {
					resp, _ := get(t, r.client, "https://example.com/", "Origin", page)
					if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != page {
						t.Errorf("%d %v", resp.StatusCode, resp.Header)
					}
				}
				if !log.has("toggle broken failed") {
					t.Errorf("logged: %q", log.said)
				}
				r.entry(t, func(e *record.Entry) bool { return e.State == record.Done && e.Error == "" })
			})
		}
	}
}

// A panic outside of modifiers costs its own request, and is logged as an error.
func TestLocalHandlerDies(t *testing.T) {
	log := &errorLog{Handler: slog.DiscardHandler}
	r := startLogging(t, log)
	if _, err := http.Get("http://" + r.addr + "/panic"); err == nil {
		t.Error("answered")
	}
	if _, body := get(t, http.DefaultClient, "http://"+r.addr+"/fine"); body != "local /fine" {
		t.Errorf("the next request: %q", body)
	}
	eventually(t, "the panic to be logged", func() bool { return log.has("no reason") })
}
