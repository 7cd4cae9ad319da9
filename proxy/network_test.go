package proxy

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// addresses is what a machine's interfaces have.
func addresses(t *testing.T, prefixes ...string) []net.Addr {
	t.Helper()
	list := make([]net.Addr, len(prefixes))
	for i, s := range prefixes {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
	}
	return list
}

// Each look comes some wall-clock time after the one before, while next to
// nothing has passed on the monotonic clock.
func TestNetworkChanged(t *testing.T) {
	home := []string{"127.0.0.1/8", "::1/128", "192.168.1.5/24", "2001:db8::5/64"}
	type look struct {
		after time.Duration
		have  []string // nil where the machine can't say
		want  bool
	}
	for name, looks := range map[string][]look{
		"nothing happens":          {{0, home, false}, {time.Second, home, false}, {2 * time.Second, home, false}},
		"sleep":                    {{0, home, false}, {8 * time.Hour, home, true}, {time.Second, home, false}},
		"sleep at once":            {{0, home, false}, {6 * time.Second, home, true}},
		"clock set back":           {{0, home, false}, {-24 * time.Hour, home, true}, {time.Second, home, false}},
		"clock set back, not much": {{0, home, false}, {-2 * time.Second, home, false}},
		"years ahead":              {{0, home, false}, {10 * 365 * 24 * time.Hour, home, true}, {time.Second, home, false}},
		"VPN comes":                {{0, home, false}, {time.Second, append([]string{"10.8.0.2/24"}, home...), false}},
		"VPN goes":                 {{0, append([]string{"10.8.0.2/24"}, home...), false}, {time.Second, home, true}, {time.Second, home, false}},
		"other address":            {{0, []string{"10.8.0.2/24"}, false}, {time.Second, []string{"10.8.0.9/24"}, true}},
		"all away, then back":      {{0, home, false}, {time.Second, home[:2], true}, {time.Second, home, false}},
		"container's link goes":    {{0, append([]string{"fe80::42/64"}, home...), false}, {time.Second, home, false}},
		"in between, not asked":    {{0, home, false}, {time.Second / 2, home[:2], false}, {time.Second / 2, home[:2], true}},
		"can't say":                {{0, home, false}, {time.Second, nil, false}, {time.Second, home[:2], true}},
		"can't say, sleep":         {{0, home, false}, {time.Hour, nil, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var n network
			wall := time.Now()
			n.now = func() time.Time { return wall }
			for i, l := range looks {
				wall = wall.Add(l.after)
				n.interfaces = func() ([]net.Addr, error) {
					if l.have == nil {
						return nil, errors.New("too many open files")
					}
					return addresses(t, l.have...), nil
				}
				if got := n.changed(); got != l.want {
					t.Errorf("look %d says %t, want %t", i, got, l.want)
				}
			}
		})
	}
}

// The machine's own clock and addresses say that nothing has changed.
func TestNetworkHere(t *testing.T) {
	var n network
	if n.changed() || len(n.addresses) == 0 && !offline(t) {
		t.Errorf("the first look: addresses %v", n.addresses)
	}
	n.looked.Store(0)
	if n.changed() {
		t.Error("the second look has it that something changed")
	}
}

func offline(t *testing.T) bool {
	t.Helper()
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			return false
		}
	}
	return true
}

func BenchmarkNetworkChanged(b *testing.B) {
	var n network
	for b.Loop() {
		n.changed()
	}
}

func BenchmarkNetworkLook(b *testing.B) {
	var n network
	for b.Loop() {
		n.looked.Store(0)
		n.changed()
	}
}
