package proxy

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	socks "golang.org/x/net/proxy"
)

// parentTime is how long a proxy may take to connect to a backend.
const parentTime = 30 * time.Second

// parent is a proxy on the way out of this machine. It is immutable.
type parent struct {
	url  *url.URL // with user and password
	from string   // the environment's variable that names it, or fromSystem; "" for the profile
}

type parentKey struct{}

// parentOf returns the proxy that the request of ctx goes through, nil for none.
func parentOf(ctx context.Context) *parent {
	p, _ := ctx.Value(parentKey{}).(*parent)
	return p
}

func (p *parent) socks() bool { return strings.HasPrefix(p.url.Scheme, "socks") }

// address is the proxy's host:port. The ports that go without saying are those
// of net/http.
func (p *parent) address() string {
	port := p.url.Port()
	if port == "" {
		port = "1080"
		if !p.socks() {
			port = defaultPort(p.url.Scheme)
		}
	}
	return net.JoinHostPort(p.url.Hostname(), port)
}

// String names the proxy for people, without user and password.
func (p *parent) String() string {
	name := p.url.Scheme + "://" + p.url.Host
	if p.from != "" {
		return name + " (from " + p.from + ")"
	}
	return name
}

// through connects to addr, a host:port, through p.
func (s *upstreams) through(ctx context.Context, w *way, p *parent, addr string) (net.Conn, error) {
	conn, err := s.direct(ctx, p.address())
	if err != nil {
		return nil, p.unreachable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, parentTime)
	defer cancel()
	ctx, stop := s.unlessClosing(ctx)
	defer stop()
	if p.url.Scheme == "https" {
		config := w.proxyTLS.Clone()
		config.ServerName = p.url.Hostname()
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, p.unreachable(err)
		}
		conn = secure
	}
	var tunnel net.Conn
	if p.socks() {
		tunnel, err = conn, p.socksConnect(ctx, conn, addr)
	} else {
		tunnel, err = p.httpConnect(ctx, conn, addr, s.circle.connectHeader(ctx))
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() == context.DeadlineExceeded {
			err = p.fault("did not answer in time", "The backend may be down or out of its reach; or is the proxy's scheme another?", err)
		}
		return nil, err
	}
	return tunnel, nil
}

// httpConnect asks p, at the other end of conn, for a tunnel to addr (RFC 9110,
// section 9.3.6). It returns conn, or one that begins with what came behind the
// answer.
func (p *parent) httpConnect(ctx context.Context, conn net.Conn, addr string, header http.Header) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if u := p.url.User; u != nil {
		password, _ := u.Password()
		header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	header.Set("User-Agent", "") // or net/http adds its own
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: header}
	if err := req.Write(conn); err != nil {
		return nil, p.unreachable(err)
	}
	const maxHead = 64 << 10 // bytes
	reader := bufio.NewReader(io.LimitReader(conn, maxHead))
	resp, err := http.ReadResponse(reader, req)
	if err != nil {
		return nil, p.fault("gave no valid HTTP answer", "Is it an HTTP proxy, and is its scheme right?", err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, p.refusal(resp)
	}
	if !stop() {
		return nil, ctx.Err()
	}
	if n := reader.Buffered(); n > 0 {
		ahead, _ := reader.Peek(n)
		return &replayed{conn, ahead}, nil
	}
	return conn, nil
}

// replayed is a connection of which some bytes were read already.
type replayed struct {
	net.Conn
	ahead []byte
}

func (c *replayed) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

func (c *replayed) CloseWrite() error { return c.Conn.(interface{ CloseWrite() error }).CloseWrite() }

// socksConnect asks p, at the other end of conn, for addr, whose name p looks up
// (RFC 1928, RFC 1929).
func (p *parent) socksConnect(ctx context.Context, conn net.Conn, addr string) error {
	var auth *socks.Auth
	if u := p.url.User; u != nil {
		password, _ := u.Password()
		auth = &socks.Auth{User: u.Username(), Password: password}
	}
	dialer, err := socks.SOCKS5("tcp", p.address(), auth, nil)
	if err != nil {
		return p.unreachable(err)
	}
	// Its Dial would wrap conn, and the kernel could no longer copy.
	_, err = dialer.(interface {
		DialWithConn(ctx context.Context, c net.Conn, network, address string) (net.Addr, error)
	}).DialWithConn(ctx, conn, "tcp", addr)
	if err == nil {
		return nil
	}
	reason := err.Error()
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		reason = op.Err.Error()
	}
	switch said, ok := strings.CutPrefix(reason, "unknown error "); {
	case ok:
		return p.fault("could not connect to it: "+said, "Check the backend's url and upstream, and whether this is the right proxy for it.", err)
	case strings.Contains(reason, "username/password"):
		return p.fault("refused the user and password", p.setLogin(), err)
	case strings.Contains(reason, "no acceptable authentication methods") && auth == nil:
		return p.fault("wants a login", p.setLogin(), err)
	}
	return p.fault("gave no valid SOCKS answer", "Is it a SOCKS5 proxy, and is its scheme right?", err)
}

// proxyError is a proxy's failure to let a request through.
type proxyError struct {
	cause, remedy string
	err           error
	unreachable   bool // it was not there to ask
}

func (e *proxyError) Error() string { return e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }

func (p *parent) fault(cause, remedy string, err error) *proxyError {
	return &proxyError{cause: fmt.Sprintf("the proxy %v on the way %s", p, cause), remedy: remedy, err: err}
}

func (p *parent) unreachable(err error) error {
	if errors.Is(err, errOwnAddress) {
		return p.fault("is Corsage itself", "Name another one, or set proxy: direct in the profile.", err)
	}
	fault := p.fault("could not be reached", "Check its address, your network and VPN; "+p.goWithout()+".", err)
	fault.unreachable = true
	return fault
}

// goWithout says how to reach a backend without p.
func (p *parent) goWithout() string {
	switch p.from {
	case "":
		return "if the backend can be reached without it, take proxy: out of the profile"
	case fromSystem:
		return "if the backend can be reached without it, set proxy: direct in the profile"
	}
	return "if the backend can be reached without it, set proxy: direct in the profile, or name the host in NO_PROXY and start Corsage again"
}

// setLogin says where p's user and password go.
func (p *parent) setLogin() string {
	example := p.url.Scheme + "://user:password@" + p.url.Host
	switch p.from {
	case "":
	case fromSystem:
		return fmt.Sprintf("Put the whole address with yours into HTTPS_PROXY and HTTP_PROXY, as in %s, and start Corsage again.", example)
	default:
		return fmt.Sprintf("Put yours into %s, as in %s, and start Corsage again.", p.from, example)
	}
	return fmt.Sprintf("Put yours into HTTPS_PROXY, as in %s, and start Corsage again: what it has for this proxy is used here too.", example)
}

// refusal is what p answered in place of a tunnel, or of the backend.
func (p *parent) refusal(resp *http.Response) error {
	err := errors.New("the proxy answered " + cmp.Or(resp.Status, fmt.Sprint(resp.StatusCode)))
	if resp.StatusCode != http.StatusProxyAuthRequired {
		cause := "answered " + cmp.Or(resp.Status, fmt.Sprint(resp.StatusCode))
		if line := firstLine(resp); line != "" {
			cause += ": " + line
		}
		return p.fault(cause, "If it should let this host through, ask those who run it; "+p.goWithout()+".", err)
	}
	var schemes []string
	for _, challenge := range resp.Header["Proxy-Authenticate"] {
		scheme, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
		schemes = append(schemes, scheme)
	}
	basic := slices.ContainsFunc(schemes, func(s string) bool { return strings.EqualFold(s, "Basic") })
	switch {
	case !basic && len(schemes) > 0:
		return p.fault("wants a login by "+strings.Join(schemes, " or ")+", which Corsage does not speak",
			"Use a local relay that does, such as cntlm or px, and name that as the proxy.", err)
	case p.url.User != nil:
		return p.fault("refused the user and password", p.setLogin(), err)
	}
	return p.fault("wants a login", p.setLogin(), err)
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// firstLine returns what an answer's body says in short: its first line, or an
// HTML page's title.
func firstLine(resp *http.Response) string {
	head, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	text := string(head)
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		text = ""
		if found := title.FindStringSubmatch(string(head)); found != nil {
			text = found[1]
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, strings.TrimSpace(line))
	const most = 200
	if cut := []rune(line); len(cut) > most {
		line = string(cut[:most]) + "…"
	}
	return line
}
