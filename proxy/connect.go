package proxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"corsage/proxy/record"
)

// How long a client may take to say its first byte and to finish its TLS
// handshake. Browsers open connections ahead of need, so the first is long.
const (
	firstByteTime = 2 * time.Minute
	handshakeTime = 15 * time.Second
)

// connect serves a CONNECT (RFC 9110, section 9.3.6): it hands the connection to
// the inner server where a rule chooses the host, and tunnels it untouched
// elsewhere.
func (s *Server) connect(r *http.Request, client *hijacked) {
	_ = client.SetDeadline(time.Time{})
	t := &tunnel{hijacked: client, authority: r.URL.Host}
	if !s.tunnels.add(t) {
		_ = client.Close()
		return
	}
	if !t.choose(&s.ruleset) {
		s.pass(r.Context(), t, "HTTP/1.1 200 Connection established\r\n\r\n")
		return
	}
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = t.Close()
		return
	}
	_ = client.SetReadDeadline(time.Now().Add(firstByteTime))
	first, err := client.reader.Peek(1)
	if err != nil {
		_ = t.Close()
		return
	}
	_ = client.SetReadDeadline(time.Time{})
	const handshakeRecord = 22 // RFC 8446, section 5.1
	if first[0] == handshakeRecord {
		t.speaks("https")
	} else {
		t.speaks("http")
	}
	if !t.choose(&s.ruleset) {
		s.pass(r.Context(), t, "")
		return
	}
	if t.scheme == "http" {
		s.handoff.give(t)
		return
	}
	secure := tls.Server(t, s.config.Authority.TLSConfig(hostOnly(t.authority)))
	ctx, cancel := context.WithTimeout(r.Context(), handshakeTime)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		s.refused(t, err)
		_ = t.Close()
		return
	}
	t.setSecure(secure)
	s.handoff.give(secure)
}

func hostOnly(authority string) string {
	host, _ := hostPort(authority, "https")
	return host
}

// refused logs a client that did not accept our certificate.
func (s *Server) refused(t *tunnel, err error) {
	s.config.Log.Debug("TLS handshake with the browser", "host", t.authority, "error", err)
	if !strings.Contains(err.Error(), "remote error") {
		return // it only left
	}
	rule, _ := s.ruleset.Load().Match(&url.URL{Scheme: t.scheme, Host: t.authority, Path: "/"})
	e := &record.Entry{
		Start: time.Now(), State: record.Aborted, Method: http.MethodConnect,
		URL: "https://" + t.authority, Host: t.authority, Path: "/", Relation: Own.String(),
		Error: fmt.Sprintf("The browser does not trust Corsage's certificate yet (%v). Open a browser from Corsage, or import the certificate authority that `corsage ca path` names into this browser.", err),
	}
	if rule != nil {
		e.Profile = rule.Profile
	}
	s.config.Recorder.Add(e)
}

// pass tunnels t to where it was asked to go, untouched. greeting is sent once
// the upstream is there.
func (s *Server) pass(ctx context.Context, t *tunnel, greeting string) {
	defer t.Close()
	address := t.authority
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "443")
	}
	upstream, err := s.upstreams.dial(ctx, "tcp", address)
	if err != nil {
		if greeting != "" {
			body := "Corsage: " + explain(&url.URL{Scheme: "https", Host: t.authority}, nil, err).Error() + "\n"
			status := statusOf(err)
			_, _ = fmt.Fprintf(t, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, http.StatusText(status), len(body), body)
		}
		return
	}
	defer upstream.Close()
	t.setUpstream(upstream)
	if _, err := io.WriteString(t, greeting); err != nil {
		return
	}
	if n := t.reader.Buffered(); n > 0 {
		ahead, _ := t.reader.Peek(n)
		if _, err := upstream.Write(ahead); err != nil {
			return
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		relay(upstream, t.hijacked.Conn)
	}()
	relay(t.hijacked.Conn, upstream)
	<-done
}

// relay copies until src ends, and passes the end on. Between two TCP
// connections Linux does it without the bytes entering the process (splice).
func relay(dst, src net.Conn) {
	_, err := io.Copy(dst, src)
	if half, ok := dst.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = dst.Close()
	_ = src.Close()
}
