package proxy

import (
	"net/url"
	"strings"
	"testing"
)

var patterns = []struct {
	in, out string // out is the normal form, or what the error must contain after "!"
	yes, no string // URLs, apart by spaces
}{
	{"https://dev.example.com", "https://dev.example.com", "https://dev.example.com/ https://DEV.example.com.:443/x https://dev.example.com", "http://dev.example.com/ https://dev.example.com:8443/ https://x.dev.example.com/ https://dev.example.com.evil.test/"},
	{"https://*.example.com", "https://*.example.com", "https://a.example.com/ https://a.b.example.com/", "https://example.com/ https://xexample.com/"},
	{"http://localhost:*", "http://localhost:*", "http://localhost:3000/ http://localhost/", "https://localhost:3000/ http://localhost.test:3000/"},
	{"http://[::1]:8000", "http://[::1]:8000", "http://[::1]:8000/ http://[0:0:0:0:0:0:0:1]:8000/", "http://[::1]/"},
	{"https://10.0.0.5/api", "https://10.0.0.5/api", "https://10.0.0.5/api https://10.0.0.5/api/x", "https://10.0.0.5/apix https://10.0.0.5/"},
	{"wss://Bücher.example:443/", "https://xn--bcher-kva.example", "https://bücher.example/ https://xn--bcher-kva.example/", "https://bucher.example/"},
	{"https://host/a b/", "https://host/a%20b", "https://host/a%20b/c", "https://host/a"},
	{"https://my_service.test", "https://my_service.test", "https://my_service.test/", ""},
	{"https://ab--cd.example.com", "https://ab--cd.example.com", "https://AB--cd.example.com/", ""},
	{"https://a!b.test", "!is not a host name", "", ""},
	{"http://h:080", "http://h", "http://h/", ""},
	{"dev.example.com", "!has no scheme: write https://dev.example.com", "", ""},
	{"ftp://x", "!must be http or https", "", ""},
	{"https://", "!is not a host name", "", ""},
	{"https://x:", "!1 to 65535 or *", "", ""},
	{"https://x:0", "!1 to 65535 or *", "", ""},
	{"https://x:99999", "!1 to 65535 or *", "", ""},
	{"https://a.*.b", "!is not a host name", "", ""},
	{"https://*", "!is not a host name", "", ""},
	{"https://*.10.0.0.5", "!wildcard before an address", "", ""},
	{"https://u@x", "!user name", "", ""},
	{"https://x/?q", "!query or fragment", "", ""},
	{"https://::1", "!without brackets", "", ""},
	{"https://[10.0.0.5]", "!written wrongly", "", ""},
	{"https://x/%zz", "!broken prefix", "", ""},
}

func TestPattern(t *testing.T) {
	for _, c := range patterns {
		p, err := ParsePattern(c.in)
		if want, ok := strings.CutPrefix(c.out, "!"); ok {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: error %v, want %q", c.in, err, want)
			}
			continue
		}
		if err != nil || p.String() != c.out {
			t.Errorf("%q: %q, %v, want %q", c.in, p, err, c.out)
			continue
		}
		rs := NewRuleset(&Rule{Backend: p})
		for want, list := range map[bool]string{true: c.yes, false: c.no} {
			for s := range strings.FieldsSeq(list) {
				u, err := url.Parse(s)
				if err != nil {
					t.Fatal(err)
				}
				if _, got := rs.Match(u); got != want {
					t.Errorf("%q matches %q: %v", c.in, s, got)
				}
			}
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, c := range patterns {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePattern(s)
		if err != nil {
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again != p {
			t.Errorf("%q reads as %q, and that as %q (%v)", s, p, again, err)
		}
	})
}

func TestOrigins(t *testing.T) {
	local, err := ParseOrigins(DefaultOrigins())
	if err != nil {
		t.Fatal(err)
	}
	some, err := ParseOrigins([]string{"https://*.example.com", "/https://pr-[0-9]+\\.example\\.test/", "null"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set    Origins
		origin string
		want   bool
	}{
		{local, "http://localhost:3000", true},
		{local, "http://localhost", true},
		{local, "https://localhost:5173", true},
		{local, "http://127.0.0.1:8080", true},
		{local, "http://[::1]:3000", true},
		{local, "http://localhost.evil.test", false},
		{local, "http://notlocalhost:3000", false},
		{local, "http://127.0.0.2:3000", false},
		{local, "null", false},
		{local, "", false},
		{local, "file://", false},
		{some, "https://a.example.com", true},
		{some, "https://example.com", false},
		{some, "https://a.example.com:8443", false},
		{some, "https://pr-12.example.test", true},
		{some, "https://pr-12.example.test.evil.test", false},
		{some, "https://evil.test/https://pr-12.example.test", false},
		{some, "null", true},
		{Origins{}, "http://localhost:3000", false},
	} {
		if got := c.set.Allows(c.origin); got != c.want {
			t.Errorf("%q allowed: %v, want %v", c.origin, got, c.want)
		}
	}
	for in, want := range map[string]string{
		"*":                       "every page",
		"/http:.*":                "end with a slash",
		"/[/":                     "no regular expression",
		"/http://x)|(?:.*/":       "no regular expression",
		"http://localhost:3000/":  "has a path",
		"http://localhost:3000/x": "has a path",
		"localhost:3000":          "no scheme",
	} {
		if _, err := ParseOrigins([]string{in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range [][3]string{
		{"https://10.0.0.5", "https://dev.test/a?b", "https://dev.test/a?b"},
		{"http://10.0.0.5:8000/base/", "https://dev.test/a%2Fb?c", "http://dev.test/base/a%2Fb?c"},
	} {
		up, _ := url.Parse(c[0])
		u, _ := url.Parse(c[1])
		if got := target(&Rule{Upstream: up}, u).String(); got != c[2] {
			t.Errorf("%v: %s", c, got)
		}
	}
}

func TestOriginsShareCache(t *testing.T) {
	for _, tt := range []struct {
		allowed, page string
		want          bool
	}{
		{"http://localhost:3000", "http://localhost:8000", true},
		{"http://localhost:3000", "https://localhost:8000", false},
		{"http://localhost:3000", "http://127.0.0.1:3000", false},
		{"https://app.example.com", "https://dev.example.com", true},
		{"https://app.example.com", "http://dev.example.com", false},
		{"https://*.example.com:*", "https://example.com", true},
		{"https://app.example.co.uk", "https://dev.example.co.uk", true},
		{"https://app.example.co.uk", "https://example2.co.uk", false},
		{"http://[::1]:*", "http://[::1]:8000", true},
		{"https://a.test", "null", false},
		{"null", "null", true},
		{"/https://a/", "https://b.test", true},
	} {
		o, err := ParseOrigins([]string{tt.allowed})
		if err != nil {
			t.Fatal(err)
		}
		if got := o.SharesCache(tt.page); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.allowed, tt.page, got, tt.want)
		}
	}
}
