package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestGnomeWrite(t *testing.T) {
	for _, c := range []struct {
		key  string
		v    value
		want string
	}{
		{"mode", value{Text: "'auto'"}, "set org.gnome.system.proxy mode 'auto'"},
		{"http.port", value{Text: "8899"}, "set org.gnome.system.proxy.http port 8899"},
		{"ignore-hosts", value{Text: "['a', 'b']", Unset: true}, "reset org.gnome.system.proxy ignore-hosts"},
		{"socks.host", value{Unset: true}, "reset org.gnome.system.proxy.socks host"},
	} {
		if got := strings.Join(gnomeWrite(c.key, c.v), " "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestGnomePrevious(t *testing.T) {
	for _, c := range []struct {
		name string
		set  map[string]string
		want Previous
	}{
		{"none, with an old proxy", map[string]string{"http.host": "'old'"}, Previous{}},
		{"a PAC file", map[string]string{"mode": "'auto'", "autoconfig-url": "'http://corp/p.pac'"}, Previous{PAC: "http://corp/p.pac"}},
		{"detection", map[string]string{"mode": "'auto'"}, Previous{Detect: true}},
		{"manual, without a proxy", map[string]string{"mode": "'manual'"}, Previous{}},
		{"manual, without a port", map[string]string{"mode": "'manual'", "http.host": "'p'", "http.port": "0"}, Previous{}},
		{"proxies", map[string]string{"mode": "'manual'", "http.host": "'a'", "http.port": "1", "https.host": "'::1'", "https.port": "2", "socks.host": "'s'", "socks.port": "3",
			"ignore-hosts": "['localhost', '*.a.corp', 'b.corp', '.c.corp', '10.0.0.0/8', '192.0.2.1', 'd.corp:8080']"},
			Previous{HTTP: "a:1", HTTPS: "[::1]:2", SOCKS: "s:3", Except: []string{"localhost", "*.a.corp", ".b.corp", ".c.corp", "10.0.0.0/8", "192.0.2.1", "d.corp:8080"}}},
		{"a password", map[string]string{"mode": "'manual'", "http.host": "'a'", "http.port": "1", "ignore-hosts": "@as []",
			"http.use-authentication": "true", "http.authentication-user": "'me'", "http.authentication-password": "\"it's:@\""},
			Previous{HTTP: "me:it%27s%3A%40@a:1"}},
	} {
		now := values{
			"mode": {Text: "'none'"}, "autoconfig-url": {Text: "''"}, "ignore-hosts": {Text: "['localhost']"},
			"http.host": {Text: "''"}, "http.port": {Text: "8080"}, "https.host": {Text: "''"}, "https.port": {Text: "0"}, "socks.host": {Text: "''"}, "socks.port": {Text: "0"},
		}
		for key, text := range c.set {
			now[key] = value{Text: text}
		}
		if got := (gnome{}).previous(now); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Where only GSettings can be asked, a value that is the default counts as unset.
func TestGnomeWithoutDconf(t *testing.T) {
	g := gnome{desktop: "GNOME", run: func(_ context.Context, env []string, name string, args ...string) (string, error) {
		if name != "gsettings" || strings.Join(args, " ") != "list-recursively org.gnome.system.proxy" {
			return "", errors.New("no such command")
		}
		mode := "'manual'"
		if slices.Contains(env, "GSETTINGS_BACKEND=memory") {
			mode = "'none'"
		}
		return "org.gnome.system.proxy mode " + mode + "\n" + strings.Join([]string{
			"org.gnome.system.proxy autoconfig-url ''", "org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1']", "org.gnome.system.proxy use-same-proxy true",
			"org.gnome.system.proxy.ftp host ''", "org.gnome.system.proxy.ftp port 0",
			"org.gnome.system.proxy.http authentication-password ''", "org.gnome.system.proxy.http authentication-user ''", "org.gnome.system.proxy.http enabled false",
			"org.gnome.system.proxy.http host ''", "org.gnome.system.proxy.http port 8080", "org.gnome.system.proxy.http use-authentication false",
			"org.gnome.system.proxy.https host ''", "org.gnome.system.proxy.https port 0", "org.gnome.system.proxy.socks host ''", "org.gnome.system.proxy.socks port 0",
		}, "\n") + "\n", nil
	}}
	now, err := g.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v := now["mode"]; v.Unset || v.Text != "'manual'" {
		t.Errorf("mode %+v", v)
	}
	if v := now["ignore-hosts"]; !v.Unset || v.Text != "['localhost', '127.0.0.0/8', '::1']" {
		t.Errorf("ignore-hosts %+v", v)
	}
	if got, want := slices.Sorted(maps.Keys(now)), slices.Sorted(slices.Values(gnomeKeys())); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}

func TestDumped(t *testing.T) {
	got := slices.Sorted(maps.Keys(dumped("[/]\nmode='manual'\nignore-hosts=['a=b', '[c]']\n\n[http]\nhost='x'\n\n[a/b]\nc=1\n")))
	if want := []string{"a/b.c", "http.host", "ignore-hosts", "mode"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestVariants(t *testing.T) {
	for _, c := range []struct{ s, text string }{
		{"", `''`}, {"plain", `'plain'`}, {"it's", `"it's"`}, {`"'`, `"\"'"`}, {`a\b`, `'a\\b'`}, {`"`, `'"'`},
	} {
		if got := quoteVariant(c.s); got != c.text {
			t.Errorf("%q: %s, want %s", c.s, got, c.text)
		}
		if got, err := parseVariantString(c.text); got != c.s || err != nil {
			t.Errorf("%s: %q, %v", c.text, got, err)
		}
	}
	for _, c := range []struct {
		list []string
		text string
	}{{nil, "@as []"}, {[]string{"a", "it's"}, `['a', "it's"]`}} {
		if got := quoteVariantList(c.list); got != c.text {
			t.Errorf("%q: %s", c.list, got)
		}
		if got, err := parseVariantList(c.text); len(got) != len(c.list) || err != nil || !slices.Equal(got, c.list) {
			t.Errorf("%s: %q, %v", c.text, got, err)
		}
	}
}

// FuzzReaders: whatever a system's commands print, reading it ends, and what was
// made of it can be read again.
func FuzzReaders(f *testing.F) {
	for _, text := range []string{
		"['a', \"it's\"]", "@as []", "'x'", "[/]\nmode='manual'\n", "http=a:1;https=b", "http://p 3128",
		"An asterisk (*) denotes that a network service is disabled.\nWi-Fi\n*Off\n", "URL: (null)\nEnabled: No\n",
		"There aren't any bypass domains set on Wi-Fi.\n", "http://me:secret@proxy:1/x?y@z", "<local>;[::1]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dumped(text)
		macFields(text)
		for _, s := range macServices(text) {
			if s == "" || s[0] == '*' {
				t.Fatalf("%q: service %q", text, s)
			}
		}
		macDomains(text, "Wi-Fi")
		winServers(text)
		if proxy := kdeProxy(text); proxy != "" && !strings.Contains(proxy, ":") {
			t.Fatalf("%q: proxy %q", text, proxy)
		}
		if list, err := parseVariantList(text); err == nil {
			again, err := parseVariantList(quoteVariantList(list))
			if plain(list) && (err != nil || fmt.Sprint(again) != fmt.Sprint(list)) {
				t.Fatalf("%q: %q became %q, %v", text, list, again, err)
			}
		}
		if shown := withoutPassword("http://me:" + "s3cret" + "@" + text); strings.Contains(shown, "s3cret") && !strings.Contains(text, "s3cret") {
			t.Fatalf("%q is shown as %q", text, shown)
		}
	})
}

// plain tells whether there are only characters that GLib prints as they are.
func plain(list []string) bool {
	return !slices.ContainsFunc(list, func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	})
}
