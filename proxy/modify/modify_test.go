package modify_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"corsage/proxy"
)

// TestTexts holds what windows, README and profile files take from a toggle.
func TestTexts(t *testing.T) {
	headers := regexp.MustCompile(`Access-Control-|Set-Cookie|Cookie|Origin|Referer|Sec-Fetch-Site|Strict-Transport-Security|Alt-Svc|Location|Timing-Allow-Origin|Content-Security-Policy|X-Frame-Options|token header`)
	standard := regexp.MustCompile(`Standard: (Fetch, "[^"]+"|HTML, "[^"]+"|CSP Level 3, sections \d+|CHIPS \([a-z-]+\), section \d+|RFC \d+(bis)?, sections? \d+|W3C Fetch Metadata, section \d+|WICG Private Network Access, "[^"]+")`)
	var names []string
	for _, m := range catalogue() {
		names = append(names, m.Name)
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(m.Name) {
			t.Errorf("%q is not in kebab case", m.Name)
		}
		if _, err := os.Stat(strings.ReplaceAll(m.Name, "-", "_") + ".go"); err != nil {
			t.Errorf("%s has no file of its own: %v", m.Name, err)
		}
		if n := len(m.Label); n < 5 || n > 32 || strings.HasSuffix(m.Label, ".") {
			t.Errorf("%s: the label %q is no short phrase", m.Name, m.Label)
		}
		if !headers.MatchString(m.Help) || !standard.MatchString(m.Help) || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%s: the help names no header or no section of a standard: %s", m.Name, m.Help)
		}
		if n := strings.Count(m.Help, ". ") + 1; n > 3 {
			t.Errorf("%s: %d sentences of help", m.Name, n)
		}
		if !slices.Contains([]string{proxy.GroupCORS, proxy.GroupCookies, proxy.GroupCSRF, proxy.GroupEmbedding, proxy.GroupTransport, proxy.GroupHeaders}, m.Group) {
			t.Errorf("%s stands under no heading: %q", m.Name, m.Group)
		}
		if m.Request == nil && m.Response == nil {
			t.Errorf("%s does nothing", m.Name)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(names)))) != 26 {
		t.Errorf("want 26 toggles with names of their own: %q", names)
	}
}

// TestEachToggleChangesItsOwn holds that a toggle which is on alone notes no
// change under another's name, and that each changes something in some case.
func TestEachToggleChangesItsOwn(t *testing.T) {
	const login = "allowed POST https://dev.example.com/edited\nOrigin: http://localhost:3000\nReferer: http://localhost:3000/\nSec-Fetch-Site: cross-site\nCookie: csrftoken=t\n"
	const plain = "allowed GET http://dev.example.com/\nOrigin: http://localhost:3000\n"
	const preflight = "allowed OPTIONS https://dev.example.com/\nOrigin: http://localhost:3000\nAccess-Control-Request-Method: PUT\nAccess-Control-Request-Private-Network: true\n"
	const framed = "allowed GET https://dev.example.com/\nReferer: http://localhost:3000/\nSec-Fetch-Dest: iframe\n"
	const answer = "200\nX-Total: 1\nSet-Cookie: s=1; Secure; HttpOnly; SameSite=Strict; Domain=dev.example.com; Path=/x\nX-Frame-Options: DENY\nStrict-Transport-Security: max-age=1\nAlt-Svc: clear\nLocation: https://10.0.0.5/\n"
	for _, m := range catalogue() {
		rule, err := caseRule("toggles: only " + m.Name + "\nresponse: set X-Note 1\nupstream: https://10.0.0.5")
		if err != nil {
			t.Fatal(err)
		}
		changed := false
		for _, request := range []string{login, login, plain, framed, preflight} {
			response := []byte(answer)
			if m.Name == "relax-csp" {
				response = append(response, "Content-Security-Policy: frame-ancestors 'none'\n"...)
			}
			if m.Name == "answer-preflight" && request == preflight {
				response = nil
			}
			results, err := exchange(rule, []byte(request), response)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(results[2].Data)) {
				changed = true
				if !strings.HasPrefix(line, m.Name+" ") {
					t.Errorf("with %s alone: %s", m.Name, line)
				}
			}
		}
		if !changed {
			t.Errorf("%s changes nothing", m.Name)
		}
	}
}
