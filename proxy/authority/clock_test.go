package authority

import (
	"crypto/tls"
	"errors"
	"testing"
	"time"
)

// Wherever the clock jumps to, a browser gets a handshake: one that resumes for
// as long as a session may be old, and else a full one, with a leaf that is valid
// then. Only where the root itself is not valid there is none.
func TestSessionsFollowTheClock(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, test := range []struct {
		name    string
		jump    time.Duration
		resumes bool
		works   bool
	}{
		{"an hour on", time.Hour, true, true},
		{"back by an hour", -time.Hour, true, true},
		{"a week on", 7*day + time.Hour, false, true},
		{"a year on", 365 * day, false, true},
		{"three years on", 3 * 365 * day, false, false},
		{"back by a year", -365 * day, false, false},
	} {
		for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				a, clock := openAt(t, t.TempDir(), start)
				client := trusting(a, "dev.example.com")
				client.MaxVersion = version
				client.Time = clock.now
				client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
				if _, err := handshake(t, a.TLSConfig("dev.example.com"), client); err != nil {
					t.Fatal(err)
				}
				clock.t = start.Add(test.jump)
				state, err := handshake(t, a.TLSConfig("dev.example.com"), client)
				if works := err == nil; works != test.works || state.DidResume != test.resumes {
					t.Errorf("works %t (%v), resumed %t", works, err, state.DidResume)
				}
				if _, err := a.Leaf("dev.example.com"); (err == nil) != test.works || err != nil && !errors.As(err, new(*LeafError)) {
					t.Errorf("leaf: %v", err)
				}
				clock.t = start // and back
				if _, err := handshake(t, a.TLSConfig("dev.example.com"), client); err != nil {
					t.Errorf("with the clock set right: %v", err)
				}
			})
		}
	}
}
