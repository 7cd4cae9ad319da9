package demo

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// visitor is a browser on the backend's own pages: it keeps cookies, and sends
// no header but those it is told.
type visitor struct {
	t       *testing.T
	site    http.Handler
	cookies map[string]string
}

func newVisitor(t *testing.T) *visitor {
	return &visitor{t: t, site: new(backendSite).handler(), cookies: map[string]string{}}
}

func (v *visitor) request(method, path, body string, header http.Header) *http.Request {
	r := httptest.NewRequest(method, BackendURL+path, strings.NewReader(body))
	maps.Copy(r.Header, header)
	for _, name := range slices.Sorted(maps.Keys(v.cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: v.cookies[name]})
	}
	return r
}

func (v *visitor) ask(method, path, body string, header http.Header) *http.Response {
	v.t.Helper()
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, v.request(method, path, body, header))
	resp := w.Result()
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return resp
}

// own are the headers of a change made by the backend's own pages.
func (v *visitor) own() http.Header {
	return http.Header{
		"Origin": {BackendURL}, "Referer": {BackendURL + "/account"},
		http.CanonicalHeaderKey(csrfHeader): {v.cookies[csrfCookie]},
	}
}

func (v *visitor) login() *visitor {
	v.t.Helper()
	v.ask("GET", "/api/csrf", "", nil)
	if resp := v.ask("POST", "/api/login", `{"username":"demo","password":"demo"}`, v.own()); resp.StatusCode != 200 {
		v.t.Fatalf("login: %s %s", resp.Status, bodyOf(v.t, resp))
	}
	return v
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestLoginFlow is the whole story as the backend's own pages live it.
func TestLoginFlow(t *testing.T) {
	v := newVisitor(t)
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string // in the body, or for a redirect the location
	}{
		{"GET", "/api/me", "", 302, "/login?next=%2Fapi%2Fme"},
		{"OPTIONS", "/api/me", "", 302, "/login?next=%2Fapi%2Fme"},
		{"OPTIONS", "/api/login", "", 405, ""},
		{"GET", "/api/csrf", "", 200, "CSRF cookie set"},
		{"PUT", "/api/notes/a", `{"text":"x"}`, 302, "/login?next=%2Fapi%2Fnotes%2Fa"},
		{"POST", "/api/login", `{"username":"demo","password":"guess"}`, 401, "Wrong user name"},
		{"POST", "/api/login", `{`, 400, "no valid JSON"},
		{"POST", "/api/login", `{"username":"demo","password":"demo"}`, 200, `"user":"demo"`},
		{"GET", "/api/me", "", 200, `"user":"demo"`},
		{"PUT", "/api/notes/a", `{"text":"milk"}`, 200, `{"id":"a","text":"milk"}`},
		{"GET", "/api/notes", "", 200, `"milk"`},
		{"DELETE", "/api/notes/a", "", 204, ""},
		{"DELETE", "/api/notes/a", "", 404, "no note"},
		{"GET", "/api/export", "", 200, "id,text"},
		{"GET", "/api/broken", "", 500, "on purpose"},
		{"GET", "/api/nowhere", "", 404, "nothing at /api/nowhere"},
		{"GET", "/account", "", 200, "Hello, demo"},
		{"GET", "/", "", 302, "/account"},
		{"GET", "/static/site.css", "", 200, "color-scheme"},
		{"POST", "/api/logout", "", 204, ""},
		{"GET", "/api/me", "", 302, "/login?next=%2Fapi%2Fme"},
	} {
		resp := v.ask(step.method, step.path, step.body, v.own())
		got := resp.Header.Get("Location")
		if got == "" {
			got = bodyOf(t, resp)
		}
		if resp.StatusCode != step.status || !strings.Contains(got, step.want) {
			t.Errorf("%s %s: %d %q, want %d with %q", step.method, step.path, resp.StatusCode, got, step.status, step.want)
		}
		for name := range resp.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s %s: it sent %s, and must know nothing of CORS", step.method, step.path, name)
			}
		}
		if resp.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s %s: no HSTS", step.method, step.path)
		}
	}
}

// TestCSRF refuses everything that is not quite a change by an own page.
func TestCSRF(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(http.Header, *visitor)
		want   string // "" where it passes
	}{
		{"own page", func(http.Header, *visitor) {}, ""},
		{"no Origin, as from an old browser", func(h http.Header, _ *visitor) { h.Del("Origin") }, ""},
		{"no Referer, as from a private page", func(h http.Header, _ *visitor) { h.Del("Referer") }, ""},
		{"neither", func(h http.Header, _ *visitor) { h.Del("Origin"); h.Del("Referer") }, "no Referer"},
		{"foreign Origin", func(h http.Header, _ *visitor) { h.Set("Origin", "http://localhost:3000") }, "http://localhost:3000 does not match"},
		{"null Origin", func(h http.Header, _ *visitor) { h.Set("Origin", "null") }, "null does not match"},
		{"foreign Referer", func(h http.Header, _ *visitor) { h.Set("Referer", "http://localhost:3000/") }, "Referer checking failed"},
		{"Referer of the host on http", func(h http.Header, _ *visitor) { h.Set("Referer", "http://"+Host+"/") }, "Referer checking failed"},
		{"no token", func(h http.Header, _ *visitor) { h.Del(csrfHeader) }, "CSRF token missing"},
		{"another token", func(h http.Header, _ *visitor) { h.Set(csrfHeader, newToken()) }, "CSRF token incorrect"},
		{"no cookie", func(_ http.Header, v *visitor) { delete(v.cookies, csrfCookie) }, "CSRF cookie not set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVisitor(t).login()
			header := v.own()
			c.change(header, v)
			resp := v.ask("PUT", "/api/notes/a", `{"text":"x"}`, header)
			body := bodyOf(t, resp)
			if c.want == "" && resp.StatusCode != 200 {
				t.Errorf("refused: %d %s", resp.StatusCode, body)
			}
			if c.want != "" && (resp.StatusCode != 403 || !strings.Contains(body, c.want)) {
				t.Errorf("got %d %s, want 403 with %q", resp.StatusCode, body, c.want)
			}
		})
	}
}

// TestCookies holds the flags that make a session stay at home.
func TestCookies(t *testing.T) {
	v := newVisitor(t)
	token := v.ask("GET", "/api/csrf", "", nil).Header["Set-Cookie"]
	before := v.cookies[csrfCookie]
	login := v.ask("POST", "/api/login", `{"username":"demo","password":"demo"}`, v.own()).Header["Set-Cookie"]
	if v.cookies[csrfCookie] == before {
		t.Error("the login kept the CSRF token, and Django changes it")
	}
	for _, c := range []struct{ line, name, flags string }{
		{token[0], "csrftoken", "; Path=/; Max-Age=31449600; Secure; SameSite=Lax"},
		{login[0], "sessionid", "; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax"},
		{login[1], "csrftoken", "; Path=/; Max-Age=31449600; Secure; SameSite=Lax"},
	} {
		if !strings.HasPrefix(c.line, c.name+"=") || !strings.HasSuffix(c.line, c.flags) {
			t.Errorf("Set-Cookie: %s, want %s with %s", c.line, c.name, c.flags)
		}
	}
}

// TestOwnPages logs in and out as a person does.
func TestOwnPages(t *testing.T) {
	v := newVisitor(t)
	post := func(path, form string) *http.Response {
		return v.ask("POST", path, form, http.Header{
			"Origin": {BackendURL}, "Referer": {BackendURL + path}, "Content-Type": {"application/x-www-form-urlencoded"},
		})
	}
	page := bodyOf(t, v.ask("GET", "/login?next=%2Faccount", "", nil))
	field := "csrfmiddlewaretoken=" + v.cookies[csrfCookie]
	if !strings.Contains(page, `value="`+v.cookies[csrfCookie]+`"`) || !strings.Contains(page, `name="next" value="/account"`) {
		t.Fatalf("the form lacks the token or where to go:\n%s", page)
	}
	if resp := post("/login", "username=demo&password=demo"); resp.StatusCode != 403 {
		t.Errorf("without the token: %s", resp.Status)
	}
	if resp := post("/login", field+"&username=demo&password=guess"); resp.StatusCode != 401 {
		t.Errorf("wrong password: %s", resp.Status)
	}
	if resp := post("/login", field+"&username=demo&password=demo&next=%2F%2Fevil.example"); resp.StatusCode != 303 || resp.Header.Get("Location") != "/account" {
		t.Errorf("login: %s to %s, want 303 to /account", resp.Status, resp.Header.Get("Location"))
	}
	if got := v.ask("GET", "/account", "", nil).StatusCode; got != 200 {
		t.Errorf("account: %d", got)
	}
	if resp := post("/logout", "csrfmiddlewaretoken="+v.cookies[csrfCookie]); resp.StatusCode != 303 {
		t.Errorf("logout: %s", resp.Status)
	}
	if got := v.ask("GET", "/account", "", nil).StatusCode; got != 302 {
		t.Errorf("account after the logout: %d", got)
	}
}

func TestSecFetchSite(t *testing.T) {
	v := newVisitor(t).login()
	for site, want := range map[string]int{"": 200, "none": 200, "same-origin": 200, "same-site": 403, "cross-site": 403} {
		if got := v.ask("GET", "/api/export", "", http.Header{"Sec-Fetch-Site": {site}}).StatusCode; got != want {
			t.Errorf("Sec-Fetch-Site %q: %d, want %d", site, got, want)
		}
	}
}

func TestAnotherHost(t *testing.T) {
	w := httptest.NewRecorder()
	new(backendSite).handler().ServeHTTP(w, httptest.NewRequest("GET", "https://127.0.0.1/login", nil))
	if w.Code != 400 {
		t.Errorf("asked as 127.0.0.1: %d, want 400", w.Code)
	}
}

// TestSessionsAreBounded logs in more often than sessions are kept.
func TestSessionsAreBounded(t *testing.T) {
	var s sessions
	for range maxSessions + 5 {
		s.begin(httptest.NewRecorder())
	}
	if len(s.open) != maxSessions || len(s.order) != maxSessions {
		t.Errorf("%d sessions in %d places, want %d", len(s.open), len(s.order), maxSessions)
	}
}

// TestStreams reads the event stream live and talks over the WebSocket.
func TestStreams(t *testing.T) {
	v := newVisitor(t).login()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = Host
		v.site.ServeHTTP(w, r)
	}))
	defer server.Close()
	header := http.Header{"Cookie": {sessionCookie + "=" + v.cookies[sessionCookie]}}

	req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header.Clone()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var events []string
	for lines := bufio.NewScanner(resp.Body); len(events) < 3 && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events = append(events, data)
		}
	}
	if want := []string{"event 1", "event 2", "event 3"}; !slices.Equal(events, want) {
		t.Errorf("events %q, want %q", events, want)
	}

	for origin, want := range map[string]int{BackendURL: 101, "http://localhost:3000": 403} {
		header.Set("Origin", origin)
		conn, resp, err := websocket.Dial(t.Context(), server.URL+"/api/live", &websocket.DialOptions{HTTPHeader: header})
		if resp == nil || resp.StatusCode != want {
			t.Errorf("WebSocket from %s: %v, want %d", origin, err, want)
		}
		if conn == nil {
			continue
		}
		if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, got, err := conn.Read(t.Context()); string(got) != "hello" {
			t.Errorf("echo: %q, %v", got, err)
		}
		conn.CloseNow()
	}
}
