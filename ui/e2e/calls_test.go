package e2e

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"corsage/profiles"
	"corsage/profiles/recipe"
)

// callCases are the recipes for a page's calls, and what a page does with each:
// it logs in, writes and reads. A case gives the statuses of login and writing,
// what it read, and the token that it held at last.
var callCases = []struct {
	recipe  string
	exports string // of the recipe's module
	steps   string
}{
	{recipe: "fetch", exports: "call", steps: `
		const send = (path, data) => call(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(data)});
		await call("/csrf");
		const login = await send("/login", account);
		await call("/csrf");
		const note = await send("/notes", {name: "milk", text: "two"});
		return [login.status, note.status, (await (await call("/notes")).json()).notes.milk, token()];`},
	{recipe: "xhr", exports: "call", steps: `
		const send = (path, data) => call(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(data)});
		await call("/csrf");
		const login = await send("/login", account);
		await call("/csrf");
		const note = await send("/notes", {name: "milk", text: "two"});
		return [login.status, note.status, JSON.parse((await call("/notes")).responseText).notes.milk, token()];`},
	{recipe: "axios", exports: "backend", steps: `
		await backend.get("/csrf");
		const login = await backend.post("/login", account);
		await backend.get("/csrf");
		const note = await backend.post("/notes", {name: "milk", text: "two"});
		return [login.status, note.status, (await backend.get("/notes")).data.notes.milk, token()];`},
	{recipe: "graphql-request", exports: "client", steps: `
		const base = client.url.replace(/\/graphql$/, "");
		const call = (path, options) => fetch(base + path, {credentials: "include", ...options});
		await call("/csrf");
		const login = await call("/login", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(account)});
		await call("/csrf");
		const {me} = await client.request("{ me }");
		const {write} = await client.request("mutation ($name: String!) { write(name: $name) }", {name: "two"});
		return [login.status, me === account.username ? 201 : me, write, token()];`},
}

// TestPageCalls runs the recipes for pages as they are, as modules of a page in
// Chromium, with an Express behind Corsage that has a session and wants a token.
func TestPageCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser and servers, which -short is there to avoid")
	}
	ca := newTestCA(t, t.TempDir())
	// Without the recipe the server knows nothing of other origins.
	base := serveExpress(t, ca, "const crossSite = {};\n")
	profile := fmt.Sprintf("name: Calls\nbackends:\n  - {url: \"https://calls.corsage.test\", upstream: %q, ca: test-ca.pem}\n"+
		"csrf: {cookie: __Host-psifi.x-csrf-token, header: X-CSRFToken}\n", base)
	c := startCorsage(t, buildCorsage(t, t.TempDir()), ca, map[string]string{"Calls": profile})
	page := newCallsPage(t, profile)
	b := startChromium(true)(t, browserOptions{proxy: c.proxy, cas: []string{ca.path, c.ca}})
	for _, k := range callCases {
		t.Run(k.recipe, func(t *testing.T) {
			own := b.open(t, page)
			defer own.close(t)
			text, err := own.eval(fmt.Sprintf(`(async () => {
				const {token, %s} = await import("./%s.js");
				const account = {username: %q, password: %q};
				const [login, note, read, held] = await (async () => {%s})();
				return [login, note, read, typeof held === "string" && held.length > 20].join(" ");
			})()`, k.exports, k.recipe, username, password, k.steps))
			if want := "200 201 two true"; err != nil || text != want {
				t.Errorf("the page's calls give %q, %v; want %q", text, err, want)
			}
		})
	}
}

// newCallsPage serves a page that has each recipe as a module and finds the
// packages that they import. It returns the page's address.
func newCallsPage(t testing.TB, profile string) string {
	t.Helper()
	p, _, err := profiles.Parse("calls.yaml", []byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, k := range callCases {
		r, err := recipe.Find(k.recipe)
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.Text(p)
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc("GET /"+k.recipe+".js", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			fmt.Fprintf(w, "%s\nconst held = () => token;\nexport { %s, held as token };\n", text, k.exports)
		})
	}
	modules := http.FileServer(http.Dir(filepath.Join("testdata", "node", "node_modules")))
	mux.Handle("GET /modules/", http.StripPrefix("/modules/", modules))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><title>calls</title><script type=importmap>{"imports": {
			"axios": "/modules/axios/dist/esm/axios.min.js",
			"graphql": "/modules/graphql/index.mjs",
			"graphql-request": "/modules/graphql-request/build/entrypoints/main.js"
		}}</script><body>`)
	})
	return "http://localhost:" + portOf(t, serveOn(t, "127.0.0.1", nil, mux).URL)
}
