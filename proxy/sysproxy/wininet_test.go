package sysproxy

import (
	"reflect"
	"testing"
)

// connection stands in for the options that WinINet keeps for local networks.
type connection struct {
	now       perConnection
	refreshed int
}

func (c *connection) desktop() wininet {
	return wininet{
		query: func() (perConnection, error) { return c.now, nil },
		set: func(flags *uint32, server, bypass, pac *string) error {
			if flags != nil {
				c.now.flags = *flags
			}
			for _, o := range []struct{ from, into *string }{{server, &c.now.server}, {bypass, &c.now.bypass}, {pac, &c.now.pac}} {
				if o.from != nil {
					*o.into = *o.from
				}
			}
			return nil
		},
		refresh: func() { c.refreshed++ },
	}
}

func (c *connection) opened(t *testing.T, dir string) *Switch {
	s := Open(dir)
	s.find = func(string) (desktop, error) { return c.desktop(), nil }
	t.Cleanup(func() { _ = s.lock.Close() })
	return s
}

func TestWinINet(t *testing.T) {
	for _, c := range []struct {
		name             string
		before, pac, fix perConnection
		previous         Previous
	}{
		{
			"as Windows comes", perConnection{flags: winDirect | winDetect},
			perConnection{flags: winDirect | winPAC, pac: wantPAC.PAC},
			perConnection{flags: winDirect | winProxy, server: "http=127.0.0.1:8899;https=127.0.0.1:8899", bypass: "localhost;127.*;[::1];169.254.*;<local>"},
			Previous{Detect: true},
		},
		{
			"a proxy", perConnection{flags: winDirect | winProxy, server: "proxy.corp:3128", bypass: "*.corp;<local>"},
			perConnection{flags: winDirect | winProxy | winPAC, server: "proxy.corp:3128", bypass: "*.corp;<local>", pac: wantPAC.PAC},
			perConnection{flags: winDirect | winProxy, server: "http=127.0.0.1:8899;https=127.0.0.1:8899", bypass: "*.corp;<local>;localhost;127.*;[::1];169.254.*"},
			Previous{HTTP: "proxy.corp:3128", HTTPS: "proxy.corp:3128", Except: []string{"*.corp", "<local>"}},
		},
		{
			"a PAC file, and a proxy that is off", perConnection{flags: winDirect | winPAC, server: "old:80", pac: "http://corp/p.pac"},
			perConnection{flags: winDirect | winPAC, server: "old:80", pac: wantPAC.PAC},
			perConnection{flags: winDirect | winProxy, server: "http=127.0.0.1:8899;https=127.0.0.1:8899", bypass: "localhost;127.*;[::1];169.254.*;<local>", pac: "http://corp/p.pac"},
			Previous{PAC: "http://corp/p.pac"},
		},
	} {
		for _, how := range []struct {
			name string
			want perConnection
		}{{"pac", c.pac}, {"fixed", c.fix}} {
			for step := 0; ; step++ {
				w, dir := &connection{now: c.before}, t.TempDir()
				s := w.opened(t, dir)
				dead := kill(t, s, step, func() {
					if err := s.On(t.Context(), wantOf(how.name)); err != nil {
						t.Fatal(err)
					}
					if w.now != how.want || w.refreshed == 0 {
						t.Errorf("%s, %s: %+v, want %+v", c.name, how.name, w.now, how.want)
					}
					if state, err := s.State(t.Context()); err != nil || !state.On || !reflect.DeepEqual(state.Previous, c.previous) {
						t.Errorf("%s, %s: %+v, %v", c.name, how.name, state, err)
					}
					if _, err := s.Off(t.Context()); err != nil {
						t.Fatal(err)
					}
				})
				if _, err := w.opened(t, dir).Off(t.Context()); err != nil {
					t.Fatal(err)
				}
				if w.now != c.before {
					t.Errorf("%s, %s, killed before step %d: left %+v, before it was %+v", c.name, how.name, step, w.now, c.before)
				}
				if !dead {
					break
				}
			}
		}
	}
}

// Windows' own settings change flags that Corsage does not, and each flag is on
// its own.
func TestWinINetForeignFlag(t *testing.T) {
	w := &connection{now: perConnection{flags: winDirect | winDetect}}
	s := w.opened(t, t.TempDir())
	if err := s.On(t.Context(), wantPAC); err != nil {
		t.Fatal(err)
	}
	w.now.flags |= winProxy
	w.now.server = "proxy.corp:3128"
	report, err := s.Off(t.Context())
	if want := (perConnection{flags: winDirect | winDetect | winProxy, server: "proxy.corp:3128"}); err != nil || w.now != want || len(report.Left) > 0 {
		t.Errorf("%+v, want %+v; %+v, %v", w.now, want, report, err)
	}
}

func TestWinServers(t *testing.T) {
	for _, c := range []struct{ text, http, https, socks string }{
		{"", "", "", ""},
		{"proxy:3128", "proxy:3128", "proxy:3128", ""},
		{"proxy", "proxy:80", "proxy:80", ""},
		{"http://proxy:3128/", "proxy:3128", "proxy:3128", ""},
		{"http=a:1;https=b:2;ftp=c:3;socks=d", "a:1", "b:2", "d:1080"},
		{"https=b:2", "", "b:2", ""},
		{"HTTP=[::1]:8 ", "[::1]:8", "", ""},
		{"[::1]", "[::1]:80", "[::1]:80", ""},
		{"gopher=x:1;;=", "", "", ""},
	} {
		if http, https, socks := winServers(c.text); http != c.http || https != c.https || socks != c.socks {
			t.Errorf("%q: %q, %q, %q", c.text, http, https, socks)
		}
	}
}
