package advice

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"corsage/proxy/verdict"
)

// measured is README's table of ways, which ui/e2e writes from what real browsers
// did: by backend, way and column, whether it works.
func measured(t *testing.T) map[[3]string]bool {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "<!-- ways -->\n")
	if !ok {
		t.Fatal("README.md has no table of ways")
	}
	works := make(map[[3]string]bool)
	var columns []string
	backend := ""
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 {
			break
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case columns == nil:
			columns = cells
			continue
		case strings.HasPrefix(cells[0], "---"):
			continue
		case cells[0] != "":
			backend = cells[0]
		}
		for i, cell := range cells[2:] {
			works[[3]string{backend, cells[1], columns[i+2]}] = cell == "works"
		}
	}
	return works
}

// TestAdviceWorks holds that each way which is advised works in the browser that
// it is advised for.
func TestAdviceWorks(t *testing.T) {
	table := measured(t)
	rows := map[Way]string{
		Relaxed: "CORS headers, relaxed cookies", Held: "**held session** (the default)",
		Facade: "the same behind an https façade", SameSite: "same site: the page under the backend's domain",
		Overlay: "overlay: the page among the backend's paths",
	}
	looked := 0
	for backend, address := range map[string]string{
		"https, on another host":      "https://dev.example.com/api/me",
		"plain http, on another host": "http://dev.example.com/api/me",
		"plain http, on localhost":    "http://localhost:8000/api/me",
	} {
		for column, browser := range map[string]verdict.Browser{
			"Chromium": chromium, "Chromium, third-party cookies blocked": blocking, "Firefox": firefox,
			"Firefox, cross-site cookies blocked": {Engine: verdict.Firefox, ThirdParty: verdict.BlockedCookies}, "WebKit": webkit,
		} {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			q := Question{Page: "http://localhost:3000", Backend: u, Browser: browser}
			checks, err := Look(context.Background(), q, serve(handlers["session"]))
			if err != nil {
				t.Fatal(err)
			}
			a := Advise(q, checks, q.Profile())
			for _, s := range slices.Concat(a.Needed, a.Others) {
				if s.Way == CORS {
					continue
				}
				works, ok := table[[3]string{backend, rows[s.Way], column}]
				if !ok || !works {
					t.Errorf("%s in %s: the %s is advised, and README's table (%v) says that it does not work", backend, column, s.Way, ok)
				}
				looked++
			}
		}
	}
	if looked < 30 {
		t.Errorf("only %d pieces of advice were held to the table", looked)
	}
}
