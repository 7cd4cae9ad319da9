package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience says how long what goes through a CONNECT may take.
type patience struct {
	// silence is how long a client may be silent before the server is given the
	// chance to speak first, and how long its first line may pause.
	silence time.Duration
	// first is how long a client may take to say its first byte. Browsers open
	// connections ahead of need, so it is long.
	first time.Duration
	// handshake bounds the TLS handshake with the client.
	handshake time.Duration
	// half is the relay's.
	half time.Duration
}

func defaultPatience() patience {
	return patience{silence: 300 * time.Millisecond, first: 2 * time.Minute, handshake: 15 * time.Second, half: halfTime}
}

const established = "HTTP/1.1 200 Connection established\r\n\r\n"

// connectError says what is wrong with a CONNECT's target (RFC 9110, section
// 9.3.6), nil if nothing is. A missing port is taken for 443.
func connectError(r *http.Request) error {
	u := r.URL
	if u.Path != "" || u.User != nil || u.RawQuery != "" {
		return fmt.Errorf("CONNECT needs a host and a port, not %q", r.RequestURI)
	}
	host, port := u.Hostname(), u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("CONNECT %s has no port after the colon", u.Host)
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return fmt.Errorf("CONNECT %s: the port must be 1 to 65535", u.Host)
	}
	address, _, _ := strings.Cut(host, "%") // without the zone (RFC 6874)
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	if _, err := hostName(address); err != nil {
		return fmt.Errorf("CONNECT %s: %w", u.Host, err)
	}
	return nil
}

// connect serves a CONNECT: it hands the connection to the inner server where a
// rule chooses the host and HTTP is spoken, and tunnels it untouched elsewhere.
// It returns as soon as others carry on.
func (s *Server) connect(r *http.Request, client *hijacked) {
	_ = client.SetDeadline(time.Time{})
	// net/http ends r's context when it reads nothing in time, though the client
	// is still there.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	t := &tunnel{hijacked: client, authority: r.URL.Host, agent: r.UserAgent(), cancel: cancel}
	if !s.tunnels.add(t) {
		_ = client.Close()
		return
	}
	if !t.choose(&s.ruleset) {
		s.pass(ctx, t)
		return
	}
	if _, err := io.WriteString(client, established); err != nil {
		_ = t.Close()
		return
	}
	upstream, err := s.await(ctx, t)
	switch {
	case err != nil:
		_ = t.Close()
		return
	case upstream != nil:
		t.speaks(spokenOther)
	default:
		what, err := s.listen(t)
		if err != nil {
			_ = t.Close()
			return
		}
		t.speaks(what)
	}
	if !t.choose(&s.ruleset) {
		s.join(ctx, t, upstream)
		return
	}
	if t.scheme == "http" {
		t.unsecured()
		s.handoff.give(t)
		return
	}
	handshake, end := context.WithTimeout(ctx, s.patience.handshake)
	defer end()
	secure, err := t.handshake(handshake, s.ruleset.Load())
	switch {
	case errors.Is(err, errNotHTTP):
		t.speaks(spokenOther)
		t.choose(&s.ruleset)
		s.join(ctx, t, nil)
	case err != nil:
		s.failed(t, secure, err)
		_ = t.Close()
	default:
		t.secured(secure)
		s.handoff.give(secure)
	}
}

// await returns once the client has spoken inside t. Where it is silent for
// long, the server is asked as well: if that speaks first, as those of SSH, SMTP
// and MySQL do, await returns the connection to it. A host whose upstream lies
// elsewhere is not asked, since it need not exist.
func (s *Server) await(ctx context.Context, t *tunnel) (net.Conn, error) {
	_ = t.SetReadDeadline(time.Now().Add(s.patience.silence))
	_, err := t.reader.Peek(1)
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	}
	_ = t.SetReadDeadline(time.Now().Add(s.patience.first))
	if s.ruleset.Load().elsewhere(t.authority) {
		_, err = t.reader.Peek(1)
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	asked := make(chan net.Conn, 1)
	go func() {
		c := s.hear(ctx, t.authority)
		if c != nil {
			_ = t.SetReadDeadline(time.Unix(1, 0)) // so that Peek returns
		}
		asked <- c // last: await goes on then, with deadlines of its own
	}()
	_, err = t.reader.Peek(1)
	cancel()
	upstream := <-asked
	if upstream == nil {
		return nil, err
	}
	if t.reader.Buffered() > 0 || !errors.Is(err, os.ErrDeadlineExceeded) { // the client was as quick, or left
		_ = upstream.Close()
		return nil, err
	}
	return upstream, nil
}

// hear connects to authority and returns the connection if the server begins to
// speak on it before ctx ends; else nil.
func (s *Server) hear(ctx context.Context, authority string) net.Conn {
	c, err := s.upstreams.dial(ctx, "tcp", tunnelAddress(authority))
	if err != nil {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	first := make([]byte, smallBuffer)
	n, err := c.Read(first)
	if !stop() || err != nil || !isGreeting(first[:n]) {
		_ = c.Close()
		return nil
	}
	return &begun{Conn: c, first: first[:n]}
}

// begun is a connection from which something was read already.
type begun struct {
	net.Conn
	first []byte
}

// listen tells what the client speaks, from its first bytes, which stay to be
// read.
func (s *Server) listen(t *tunnel) (spoken, error) {
	for n := 1; ; n = t.reader.Buffered() + 1 {
		if n > t.reader.Size() {
			return spokenHTTP, nil // a long request line
		}
		_ = t.SetReadDeadline(time.Now().Add(s.patience.silence))
		_, err := t.reader.Peek(n)
		first, _ := t.reader.Peek(t.reader.Buffered())
		what := sniff(first)
		switch {
		case what != spokenUnclear || err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			what = spokenHTTP // what could still be a browser's is looked at as a browser's
			if first[0] == 22 {
				what = spokenTLS
			}
		case errors.Is(err, io.EOF):
			what = spokenOther // a request line would have had an end
		default:
			return what, err
		}
		if what != spokenUnclear {
			return what, t.SetReadDeadline(time.Time{})
		}
	}
}

func hostOnly(authority string) string {
	host, _ := hostPort(authority, "https")
	return host
}

// pass answers the CONNECT of t once it is known whether its target can be
// reached, and then tunnels.
func (s *Server) pass(ctx context.Context, t *tunnel) {
	upstream, err := s.upstreams.dial(ctx, "tcp", tunnelAddress(t.authority))
	if err != nil {
		why := explain(connectURL(t.authority), nil, err)
		body, status := "Corsage: "+why.Error()+"\n", why.status()
		_, _ = fmt.Fprintf(t, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, http.StatusText(status), len(body), body)
		_ = t.Close()
		return
	}
	if _, err := io.WriteString(t, established); err != nil {
		_ = upstream.Close()
		_ = t.Close()
		return
	}
	s.join(ctx, t, upstream)
}

// join tunnels t to where it was asked to go, untouched. upstream is the
// connection to there, nil to make one. It returns while bytes still pass.
func (s *Server) join(ctx context.Context, t *tunnel, upstream net.Conn) {
	_ = t.SetReadDeadline(time.Time{})
	if upstream == nil {
		var err error
		if upstream, err = s.upstreams.dial(ctx, "tcp", tunnelAddress(t.authority)); err != nil {
			s.config.Log.Debug("a tunnel's upstream", "host", t.authority, "error", err)
			_ = t.Close()
			return
		}
	}
	early, _ := upstream.(*begun)
	if early != nil {
		upstream = early.Conn
	}
	t.setUpstream(upstream)
	r := &relay{client: t.hijacked.Conn, upstream: upstream, cut: func() { _ = t.Close() }, half: s.patience.half}
	err := t.forward(upstream)
	if early != nil && err == nil {
		_, err = r.client.Write(early.first)
	}
	if err != nil {
		_ = t.Close()
		return
	}
	go r.run()
}

// tunnelAddress is where an authority is, as net.Dial wants it.
func tunnelAddress(authority string) string {
	if _, _, err := net.SplitHostPort(authority); err == nil {
		return authority
	}
	return net.JoinHostPort(strings.Trim(authority, "[]"), "443")
}
