package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// logInLive begins a session with the backend of event streams and WebSockets.
func (s *stage) logInLive(t *testing.T, base string) {
	t.Helper()
	got := run[answer](t, s.page, "send", map[string]string{"url": base + "/login", "method": "POST"})
	if got.Status != 204 {
		t.Fatalf("log in: %s", got)
	}
}

// eventStream follows streams whose next event is sent only when the page has
// acknowledged the one before: where the browser speaks HTTP/2, eight at once,
// more than it has connections to a host over HTTP/1.1.
func (s *stage) eventStream(t *testing.T) {
	s.logInLive(t, liveHTTPS)
	const count = 3
	var streams []string
	for i := range s.mode.streams {
		streams = append(streams, fmt.Sprintf("%s-%d", s.mode.name, i))
	}
	type followed struct {
		Data  []string
		Error string
	}
	all := run[[]followed](t, s.page, "manyEvents", map[string]any{"base": liveHTTPS, "streams": streams, "count": count})
	want := []string{"event 1", "event 2", "event 3"}
	for i, got := range all {
		if got.Error != "" || !slices.Equal(got.Data, want) {
			t.Errorf("stream %d: %v, %q; want %v", i, got.Data, got.Error, want)
		}
	}
}

// webSocket talks to servers that check the session and their own Origin. A
// foreign page, which has no CORS to stop it, must not get in.
func (s *stage) webSocket(t *testing.T) {
	for _, c := range []struct {
		name  string
		base  string
		page  tab
		want  []string
		error string
	}{
		{name: "allowed", base: liveHTTPS, page: s.page, want: []string{"echo one", "echo two", "echo three"}},
		{name: "allowed, plain", base: livePlain, page: s.page, want: []string{"echo one", "echo two", "echo three"}},
		{name: "foreign", base: liveHTTPS, page: s.foreign, error: "refused"},
		{name: "foreign, plain", base: livePlain, page: s.foreign, error: "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.logInLive(t, c.base)
			got := run[struct {
				Echoed []string
				Error  string
			}](t, c.page, "socket", map[string]any{
				"url": "ws" + strings.TrimPrefix(c.base, "http") + "/socket", "messages": []string{"one", "two", "three"},
			})
			if got.Error != c.error || !slices.Equal(got.Echoed, c.want) {
				t.Errorf("%v, %q; want %v, %q", got.Echoed, got.Error, c.want, c.error)
			}
		})
	}
}

// largeBodies sends 20 MB each way and compares the checksums of both ends.
func (s *stage) largeBodies(t *testing.T) {
	const base, megabytes = "https://dev.corsage.test", 20
	s.logIn(t, base)
	got := run[struct {
		Sent, Received, Told string
		Size                 int
		Up                   answer
	}](t, s.page, "bodies", map[string]any{"base": base, "megabytes": megabytes})
	want := fmt.Sprintf(`{"sha256": "%s", "size": %d}`, got.Sent, megabytes<<20)
	if got.Up.Body != want {
		t.Errorf("up: %s; want %s", got.Up, want)
	}
	if got.Size != megabytes<<20 || got.Received != got.Told {
		t.Errorf("down: %d bytes with checksum %s, want %d with %s", got.Size, got.Received, megabytes<<20, got.Told)
	}
	s.logOut(t, base)
}
