package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"corsage/profiles/recipe"
)

// pick chooses a recipe in the list.
func (w *recipesWindow) pick(t *testing.T, name string) {
	t.Helper()
	for i, r := range w.rows {
		if r.recipe.Name == name {
			w.list.Select(i)
			return
		}
	}
	t.Fatalf("the list has no %q", name)
}

func TestRecipesWindow(t *testing.T) {
	p := newTestProfiles(t, map[string]string{"shop.yaml": shopFile})
	test.Tap(button(t, p.window, "Recipes"))
	w := p.recipes
	if w == nil || !p.isShown(w.window) || w.profile != "Shop" || w.choice.Selected != "Shop" {
		t.Fatalf("the window shows %+v", w)
	}
	for _, r := range recipe.All() {
		w.pick(t, r.Name)
		want, err := r.Text(p.only().Profile)
		if err != nil {
			t.Fatal(err)
		}
		if w.shown != want || w.text.Text() != want {
			t.Errorf("%s shows\n%s", r.Name, w.text.Text())
		}
	}
	w.list.Select(0) // a heading
	if w.rows[w.chosen].recipe.Name != "graphql-request" {
		t.Errorf("a heading shows %q", w.rows[w.chosen].recipe.Name)
	}
	test.Tap(w.copied)
	if p.app.Clipboard().Content() != w.shown || w.copied.Text != "Copied" {
		t.Errorf("copied %q", p.app.Clipboard().Content())
	}
	w.pick(t, "fetch")
	if w.copied.Text != "Copy" {
		t.Error("another text counts as copied")
	}
	before := w.shown
	p.enter(p.editor.csrf[1], "X-Other")
	p.profilesChanged()
	if w.shown == before || !strings.Contains(w.shown, "X-Other") {
		t.Errorf("after a change of the profile it shows\n%s", w.shown)
	}
}

func TestRecipesOfWhichProfile(t *testing.T) {
	u := newTestUI(t)
	u.ShowRecipes("")
	if !u.recipes.copied.Disabled() || !strings.Contains(u.recipes.shown, "no profile yet") {
		t.Errorf("without a profile it shows %q", u.recipes.shown)
	}
	u = newTestUI(t, "Blog", "Shop")
	u.ShowRecipes("")
	if u.recipes.profile != "Blog" {
		t.Errorf("it shows those of %q", u.recipes.profile)
	}
	u = newTestUI(t, "Blog", "Shop")
	u.enable("Shop", true)
	u.ShowRecipes("")
	if u.recipes.profile != "Shop" {
		t.Errorf("it shows those of %q", u.recipes.profile)
	}
	u.recipes.choice.SetSelected("Blog")
	if u.recipes.profile != "Blog" || !strings.Contains(u.recipes.shown, "profile Blog") {
		t.Errorf("it shows those of %q", u.recipes.profile)
	}
}

// TestRecipesLook draws the window; CORSAGE_SCREENSHOTS names a folder to look at it.
func TestRecipesLook(t *testing.T) {
	for name, variant := range map[string]fyne.ThemeVariant{"dark": theme.VariantDark, "light": theme.VariantLight} {
		u := newTestUI(t, "Shop")
		u.app.Settings().SetTheme(fixed{NewTheme(), variant})
		u.ShowRecipes("Shop")
		u.recipes.window.Resize(fyne.NewSize(1039, 640))
		u.recipes.window.Resize(fyne.NewSize(1040, 640))
		shoot(t, u.recipes.window.Canvas(), name+"-recipes")
		u.recipes.pick(t, "axios")
		shoot(t, u.recipes.window.Canvas(), name+"-recipes-axios")
	}
}
