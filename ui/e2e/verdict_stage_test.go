package e2e

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corsage/profiles"
	"corsage/proxy/record"
	"corsage/ui/instance"
)

// matrixStage is a Corsage in this process, so that its log is at hand, and the
// scripted server behind it.
type matrixStage struct {
	*matrixServer
	corsage *instance.Instance
	proxy   string // host:port
	ca      string // PEM file

	entries map[uint64]*record.Entry // of the log, the newest snapshot of each
	rev     uint64
}

// newMatrixStage starts both, for the wanted cases.
func newMatrixStage(t testing.TB, wanted func(*matrixCase) bool) *matrixStage {
	t.Helper()
	dir := t.TempDir()
	runtime, err := os.MkdirTemp("", "matrix") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })

	s := &matrixStage{matrixServer: &matrixServer{pages: map[string]*matrixPage{}, shown: map[place]bool{}}, entries: map[uint64]*record.Entry{}}
	leaf := newTestCA(t, dir).leaf(t, "matrix.test")
	tls, plain := serveOn(t, "127.0.0.1", &leaf, s.matrixServer), serveOn(t, "127.0.0.1", nil, s.matrixServer)
	s.local = "http://localhost:" + portOf(t, serveOn(t, "127.0.0.1", nil, s.matrixServer).URL)
	local := "http://localhost:" + portOf(t, serveOn(t, "127.0.0.1", nil, s.matrixServer).URL)

	pages := matrixPages(local)
	for _, p := range pages {
		s.pages[matrixHost(t, p.url)] = p
	}
	s.cases = slices.DeleteFunc(matrixCases(pages), func(c *matrixCase) bool { return !wanted(c) })

	helped := make([]string, len(pages))
	for i, p := range pages {
		helped[i] = fmt.Sprintf("  - {url: \"https://helped.%s\", upstream: %q, insecure: true}\n", p.site, tls.URL)
	}
	files := []string{
		s.writeProfile(t, dir, "Helped", strings.Join(helped, ""), true),
		s.writeProfile(t, dir, "Watched", fmt.Sprintf(
			"  - {url: \"https://*.test\", upstream: %q, insecure: true}\n"+
				"  - {url: \"http://*.test\", upstream: %q}\n"+
				"  - {url: %q}\n  - {url: %q}\n", tls.URL, plain.URL, s.local, local), false),
	}
	i, err := instance.Start(t.Context(), instance.Options{
		Listen: "127.0.0.1:0", Files: files, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Dirs: instance.Dirs{
			Profiles:  profiles.Dirs{Config: filepath.Join(dir, "config"), State: filepath.Join(dir, "state")},
			Authority: filepath.Join(dir, "ca"), Runtime: runtime,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	s.corsage, s.proxy, s.ca = i, i.Addr(), i.CertPath()
	return s
}

// writeProfile writes a profile for all origins with all toggles at their
// defaults, or all off, and returns its file.
func (s *matrixStage) writeProfile(t testing.TB, dir, name, backends string, on bool) string {
	t.Helper()
	text := "name: " + name + "\nbackends:\n" + backends + "origins: [\"/.*/\", \"null\"]\n"
	if !on {
		text += "toggles:\n"
		for _, m := range profiles.Catalog() {
			text += "  " + m.Name + ": false\n"
		}
	}
	path := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// play runs all cases in the browser and returns what its scripts saw.
func (s *matrixStage) play(t testing.TB, b browser) map[place]seen {
	t.Helper()
	results := map[place]seen{}
	var page tab
	for _, phase := range []string{phaseBefore, phaseCalls, phaseAfter} {
		for _, d := range s.documents(phase) {
			if page == nil {
				page = b.open(t, d.url+documentPath)
				defer page.close(t)
			} else {
				goTo(t, page, d.url+documentPath)
			}
			s.playDocument(t, page, d, phase, results)
		}
	}
	for at, got := range results {
		if s.cases[at.id].phase(at.phase)[at.call].via == viaFrame {
			got.Outcome = s.frame(at)
			results[at] = got
		}
	}
	return results
}

// document is an address, and the cases whose calls are made from there.
type document struct {
	url     string
	sandbox bool
	cases   []int
}

// documents are those that the phase's calls are made from, in the order of
// their first case.
func (s *matrixStage) documents(phase string) []*document {
	var found []*document
	for id, c := range s.cases {
		calls := c.phase(phase)
		if len(calls) == 0 {
			continue
		}
		d := document{url: c.page.url, sandbox: c.page.sandbox}
		if phase != phaseCalls {
			d = document{url: s.base(c.page, calls[0].to)} // the backend's own page
		}
		i := slices.IndexFunc(found, func(f *document) bool { return f.url == d.url && f.sandbox == d.sandbox })
		if i < 0 {
			i = len(found)
			found = append(found, &d)
		}
		found[i].cases = append(found[i].cases, id)
	}
	return found
}

// goTo takes the tab to another address, which costs less than a new tab, and
// returns once it has loaded.
func goTo(t testing.TB, page tab, url string) {
	t.Helper()
	leave(t, page, scriptCall{Via: viaLink, URL: url})
}

// leave makes a call that takes the tab away, and returns once it has arrived.
func leave(t testing.TB, page tab, call scriptCall) {
	t.Helper()
	data, err := json.Marshal(call)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := page.eval(fmt.Sprintf("matrix.leave(%s) ?? ''", data)); err != nil {
		t.Fatalf("go to %s: %v", call.URL, err)
	}
	there := fmt.Sprintf("String(document.readyState === 'complete' && location.href === %q)", call.URL)
	if !eventually(func() bool {
		arrived, err := page.eval(there)
		return err == nil && arrived == "true"
	}) {
		t.Fatalf("%s does not load", call.URL)
	}
}

// playDocument runs a document's calls in the page.
func (s *matrixStage) playDocument(t testing.TB, page tab, d *document, phase string, results map[place]seen) {
	t.Helper()
	scripts := make([][]scriptCall, len(d.cases))
	var leaving []place
	for i, id := range d.cases {
		scripts[i] = []scriptCall{}
		for n, call := range s.cases[id].phase(phase) {
			at := place{id, phase, n, 0}
			if call.leaves() {
				leaving = append(leaving, at)
			} else {
				scripts[i] = append(scripts[i], call.script(s.address(at)))
			}
		}
	}
	data, err := json.Marshal(map[string]any{"cases": scripts, "sandbox": d.sandbox})
	if err != nil {
		t.Fatal(err)
	}
	text, err := page.eval(fmt.Sprintf("(async () => JSON.stringify(await matrix.run(%s)))()", data))
	if err != nil {
		t.Fatalf("%s, %s: %v", d.url, phase, err)
	}
	var all [][]seen
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%s, %s gave %q: %v", d.url, phase, tail(text, 1000), err)
	}
	for i, id := range d.cases {
		for n, got := range all[i] {
			results[place{id, phase, n, 0}] = got
		}
	}
	for i, at := range leaving {
		if i > 0 {
			goTo(t, page, d.url+documentPath)
		}
		leave(t, page, s.cases[at.id].phase(phase)[at.call].script(s.address(at)))
		results[at] = seen{Outcome: "shown"}
	}
	s.readLog()
}

// frame is what became of a framed document.
func (s *matrixStage) frame(at place) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown[at] {
		return "shown"
	}
	return "blocked"
}

// readLog takes over what the log has that is new.
func (s *matrixStage) readLog() {
	var fresh []*record.Entry
	fresh, s.rev = s.corsage.Recorder.Since(s.rev)
	for _, e := range fresh {
		s.entries[e.ID] = e
	}
}

// logged returns the log's entries of each call, in the order of their requests.
func (s *matrixStage) logged() map[place][]*record.Entry {
	s.readLog()
	calls := map[place][]*record.Entry{}
	for _, id := range sortedKeys(s.entries) {
		e := s.entries[id]
		if at, ok := parsePlace(mustParse(e.URL).Query().Get("at")); ok {
			at.hop = 0
			calls[at] = append(calls[at], e)
		}
	}
	return calls
}
