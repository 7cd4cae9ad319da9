package e2e

import (
	"fmt"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/profiles/recipe"
)

// TestRecipes sets servers up by the recipes and tells the story in browsers
// that go straight to them: Corsage isn't needed.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers and servers, which -short is there to avoid")
	}
	dir := t.TempDir()
	ca := newTestCA(t, dir)
	project := newDjangoProject(t, dir)
	page := "http://localhost:" + portOf(t, newPage(t, "localhost").URL)
	foreign := newPage(t, "127.0.0.3").URL

	type visit struct {
		mode         string
		own, foreign tab
	}
	var visits []visit
	for _, m := range modes {
		if m.name == "chromium" || m.name == "firefox" {
			b := m.start(t, browserOptions{cas: []string{ca.path}})
			visits = append(visits, visit{m.name, b.open(t, page), b.open(t, foreign)})
		}
	}
	outer := project.serve(t, ca, "https", "127.0.0.1").urls[0] // knows nothing of it
	for name, serve := range map[string]func(t testing.TB, text string) string{
		"django":  func(t testing.TB, text string) string { return serveDjangoRecipe(t, project, ca, text) },
		"nginx":   func(t testing.TB, text string) string { return serveNginx(t, ca, outer, text) },
		"caddy":   func(t testing.TB, text string) string { return serveCaddy(t, ca, outer, text) },
		"express": func(t testing.TB, text string) string { return serveExpress(t, ca, text) },
		"go":      func(t testing.TB, text string) string { return serveGo(t, ca, text) },
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, recipeText(t, name))
			for _, v := range visits {
				t.Run(v.mode, func(t *testing.T) { tryRecipe(t, v.own, v.foreign, base) })
			}
		})
	}
}

// tryRecipe tells the story with the server at base, and finds that another
// page, and another path, gain nothing.
func tryRecipe(t *testing.T, own, foreign tab, base string) {
	checkStory(t, base, run[[]answer](t, own, "story", accountAt(base)))
	if got := call(t, foreign, base+"/csrf"); !got.refused() {
		t.Errorf("a page that isn't allowed reads %s", got)
	}
	if got := call(t, own, base+"/headers"); !got.refused() {
		t.Errorf("a path that isn't chosen: %s", got)
	}
}

// recipeText is the recipe for pages on this machine and the paths of the story.
func recipeText(t testing.TB, name string) string {
	t.Helper()
	p, _, err := profiles.Parse("recipe.yaml", []byte("name: Tested\n"+
		"backends: [{url: \"https://dev.example.com\", path: \"^/(?:csrf|log(?:in|out)|me|notes|accounts)(?:/|$)\"}]\n"+
		"origins: [\"http://localhost:*\", \"https://*.shop.test\", \"/https://pr-\\\\d+\\\\.shop\\\\.test/\", \"https://shop.test\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Text(p)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// spliced puts a text in the place of a line.
func spliced(t testing.TB, whole, line, text string) string {
	t.Helper()
	before, after, ok := strings.Cut(whole, line)
	if !ok || strings.Contains(after, line) {
		t.Fatalf("%q does not stand exactly once in\n%s", line, whole)
	}
	return fmt.Sprint(before, text, after)
}
