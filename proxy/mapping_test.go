package proxy

import (
	"net/url"
	"strings"
	"testing"
)

// behind is a flow of a request for asked, whose rule has the upstream and tells
// it host.
func behind(t testing.TB, asked, upstream, host string) *Flow {
	t.Helper()
	f := &Flow{Rule: &Rule{Host: host}}
	var err error
	if f.URL, err = url.Parse(asked); err != nil {
		t.Fatal(err)
	}
	if upstream != "" {
		if f.Rule.Upstream, err = url.Parse(upstream); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

var fromBackend = []struct {
	url, upstream, host string
	pairs               [][2]string // a reference, and what becomes of it; "" for nothing
}{
	{"https://dev.internal/x", "http://dev.internal:8000", "", [][2]string{ // a façade that keeps the Host
		{"http://dev.internal:8000/login?next=/x#y", "https://dev.internal/login?next=/x#y"},
		{"http://dev.internal/login", "https://dev.internal/login"},
		{"HTTP://Dev.Internal:80/Login", "https://dev.internal/Login"},
		{"//dev.internal:8000/login", "https://dev.internal/login"},
		{"//dev.internal/login", "https://dev.internal/login"},
		{"https://dev.internal:8000/", "https://dev.internal/"},
		{"http://dev.internal.:8000/", "https://dev.internal/"},
		{"http://dev.internal:8000", "https://dev.internal"},
		{"http://dev.internal?x", "https://dev.internal?x"},
		{"http://dev.internal/a b|c%zz\xe4", "https://dev.internal/a b|c%zz\xe4"},
		{"https://dev.internal/login", ""},
		{"HTTPS://DEV.internal:443/login", ""},
		{"http://dev.internal:8001/", ""},
		{"http://sso.internal/?back=http://dev.internal/", ""},
		{"http://me@dev.internal/", ""},
		{"ftp://dev.internal/", ""},
		{"/login", ""}, {"login", ""}, {"?x", ""}, {"#x", ""}, {"", ""}, {"//", ""}, {"http://", ""}, {"http:/x", ""}, {"mailto:a@dev.internal", ""},
	}},
	{"https://local.dev.example.test/", "http://localhost:3000", "localhost:3000", [][2]string{ // the same site
		{"http://localhost:3000/a", "https://local.dev.example.test/a"},
		{"http://127.0.0.1:3000/a", "https://local.dev.example.test/a"},
		{"http://[::1]:3000/a", "https://local.dev.example.test/a"},
		{"http://local.dev.example.test/a", "https://local.dev.example.test/a"},
		{"http://localhost/a", ""},
		{"http://127.0.0.2:3000/a", ""},
		{"http://app.localhost:3000/a", ""},
		{"http://localhost:3000.evil.test/a", ""},
		{"https://dev.example.test/", ""},
	}},
	{"https://dev.example.test:8443/x", "https://10.0.0.5/v1/", "", [][2]string{ // a prefix, and the same name
		{"https://10.0.0.5/v1/a", "https://dev.example.test:8443/a"},
		{"https://10.0.0.5:443/v1", "https://dev.example.test:8443"},
		{"https://10.0.0.5/v1?q", "https://dev.example.test:8443?q"},
		{"https://dev.example.test:8443/v1/a", "https://dev.example.test:8443/a"},
		{"/v1/a?b", "/a?b"}, {"/v1", "/"}, {"/v1?b", "/?b"}, {"/v1/", "/"},
		{"/v1//evil.test/", "https://dev.example.test:8443//evil.test/"}, {`/v1/\evil.test/`, `https://dev.example.test:8443/\evil.test/`},
		{"/v12", ""}, {"/", ""}, {"/login", ""}, {"a", ""},
		{"https://10.0.0.5/v2/", ""}, {"https://10.0.0.5/", ""}, {"http://10.0.0.5/v1/a", ""}, {"https://dev.example.test:8443/a", ""},
	}},
	{"https://dev.internal/x", "http://dev.internal/v1", "", [][2]string{ // a façade with a prefix
		{"http://dev.internal/v1/a", "https://dev.internal/a"},
		{"https://dev.internal/v1/a", ""}, // it knows its address here
	}},
	{"http://dev.internal/x", "https://dev.internal", "", [][2]string{ // TLS taken off
		{"https://dev.internal/a", "http://dev.internal/a"}, {"http://dev.internal/a", ""},
	}},
	{"https://[2001:db8::1]/", "http://[2001:DB8::2]:8000", "", [][2]string{
		{"http://[2001:db8:0::2]:8000/a", "https://[2001:db8::1]/a"}, {"http://[2001:db8::1]/a", "https://[2001:db8::1]/a"},
	}},
	{"https://dev.example.test/", "", "", [][2]string{{"http://dev.example.test/", ""}, {"/x", ""}}},
}

func TestFromBackend(t *testing.T) {
	for _, c := range fromBackend {
		f := behind(t, c.url, c.upstream, c.host)
		for _, p := range c.pairs {
			want := p[1]
			if want == "" {
				want = p[0]
			}
			if got := f.FromBackend(p[0]); got != want {
				t.Errorf("%s behind %s: %q became %q, want %q", c.url, c.upstream, p[0], got, want)
			}
		}
	}
}

func TestToBackend(t *testing.T) {
	for _, c := range []struct{ url, upstream, host, address, want string }{
		{"https://dev.internal/", "http://dev.internal:8000", "", "https://dev.internal/a?b#c", "http://dev.internal/a?b#c"},
		{"https://dev.internal/", "http://dev.internal:8000", "dev.internal:8000", "https://dev.internal/", "http://dev.internal:8000/"},
		{"https://dev.internal/", "http://dev.internal:8000", "", "https://dev.internal", "http://dev.internal"},
		{"https://dev.internal/", "http://dev.internal:8000", "", "https://other.internal/", "https://other.internal/"},
		{"https://dev.internal/", "http://dev.internal:8000", "", "http://dev.internal/", "http://dev.internal/"},
		{"https://dev.internal/", "http://dev.internal:8000", "", "null", "null"},
		{"https://dev.internal/", "https://10.0.0.5", "", "https://dev.internal:443/", "https://dev.internal:443/"},
		{"https://dev.internal/", "https://10.0.0.5/v1/", "", "https://dev.internal/x/y", "https://dev.internal/v1/x/y"},
		{"https://dev.internal/", "https://10.0.0.5/v1", "", "https://dev.internal/other", "https://dev.internal/other"}, // another entry's page
		{"https://dev.internal/", "", "", "https://dev.internal/", "https://dev.internal/"},
	} {
		f := behind(t, c.url, c.upstream, c.host)
		if strings.Contains(c.upstream, "v1") {
			f.Rule.Backend = Pattern{prefix: "/x"}
		}
		if got := f.ToBackend(c.address); got != c.want {
			t.Errorf("%s behind %s: %q became %q, want %q", c.url, c.upstream, c.address, got, c.want)
		}
	}
}

func TestDropsDomain(t *testing.T) {
	for _, c := range []struct {
		url, upstream, host string
		drops, keeps        []string
	}{
		{"https://local.dev.example.test/", "http://localhost:3000", "localhost:3000", []string{"localhost", ".LOCALHOST"}, []string{"local.dev.example.test", ".example.test", "evil.test", ""}},
		{"https://local.example.test/", "https://api.dev.example.test", "api.dev.example.test", []string{"api.dev.example.test", ".dev.example.test"}, []string{"example.test", "local.example.test"}},
		{"https://dev.internal/", "http://10.0.0.5:8000", "", []string{"10.0.0.5"}, []string{"0.0.5", "dev.internal"}},
		{"https://dev.internal/", "", "", nil, []string{"localhost"}},
	} {
		f := behind(t, c.url, c.upstream, c.host)
		for _, d := range c.drops {
			if !f.DropsDomain(d) {
				t.Errorf("%s behind %s keeps %q", c.url, c.upstream, d)
			}
		}
		for _, d := range c.keeps {
			if f.DropsDomain(d) {
				t.Errorf("%s behind %s drops %q", c.url, c.upstream, d)
			}
		}
	}
}

// FuzzFromBackend: a reference is changed only into one on the browser's side of
// the same thing, which stays as it is from then on.
func FuzzFromBackend(f *testing.F) {
	var flows []*Flow
	for i, c := range fromBackend {
		flows = append(flows, behind(f, c.url, c.upstream, c.host))
		for _, p := range c.pairs {
			f.Add(i, p[0])
		}
	}
	f.Fuzz(func(t *testing.T, i int, ref string) {
		flow := flows[uint(i)%uint(len(flows))]
		got := flow.FromBackend(ref)
		if got == ref {
			return
		}
		if own := flow.OwnOrigin(); !strings.HasPrefix(got, own) && !strings.HasPrefix(got, "/") {
			t.Errorf("%q became %q, which is not at %s", ref, got, own)
		}
		if strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`) {
			t.Errorf("%q became %q, which names another host", ref, got)
		}
		if rest := strings.TrimPrefix(got, flow.OwnOrigin()); !strings.HasSuffix(ref, strings.TrimPrefix(rest, "/")) {
			t.Errorf("%q became %q, which ends otherwise", ref, got)
		}
		if flow.prefix() == "" && flow.FromBackend(got) != got {
			t.Errorf("%q became %q, and then %q", ref, got, flow.FromBackend(got))
		}
	})
}
