package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"corsage/proxy/verdict"
)

// atLeast is how many cases the matrix must have in each browser.
const atLeast = 300

// matrixModes are the browsers that the matrix is run in, and what each is to the
// verdict.
var matrixModes = []struct {
	mode    string // of modes
	browser verdict.Browser
}{
	{"chromium", verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.Allowed}},
	{"firefox", verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.Partitioned}},
	{"chromium-blocking", verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.BlockedCookies}},
	{"firefox-strict", verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.Partitioned}},
	{"webkit", verdict.Browser{Engine: verdict.WebKit, ThirdParty: verdict.NotStored}},
}

// TestVerdictMatrix runs each case of the matrix in real browsers through a real
// Corsage, and holds the verdicts on what is in its log against what the browser
// did. Modes in which only cookies go other ways run only the cases about them.
func TestVerdictMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, which -short is there to avoid")
	}
	for _, m := range matrixModes {
		t.Run(m.mode, func(t *testing.T) {
			t.Parallel()
			runMatrix(t, modes[slices.IndexFunc(modes, func(other mode) bool { return other.name == m.mode })], m.browser)
		})
	}
}

func runMatrix(t *testing.T, m mode, browser verdict.Browser) {
	s := newMatrixStage(t, func(c *matrixCase) bool { return m.once || c.cookie != "" })
	if len(s.cases) < atLeast {
		t.Fatalf("the matrix has %d cases, want at least %d", len(s.cases), atLeast)
	}
	b := m.start(t, browserOptions{proxy: s.proxy, cas: []string{s.ca}})
	start := time.Now()
	saw := s.play(t, b)
	took := time.Since(start)
	logged := s.logged()

	ids := map[string]int{}
	agreed, excused := 0, 0
	for id, c := range s.cases {
		if _, ok := ids[c.name]; ok {
			t.Errorf("two cases have the name %q", c.name)
		}
		ids[c.name] = id
		run := &trial{matrixServer: s.matrixServer, browser: browser, c: c, seen: saw, log: logged}
		run.check(id)
		if c.twin != "" {
			run.checkTwin(id, ids[c.twin])
		}
		reason := listed(browser.Engine, c.name)
		switch {
		case len(run.faults) == 0 && reason == "":
			agreed++
		case len(run.faults) == 0:
			t.Errorf("%s\n  is listed as a disagreement (%s), and the verdict agrees", c.name, reason)
		case reason == "":
			t.Errorf("%s\n  %s", c.name, strings.Join(run.faults, "\n  "))
		default:
			excused++
		}
	}
	t.Logf("%s: %d cases in %s; the verdict agrees in %d, and in %d the disagreement is the browser's own",
		m.name, len(s.cases), took.Round(time.Millisecond), agreed, excused)
}

// Each listed disagreement is one of a case that there is: a case that is renamed
// must not leave its excuse behind.
func TestListedDisagreements(t *testing.T) {
	cases := matrixCases(matrixPages("http://localhost:3000"))
	for _, d := range disagreements {
		if !slices.ContainsFunc(cases, func(c *matrixCase) bool { return c.name == d.name }) {
			t.Errorf("there is no case %q", d.name)
		}
		if d.reason == "" {
			t.Errorf("%q has no reason", d.name)
		}
	}
}
