package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// upstreams holds the connections to backends, kept by the way to reach them.
// They outlive a change of rules, so that a click on a toggle does not cost the
// connections.
type upstreams struct {
	log         *slog.Logger
	closing     context.Context // ends with close, and with it what is being dialled
	closed      context.CancelFunc
	environment environment
	system      atomic.Pointer[WayOut] // nil for none
	circle      *circle
	network     network
	alive       aliveness
	timeouts    timeouts
	resolver    *net.Resolver // nil for the system's

	byRule sync.Map // *Rule to *way: what routeOf would say
	mu     sync.Mutex
	ways   map[route]*way
	own    map[netip.AddrPort]bool // where we listen
	told   map[string]bool         // sources of proxies that were found to be ourselves
	bad    map[string]time.Time    // proxies that could not be reached, and until when they are tried last
}

func newUpstreams(log *slog.Logger) *upstreams {
	closing, closed := context.WithCancel(context.Background())
	return &upstreams{
		log: log, closing: closing, closed: closed, environment: readEnvironment(os.Getenv, log), circle: newCircle(log), timeouts: defaultTimeouts,
		ways: make(map[route]*way), own: make(map[netip.AddrPort]bool), told: make(map[string]bool), bad: make(map[string]time.Time),
	}
}

// route is what makes connections to backends different from each other.
type route struct {
	address     string // host:port to connect to instead; "" for the request's own
	serverName  string // in TLS; "" for that in Host
	ca          string // PEM
	certificate string // the client's chain, DER
	insecure    bool
	proxy       string // with its credentials; see UpstreamProxy
}

func routeOf(r *Rule) route {
	if r == nil {
		return route{}
	}
	to := route{ca: string(r.CA), insecure: r.Insecure, serverName: r.ServerName, proxy: r.Proxy.key()}
	if r.Certificate != nil {
		to.certificate = string(bytes.Join(r.Certificate.Certificate, nil))
	}
	if r.Upstream != nil {
		to.address = dialAddress(r.Upstream)
	}
	return to
}

// way is a route with its connections.
type way struct {
	route
	choice    UpstreamProxy
	named     *parent         // the proxy that choice names; nil where it names none
	transport *http.Transport // to backends
	forward   *http.Transport // to the proxies that get plain http in absolute form
	proxyTLS  *tls.Config     // for a proxy that is spoken to over TLS
	asked     atomic.Bool     // a server asked for a client certificate, and has not answered since
}

// dialAddress returns the host:port of u, whose port may be its scheme's.
func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// roundTrip sends req, whose URL it rewrites, to where rule says, nil being a
// host that was not chosen.
func (s *upstreams) roundTrip(req *http.Request, rule *Rule) (*http.Response, error) {
	w, err := s.way(rule)
	if err != nil {
		return nil, err
	}
	req.URL = target(rule, req.URL)
	if rule != nil && rule.Host != "" {
		req.Host = rule.Host
	}
	ways := s.parents(req.Context(), w, w.destination(req.URL))
	if len(ways) == 0 {
		return w.ask(req)
	}
	return s.byFirst(req, rule, w, ways)
}

// byFirst sends req by the first of the ways that leads to somebody.
func (s *upstreams) byFirst(req *http.Request, rule *Rule, w *way, ways []*parent) (*http.Response, error) {
	tried := false
	return tryEach(req.Context(), s, ways, func(via *parent) (*http.Response, error) {
		out := req
		if len(ways) > 1 {
			var err error
			if out, err = again(req, tried); err != nil {
				return nil, err
			}
		}
		tried = true
		return s.by(out, rule, w, via)
	})
}

// by sends req along w by way of via, which may be nil.
func (s *upstreams) by(req *http.Request, rule *Rule, w *way, via *parent) (*http.Response, error) {
	if via == nil {
		return w.ask(req)
	}
	leave, err := s.circle.brake(req.Method+" "+req.URL.String(), via)
	if err != nil {
		return nil, err
	}
	defer leave()
	req = req.WithContext(context.WithValue(req.Context(), parentKey{}, via))
	if rule == nil {
		req.Header = req.Header.Clone()
		s.circle.mark(req.Header)
	}
	if req.URL.Scheme == "https" || w.address != "" || via.socks() || isUpgrade(req.Header) {
		// A proxy replaces the Host of a request in absolute form by the URL's
		// (RFC 9112, section 3.2.2) and takes an upgrade for its own, so what goes
		// elsewhere and WebSockets go through a tunnel.
		return w.ask(req)
	}
	resp, err := w.forward.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusProxyAuthRequired {
		defer resp.Body.Close()
		return nil, via.refusal(resp)
	}
	return resp, err
}

// destination is what w connects to for a request for u, with u's scheme.
func (w *way) destination(u *url.URL) *url.URL {
	if w.address == "" {
		return u
	}
	return &url.URL{Scheme: u.Scheme, Host: w.address}
}

// ask sends req over a connection to a backend.
func (w *way) ask(req *http.Request) (*http.Response, error) {
	t := w.transport
	if isUpgrade(req.Header) && !isWebSocket(req.Header) {
		t = single(t)
	}
	req.URL = verbatim(req.URL)
	resp, err := t.RoundTrip(req)
	if w.asked.Load() {
		if err != nil {
			return nil, &askedError{err, w.certificate != ""}
		}
		w.asked.Store(false) // it is content with what it got
	}
	return resp, err
}

// way returns the one for rule, nil being a host that was not chosen.
func (s *upstreams) way(rule *Rule) (*way, error) {
	if s.network.changed() {
		s.renew()
	}
	if w, ok := s.byRule.Load(rule); ok {
		return w.(*way), nil
	}
	to := routeOf(rule)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.ways[to]
	if w == nil {
		var err error
		if w, err = s.open(to, rule); err != nil {
			return nil, err
		}
		s.ways[to] = w
	}
	s.byRule.Store(rule, w)
	return w, nil
}

// open makes the way along a route that has none yet.
func (s *upstreams) open(to route, rule *Rule) (*way, error) {
	w := &way{route: to}
	config := &tls.Config{InsecureSkipVerify: to.insecure, ServerName: to.serverName} //nolint:gosec // the profile says so, for this upstream only
	if to.ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM([]byte(to.ca)) {
			return nil, errors.New("the profile's ca file holds no certificate")
		}
		config.RootCAs = pool
	}
	var certificate tls.Certificate
	if rule != nil {
		w.choice = rule.Proxy
		if rule.Certificate != nil {
			certificate = *rule.Certificate
		}
	}
	// Not Certificates: of those none is sent if the server's list of authorities
	// lacks its issuer, and then it seems that none was set.
	if certificate.Certificate != nil {
		config.Renegotiation = tls.RenegotiateOnceAsClient // IIS asks for the certificate that late, in TLS 1.2
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		w.asked.Store(true)
		return &certificate, nil
	}
	w.transport = s.newTransport(config, func(ctx context.Context, addr string) (net.Conn, error) {
		if to.address != "" {
			addr = to.address
		}
		if via := parentOf(ctx); via != nil {
			return s.through(ctx, w, via, addr)
		}
		return s.direct(ctx, addr)
	})
	w.named = s.environment.named(w.choice)
	w.proxyTLS = new(tls.Config)
	if w.named != nil { // by the profile that names the authority too
		w.proxyTLS.RootCAs = config.RootCAs
	}
	w.forward = s.newTransport(w.proxyTLS, func(ctx context.Context, addr string) (net.Conn, error) {
		conn, err := s.direct(ctx, addr)
		if err != nil {
			return nil, parentOf(ctx).unreachable(err)
		}
		return conn, nil
	})
	w.forward.ForceAttemptHTTP2 = false
	w.forward.Proxy = func(r *http.Request) (*url.URL, error) { return parentOf(r.Context()).url, nil }
	return w, nil
}

func (s *upstreams) newTransport(config *tls.Config, dial func(ctx context.Context, addr string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return s.alive.watch(dial(ctx, addr))
		},
		TLSClientConfig:       config,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       4 * time.Second, // Node closes its own after 5 s
		TLSHandshakeTimeout:   s.timeouts.handshake,
		ResponseHeaderTimeout: s.timeouts.header,
		// Informational answers count too, so that a flood of them ends.
		MaxResponseHeaderBytes: maxHeader,
		ExpectContinueTimeout:  time.Second,
		// A VPN that came back with another address leaves connections that look
		// alive; without a ping all requests would join those that hang on one.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second},
	}
}

// keep drops the connections that no rule uses any more.
func (s *upstreams) keep(rules []*Rule) {
	used := map[route]bool{{}: true}
	for _, r := range rules {
		used[routeOf(r)] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byRule.Clear()
	for to, w := range s.ways {
		if !used[to] {
			w.close()
			delete(s.ways, to)
		}
	}
}

// close ends everything, what is being dialled too. It can't be used after it.
func (s *upstreams) close() {
	s.closed()
	s.drop()
}

// drop forgets the connections. Those that are in use end with their use.
func (s *upstreams) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byRule.Clear()
	for _, w := range s.ways {
		w.close()
	}
	clear(s.ways)
}

func (w *way) close() {
	w.transport.CloseIdleConnections()
	w.forward.CloseIdleConnections()
}
