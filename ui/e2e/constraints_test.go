package e2e

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"corsage/proxy/authority"
)

// signer is a root with its key.
type signer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// unconstrained is the name of a root that may sign for any host.
const unconstrained = "no constraints"

// stolen is a certificate as somebody with a root's key could make one, and
// whether clients may accept it for the host that they ask for.
type stolen struct {
	root    string   // by name
	asked   string   // host
	names   []string // in the certificate; asked alone where there are none
	accept  bool
	through bool // an authority of its own is between root and certificate
	bare    bool // the name stands in the subject alone
}

var stolenCases = []stolen{
	{root: "shop", asked: "dev.example.com", accept: true},
	{root: "shop", asked: "app.wild.test", accept: true}, // of *.wild.test
	{root: "shop", asked: "localhost", accept: true},
	{root: "shop", asked: "my_app.test", accept: true},
	{root: "shop", asked: "xn--bcher-kva.test", accept: true}, // bücher.test
	{root: "shop", asked: "10.0.0.5", accept: true},
	{root: "shop", asked: "::1", accept: true},
	{root: "address", asked: "10.0.0.5", accept: true},
	{root: "name", asked: "dev.example.com", accept: true},

	// The standard permits what lies below a name together with it.
	{root: "shop", asked: "below.dev.example.com", accept: true},
	{root: "shop", asked: "below.dev.example.com", names: []string{"*.dev.example.com"}, accept: true},

	{root: "shop", asked: "other.test"},
	{root: "shop", asked: "example.com"},                                       // above
	{root: "shop", asked: "evildev.example.com"},                               // ends alike
	{root: "shop", asked: "app.example.com"},                                   // beside
	{root: "shop", asked: "dev.example.com", names: []string{"*.example.com"}}, // good for more
	{root: "shop", asked: "dev.example.com", names: []string{"dev.example.com", "other.test"}},
	{root: "shop", asked: "dev.example.com", names: []string{"dev.example.com", "10.0.0.6"}},
	{root: "shop", asked: "10.0.0.6"},
	{root: "shop", asked: "::2"},
	{root: "shop", asked: "dev.example.com", through: true},
	{root: "shop", asked: "other.test", through: true},
	{root: "shop", asked: "other.test", bare: true},
	{root: "address", asked: "10.0.0.6"},
	{root: "address", asked: "::1"},
	{root: "address", asked: "dev.example.com"},
	{root: "address", asked: "localhost"},
	{root: "name", asked: "other.test"},
	{root: "name", asked: "10.0.0.5"},
	{root: "name", asked: "::1"},
}

func (c stolen) String() string {
	s := c.asked + " by " + c.root
	if c.names != nil {
		s += fmt.Sprint(" for ", c.names)
	}
	if c.through {
		s += " through another authority"
	}
	if c.bare {
		s += " in the subject"
	}
	return s
}

// newSigners makes roots for some profiles, with their keys read round the API,
// and one without constraints. trusted is the file with all of them.
func newSigners(t *testing.T) (roots map[string]signer, trusted string) {
	t.Helper()
	all, err := authority.OpenRoots(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	open := newTestCA(t, t.TempDir())
	roots = map[string]signer{unconstrained: {open.cert, open.key}}
	for name, hosts := range map[string][]string{
		"shop":    {"dev.example.com", "wild.test", "localhost", "my_app.test", "bücher.test", "10.0.0.5", "::1"},
		"address": {"10.0.0.5"},
		"name":    {"dev.example.com"},
	} {
		a, err := all.For("/profiles/"+name+".yaml", hosts)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.LoadX509KeyPair(a.CertPath(), a.Status().KeyPath)
		if err != nil {
			t.Fatal(err)
		}
		roots[name] = signer{a.Certificate(), pair.PrivateKey.(crypto.Signer)}
	}
	trusted = filepath.Join(t.TempDir(), "trusted.pem")
	var text []byte
	for _, file := range []string{all.CertPath(), open.path} {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem...)
	}
	if err := os.WriteFile(trusted, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return roots, trusted
}

// sign makes the certificate, with all that belongs before its root.
func (c stolen) sign(t *testing.T, root signer) tls.Certificate {
	t.Helper()
	names := c.names
	if names == nil {
		names = []string{c.asked}
	}
	template := func() *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: newSerial(t), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		}
	}
	parent, key := root.cert, root.key
	var chain [][]byte
	if c.through {
		own, between := newKey(t), template()
		between.Subject = pkix.Name{CommonName: "between " + c.asked}
		between.IsCA, between.KeyUsage = true, x509.KeyUsageCertSign
		der, err := x509.CreateCertificate(rand.Reader, between, parent, own.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		key, chain = own, [][]byte{der}
	}
	own, leaf := newKey(t), template()
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip.AsSlice())
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	if c.bare {
		leaf.Subject, leaf.DNSNames = pkix.Name{CommonName: c.asked}, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parent, own.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	chain = append(append([][]byte{der}, chain...), root.cert.Raw)
	return tls.Certificate{Certificate: chain, PrivateKey: own}
}

// stolenServers is an HTTP proxy behind which every case has a server, on a port
// of its own, so that names need not be resolved.
type stolenServers struct {
	proxy   string
	trusted string // PEM file of all roots
	cases   []stolen
	certs   []tls.Certificate
}

func (s *stolenServers) url(n int) string {
	return "https://" + net.JoinHostPort(s.cases[n].asked, fmt.Sprint(20000+n)) + "/"
}

func startStolen(t *testing.T) *stolenServers {
	t.Helper()
	roots, trusted := newSigners(t)
	s := &stolenServers{trusted: trusted, cases: stolenCases}
	for _, c := range stolenCases {
		if !c.accept && !c.bare {
			c.root, c.accept = unconstrained, true
			s.cases = append(s.cases, c)
		}
	}
	for _, c := range s.cases {
		s.certs = append(s.certs, c.sign(t, roots[c.root]))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, port, err := net.SplitHostPort(r.Host)
		var n int
		if _, scanErr := fmt.Sscan(port, &n); err != nil || scanErr != nil || r.Method != http.MethodConnect || n < 20000 || n >= 20000+len(s.certs) {
			http.Error(w, "no such case", http.StatusNotFound)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.certs[n-20000]}})
		for in := bufio.NewReader(secure); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_ = r.Body.Close()
			_, _ = io.WriteString(secure, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\naccepted")
		}
	}))
	t.Cleanup(server.Close)
	s.proxy = server.Listener.Addr().String()
	return s
}

// A client asks for a case's page, and returns "" where it got it, else why not.
type client func(n int) (refusal string)

// stolenClients are the clients, with what they say where names are not permitted,
// the path is too long or a name stands in the subject alone.
var stolenClients = []struct {
	name  string
	start func(t *testing.T, s *stolenServers) client
	why   string // regular expression
}{
	{"Go", startGo, "not authorized to sign for this name|too many intermediates|legacy Common Name"},
	{"curl", startCurl, "(permitted|excluded) subtree violation|path length constraint exceeded"},
	{"OpenSSL", startOpenSSL, "(permitted|excluded) subtree violation|path length constraint exceeded"},
	{"Chromium", startChromiumClient, "net::ERR_CERT_INVALID|net::ERR_CERT_COMMON_NAME_INVALID"},
	{"Firefox", startFirefoxClient, "SEC_ERROR_CERT_NOT_IN_NAME_SPACE|SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID"},
}

func startGo(t *testing.T, s *stolenServers) client {
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(s.trusted)
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no roots to trust: ", err)
	}
	return func(n int) string {
		conn, err := net.Dial("tcp", s.proxy)
		if err != nil {
			return err.Error()
		}
		defer conn.Close()
		host := strings.TrimPrefix(strings.TrimSuffix(s.url(n), "/"), "https://")
		fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", host, host)
		if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
			return err.Error()
		}
		if err := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: s.cases[n].asked}).Handshake(); err != nil {
			return err.Error()
		}
		return ""
	}
}

func startCurl(t *testing.T, s *stolenServers) client {
	curl := findProgram(t, "curl", "curl")
	return func(n int) string {
		out, err := exec.Command(curl, "--silent", "--show-error", "--noproxy", "", "--proxy", "http://"+s.proxy, "--cacert", s.trusted, s.url(n)).CombinedOutput()
		if err == nil && string(out) == "accepted" {
			return ""
		}
		return fmt.Sprint(err, ": ", strings.TrimSpace(string(out)))
	}
}

func startOpenSSL(t *testing.T, s *stolenServers) client {
	openssl := findProgram(t, "OpenSSL", "openssl")
	return func(n int) string {
		asked := s.cases[n].asked
		args := []string{"s_client", "-proxy", s.proxy, "-connect", fmt.Sprint("127.0.0.1:", 20000+n), "-CAfile", s.trusted, "-verify_return_error"}
		if _, err := netip.ParseAddr(asked); err == nil {
			args = append(args, "-verify_ip", asked)
		} else {
			args = append(args, "-servername", asked, "-verify_hostname", asked)
		}
		out, err := exec.Command(openssl, args...).CombinedOutput()
		if err == nil {
			return ""
		}
		_, why, _ := strings.Cut(string(out), "verify error:")
		why, _, _ = strings.Cut(why, "\n")
		return fmt.Sprint(err, ": ", why)
	}
}

// startChromiumClient asks from a page: an error's own page is shown after three seconds.
func startChromiumClient(t *testing.T, s *stolenServers) client {
	b := startChromium(false)(t, browserOptions{proxy: s.proxy, cas: []string{s.trusted}}).(*chromium)
	tab := b.open(t, s.url(0)).(*chromiumTab)
	failed := make(chan string, 1)
	err := chromedp.Listen(tab.ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFailed); ok {
			failed <- e.ErrorText
		}
	})
	if err == nil {
		_, err = runChromium(tab.ctx, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
			return cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) string {
		asked, err := tab.eval(fmt.Sprintf(`fetch(%q, {mode: 'no-cors'}).then(() => 'accepted', () => 'refused')`, s.url(n)))
		if asked == "accepted" {
			return ""
		}
		select {
		case why := <-failed:
			return why
		case <-time.After(patience):
			return fmt.Sprint("no reason: ", asked, err)
		}
	}
}

func startFirefoxClient(t *testing.T, s *stolenServers) client {
	f := startFirefox(standard)(t, browserOptions{proxy: s.proxy, cas: []string{s.trusted}}).(*firefox)
	page := f.open(t, "about:blank").(*firefoxTab)
	return func(n int) string {
		if err := f.bidi.call("browsingContext.navigate", map[string]any{"context": page.context, "url": s.url(n), "wait": "complete"}, nil); err != nil {
			return err.Error()
		}
		if text, err := page.eval("document.body.innerText"); err != nil || text != "accepted" {
			return fmt.Sprint(err, text)
		}
		return ""
	}
}

// A root can sign for the hosts of its profile, and for nothing else: what is
// made with its very key for another host, every client refuses. The same from a
// root without constraints it accepts.
func TestRootIsGoodForItsHostsAlone(t *testing.T) {
	s := startStolen(t)
	for _, c := range stolenClients {
		t.Run(c.name, func(t *testing.T) {
			ask, why := c.start(t, s), regexp.MustCompile(c.why)
			for n, stolen := range s.cases {
				refusal := ask(n)
				switch {
				case stolen.accept && refusal != "":
					t.Errorf("%v is refused: %s", stolen, refusal)
				case !stolen.accept && refusal == "":
					t.Errorf("%v is accepted", stolen)
				case !stolen.accept && !why.MatchString(refusal):
					t.Errorf("%v is refused for another reason: %s", stolen, refusal)
				}
			}
		})
	}
}
