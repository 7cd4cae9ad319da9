package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// way is one in which a page can get to a backend's session.
type way struct {
	key   string // in names of hosts and profiles
	title string // in README
	// route lays it to one kind of backend; false where there is no such way.
	route func(s *stage, k kind) (route, bool)
}

// route is a way to one backend.
type route struct {
	page    string // the page's address, "" for that of the frontend
	base    string // the backend's origin as the page calls it
	profile string // the profile's file below its name, "" for none
}

// alone turns the held session off, so that what is seen is the way's own doing.
const alone = "toggles: {hold-session: false}\n"

// ways are told in this order. It matters for the localhost backend, whose
// cookies are those of all ports: the first ways must not find any that a later
// one has put there.
var ways = []way{
	{"untouched", "no Corsage", func(s *stage, k kind) (route, bool) {
		return route{base: k.untouched}, true
	}},
	{"relaxed", "CORS headers, relaxed cookies", func(s *stage, k kind) (route, bool) {
		base := k.base("relaxed")
		return route{base: base, profile: backends(k.entry(base)) + alone}, true
	}},
	{"facade", "the same behind an https façade", func(s *stage, k kind) (route, bool) {
		base := "https://" + k.name + "-facade.corsage.test"
		return route{base: base, profile: backends(k.entry(base)) + alone}, k.name != "https"
	}},
	{"same", "same site: the page under the backend's domain", func(s *stage, k kind) (route, bool) {
		return s.sameSite(k, k.site)
	}},
	{"unlisted", "same site, in a domain with an unlisted suffix such as `.test`", func(s *stage, k kind) (route, bool) {
		return s.sameSite(k, k.unlisted)
	}},
	{"overlay", "overlay: the page among the backend's paths", func(s *stage, k kind) (route, bool) {
		base := k.base("overlay")
		page := fmt.Sprintf("{url: %q, path: ^/app/, upstream: %q}", base, s.pageURL)
		return route{page: base + "/app/", base: base, profile: backends(page, k.entry(base)) + alone}, true
	}},
	{"held", "**held session** (the default)", func(s *stage, k kind) (route, bool) {
		base := k.base("held")
		return route{base: base, profile: backends(k.entry(base))}, true
	}},
}

// sameSite is the way on which page and backend have names that host gives; nil
// for localhost, where they are of one site anyway.
func (s *stage) sameSite(k kind, host func(use string) string) (route, bool) {
	if host == nil {
		return route{}, false
	}
	base, page := host("same"), host("page")
	return route{
		page: page + "/", base: base,
		profile: backends(k.entry(base), fmt.Sprintf("{url: %q, upstream: %q}", page, s.pageURL)) +
			fmt.Sprintf("origins: [%q]\n", page) + alone,
	}, true
}

// backends are a profile's entries as its file has them.
func backends(entries ...string) string {
	return "backends:\n  - " + strings.Join(entries, "\n  - ") + "\n"
}

// wayProfiles are the files of all ways to all kinds of backends, by name.
func (s *stage) wayProfiles() map[string]string {
	files := map[string]string{}
	for _, k := range s.kinds() {
		for _, w := range ways {
			if r, ok := w.route(s, k); ok && r.profile != "" {
				name := "Way " + k.name + " " + w.key
				files[name] = "name: " + name + "\n" + r.profile
			}
		}
	}
	return files
}

// ways tells the story on each way to each kind of backend, and notes what
// becomes of it for the table in README.
func (s *stage) ways(t *testing.T) {
	for _, k := range s.kinds() {
		for _, w := range ways {
			r, ok := w.route(s, k)
			if !ok {
				continue
			}
			t.Run(k.name+"/"+w.key, func(t *testing.T) {
				page := s.page
				if r.page != "" {
					page = s.browser.open(t, r.page)
					defer page.close(t)
				}
				token := "way-" + w.key + "-" + k.name + "-" + s.mode.name
				s.world.outcomes.add(k, w, s.mode, s.outcomeOf(t, page, r.base, k.django, token))
			})
		}
	}
}

// outcome is what became of the story on one way, as README's table has it.
type outcome string

// The outcomes; notes explain the marks.
const (
	works      outcome = "works"
	unreadable outcome = "no¹"
	unkept     outcome = "no²"
	blocked    outcome = "no³"
)

// notes are what stands below README's table.
const notes = `
¹ The request arrives, but without CORS headers the browser keeps the answer from the page.

² The page reads the answers, but no cookie crosses sites: over plain http it can't be ` + "`SameSite=None`, since that needs `Secure`" + `. So there is no login.

³ The page reads the answers, but the browser keeps no cookie that a third party sets, whatever its flags. So there is no login.
`

// outcomeOf tells the story in the page. What is none of the outcomes fails.
func (s *stage) outcomeOf(t *testing.T, page tab, base string, d *django, token string) outcome {
	t.Helper()
	got := run[[]answer](t, page, "story", accountAt(base))
	faults := storyFaults(base, got)
	if len(faults) == 0 {
		return works
	}
	echo := call(t, page, base+"/echo?token="+token)
	arrivals := d.seen(t, token)
	switch {
	case len(arrivals) == 0:
		t.Errorf("no request arrived: %s", echo)
	case got[0].refused() && echo.refused():
		return unreadable
	case echo.Status != 200 || len(arrivals[0].Cookies) > 0:
		t.Errorf("cookies arrive, and yet:\n%s", strings.Join(faults, "\n"))
	case !s.mode.third: // as thirdParty proves
		return blocked
	case strings.HasPrefix(base, "https:"):
		t.Errorf("a cookie of a third party may be kept, and yet:\n%s", strings.Join(faults, "\n"))
	default:
		return unkept
	}
	return "?"
}
