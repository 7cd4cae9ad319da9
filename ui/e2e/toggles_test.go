package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The toggles that are off by default and the list of headers are shown in real
// browsers: each time the same page and backend with the toggle off, where the
// browser refuses, and with it on.

const (
	// The same backend, by a profile without and one with the toggles.
	offBase = "https://off.corsage.test"
	onBase  = "https://on.corsage.test"
	// The same backend again, by a profile that allows the page of the one with
	// the toggles.
	otherBase = "https://other.corsage.test"
	// The same frontend through Corsage, by these profiles.
	offPage = "https://page-off.corsage.test"
	onPage  = "https://page-on.corsage.test"
)

const toggleProfile = `name: %s
origins: [%q, %q]
backends:
  - {url: %q, upstream: %q, ca: test-ca.pem}
  - {url: %q, upstream: %q}
toggles: {hold-session: false%s}
`

const allRelaxed = ", timing-allow-origin: true, relax-corp: true, relax-coep: true, relax-csp: true, relax-frame-options: true, cookie-partitioned: true, cookie-path: true"

func TestToggles(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers, which -short is there to avoid")
	}
	dir := t.TempDir()
	ca := newTestCA(t, dir)
	program := buildCorsage(t, dir)
	leaf := ca.leaf(t, "127.0.0.1", "off.corsage.test", "on.corsage.test", "other.corsage.test")
	backend := serveOn(t, "127.0.0.1", &leaf, toggleBackend())
	front := serveOn(t, "127.0.0.1", nil, toggleFrontend())
	page := "http://localhost:" + portOf(t, front.URL)
	foreign := serveOn(t, "127.0.0.3", nil, toggleFrontend()).URL
	for _, m := range modes {
		switch m.name {
		case "chromium", "chromium-blocking", "firefox":
		default:
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			c := startCorsage(t, program, ca, map[string]string{
				"Off":   fmt.Sprintf(toggleProfile, "Off", page, offPage, offBase, backend.URL, offPage, front.URL, ""),
				"Other": fmt.Sprintf("name: Other\norigins: [%q]\nbackends:\n  - {url: %q, upstream: %q, ca: test-ca.pem}\n", onPage, otherBase, backend.URL),
				"On": fmt.Sprintf(toggleProfile, "On", page, onPage, onBase, backend.URL, onPage, front.URL, allRelaxed) +
					"headers:\n  - path: ^/headers\n    request: {set: {X-Tenant: dev}, remove: [Accept-Language]}\n    response: {set: {X-Seen: \"1\"}}\n",
			})
			s := &toggleStage{
				mode: m, page: page, foreign: foreign,
				browser: m.start(t, browserOptions{proxy: c.proxy, cas: []string{ca.path, c.ca}}),
			}
			if m.third {
				t.Run("timing-allow-origin", s.timing)
				t.Run("relax-corp", s.corp)
				t.Run("relax-coep", s.coep)
				t.Run("relax-csp", s.csp)
				t.Run("relax-frame-options", s.frameOptions)
				t.Run("cookie-path", s.cookiePath)
				t.Run("edit-headers", s.headers)
			} else {
				t.Run("cookie-partitioned", s.partitioned)
			}
		})
	}
}

type toggleStage struct {
	mode          mode
	page, foreign string
	browser       browser
}

// toggleBackend says of each path what keeps it from pages elsewhere.
func toggleBackend() http.Handler {
	gif, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	image := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/gif")
		w.Write(gif)
	}
	mux.HandleFunc("GET /bare.gif", image)
	mux.HandleFunc("GET /kept.gif", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		image(w, r)
	})
	mux.HandleFunc("GET /data", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "data") })
	mux.HandleFunc("GET /cookies", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Cookie")) })
	mux.HandleFunc("GET /headers", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s|%s", r.Header.Get("X-Tenant"), r.Header.Get("Accept-Language"))
	})
	mux.HandleFunc("GET /app/set", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "app=1; Path=/app/; HttpOnly")
	})
	mux.HandleFunc("GET /set", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "session=1; Path=/; HttpOnly; SameSite=Lax")
	})
	// A document that tells its frame that it is shown, and then goes on to one
	// more of its own, which tells so too.
	mux.HandleFunc("GET /framed", func(w http.ResponseWriter, r *http.Request) {
		switch r.FormValue("by") {
		case "options":
			w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		case "policy":
			w.Header().Set("Content-Security-Policy", "frame-ancestors 'self'")
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		next := ""
		if r.FormValue("next") == "" {
			next = "location = location.href + '&next=1'"
		}
		fmt.Fprintf(w, "<!doctype html><title>framed</title><script>parent.postMessage('shown' + new URLSearchParams(location.search).get('next'), '*'); %s</script>", next)
	})
	return mux
}

// toggleFrontend is a page, with the policy that its path names.
func toggleFrontend() http.Handler {
	mux := http.NewServeMux()
	for path, header := range map[string][2]string{
		"/{$}":  {},
		"/coep": {"Cross-Origin-Embedder-Policy", "require-corp"},
		"/csp":  {"Content-Security-Policy", "default-src 'self'; script-src 'self'"},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if header[0] != "" {
				w.Header().Set(header[0], header[1])
				w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!doctype html><title>frontend</title><body>")
		})
	}
	return mux
}

// each evaluates an expression in a page at address, with BASE for the backend
// without the toggles and for that with them.
func (s *toggleStage) each(t *testing.T, address, expression string) (off, on string) {
	t.Helper()
	return s.ask(t, address, offBase, expression), s.ask(t, address, onBase, expression)
}

func (s *toggleStage) ask(t *testing.T, address, base, expression string) string {
	t.Helper()
	tab := s.browser.open(t, address)
	defer tab.close(t)
	text, err := tab.eval("(async () => String(await " + strings.ReplaceAll(expression, "BASE", "'"+base+"'") + "))()")
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return text
}

func wantOffOn(t *testing.T, off, wantOff, on, wantOn string) {
	t.Helper()
	if off != wantOff {
		t.Errorf("with the toggle off: %q, want %q", off, wantOff)
	}
	if on != wantOn {
		t.Errorf("with the toggle on: %q, want %q", on, wantOn)
	}
}

const image = `new Promise(done => {
	const image = new Image();
	image.onload = () => done('shown'); image.onerror = () => done('refused');
	image.src = %s;
})`

const fetchText = `fetch(%s, {credentials: 'include', cache: 'no-store'}).then(r => r.text(), e => e.name)`

// frame resolves with the messages that a framed document sent, once there are
// two, or else once the browser says that the frame has loaded what it shows in
// the document's place. Not all do: then with what there is after three seconds.
const frame = `new Promise(done => {
	const seen = [];
	onmessage = e => { seen.push(e.data); if (seen.length === 2) done(seen.join(' ')) };
	const frame = document.createElement('iframe');
	frame.src = %s;
	setTimeout(() => done('refused ' + seen.join(' ')), 3000);
	document.body.append(frame);
})`

const shownTwice = "shownnull shown1"

func (s *toggleStage) timing(t *testing.T) {
	off, on := s.each(t, s.page, `fetch(BASE + '/data').then(r => r.text()).then(async () => {
		for (;;) {
			const [entry] = performance.getEntriesByName(BASE + '/data');
			if (entry) return entry.responseStart > 0;
			await new Promise(r => setTimeout(r, 10));
		}
	})`)
	wantOffOn(t, off, "false", on, "true")
}

func (s *toggleStage) corp(t *testing.T) {
	off, on := s.each(t, s.page, fmt.Sprintf(image, "BASE + '/kept.gif'"))
	wantOffOn(t, off, "refused", on, "shown")
	off, on = s.each(t, s.page+"/coep", fmt.Sprintf(image, "BASE + '/bare.gif'"))
	wantOffOn(t, off, "refused", on, "shown")
	if got := s.ask(t, s.foreign, onBase, fmt.Sprintf(image, "BASE + '/kept.gif'")); got != "refused" {
		t.Errorf("a page that isn't allowed: %s", got)
	}
}

func (s *toggleStage) coep(t *testing.T) {
	// The page comes through Corsage; the image is that of the profile without the
	// toggles, which says nothing of itself.
	picture := fmt.Sprintf(image, "BASE + '/bare.gif'")
	off, on := s.ask(t, offPage+"/coep", offBase, picture), s.ask(t, onPage+"/coep", offBase, picture)
	wantOffOn(t, off, "refused", on, "shown")
	if got := s.ask(t, onPage+"/coep", onBase, "crossOriginIsolated"); got != "true" {
		t.Errorf("the page is isolated: %s", got)
	}
	off, on = s.each(t, s.page+"/coep", fmt.Sprintf(frame, "BASE + '/framed?'"))
	wantOffOn(t, off, "refused ", on, shownTwice)
}

func (s *toggleStage) csp(t *testing.T) {
	call := fmt.Sprintf(fetchText, "BASE + '/data'")
	off, on := s.ask(t, offPage+"/csp", offBase, call), s.ask(t, onPage+"/csp", onBase, call)
	wantOffOn(t, off, "TypeError", on, "data")
	// No other host is let in: this one allows the page, and the policy doesn't.
	without, with := s.ask(t, onPage, otherBase, call), s.ask(t, onPage+"/csp", otherBase, call)
	if without != "data" || with != "TypeError" {
		t.Errorf("a host that is no backend of the profile: %s without a policy and %s with it", without, with)
	}
	off, on = s.each(t, s.page, fmt.Sprintf(frame, "BASE + '/framed?by=policy'"))
	wantOffOn(t, off, "refused ", on, shownTwice)
	if got := s.ask(t, s.foreign, onBase, fmt.Sprintf(frame, "BASE + '/framed?by=policy'")); got != "refused " {
		t.Errorf("in a frame of a page that isn't allowed: %s", got)
	}
}

func (s *toggleStage) frameOptions(t *testing.T) {
	off, on := s.each(t, s.page, fmt.Sprintf(frame, "BASE + '/framed?by=options'"))
	wantOffOn(t, off, "refused ", on, shownTwice)
	if got := s.ask(t, s.foreign, onBase, fmt.Sprintf(frame, "BASE + '/framed?by=options'")); got != "refused " {
		t.Errorf("in a frame of a page that isn't allowed: %s", got)
	}
}

func (s *toggleStage) cookiePath(t *testing.T) {
	off, on := s.each(t, s.page, fmt.Sprintf(fetchText, "BASE + '/app/set'")+".then(() => "+fmt.Sprintf(fetchText, "BASE + '/cookies'")+")")
	wantOffOn(t, off, "", on, "app=1")
}

func (s *toggleStage) partitioned(t *testing.T) {
	off, on := s.each(t, s.page, fmt.Sprintf(fetchText, "BASE + '/set'")+".then(() => "+fmt.Sprintf(fetchText, "BASE + '/cookies'")+")")
	wantOffOn(t, off, "", on, "session=1")
}

func (s *toggleStage) headers(t *testing.T) {
	const call = "fetch(BASE + '/headers').then(async r => (await r.text()).replace(/[|].+/, '|language') + ' ' + r.headers.get('X-Seen'))"
	off, on := s.each(t, s.page, call)
	wantOffOn(t, off, "|language null", on, "dev| 1")
}
