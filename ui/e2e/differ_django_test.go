package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLikeDjangoCORSHeaders compares Django with django-cors-headers to plain
// Django through Corsage, whose profile is imported from the very settings file.
func TestLikeDjangoCORSHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Django, which -short is there to avoid")
	}
	files, err := filepath.Glob("testdata/cors/settings/*.py")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d settings files, %v", len(files), err)
	}
	dir := t.TempDir()
	sites := serveCORSSites(t, dir, files)
	c := startCorsage(t, buildCorsage(t, dir), newTestCA(t, dir), nil)
	for i, site := range sites {
		written, err := os.ReadFile(strings.TrimSuffix(files[i], ".py") + ".yaml")
		if err == nil {
			file := filepath.Join(c.stored(), site.name+".yaml")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(written), "$url", site.plain)), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			c.run(t, "profile", "import", files[i], "--name", site.name, "--url", site.plain)
		}
		c.run(t, "profile", "enable", site.name)
	}
	compareCORS(t, c.proxy, sites, knownForDjango())
}

// serveCORSSites starts one gunicorn that serves the site of testdata/cors on two
// ports for each settings file: behind django-cors-headers, and as it is.
func serveCORSSites(t *testing.T, dir string, files []string) []corsSite {
	t.Helper()
	python := findPython(t)
	if err := exec.Command(python, "-c", "import corsheaders").Run(); err != nil {
		missing(t, "no django-cors-headers for %s (Debian: apt install python3-django-cors-headers): %v", python, err)
	}
	root, err := filepath.Abs("testdata/cors")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python)
	urls, binds := inherit(t, cmd, "http", slices.Repeat([]string{"127.0.0.1"}, 2*len(files))...)
	var sites []corsSite
	var ports []string
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".py")
		sites = append(sites, corsSite{name: name, opened: urls[2*i], plain: urls[2*i+1]})
		ports = append(ports, portOf(t, urls[2*i])+"="+filepath.Join(root, "settings", name+".py"), portOf(t, urls[2*i+1])+"=")
	}
	cmd.Args = append([]string{python, "-m", "gunicorn", "--worker-tmp-dir", dir, "--timeout", "120"}, append(binds, "site_twice")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+root, "CORS_SITES="+strings.Join(ports, " "))
	startProcess(t, cmd, nil)
	return sites
}

// knownForDjango are all differences to django-cors-headers 3.14.
func knownForDjango() []known {
	const (
		methods = "Access-Control-Allow-Methods"
		headers = "Access-Control-Allow-Headers"
		origin  = "Access-Control-Allow-Origin"
	)
	all := []string{"all_origins", "all_with_credentials"}
	// notAllowed: the server's own code gives the page nothing to read either.
	notAllowed := func(d corsDifference) bool { return !d.granted() && d.ours == "" }
	plainOptions := func(d corsDifference) bool { return d.request.method == "OPTIONS" && !d.request.preflight() }
	refused := func(d corsDifference) bool { // by the lists of the settings alone
		if !d.request.preflight() || !d.granted() {
			return false
		}
		asked := d.request.header.Get("Access-Control-Request-Headers")
		return !inList(d.answer.Header.Get(methods), d.asked()) ||
			asked != "" && !slices.ContainsFunc(strings.Split(asked, ","), func(name string) bool { return inList(d.answer.Header.Get(headers), name) })
	}
	return []known{
		// What the profile allows less, or more, on purpose.
		{"", "RFC 6454, 6.2 and HTML, 'opaque origin': any page makes itself null in a sandboxed frame, so that it must be named, also where all others are allowed",
			func(d corsDifference) bool { return d.from(all, "null") && d.gone() }},
		{"", "Fetch, CORS check: an origin is compared as a whole; re.match stops where an expression without $ does, and lets in a host that only begins like it",
			func(d corsDifference) bool {
				return d.from([]string{"regex_without_end"}, "http://localhost:30000", "https://shop.example.org.evil.example") && d.gone()
			}},
		{"", "RFC 6454, 6.2: a browser never writes the default port into Origin, so that https://shop.example.org:443 in the settings can't match any page; a profile means the same origin by both",
			func(d corsDifference) bool { return d.from([]string{"other_schemes"}, "https://shop.example.org") }},

		{"status", "Fetch, CORS-preflight fetch: any status from 200 to 299 will do",
			func(d corsDifference) bool { return d.request.preflight() && d.theirs == "200" && d.ours == "204" }},
		{"status", "Fetch, CORS-preflight fetch: the preflight of a page that is not allowed goes to the backend, as it would without Corsage; it fails either way",
			func(d corsDifference) bool {
				return d.request.preflight() && d.request.path == "/api/private" && !d.granted() && d.theirs == "200" && d.ours == "401"
			}},
		{"status", "RFC 6265bis, 5.6.7: the profile lets cookies cross sites, so it must hold back those of pages that it does not allow",
			func(d corsDifference) bool {
				return d.request.header.Get("Cookie") != "" && !d.granted() && d.theirs == "200" && d.ours == "401"
			}},

		{origin, "Fetch, CORS check: the page's origin does what * does, and with credentials too",
			func(d corsDifference) bool {
				return d.settings == "all_origins" && d.theirs == "*" && d.ours == d.request.origin
			}},
		{origin, "Fetch, CORS-preflight fetch: a preflight of a page that is not allowed is the backend's to answer; what it answers is left as it was",
			func(d corsDifference) bool {
				return d.request.preflight() && d.request.path == "/api/cors" && d.theirs == "" && d.ours == "*"
			}},
		{"Access-Control-Expose-Headers", "the same: the backend's own answer",
			func(d corsDifference) bool {
				return d.request.preflight() && d.request.path == "/api/cors" && !d.granted() && d.theirs == "" && d.ours == "X-Total-Count"
			}},
		{"Access-Control-Allow-Credentials", "Fetch, CORS check: without Allow-Origin it is not looked at",
			notAllowed},

		{methods, "Fetch, CORS-preflight fetch: the browser looks for the one method that it asked for",
			func(d corsDifference) bool {
				return d.request.preflight() && inList(d.theirs, d.asked()) && d.ours == d.asked()
			}},
		{methods, "Fetch, CORS-preflight fetch: a method that the settings do not list passes: a profile has no list, since it could only keep a page from the backend's own answer",
			func(d corsDifference) bool {
				return d.request.preflight() && !inList(d.theirs, d.asked()) && d.ours == d.asked()
			}},
		{methods, "Fetch, CORS-preflight fetch: only the answer to a preflight is looked at; this OPTIONS is a request of its own",
			func(d corsDifference) bool { return plainOptions(d) && d.ours == "" }},
		{headers, "Fetch, CORS-preflight fetch: the browser looks for the names that it asked for, each of which is given back; a name that the settings do not list passes as well, as with methods",
			func(d corsDifference) bool {
				asked := d.request.header.Get("Access-Control-Request-Headers")
				return d.request.preflight() && asked != "" && d.ours == strings.ReplaceAll(asked, ",", ", ")
			}},
		{headers, "Fetch, CORS-preflight fetch: a preflight that asks for no header needs none allowed",
			func(d corsDifference) bool {
				return d.request.preflight() && d.request.header.Get("Access-Control-Request-Headers") == "" && d.ours == ""
			}},
		{headers, "Fetch, CORS-preflight fetch: as with methods, an OPTIONS that is no preflight",
			func(d corsDifference) bool { return plainOptions(d) && d.ours == "" }},
		{"verdict", "Fetch, CORS-preflight fetch: what the settings' lists refuse, passes here",
			func(d corsDifference) bool {
				return refused(d) && strings.Contains(d.theirs, "blocked") && strings.Contains(d.ours, "preflight passed")
			}},

		{"Access-Control-Max-Age", "Fetch, CORS-preflight cache: it spares the browser preflights and decides nothing; a profile has one second, so that a changed toggle counts at once, or none",
			func(d corsDifference) bool { return d.request.preflight() && d.theirs != "" && d.ours == "1" }},
		{"Access-Control-Max-Age", "Fetch, CORS-preflight cache: as with methods, an OPTIONS that is no preflight",
			func(d corsDifference) bool { return plainOptions(d) && d.theirs != "" && d.ours == "" }},
		{"Access-Control-Allow-Private-Network", "Private Network Access: django-cors-headers knows it from 4.3 on; before, it ignores the setting",
			func(d corsDifference) bool {
				return d.settings == "private_network" && d.request.preflight() && d.theirs == "" && d.ours == "true"
			}},

		{"Access-Control-Expose-Headers", "Fetch, CORS filtered response: all names of the answer are exposed, those of the settings among them; a name that the answer does not have exposes nothing",
			func(d corsDifference) bool {
				shared := !inList(d.ours, "X-Total-Count") == (d.answer.Header.Get("X-Total-Count") == "")
				return d.settings == "expose" && !d.request.preflight() && shared && !inList(d.ours, "X-Absent") && d.ours != ""
			}},
		{"Access-Control-Expose-Headers", "Fetch, CORS-preflight fetch: a script never sees the answer to a preflight",
			func(d corsDifference) bool { return d.settings == "expose" && d.request.preflight() && d.ours == "" }},
		{"Access-Control-Expose-Headers", "RFC 9111, 4.3.4: on a 304 it would replace the list of the cached answer",
			func(d corsDifference) bool {
				return d.settings == "expose" && d.request.path == "/api/empty/304" && d.ours == ""
			}},
		{"verdict", "Fetch, CORS filtered response: so a script reads more than the settings list",
			func(d corsDifference) bool {
				return d.settings == "expose" && strings.HasSuffix(d.theirs, "[X-Total-Count]") && strings.HasSuffix(d.ours, "[Link X-Total-Count]")
			}},

		{"Vary", "RFC 9110, 9.3.7: no cache keeps an answer to OPTIONS",
			func(d corsDifference) bool {
				return !d.ofAnotherSite() && d.request.preflight() && !d.granted() && d.theirs == "Origin" && d.ours == ""
			}},
		{"Vary", "Fetch, HTTP cache partitions: a browser keeps what other sites' pages get apart from what the allowed page gets; the backend's answers to pages that are not allowed are left as they were",
			func(d corsDifference) bool {
				return d.ofAnotherSite() && strings.TrimSuffix(strings.TrimSuffix(d.theirs, "Origin"), ", ") == d.ours
			}},
	}
}
