package demo

import (
	"bufio"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	assets "corsage/assets/demo"
	"corsage/profiles"
	"corsage/proxy"
)

// TestPageMatchesTheProgram holds what the page's files say against what the
// program knows.
func TestPageMatchesTheProgram(t *testing.T) {
	page, err := fs.ReadFile(assets.Files, "page.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `data-backend="`+BackendURL+`"`) {
		t.Errorf("page.html does not name %s as its backend", BackendURL)
	}
	script, err := fs.ReadFile(assets.Files, "steps.js")
	if err != nil {
		t.Fatal(err)
	}
	needs := regexp.MustCompile(`(?:needs: |const (?:read|session|write) = )\[([^\]]*)\]`).FindAllStringSubmatch(string(script), -1)
	if len(needs) < 8 {
		t.Fatalf("steps.js names toggles in %d places only", len(needs))
	}
	for _, list := range needs {
		for _, quoted := range regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(list[1], -1) {
			for name := range strings.SplitSeq(quoted[1], "|") {
				if !slices.ContainsFunc(profiles.Catalog(), func(m proxy.Modifier) bool { return m.Name == name }) {
					t.Errorf("steps.js names a toggle %q, which the catalogue doesn't have", name)
				}
			}
		}
	}
}

// TestFilesAreServed asks for every file of the page.
func TestFilesAreServed(t *testing.T) {
	d := &Demo{visited: make(chan struct{})}
	files, err := fs.ReadDir(assets.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := "/" + f.Name()
		if f.IsDir() {
			continue
		}
		if path == "/page.html" {
			path = "/"
		}
		w := httptest.NewRecorder()
		d.frontend().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost:1"+path, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	select {
	case <-d.Visited():
	default:
		t.Error("the page was asked for, and Visited doesn't tell")
	}
}

// openStore returns an empty store in a folder of the test's own.
func openStore(t *testing.T) *profiles.Store {
	t.Helper()
	store, err := profiles.Open(dirs(t.TempDir()).Profiles, nil, func(*proxy.Ruleset) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func startDemo(t *testing.T) *Demo {
	t.Helper()
	d, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// on are the names of the enabled profiles.
func on(store *profiles.Store) (names []string) {
	for _, item := range store.Items() {
		if item.Enabled {
			names = append(names, item.Profile.Name)
		}
	}
	return names
}

// TestState flips switches as the page does, and as others must not.
func TestState(t *testing.T) {
	d, store := startDemo(t), openStore(t)
	post := func(url, body string, header ...string) int {
		t.Helper()
		r := httptest.NewRequest("POST", url, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		d.frontend().ServeHTTP(w, r)
		return w.Code
	}
	const own, off = "http://localhost:3000/state", `{"toggle":"hold-session","on":false}`
	if got := post(own, off); got != http.StatusNotFound {
		t.Errorf("before a profile is attached: %d, want 404", got)
	}
	if err := d.Install(store); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, url, body string
		header          []string
		want            int
	}{
		{"another site", own, off, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another port of this machine", own, off, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another site, old browser", own, off, []string{"Origin", "https://evil.example"}, 403},
		{"a name made to resolve here", "http://evil.example:3000/state", off, nil, 421},
		{"no toggle of the catalogue", own, `{"toggle":"nonsense","on":true}`, nil, 400},
		{"no JSON", own, `on`, nil, 400},
	} {
		if got := post(c.url, c.body, c.header...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if item, _ := d.switches.Load().item(); !item.Profile.On("hold-session") {
		t.Error("hold-session is off, and nobody who may has switched it")
	}
	if got := post(own, off, "Sec-Fetch-Site", "same-origin"); got != http.StatusNoContent {
		t.Errorf("the page: %d, want 204", got)
	}
	if item, _ := d.switches.Load().item(); item.Profile.On("hold-session") {
		t.Error("the page switched hold-session off, and it is on")
	}
	if got := post(own, `{"on":false}`); got != http.StatusNoContent || slices.Contains(on(store), ProfileName) {
		t.Errorf("the profile: %d and on are %q, want 204 and it off", got, on(store))
	}
}

// TestStateIsStreamed reads the state, and again after a change elsewhere.
func TestStateIsStreamed(t *testing.T) {
	d, store := startDemo(t), openStore(t)
	if err := d.Install(store); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(d.PageURL() + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	if got := next(); !strings.Contains(got, `"profile":"Demo","enabled":true`) {
		t.Errorf("at first: %s", got)
	}
	if err := store.SetEnabled(ProfileName, false); err != nil {
		t.Fatal(err)
	}
	if got := next(); !strings.Contains(got, `"profile":"Demo","enabled":false`) {
		t.Errorf("after the change: %s", got)
	}
	if err := d.Uninstall(store); err != nil {
		t.Fatal(err)
	}
	if got := len(store.Items()); got != 0 {
		t.Errorf("%d profiles are left after Uninstall", got)
	}
}

// TestInstall replaces what a demo left that did not come to its end, and never
// a profile of the user's.
func TestInstall(t *testing.T) {
	store, earlier, d := openStore(t), startDemo(t), startDemo(t)
	if err := earlier.Install(store); err != nil {
		t.Fatal(err)
	}
	if err := d.Install(store); err != nil {
		t.Fatal(err)
	}
	if got := on(store); !slices.Equal(got, []string{ProfileName, AddressName}) {
		t.Errorf("on are %q, in this order", got)
	}
	for _, item := range store.Items() {
		if got, want := item.Profile.Backends[0].Upstream, d.Profile().Backends[0].Upstream; got != want {
			t.Errorf("%s: upstream %s, want %s", item.Profile.Name, got, want)
		}
		if _, err := item.Profile.Rules("", nil); err != nil {
			t.Errorf("%s: %v", item.Profile.Name, err)
		}
	}
	for _, m := range profiles.Catalog() {
		if p := d.Address(); p.On(m.Name) {
			t.Errorf("%s is on in the profile that changes nothing", m.Name)
		}
	}

	if err := store.SetToggle(ProfileName, "hold-session", false); err != nil {
		t.Fatal(err)
	}
	if err := store.SetEnabled(ProfileName, false); err != nil {
		t.Fatal(err)
	}
	if err := d.Install(store); err != nil {
		t.Fatal(err)
	}
	if got := on(store); !slices.Contains(got, ProfileName) || find(store, ProfileName).On("hold-session") {
		t.Errorf("installed again: on are %q, hold-session is %t; want it on, with its toggles kept", got, find(store, ProfileName).On("hold-session"))
	}

	users := openStore(t)
	own := profiles.Profile{Name: ProfileName, Backends: []profiles.Backend{{URL: "https://dev.example.com"}}}
	if err := users.Create(own); err != nil {
		t.Fatal(err)
	}
	if err := d.Install(users); err == nil || !strings.Contains(err.Error(), ProfileName) {
		t.Errorf("over the user's own profile: %v, want an error that names it", err)
	}
	if items := users.Items(); len(items) != 1 || items[0].Profile.Backends[0].URL != own.Backends[0].URL {
		t.Errorf("the user's own profile is no longer the only one, or no longer as it was: %v", items)
	}
}
