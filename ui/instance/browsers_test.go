package instance

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"corsage/proxy"
)

func TestPage(t *testing.T) {
	s := Status{Proxy: "127.0.0.1:8899", Profiles: []Profile{
		{Name: "Defaults", Origins: proxy.DefaultOrigins()},
		{Name: "Named", Origins: append(proxy.DefaultOrigins(), "https://local.dev.example.com", "null", `/https://.*\.test/`)},
		{Name: "Several", Origins: []string{"http://localhost:3000", "http://localhost:4000"}},
		{Name: "One", Origins: []string{"http://localhost:3000"}},
		{Name: "Any", Origins: []string{"https://*.example.com"}},
	}}
	for profile, want := range map[string]string{
		"":         "http://127.0.0.1:8899/",
		"Nobody":   "http://127.0.0.1:8899/",
		"Defaults": "http://127.0.0.1:8899/",
		"Named":    "https://local.dev.example.com/",
		"Several":  "http://127.0.0.1:8899/",
		"One":      "http://localhost:3000/",
		"Any":      "http://127.0.0.1:8899/",
	} {
		if got := s.Page(profile); got != want {
			t.Errorf("%s: %s, want %s", profile, got, want)
		}
	}
}

func TestPageHint(t *testing.T) {
	on := Status{Proxy: "127.0.0.1:8899", Profiles: []Profile{
		{Name: "Shop", Enabled: true, Origins: []string{"http://localhost:*"}, Backends: []string{"https://dev.example.com/api"}},
		{Name: "Off", Origins: []string{"https://off.example"}},
		{Enabled: true, Origins: []string{"https://broken.example"}},
	}}
	for address, want := range map[string]string{
		"http://localhost:3000/page?x":   "",
		"http://localhost":               "",
		"https://dev.example.com/login":  "",
		"https://dev.example.com:444/":   "https://dev.example.com:444",
		"http://127.0.0.1:8899/":         "",
		"about:blank":                    "",
		"file:///index.html":             "",
		"http://127.0.0.1:3000/":         "http://127.0.0.1:3000",
		"https://off.example/":           "https://off.example",
		"https://broken.example/":        "https://broken.example",
		"http://dev.example.com/":        "http://dev.example.com",
		"https://other.example:8443/a#b": "https://other.example:8443",
	} {
		got := on.PageHint(address)
		if want == "" && got != "" || !strings.Contains(got, want) || want != "" && !strings.Contains(got, "'origins'") {
			t.Errorf("%s: %q", address, got)
		}
	}
	off := Status{Profiles: []Profile{{Name: "Off", Origins: []string{"http://localhost:*"}}}}
	if got := off.PageHint("http://localhost:3000/"); !strings.Contains(got, "no profile is on") {
		t.Errorf("with nothing on: %q", got)
	}
}

// The instance's own page tells a browser whether it came through the proxy.
func TestOwnPageTellsTheWay(t *testing.T) {
	i, _ := begin(t, Options{Dirs: testDirs(t)})
	through := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: i.Addr()})}}
	for name, client := range map[string]*http.Client{"through Corsage": through, "directly": http.DefaultClient} {
		resp, err := client.Get("http://" + i.Addr() + "/")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		client.CloseIdleConnections()
		if err != nil {
			t.Fatal(err)
		}
		if goes := strings.Contains(string(text), "goes through Corsage"); goes != (client == through) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
