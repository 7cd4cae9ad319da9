package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// foreignPage lets a page that no profile allows try everything a page can
// send, with a session there to ride on.
func (s *stage) foreignPage(t *testing.T, k kind) {
	s.rideFrom(t, k.base("guard"), k.django, "ride-"+k.name+"-"+s.mode.name)
}

func (s *stage) rideFrom(t *testing.T, base string, d *django, token string) {
	t.Helper()
	s.logIn(t, base)
	loggedIn := func() bool {
		return strings.Contains(call(t, s.page, base+"/echo").Body, `"user": "ada"`)
	}
	if !loggedIn() {
		t.Fatal("there is no session to ride on, so this would prove nothing")
	}

	for _, got := range run[[]answer](t, s.foreign, "ride", map[string]string{"base": base, "token": token}) {
		if strings.HasPrefix(got.Step, "cors") && !got.refused() {
			t.Errorf("%s: the foreign page reads %s", got.Step, got)
		}
	}
	leaving := s.browser.open(t, s.foreignURL)
	defer leaving.close(t)
	if _, err := leaving.eval(fmt.Sprintf("e2e.submit(%q) ?? ''", base+"/echo?how=leave&token="+token)); err != nil {
		t.Fatalf("send a form: %v", err)
	}
	arrivals := waitArrivals(t, d, token, "cors", "get", "get-bare", "post", "post-bare", "image", "frame", "form", "leave")
	for _, got := range arrivals {
		if len(got.Cookies) > 0 {
			t.Errorf("the foreign page's %s %s arrived with the cookies %v", got.Method, got.How, got.Cookies)
		}
		if got.Method == http.MethodPut {
			t.Errorf("the foreign page's PUT arrived")
		}
	}
	if !loggedIn() {
		t.Error("the session is gone after the foreign page's attempts")
	}
	s.logOut(t, base)
}

// waitArrivals returns the requests with the token once all of the hows are there.
func waitArrivals(t testing.TB, d *django, token string, hows ...string) []arrival {
	t.Helper()
	var arrivals []arrival
	var missing []string
	allThere := func() bool {
		arrivals = d.seen(t, token)
		missing = slices.DeleteFunc(slices.Clone(hows), func(how string) bool {
			return slices.ContainsFunc(arrivals, func(a arrival) bool { return a.How == how })
		})
		return len(missing) == 0
	}
	if !eventually(allThere) {
		t.Fatalf("of the requests with token %s, %v did not arrive", token, missing)
	}
	return arrivals
}

// thirdParty checks that the browser is in the mode it is said to be in: a
// site that Corsage leaves alone sets a cookie that only the setting can block.
func (s *stage) thirdParty(t *testing.T) {
	if got := call(t, s.page, s.unchosen.url+"/set"); got.Status != 200 {
		t.Fatalf("set the cookie: %s", got)
	}
	got := call(t, s.page, s.unchosen.url+"/got")
	if kept := strings.Contains(got.Body, "third=party"); got.Status != 200 || kept != s.mode.third {
		t.Errorf("a third party's cookie came back: %t, want %t (%s)", kept, s.mode.third, got)
	}
}

// hostNotChosen fetches from a site that no profile names: the browser refuses
// the answer, and nothing of it was decrypted on the way.
func (s *stage) hostNotChosen(t *testing.T) {
	if got := call(t, s.page, s.unchosen.url+"/data"); !got.refused() {
		t.Errorf("the page reads %s", got)
	}
	paths, hellos := s.unchosen.visits()
	if !slices.Contains(paths, "/data") {
		t.Errorf("no request arrived, so the refusal proves nothing: %v", paths)
	}
	if len(hellos) == 0 {
		t.Error("no handshake was seen")
	}
	for _, extensions := range hellos {
		if !slices.ContainsFunc(extensions, browserExtension) {
			t.Errorf("a handshake was not the browser's own: extensions %#04x", extensions)
		}
	}
	parsed, err := url.Parse(s.unchosen.url)
	if err != nil {
		t.Fatal(err)
	}
	if leaf := s.certificateThroughProxy(t, parsed); !bytes.Equal(leaf, s.unchosen.leaf.Certificate[0]) {
		t.Error("through the proxy the site's certificate is another")
	}
	if log := s.corsage.log(); strings.Contains(log, parsed.Hostname()) {
		t.Errorf("the log speaks of %s", parsed.Hostname())
	}
}

// certificateThroughProxy is the certificate that a client of the proxy gets.
func (s *stage) certificateThroughProxy(t *testing.T, target *url.URL) []byte {
	t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: s.corsage.proxy}),
		TLSClientConfig: &tls.Config{RootCAs: s.ca.pool},
	}}
	response, err := client.Get(target.String())
	if err != nil {
		t.Fatalf("through the proxy, trusting only the test CA: %v", err)
	}
	defer response.Body.Close()
	return response.TLS.PeerCertificates[0].Raw
}

// browserExtension says whether a ClientHello's extension is one that browsers
// send and Go's client never does: record_size_limit (RFC 8449, Firefox) or a
// GREASE value (RFC 8701, Chromium).
func browserExtension(extension uint16) bool {
	return extension == 28 || extension&0x0f0f == 0x0a0a && extension>>8 == extension&0xff
}
