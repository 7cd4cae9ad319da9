package profiles

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ban is an import that some packages of this module must not have.
type ban struct {
	from   func(pkg string) bool // import path within the module, "" for the root
	to     func(pkg string) bool // import path as go list prints it
	direct bool                  // only the package's own imports count, else all that it depends on
	why    string
}

func under(dir string) func(string) bool {
	return func(pkg string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }
}

func is(paths ...string) func(string) bool {
	return func(pkg string) bool { return slices.Contains(paths, pkg) }
}

func not(f func(string) bool) func(string) bool { return func(pkg string) bool { return !f(pkg) } }

func either(a, b func(string) bool) func(string) bool {
	return func(pkg string) bool { return a(pkg) || b(pkg) }
}

func both(a, b func(string) bool) func(string) bool {
	return func(pkg string) bool { return a(pkg) && b(pkg) }
}

const module = "corsage"

func bans() []ban {
	ui := either(under("ui"), is("")) // the root wires the front ends
	goproxy := under("github.com/elazarl/goproxy")
	return []ban{
		{not(ui), under("fyne.io/fyne/v2"), false,
			"nothing below ui imports fyne: the engine and the command line run without a toolkit, in containers too"},
		{not(either(is("ui/desktop"), is(""))), under("fyne.io/fyne/v2/app"), false,
			"only ui/desktop imports fyne/app, which needs cgo and OpenGL: all other windows are tested without them"},
		{is(""), under("fyne.io/fyne/v2"), true,
			"main.go only wires: the toolkit is ui/desktop's and ui's"},
		{not(is("proxy")), goproxy, true,
			"only proxy/server.go knows goproxy: what it can't do is mended in one place, and it can be replaced there"},
		{under("proxy"), either(under(module+"/profiles"), under(module+"/ui")), false,
			"the engine takes rules: where they come from and who looks on is none of its business"},
		{under("profiles"), under(module + "/ui"), false,
			"profiles are for every front end, the command line's too"},
		{is("proxy"), is(module + "/proxy/modify"), false,
			"the engine runs modifiers and does not know one of them: that a toggle is one file rests on it"},
		{either(under("proxy/record"), under("proxy/session")), is(module + "/proxy"), false,
			"the engine is made of these, so they can't be made of the engine"},
		{under("proxy/verdict"), both(under(module), not(is(module+"/proxy/record", module+"/proxy/session"))), false,
			"verdicts are made of the log's entries alone, so that any viewer can have them"},
		{not(either(ui, under("profiles"))), either(under("go.yaml.in/yaml"), under("github.com/goccy/go-yaml")), true,
			"YAML is the profile files' business"},
		{under("assets"), either(under(module+"/ui"), under(module+"/proxy")), false,
			"assets are data"},
	}
}

// goPackage is what go list tells about a package.
type goPackage struct {
	ImportPath, Dir string
	Standard        bool
	Imports, Deps   []string
	GoFiles         []string
}

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-json=ImportPath,Dir,Standard,Imports,Deps,GoFiles"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %v\n%s", cmd, err, exit.Stderr)
		}
		t.Fatalf("%v: %v", cmd, err)
	}
	var packages []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") {
			packages = append(packages, p)
		}
	}
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages of %s only", len(packages), module)
	}
	return packages
}

// broken lists where packages break bans, each with the reason of the ban.
func broken(packages []goPackage, bans []ban) []string {
	var found []string
	for _, b := range bans {
		for _, p := range packages {
			pkg := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
			if !b.from(pkg) {
				continue
			}
			to := p.Deps
			if b.direct {
				to = p.Imports
			}
			if i := slices.IndexFunc(to, b.to); i >= 0 {
				found = append(found, p.ImportPath+" has "+to[i]+": "+b.why)
			}
		}
	}
	return found
}

func TestImportDirection(t *testing.T) {
	for name, args := range map[string][]string{
		"app":      {"./..."},
		"headless": {"-tags", "headless", "./..."},
	} {
		t.Run(name, func(t *testing.T) {
			packages := list(t, args...)
			for _, b := range broken(packages, bans()) {
				t.Error(b)
			}
			if name == "headless" {
				for _, p := range packages {
					if p.ImportPath == module && slices.ContainsFunc(p.Deps, under("fyne.io")) {
						t.Error("the headless program links fyne: it is for containers, static and without cgo")
					}
				}
			}
			for _, p := range packages {
				for _, file := range p.GoFiles {
					if imports(t, path.Join(p.Dir, file), "github.com/elazarl/goproxy") && p.ImportPath+"/"+file != module+"/proxy/server.go" {
						t.Errorf("%s/%s imports goproxy: only proxy/server.go does, so that it can be replaced there", p.ImportPath, file)
					}
				}
			}
		})
	}
}

// The bans themselves can fail.
func TestBans(t *testing.T) {
	for _, p := range []goPackage{
		{ImportPath: "corsage/profiles", Deps: []string{"fyne.io/fyne/v2/widget"}},
		{ImportPath: "corsage/ui", Deps: []string{"fyne.io/fyne/v2/app"}},
		{ImportPath: "corsage", Imports: []string{"fyne.io/fyne/v2"}},
		{ImportPath: "corsage/proxy/modify", Imports: []string{"github.com/elazarl/goproxy"}},
		{ImportPath: "corsage/proxy/pac", Deps: []string{"corsage/profiles"}},
		{ImportPath: "corsage/profiles", Deps: []string{"corsage/ui/cli"}},
		{ImportPath: "corsage/proxy", Deps: []string{"corsage/proxy/modify"}},
		{ImportPath: "corsage/proxy/record", Deps: []string{"corsage/proxy"}},
		{ImportPath: "corsage/proxy/verdict", Deps: []string{"corsage/proxy/authority"}},
		{ImportPath: "corsage/proxy", Imports: []string{"go.yaml.in/yaml/v3"}},
		{ImportPath: "corsage/assets", Deps: []string{"corsage/ui"}},
	} {
		if found := broken([]goPackage{p}, bans()); len(found) != 1 {
			t.Errorf("%+v breaks %q", p, found)
		}
	}
}

// Verdicts are made of what is given: of net/http they use its words alone.
func TestVerdictsAreMadeWithoutTheNetwork(t *testing.T) {
	words := []string{"CanonicalHeaderKey", "Header", "ParseTime", "StatusText"}
	for _, p := range list(t, "-tags", "headless", "./...") {
		if p.ImportPath != module+"/proxy/verdict" {
			continue
		}
		for _, file := range p.GoFiles {
			for _, name := range uses(t, path.Join(p.Dir, file), "http") {
				if !slices.Contains(words, name) && !strings.HasPrefix(name, "Method") && !strings.HasPrefix(name, "Status") {
					t.Errorf("%s uses http.%s: a verdict asks nobody", file, name)
				}
			}
		}
		return
	}
	t.Error("there is no package proxy/verdict")
}

// uses lists what a Go file takes of the package that it calls name.
func uses(t *testing.T, file, name string) (used []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
				used = append(used, s.Sel.Name)
			}
		}
		return true
	})
	return used
}

// imports reports whether a Go file imports a package.
func imports(t *testing.T, file, pkg string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && under(pkg)(p) {
			return true
		}
	}
	return false
}
