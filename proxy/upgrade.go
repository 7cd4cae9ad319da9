package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"corsage/proxy/record"
)

// upgradeBody is how many bytes of body a request may have that asks for
// another protocol. It is read before the backend is asked, since the
// connection can't be handed over while it is still read from.
const upgradeBody = 1 << 20

// upgrade serves a request that asks to go on in another protocol on its
// connection (RFC 9110, section 7.8), as WebSockets do (RFC 6455). A 101 reaches
// the client as it is, and from then on bytes only pass, while the handler has
// long returned. Any other answer is an answer like others.
func (s *Server) upgrade(w *responseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		body, err := io.ReadAll(io.LimitReader(r.Body, upgradeBody+1))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if len(body) > upgradeBody {
			http.Error(w, "Corsage: a request that switches protocols may have a body of 1 MiB at most.", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	}
	x, out := s.begin(w, r)
	var upstream net.Conn
	out = out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { upstream = got.Conn },
	}))
	var err error
	switched := false
	func() {
		defer func() {
			if !switched {
				s.finish(w, r, x)
			}
		}()
		var resp *http.Response
		if resp, err = s.roundTrip(out, x); err != nil {
			return
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			switched = s.switched(w, r, resp, upstream, x)
			return
		}
		err = w.deliver(resp)
	}()
	if err != nil {
		w.abort()
	}
}

// switched hands both connections over to a relay, and reports whether that has
// them now. x is nil for a host that was not chosen.
func (s *Server) switched(w *responseWriter, r *http.Request, resp *http.Response, conn net.Conn, x *exchange) bool {
	upstream := &switchedConn{Conn: conn, body: resp.Body}
	inner, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		_ = upstream.Close()
		panic(http.ErrAbortHandler)
	}
	client, t := &hijacked{Conn: inner, reader: rw.Reader}, w.tunnel
	if t == nil { // the request came in absolute form
		t = &tunnel{hijacked: client, authority: r.URL.Host, scheme: r.URL.Scheme, busy: true}
		if !s.tunnels.add(t) {
			_ = upstream.Close()
			_ = client.Close()
			return false
		}
		t.choose(&s.ruleset)
	}
	t.setUpstream(under(conn))
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %s\r\n", resp.Status)
	_ = resp.Header.Write(&head)
	head.WriteString("\r\n")
	if _, err := client.Write(head.Bytes()); err != nil {
		_ = t.Close() // the relay sees it
	}
	if x != nil {
		x.flow = Flow{} // it holds the request, and through it what net/http has of the connection
	}
	relay := &relay{client: client, upstream: upstream, cut: func() { _ = t.Close() }, half: s.patience.half}
	go func() {
		in, out := relay.run()
		if x != nil {
			x.passed(in, out)
		}
	}()
	return true
}

// passed logs the end of a connection that had switched protocols, with the
// bytes from and to the client.
func (x *exchange) passed(in, out int64) {
	e := &x.entry
	e.State, e.Duration = record.Done, time.Since(e.Start)
	e.Request.Size, e.Response.Size = in, out
	x.update()
}

// switchedConn is a connection to a backend that has left HTTP. Its body has what
// net/http has read ahead.
type switchedConn struct {
	net.Conn
	body io.Reader
}

func (c *switchedConn) Read(p []byte) (int, error) { return c.body.Read(p) }

func (c *switchedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return http.ErrNotSupported
}

// under returns the socket that c's TLS, twice over behind some proxies, runs on.
func under(c net.Conn) net.Conn {
	for {
		switch over := c.(type) {
		case interface{ NetConn() net.Conn }:
			c = over.NetConn()
		case *replayed:
			c = over.Conn
		default:
			return c
		}
	}
}

// single returns a transport for one request that may leave HTTP. It speaks
// HTTP/1.1, which net/http chooses by itself for WebSockets only: HTTP/2 has no
// Upgrade (RFC 9113, section 8.6).
func single(t *http.Transport) *http.Transport {
	t = t.Clone()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.TLSNextProto = nil
	t.TLSClientConfig.NextProtos = nil // the other transport's has HTTP/2 in it
	t.DisableKeepAlives = true
	return t
}
