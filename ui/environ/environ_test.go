package environ

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func testSetup(t *testing.T) Setup {
	dir := t.TempDir()
	return Setup{
		Proxy:    "127.0.0.1:8899",
		Bundles:  Bundles{Dir: filepath.Join(dir, "bundles"), Roots: put(t, filepath.Join(dir, "ca.pem"), authority(t, "ours"))},
		Backends: []string{"https://dev.example.com"},
	}
}

func TestVariables(t *testing.T) {
	s := testSetup(t)
	set, notes, err := s.Variables(Environ{"PATH": "/bin"})
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	got := Environ{}.With(set)
	system := filepath.Join(s.Bundles.Dir, "system.pem")
	want := Environ{
		"HTTP_PROXY": "http://127.0.0.1:8899", "HTTPS_PROXY": "http://127.0.0.1:8899", "NO_PROXY": "localhost,127.0.0.1,::1",
		"http_proxy": "http://127.0.0.1:8899", "https_proxy": "http://127.0.0.1:8899", "no_proxy": "localhost,127.0.0.1,::1",
		"NODE_USE_ENV_PROXY": "1", "GLOBAL_AGENT_HTTP_PROXY": "http://127.0.0.1:8899", "GLOBAL_AGENT_NO_PROXY": "localhost,127.0.0.1,::1",
		"SSL_CERT_FILE": system, "CURL_CA_BUNDLE": system, "REQUESTS_CA_BUNDLE": system, "PIP_CERT": system,
		"GIT_SSL_CAINFO": system, "CARGO_HTTP_CAINFO": system, "AWS_CA_BUNDLE": system,
		"NODE_EXTRA_CA_CERTS": s.Bundles.Roots, "DENO_CERT": s.Bundles.Roots,
		formerName: got[formerName],
	}
	if !maps.Equal(got, want) || got[formerName] == "" {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// What the user's variables name is in the files, and is put back.
func TestVariablesRespectTheUsers(t *testing.T) {
	s := testSetup(t)
	corp := put(t, filepath.Join(t.TempDir(), "corp.pem"), authority(t, "corp"))
	node := put(t, filepath.Join(t.TempDir(), "node.pem"), authority(t, "node"))
	user := Environ{
		"PATH": "/bin", "HTTPS_PROXY": "http://me:secret@proxy.corp:3128", "no_proxy": ".corp", "ALL_PROXY": "socks5://s.corp",
		"SSL_CERT_FILE": corp, "NODE_EXTRA_CA_CERTS": node, "AWS_CA_BUNDLE": "/none.pem", "DENO_CERT": "",
	}
	first, notes, err := s.Variables(user)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"Your proxy for http was socks5://s.corp:1080; Corsage, which comes first now, goes out directly.",
		"Your proxy for https was http://proxy.corp:3128; Corsage, which comes first now, goes out directly.",
		"AWS_CA_BUNDLE named are not among those trusted now: ",
	} {
		if len(notes) != 3 || !strings.Contains(notes[i], want) || strings.Contains(notes[i], "secret") {
			t.Errorf("notes: %q, want %q", notes, want)
		}
	}
	e := user.With(first)
	for name, want := range map[string]string{"SSL_CERT_FILE": "corp,ours", "CURL_CA_BUNDLE": "corp,ours", "REQUESTS_CA_BUNDLE": "", "NODE_EXTRA_CA_CERTS": "node,ours"} {
		if got := subjects(t, e[name]); got != want && want != "" || want == "" && len(got) < 1000 {
			t.Errorf("%s has %s", name, got)
		}
	}
	if e["NO_PROXY"] != "localhost,127.0.0.1,::1,.corp" || e["ALL_PROXY"] != "socks5://s.corp" {
		t.Errorf("NO_PROXY %q, ALL_PROXY %q", e["NO_PROXY"], e["ALL_PROXY"])
	}

	s.Proxy = "127.0.0.1:9000"
	second, _, err := s.Variables(e)
	if err != nil {
		t.Fatal(err)
	}
	if got := Environ(user).With(second); got["HTTP_PROXY"] != "http://127.0.0.1:9000" || got["SSL_CERT_FILE"] != e["SSL_CERT_FILE"] || got[formerName] != e[formerName] {
		t.Errorf("again, in a shell that uses another Corsage: %v", got)
	}
	back, err := e.With(second).Former()
	if err != nil || !maps.Equal(back, user) {
		t.Errorf("undone: %v, %v; want %v", back, err, user)
	}
	if same, err := user.Former(); err != nil || !maps.Equal(same, user) {
		t.Errorf("nothing to undo: %v, %v", same, err)
	}
	if _, err := (Environ{formerName: "?"}).Former(); err == nil || !strings.Contains(err.Error(), "open another shell") {
		t.Errorf("damaged: %v", err)
	}
}

func TestRestore(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://proxy.corp:3128")
	if err := os.Unsetenv("no_proxy"); err != nil {
		t.Fatal(err)
	}
	before := os.Environ()
	set, _, err := testSetup(t).Variables(Current())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range set {
		t.Setenv(v.Name, v.Value)
	}
	if err := Restore(); err != nil {
		t.Fatal(err)
	}
	after := os.Environ()
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		t.Errorf("restored it is\n%q, before it was\n%q", after, before)
	}
}

func TestWayOut(t *testing.T) {
	for _, c := range []struct{ env, here, want string }{
		{"", "", ""},
		{"http://127.0.0.1:8899", "", ""},
		{"http://me:secret@proxy.corp:3128", "http://proxy.corp:3128", "Corsage goes on through http://proxy.corp:3128, your proxy for https."},
		{"proxy.corp:3128", "http://other.corp:80", "Your proxy for https was http://proxy.corp:3128; Corsage, which comes first now, goes through http://other.corp:80."},
	} {
		s := Setup{Proxy: "127.0.0.1:8899", HTTPSProxy: c.here}
		if got := strings.Join(s.wayOut(Environ{"https_proxy": c.env}), "|"); got != c.want {
			t.Errorf("%q behind %q: %q, want %q", c.env, c.here, got, c.want)
		}
	}
}
