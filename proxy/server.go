package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"corsage/proxy/record"

	"github.com/elazarl/goproxy"
)

// Config is what a Server needs. All fields but Recorder are required.
type Config struct {
	// Recorder gets an entry for each exchange with a chosen host; nil for none.
	Recorder *record.Recorder
	// Log gets what is no exchange: faults of connections, panics.
	Log *slog.Logger
	// Local answers requests to the proxy itself, such as GET /proxy.pac.
	Local http.Handler
}

// Server is the HTTP proxy. It decrypts only what its Ruleset chooses.
type Server struct {
	config  Config
	ruleset atomic.Pointer[Ruleset]
	interceptor
	goproxy  *goproxy.ProxyHttpServer
	outer    *http.Server // speaks with browsers as a proxy
	inner    *http.Server // speaks with browsers as the backend, inside their tunnels
	once     sync.Once
	tunnels  tunnels
	handoff  *handoff // passes connections from tunnels to inner
	refusals refusalLog

	patience patience
}

// NewServer returns a Server that chooses nothing until Apply is called.
func NewServer(c Config) *Server {
	s := &Server{config: c, handoff: newHandoff(), patience: defaultPatience()}
	s.interceptor.log = c.Log
	s.interceptor.upstreams = newUpstreams(c.Log)
	if c.Recorder != nil {
		s.interceptor.pages = new(pages)
	}
	quiet := serverErrors(c.Log)

	p := goproxy.NewProxyHttpServer()
	p.Logger = quiet
	p.Tr = nil // it only takes the CONNECTs
	p.OnRequest().HandleConnect(goproxy.FuncHttpsHandler(
		func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
			return &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: s.hijack}, host
		}))
	s.goproxy = p

	s.outer = &http.Server{
		Handler:           http.HandlerFunc(s.serveProxy),
		ReadHeaderTimeout: time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          quiet,
	}
	spoken := new(http.Protocols)
	spoken.SetHTTP1(true)
	spoken.SetHTTP2(true)
	spoken.SetUnencryptedHTTP2(true) // a gRPC client in a cleartext tunnel begins with it
	s.inner = &http.Server{
		Handler:           http.HandlerFunc(s.serveIntercepted),
		ReadHeaderTimeout: time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          quiet,
		ConnContext:       withTunnel,
		ConnState:         s.follow,

		Protocols:                    spoken,
		DisableGeneralOptionsHandler: true, // OPTIONS * is the backend's to answer
	}
	return s
}

// Apply makes rs the configuration of all requests from now on, those on open
// connections too. Exchanges under way end on the rules they began with.
// Connections to hosts that are newly chosen, or no longer, are closed as soon
// as nothing is under way on them, so that browsers come back through the new
// rules. Safe for concurrent use.
func (s *Server) Apply(rs *Ruleset) {
	s.ruleset.Store(rs)
	s.upstreams.keep(rs.all())
	s.tunnels.review(rs)
}

// Ruleset returns what was applied last; nil before.
func (s *Server) Ruleset() *Ruleset { return s.ruleset.Load() }

// Serve accepts connections on l until Close or Shutdown, and then returns
// http.ErrServerClosed. It may be called for several listeners.
func (s *Server) Serve(l net.Listener) error {
	s.upstreams.listens(l.Addr())
	s.once.Do(func() {
		go func() {
			if err := s.inner.Serve(s.handoff); !errors.Is(err, http.ErrServerClosed) {
				s.config.Log.Error("serving intercepted connections", "error", err)
			}
		}()
	})
	return s.outer.Serve(l)
}

// hijack is what goproxy calls for a CONNECT, on the goroutine of the client's
// connection.
func (s *Server) hijack(r *http.Request, conn net.Conn, _ *goproxy.ProxyCtx) {
	s.connect(r, conn.(*hijacked))
}

// Shutdown stops accepting, and waits for exchanges under way until ctx ends;
// then it closes everything, tunnels too.
func (s *Server) Shutdown(ctx context.Context) error {
	err := errors.Join(s.outer.Shutdown(ctx), s.inner.Shutdown(ctx))
	return errors.Join(err, s.Close())
}

// Close stops accepting and closes all connections at once.
func (s *Server) Close() error {
	err := errors.Join(s.outer.Close(), s.inner.Close())
	s.handoff.Close()
	s.tunnels.close()
	s.upstreams.close()
	return err
}

// serveProxy handles what browsers send to a proxy: CONNECT, requests in
// absolute form, and requests to the proxy itself.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	if r.URL.Scheme == "ws" { // as WebKitGTK asks for a WebSocket (RFC 6455, section 3)
		r.URL.Scheme = "http"
	}
	switch {
	case r.Method == http.MethodConnect && s.upstreams.circle.closed(r.Header):
		s.refuseCircle(w, r)
	case r.Method == http.MethodConnect:
		if err := connectError(r); err != nil {
			http.Error(w, "Corsage: "+err.Error()+".", http.StatusBadRequest)
			return
		}
		s.goproxy.ServeHTTP(&responseWriter{ResponseWriter: w}, s.upstreams.circle.carry(r))
	case !r.URL.IsAbs():
		s.config.Local.ServeHTTP(w, r)
	case r.URL.Scheme != "http" && r.URL.Scheme != "https" || r.URL.Host == "":
		http.Error(w, "Corsage: only http and https addresses can be asked for through this proxy.", http.StatusBadRequest)
	case s.upstreams.isOwn(dialAddress(r.URL)):
		s.config.Local.ServeHTTP(w, r)
	default:
		s.serve(&responseWriter{ResponseWriter: w}, r)
	}
}

// serveIntercepted handles a request inside a tunnel.
func (s *Server) serveIntercepted(w http.ResponseWriter, r *http.Request) {
	t := tunnelOf(r.Context())
	if r.Method == http.MethodConnect {
		http.Error(w, "Corsage: no tunnel is opened inside of one.", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Opaque != "" { // as in GET example.com:443, which net/url reads as a scheme and something in it
		http.Error(w, "Corsage: the request asks for "+r.RequestURI+", which is no path.", http.StatusBadRequest)
		return
	}
	if r.Host == "" && !r.ProtoAtLeast(1, 1) { // HTTP/1.0 need not name it
		r.Host = strings.TrimSuffix(t.authority, ":"+defaultPort(t.scheme))
	}
	if !t.isFor(r.Host) {
		http.Error(w, "Corsage: this connection was opened to "+t.authority+", not to "+r.Host+".", http.StatusMisdirectedRequest)
		return
	}
	r.URL.Scheme, r.URL.Host = t.scheme, r.Host
	s.serve(&responseWriter{ResponseWriter: w, tunnel: t}, r)
}

// serve carries one request, with an absolute URL, to its backend and back.
func (s *Server) serve(w *responseWriter, r *http.Request) {
	if isUpgrade(r.Header) {
		if r.ProtoAtLeast(1, 1) {
			s.upgrade(w, r)
			return
		}
		r.Header.Del("Upgrade") // RFC 9110, section 7.8: HTTP/1.0 has none
	}
	asterisk(r)
	expectTrailers(r)
	x, out := s.begin(w, r)
	var err error
	func() {
		defer s.finish(w, r, x)
		var resp *http.Response
		if resp, err = s.roundTrip(out, x); err == nil {
			err = w.deliver(resp)
		}
	}()
	if err != nil {
		w.abort()
	}
}

// finish ends what begin began.
func (s *Server) finish(w *responseWriter, r *http.Request, x *exchange) {
	w.end()
	if x != nil {
		x.end(r.Context().Err())
	}
}

// begin makes of a request that came in what goes on to its backend, and the
// exchange that follows it where that was chosen.
func (s *Server) begin(w *responseWriter, r *http.Request) (x *exchange, out *http.Request) {
	rule, modify := s.ruleset.Load().Match(r.URL)
	var early *informational
	if rule != nil {
		x = newExchange(s.config.Recorder, rule, modify, r)
		w.waits = x.update
		early = &x.early
	} else {
		stripHop(r.Header, isUpgrade(r.Header))
		early = new(informational)
	}
	out = r.WithContext(early.informed(w.ResponseWriter, r))
	if r.ContentLength == 0 { // over HTTP/2 there is a Body even then, and it would be sent as one
		out.Body = http.NoBody
		return x, out
	}
	body := &meter{ReadCloser: r.Body, length: r.ContentLength, keep: record.BodyLimit} // for replays too
	if w.upload = newUpload(r); w.upload != nil {
		body.ReadCloser = w.upload
	}
	if x != nil {
		x.request = body
	}
	out.Body = body
	return x, out
}
