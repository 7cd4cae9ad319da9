package recipe

import (
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"corsage/profiles"
)

// parse reads a profile file.
func parse(t testing.TB, text string) *profiles.Profile {
	t.Helper()
	p, warnings, err := profiles.Parse("test.yaml", []byte(text))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v, %v in\n%s", err, warnings, text)
	}
	return p
}

// with gives a recipe's text for a profile file.
func with(t testing.TB, name, profile string) string {
	t.Helper()
	r, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Text(parse(t, profile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const (
	wide  = "name: Shop\nbackends: [{url: https://dev.example.com}]\n"
	exact = "name: Shop\nbackends: [{url: https://dev.example.com, path: ^/api/}]\norigins: [\"https://app.test:8443\"]\n"
	// every form of an origin and of a path
	full = "name: Shop\nbackends: [{url: https://dev.example.com/shop}, {url: https://dev.example.com, path: \"/v\\\\d+/\"}]\n" +
		"origins: [\"http://localhost:*\", \"https://*.shop.test:8443\", \"https://[::1]:3000\", \"/https://pr-\\\\d+\\\\.shop\\\\.test/\", \"null\"]\n" +
		"csrf: {cookie: XSRF-TOKEN, header: X-XSRF-TOKEN}\n"
	plainHTTP = "name: Shop\nbackends: [{url: http://dev.example.com}]\n"
	bare      = "name: Shop\nbackends: [{url: https://dev.example.com}]\ntoggles: {allow-credentials: false, expose-headers: false, csrf-token: false}\n"
)

// What a profile says stands in the recipe in the framework's own form.
func TestRecipes(t *testing.T) {
	for _, c := range []struct{ recipe, profile, want, not string }{
		{"django", wide, `r"^http://localhost(?::[0-9]+)?$",`, "CORS_URLS_REGEX"},
		{"django", wide, `SESSION_COOKIE_SAMESITE = "None"`, "default_headers"},
		{"django", wide, `*("http://localhost:" + str(port) for port in PORTS),`, ""},
		{"django", exact, `CORS_URLS_REGEX = r"^/api/"`, "localhost"},
		{"django", exact, `CSRF_TRUSTED_ORIGINS = [` + "\n" + `            "https://app.test:8443",`, ""},
		{"django", full, `CORS_URLS_REGEX = r"^.*(?:^/shop(?:/|$)|/v[0-9]+/)"`, ""},
		{"django", full, `CORS_ALLOW_HEADERS = [*default_headers, "x-xsrf-token"]`, ""},
		{"django", full, `"https://*.shop.test:8443",`, ""},
		{"django", full, `r"^(?:https://pr-[0-9]+\.shop\.test)$",`, ""},
		{"django", plainHTTP, "over plain http no setting", "SAMESITE"},
		{"django", plainHTTP, "CSRF_TRUSTED_ORIGINS", "CORS_REPLACE_HTTPS_REFERER"},
		{"django", bare, "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ALLOW_CREDENTIALS"},
		{"express", full, `/^https:\/\/(?:[0-9a-z_-]+\.)+shop\.test:8443$/,`, ""},
		{"express", exact, `const paths = /^\/api\//;`, "localhost"},
		{"express", bare, "app.use(page);", "crossSite"},
		{"spring", full, `"https://*.shop.test:8443"`, ""},
		{"spring", full, `"http://localhost:[*]"`, ""},
		{"spring", full, `Pattern.compile("https://pr-[0-9]+\\.shop\\.test")`, ""},
		{"spring", wide, `registerCorsConfiguration("/**", page)`, "checkOrigin"},
		{"aspnet", full, `new(@"^https://(?:[0-9a-z_-]+\.)+shop\.test:8443$"),`, ""},
		{"aspnet", full, `options.HeaderName = "X-XSRF-TOKEN";`, ""},
		{"rails", full, `%r{\Ahttps://(?:[0-9a-z_-]+\.)+shop\.test:8443\z},`, ""},
		{"rails", exact, `'https://app.test:8443',`, ""},
		{"laravel", exact, "'api/*',", "'*',\n    ],\n    'allowed_origins'"},
		{"laravel", full, "Laravel knows paths with * only", ""},
		{"laravel", full, `'#^(?:https://pr-[0-9]+\.shop\.test)$#D',`, ""},
		{"fastapi", full, `|^(?:https://pr-[0-9]+\.shop\.test)$",`, ""},
		{"go", full, "regexp.MustCompile(`^https://(?:[0-9a-z_-]+\\.)+shop\\.test:8443$`),", ""},
		{"nginx", full, `map "$corsage_path$corsage_page" $corsage_origin {`, ""},
		{"nginx", bare, "map $http_origin $corsage_origin {", "$corsage_credentials"},
		{"caddy", exact, "path_regexp `^/api/`", ""},
		{"fetch", exact, `const backend = "https://dev.example.com";`, ""},
		{"fetch", bare, `credentials: "omit"`, "token"},
		{"xhr", full, `"X-XSRF-TOKEN"`, ""},
		{"axios", full, `baseURL: "https://dev.example.com/shop",`, ""},
		{"graphql-request", full, `"https://dev.example.com/shop/graphql"`, ""},
		{"fetch", "name: Many\nbackends: [{url: \"https://*.dev.example.com:*\"}]\n", `const backend = "https://name.dev.example.com";`, ""},
		{"go", "name: Many\nbackends: [{url: https://a.test}, {url: https://b.test}]\n", "several backends", ""},
		{"go", "name: Façade\nbackends: [{url: https://a.test, upstream: \"http://a.test:8000\"}]\n", "over plain http no setting", "crossSite"},
	} {
		text := with(t, c.recipe, c.profile)
		unwrapped := regexp.MustCompile(`\n(?:#|//) +`).ReplaceAllString(text, " ")
		if !strings.Contains(text, c.want) && !strings.Contains(unwrapped, c.want) {
			t.Errorf("%s lacks %q:\n%s", c.recipe, c.want, text)
		}
		if c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s has %q:\n%s", c.recipe, c.not, text)
		}
	}
	if _, err := Find("flask"); err == nil || !strings.Contains(err.Error(), "fastapi") {
		t.Errorf("the error is %v, want the names there are", err)
	}
	if _, err := All()[0].Text(&profiles.Profile{Name: "x"}); err == nil {
		t.Error("there is a recipe for a profile without backends")
	}
}

// An expression for all origins allows what the profile does, and no more.
func TestOriginsOfRecipes(t *testing.T) {
	f, err := read(parse(t, full))
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(f.Everything())
	for origin, want := range map[string]bool{
		"http://localhost": true, "http://localhost:3000": true, "https://localhost:3000": false, "http://localhost.evil.test": false,
		"https://a.shop.test:8443": true, "https://a.b.shop.test:8443": true, "https://shop.test:8443": false, "https://a.shop.test": false,
		"https://evil.test/.shop.test:8443": false, "https://[::1]:3000": true, "https://pr-12.shop.test": true, "https://pr-12.shop.test.evil.test": false,
		"null": true, "": false, "http://localhost:3000/x": false,
	} {
		if got := all.MatchString(origin); got != want {
			t.Errorf("%s is allowed: %t", origin, got)
		}
		if got := origin == "null" || slices.Contains(f.Origins, origin) || regexp.MustCompile(strings.Join(f.Patterns(), "|")).MatchString(origin); got != want {
			t.Errorf("%s is allowed by the single ones: %t", origin, got)
		}
	}
}

// FuzzText puts anything into a profile: whatever is a valid one has recipes,
// and that for Go is Go.
func FuzzText(f *testing.F) {
	f.Add("Shop", "https://dev.example.com/a'b", "^/a\"p`i/", "/https://[a-z\"'`]+#\\$\\{x\\}/", "c'`$#!", "h'`$#!")
	f.Add("?> */ \\u000a \" '", "http://localhost:8000", "", "http://*.x.test:*", "", "")
	f.Add("coding: utf-7", "https://*.x.test", "\\x{2028}", "null", "a", "b")
	f.Fuzz(func(t *testing.T, name, url, path, origin, cookie, header string) {
		p := &profiles.Profile{
			Name: name, Backends: []profiles.Backend{{URL: url, Path: path}}, Origins: []string{origin},
			CSRF: profiles.CSRF{Cookie: cookie, Header: header},
		}
		if p.Validate() != nil {
			return
		}
		for _, r := range All() {
			text, err := r.Text(p)
			if err != nil {
				t.Fatalf("%s: %v", r.Name, err)
			}
			if r.Name == "go" {
				if _, err := parser.ParseFile(token.NewFileSet(), "cors.go", text, 0); err != nil {
					t.Fatalf("%v in\n%s", err, text)
				}
			}
		}
	})
}
