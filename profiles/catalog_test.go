package profiles

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"testing"

	"corsage/proxy"
)

func TestCatalog(t *testing.T) {
	want := []string{
		"answer-preflight", "preflight-max-age", "allow-origin", "allow-credentials", "expose-headers",
		"allow-private-network", "timing-allow-origin",
		"cookie-samesite", "cookie-domain", "cookie-path", "cookie-secure", "cookie-httponly", "cookie-partitioned",
		"hold-session", "rewrite-origin", "rewrite-referer", "rewrite-fetch-site", "csrf-token",
		"relax-corp", "relax-coep", "relax-csp", "relax-frame-options",
		"drop-hsts", "drop-alt-svc", "rewrite-location", "edit-headers",
	}
	if got := toggleNames(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	// a section of a standard, or where none exists the server's documentation
	source := regexp.MustCompile(`(?i)section|RFC \d+|"[A-Z][^"]+"|docs\.djangoproject`)
	groups := []string{proxy.GroupCORS, proxy.GroupCookies, proxy.GroupCSRF, proxy.GroupEmbedding, proxy.GroupTransport, proxy.GroupHeaders}
	// What makes a page or a backend less safe than it was waits to be asked for.
	off := []string{
		"timing-allow-origin", "cookie-path", "cookie-httponly", "cookie-partitioned",
		"relax-corp", "relax-coep", "relax-csp", "relax-frame-options",
	}
	seen := make(map[string]bool)
	for _, m := range Catalog() {
		if seen[m.Name] || !kebab.MatchString(m.Name) {
			t.Errorf("%q is there twice or not in kebab case", m.Name)
		}
		seen[m.Name] = true
		if m.Label == "" || len(m.Help) < 40 || !source.MatchString(m.Help) {
			t.Errorf("%s: label %q and help %q: is the standard's section named?", m.Name, m.Label, m.Help)
		}
		if !slices.Contains(groups, m.Group) {
			t.Errorf("%s: unknown group %q", m.Name, m.Group)
		}
		if m.Default == slices.Contains(off, m.Name) {
			t.Errorf("%s: default %v", m.Name, m.Default)
		}
		if m.Request == nil && m.Response == nil {
			t.Errorf("%s does nothing", m.Name)
		}
	}
}

// README.md holds the table of the toggles between two marks.
func TestReadme(t *testing.T) {
	const file = "../README.md"
	text := readFile(t, file)
	begin, end := []byte("<!-- toggles -->\n"), []byte("<!-- /toggles -->")
	head, rest, ok := bytes.Cut(text, begin)
	old, tail, ok2 := bytes.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the line %s or %s", file, begin, end)
	}
	table := []byte(TogglesTable())
	if bytes.Equal(old, table) {
		return
	}
	if !*update {
		t.Fatalf("the table of toggles in %s is not the catalogue's (go test ./profiles -update writes it anew):\n%s", file, old)
	}
	if err := os.WriteFile(file, slices.Concat(head, begin, table, end, tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
