package profiles

import (
	"strings"
	"testing"
)

func TestFromURL(t *testing.T) {
	for raw, want := range map[string]string{ // the backend's URL, or after a ! what the error has
		"https://dev.example.com":                     "https://dev.example.com",
		"  https://Dev.Example.com/login?next=/#top ": "https://dev.example.com",
		"<https://dev.example.com/>":                  "https://dev.example.com",
		"dev.example.com":                             "https://dev.example.com",
		"dev.example.com:8443/api":                    "https://dev.example.com:8443",
		"//dev.example.com/x":                         "https://dev.example.com",
		"https://user:secret@dev.example.com/":        "https://dev.example.com",
		"http://dev.example.com:80/":                  "http://dev.example.com",
		"wss://dev.example.com/live":                  "https://dev.example.com",
		"localhost:8000":                              "http://localhost:8000",
		"api.localhost:8000/x":                        "http://api.localhost:8000",
		"127.0.0.1:8000":                              "http://127.0.0.1:8000",
		"[::1]:8000":                                  "http://[::1]:8000",
		"https://localhost:8443":                      "https://localhost:8443",
		"10.0.0.5":                                    "https://10.0.0.5",
		"https://bücher.example":                      "https://xn--bcher-kva.example",
		"https://intranet/":                           "https://intranet",
		"https://dev.example.com:443":                 "https://dev.example.com",
		"":                                            "!paste the address",
		"   ":                                         "!paste the address",
		"hello":                                       "!no address",
		"hello world.com":                             "!not a host name",
		"ftp://dev.example.com":                       "!must be http or https",
		"file:///home/me/page.html":                   "!must be http or https",
		"https://":                                    "!not a host name",
		"https://dev.example.com:99999":               "!1 to 65535",
		"https://dev.example.com:/":                   "!colon",
		"javascript:alert(1)":                         "!",
		"mailto:me@example.com":                       "!no address",
	} {
		p, err := FromURL(raw)
		if text, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%q: got %+v, %v; want an error with %q", raw, p, err, text)
			}
			continue
		}
		if err != nil || len(p.Backends) != 1 || p.Backends[0].URL != want {
			t.Errorf("%q: got %+v, %v; want %s", raw, p, err, want)
			continue
		}
		if _, name, _ := strings.Cut(want, "://"); p.Name != name {
			t.Errorf("%q: name %q", raw, p.Name)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Shop":                       "shop",
		"Zoo & Söhne, GmbH":          "zoo-sohne-gmbh",
		"../../etc/passwd":           "etc-passwd",
		"dev.example.com:8443":       "dev-example-com-8443",
		"ロケット":                       "profile",
		"--":                         "profile",
		"CON":                        "profile-con",
		"com1":                       "profile-com1",
		strings.Repeat("long ", 100): strings.TrimRight(strings.Repeat("long-", 13)[:64], "-"),
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
