package profiles

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"corsage/proxy"
)

var update = flag.Bool("update", false, "write what is generated or expected anew: testdata/*.want, schema.json, the table in README.md")

// golden compares got with a file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (go test -update writes it anew); got:\n%s", file, got)
	}
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return list
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseGood(t *testing.T) {
	on := []Backend{{URL: "https://dev.example.com"}}
	want := map[string]Profile{
		"issue.yaml": {
			Name: "Shop",
			Backends: []Backend{{
				URL: "https://dev.example.com", Path: "^/api/", Upstream: "https://10.0.0.5",
				CA: "certs/internal-ca.pem", Insecure: true,
			}},
			Origins: (&Profile{}).AllowedOrigins(),
			Toggles: map[string]bool{"cookie-httponly": true},
		},
		"minimal.yaml":  {Name: "Shop", Backends: on},
		"bom-crlf.yaml": {Name: "Shop", Backends: on},
		"unknown.yaml":  {Name: "Shop", Backends: on},
		"json.yaml":     {Name: "JSON", Backends: on, Toggles: map[string]bool{"csrf-token": false}},
		"all.yaml": {
			Name: "Everything: the fields",
			Backends: []Backend{
				{URL: "wss://*.example.com:*/live"},
				{URL: "http://localhost:8000"},
				{URL: "https://[::1]:8443", Upstream: "http://127.0.0.1:8000/prefix"},
			},
			Origins: []string{"null", "http://localhost:3000", `/https://[a-z]+\.preview\.test/`},
			Toggles: map[string]bool{"answer-preflight": false},
			CSRF:    CSRF{Cookie: "XSRF-TOKEN", Header: "X-XSRF-TOKEN"},
		},
		"ways.yaml": {
			Name: "Ways",
			Backends: []Backend{
				{URL: "https://dev.example.com", ServerName: "Internal.example.com", Certificate: "certs/me.pem", Key: "certs/me-key.pem"},
				{URL: "https://b.example.com", ServerName: "2001:db8::1", Certificate: "me.pem"},
				{URL: "https://c.example.com", Path: "^/app/", Upstream: "http://localhost:3000", Host: "upstream"},
				{URL: "https://d.example.com", Upstream: "http://10.0.0.5:8000", Host: "[::1]:8000"},
			},
			Proxy: "socks5h://[::1]:1080",
		},
		"headers.yaml": {
			Name: "Shop", Backends: on,
			Headers: []HeaderEdit{
				{
					Path:     "^/api/",
					Request:  proxy.FieldEdits{Set: []proxy.Field{{Name: "X-Debug", Value: "1"}, {Name: "Authorization", Value: "Bearer t"}}, Remove: []string{"X-Requested-With"}},
					Response: proxy.FieldEdits{Set: []proxy.Field{{Name: "Cache-Control", Value: "no-store"}}},
				},
				{Response: proxy.FieldEdits{Remove: []string{"Server"}}},
			},
		},
		"keep-session.yaml": {Name: "Kept", Backends: on, KeepSession: true},
		"anchors.yaml": {
			Name: "Shop",
			Backends: []Backend{
				{URL: "https://dev.example.com", Path: "^/api/"},
				{URL: "https://dev.example.com", Path: "^/other/"},
			},
			Origins: []string{"http://localhost:3000"},
		},
	}
	for _, file := range files(t, "testdata/good/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, _, err := Parse(file, readFile(t, file))
			if err != nil {
				t.Fatal(err)
			}
			want, ok := want[filepath.Base(file)]
			if !ok {
				t.Fatal("no expectation for this file")
			}
			if !reflect.DeepEqual(*p, want) {
				t.Errorf("got  %+v\nwant %+v", *p, want)
			}
		})
	}
}

// Each bad file has all its mistakes, with their places, in a file beside it.
func TestParseBad(t *testing.T) {
	for _, file := range files(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, warnings, err := Parse(filepath.Base(file), readFile(t, file))
			var errs Errors
			if !errors.As(err, &errs) || len(errs) == 0 || p != nil {
				t.Fatalf("got profile %v and error %v, want Errors", p, err)
			}
			for _, e := range errs {
				if e.Line < 1 || e.Column < 1 || e.Message == "" || strings.Contains(e.Message, "\n") {
					t.Errorf("no place or text of one line: %+v", e)
				}
			}
			got := err.Error() + "\n"
			for _, w := range warnings {
				got += "warning: " + w.Error() + "\n"
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".want", []byte(got))
		})
	}
}

func TestParseTooBig(t *testing.T) {
	data := append(readFile(t, "testdata/good/minimal.yaml"), bytes.Repeat([]byte("# and so on\n"), maxFile/12)...)
	if _, _, err := Parse("big.yaml", data); err == nil || !strings.Contains(err.Error(), "at most 1048576") {
		t.Errorf("got %v", err)
	}
	if _, _, err := Parse("big.yaml", data[:maxFile]); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	_, _, err := Parse("many.yaml", []byte("name: Shop\n"+strings.Repeat("a: b\n", 1000)))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != maxProblems {
		t.Errorf("%d errors are told, want %d", len(errs), maxProblems)
	}
	deep := "name: Shop\nbackends: [{url: https://dev.example.com}]\nx: " + strings.Repeat("[", 500) + strings.Repeat("]", 500)
	if _, _, err := Parse("deep.yaml", []byte(deep)); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("got %v", err)
	}
}

func TestWarnings(t *testing.T) {
	_, warnings, err := Parse("shop.yaml", readFile(t, "testdata/good/unknown.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.Error())
	}
	want := []string{
		`shop.yaml:2:1: owner: is not known and has no effect; allowed are name, backends, proxy, origins, toggles, csrf, headers, keep-session`,
		`shop.yaml:6:1: toggle: is not known and has no effect; did you mean "toggles"? Allowed are name, backends, proxy, origins, toggles, csrf, headers, keep-session`,
		`shop.yaml:7:1: reviewers: is not known and has no effect; allowed are name, backends, proxy, origins, toggles, csrf, headers, keep-session`,
		`shop.yaml:5:5: backends[0].pathh: is not known and has no effect; did you mean "path"? Allowed are url, path, upstream, host, server-name, ca, certificate, key, insecure`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, warnings, err = Parse("", []byte("name: a\nbackends:\n- url: https://a.test\n- url: HTTPS://A.test:443/\n- {url: https://a.test, path: ^/x}\n"))
	if err != nil || len(warnings) != 1 || warnings[0].Field != "backends[1]" || warnings[0].Line != 4 {
		t.Errorf("duplicate backend: got %v, %v", warnings, err)
	}
}

func TestValidate(t *testing.T) {
	good := Profile{Name: "Shop", Backends: []Backend{{URL: "https://dev.example.com"}}}
	tests := []struct {
		field  string
		change func(*Profile)
	}{
		{"", func(*Profile) {}},
		{"", func(p *Profile) { p.Name = `it's "quoted": # [x] ` + "\\" }},
		{"", func(p *Profile) { p.Name = "null" }},
		{"", func(p *Profile) { p.Name = "ロケット 🚀" }},
		{"name", func(p *Profile) { p.Name = "" }},
		{"name", func(p *Profile) { p.Name = " " }},
		{"name", func(p *Profile) { p.Name = "a\nb" }},
		{"name", func(p *Profile) { p.Name = strings.Repeat("a", maxName+1) }},
		{"backends", func(p *Profile) { p.Backends = nil }},
		{"backends[1].url", func(p *Profile) { p.Backends = append(p.Backends, Backend{}) }},
		{"backends[0].url", func(p *Profile) { p.Backends = []Backend{{URL: "dev.example.com"}} }},
		{"backends[0].path", func(p *Profile) { p.Backends = []Backend{{URL: "https://a.test", Path: "("}} }},
		{"origins[1]", func(p *Profile) { p.Origins = []string{"null", ""} }},
		{"toggles.nope", func(p *Profile) { p.Toggles = map[string]bool{"nope": true} }},
		{"csrf.header", func(p *Profile) { p.CSRF.Header = "X Y" }},
	}
	for _, test := range tests {
		p := good.Clone()
		test.change(p)
		err := p.Validate()
		var errs Errors
		switch {
		case test.field == "" && err != nil:
			t.Errorf("%+v: %v", p, err)
		case test.field != "" && (!errors.As(err, &errs) || errs[0].Field != test.field || errs[0].Line != 0):
			t.Errorf("%+v: got %v, want an error for %s", p, err, test.field)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range append(files(f, "testdata/good/*.yaml"), files(f, "testdata/bad/*.yaml")...) {
		f.Add(readFile(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _, err := Parse("fuzz.yaml", data)
		if (p == nil) != (err != nil) {
			t.Fatalf("profile %v and error %v", p, err)
		}
		if err != nil {
			return
		}
		same, err := edit(data, p)
		if err != nil || !bytes.Equal(same, data) {
			t.Fatalf("no change is written as (%v)\n%q\ninstead of\n%q", err, same, data)
		}
		changed := p.Clone()
		changed.Set("drop-hsts", !p.On("drop-hsts"))
		changed.Name += "!"
		if changed.Validate() != nil {
			return
		}
		text, err := edit(data, changed)
		if errors.Is(err, errUneditable) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := Parse("fuzz.yaml", text); err != nil || !got.same(changed) {
			t.Fatalf("change of\n%q\nis written as (%v)\n%q", data, err, text)
		}
	})
}
