// Package recipe writes for a profile what would make Corsage unnecessary, the
// settings of the server, and what a page needs in any case, its calls: texts
// to copy. What a profile holds is the user's input; nothing of it can leave the
// literal or the comment that it stands in.
package recipe

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"strings"
	"text/template"

	"corsage/profiles"
)

// Recipe is one kind of text.
type Recipe struct {
	// Name is the word for it on the command line, and the template's.
	Name string
	// Label is the name that people see.
	Label string
	// Page is true for calls that a page makes, false for a server's settings.
	Page bool
	// Comment begins a comment in its language.
	comment string
	// tidy, if not nil, gives the text its final form.
	tidy func([]byte) ([]byte, error)
}

// All returns all recipes: servers first, the page's calls after them.
func All() []Recipe {
	return []Recipe{
		{Name: "django", Label: "Django", comment: "#"},
		{Name: "express", Label: "Express", comment: "//"},
		{Name: "spring", Label: "Spring", comment: "//"},
		{Name: "aspnet", Label: "ASP.NET Core", comment: "//"},
		{Name: "rails", Label: "Rails", comment: "#"},
		{Name: "laravel", Label: "Laravel", comment: "//"},
		{Name: "fastapi", Label: "FastAPI", comment: "#"},
		{Name: "go", Label: "Go, rs/cors", comment: "//", tidy: format.Source},
		{Name: "nginx", Label: "nginx", comment: "#"},
		{Name: "caddy", Label: "Caddy", comment: "#"},
		{Name: "fetch", Label: "fetch", Page: true, comment: "//"},
		{Name: "xhr", Label: "XMLHttpRequest", Page: true, comment: "//"},
		{Name: "axios", Label: "axios", Page: true, comment: "//"},
		{Name: "graphql-request", Label: "graphql-request", Page: true, comment: "//"},
	}
}

// Find returns the recipe called name. The error says which there are.
func Find(name string) (Recipe, error) {
	var names []string
	for _, r := range All() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Recipe{}, fmt.Errorf("there is no recipe for %q: there is one for %s", name, strings.Join(names, ", "))
}

//go:embed template
var templates embed.FS

// Text writes the recipe for a valid profile, with a final line break. The
// error tells what in the profile is not valid.
func (r Recipe) Text(p *profiles.Profile) (string, error) {
	f, err := read(p)
	if err != nil {
		return "", fmt.Errorf("no recipe for the profile %q: %w", p.Name, err)
	}
	t, err := template.New(r.Name+".tmpl").Funcs(r.functions()).ParseFS(templates, "template/"+r.Name+".tmpl")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, f); err != nil {
		return "", err
	}
	text := b.Bytes()
	if r.tidy != nil {
		if text, err = r.tidy(text); err != nil {
			return "", err
		}
	}
	return string(text), nil
}

// functions are what templates call: note for comments, and one quoting
// function for each kind of literal.
func (r Recipe) functions() template.FuncMap {
	return template.FuncMap{
		"note":   func(text ...string) string { return note(r.comment, strings.Join(text, "")) },
		"notes":  func(texts []string) string { return notes(r.comment, texts) },
		"python": python,
		"raw":    func(s string) string { return `"` + s + `"` },
		"js":     script,
		"jsre":   func(s string) string { return "/" + strings.ReplaceAll(s, "/", `\/`) + "/" },
		"java":   java,
		"csharp": csharp,
		"single": single,
		"golang": golang,
		"lower":  strings.ToLower,
		"plain":  plain,
		"indent": func(by, text string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) },
		"ruby":   func(s string) string { return `\A` + s[1:len(s)-1] + `\z` }, // ^ and $ are of lines there
		"star": func(any bool) string {
			if any {
				return "*."
			}
			return ""
		},
		"port": func(port string) string {
			if port == "" {
				return ""
			}
			return ":" + port
		},
		"springport": func(port string) string {
			if port == "" || port == "*" {
				return strings.Repeat(":[*]", len(port))
			}
			return ":" + port
		},
		"join": strings.Join,
	}
}
