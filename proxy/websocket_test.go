package proxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"corsage/proxy/record"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
)

// passage is how a WebSocket gets through the proxy.
type passage struct {
	name string
	url  string
	// absolute asks for ws:// by a request in absolute form, as some clients do;
	// the others tunnel, as browsers do.
	absolute bool
	chosen   bool
}

// sockets starts a proxy before h, and returns it with the ways through it.
func sockets(t *testing.T, h http.HandlerFunc) (*rig, []passage) {
	t.Helper()
	secure, plain := backend(t, h, true), httptest.NewServer(h)
	t.Cleanup(plain.Close)
	rig := start(t, rule(t, "wss://example.com", secure), rule(t, "ws://dev.test", plain))
	rig.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	return rig, []passage{
		{"wss", "wss://example.com/ws", false, true},
		{"ws, tunnelled", "ws://dev.test/ws", false, true},
		{"ws, absolute", "ws://dev.test/ws", true, true},
		{"wss, not chosen", "wss" + strings.TrimPrefix(secure.URL, "https") + "/ws", false, false},
		{"ws, not chosen", "ws" + strings.TrimPrefix(plain.URL, "http") + "/ws", false, false},
		{"ws, absolute, not chosen", "ws" + strings.TrimPrefix(plain.URL, "http") + "/ws", true, false},
	}
}

// dialer tunnels everything through the proxy.
func (r *rig) dialer() *gorilla.Dialer {
	return &gorilla.Dialer{
		Proxy:             http.ProxyURL(&url.URL{Scheme: "http", Host: r.addr}),
		TLSClientConfig:   &tls.Config{RootCAs: r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs},
		EnableCompression: true,
	}
}

// Messages of all sizes, compressed and not, pass both ways at once between two
// implementations that know nothing of each other.
func TestWebSocketMessages(t *testing.T) {
	sizes := []int{0, 1, 125, 126, 65535, 65536, 1 << 20, 3<<20 + 7}
	text := bytes.Repeat([]byte("grüße, "), (4<<20)/9)
	noise := make([]byte, 4<<20)
	chacha := rand.NewChaCha8([32]byte{})
	_, _ = chacha.Read(noise)
	rig, ways := sockets(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := coder.Accept(w, r, &coder.AcceptOptions{InsecureSkipVerify: true, CompressionMode: coder.CompressionContextTakeover, Subprotocols: []string{"b", "a"}})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(-1)
		var both sync.WaitGroup
		both.Go(func() { // sends as much at the same time, unasked
			for _, n := range sizes {
				_ = c.Write(r.Context(), coder.MessageBinary, noise[:n])
			}
		})
		for {
			kind, data, err := c.Read(r.Context())
			if err != nil {
				break
			}
			if kind == coder.MessageText {
				_ = c.Write(r.Context(), kind, data)
			}
		}
		both.Wait()
	})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			var c *gorilla.Conn
			var err error
			dialer := rig.dialer()
			dialer.Subprotocols = []string{"a", "b"}
			if way.absolute {
				dialer.NetDialContext = rig.absolute
				dialer.Proxy = nil
			}
			c, resp, err := dialer.DialContext(t.Context(), way.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if !strings.Contains(resp.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") || c.Subprotocol() != "a" && c.Subprotocol() != "b" {
				t.Errorf("negotiated %v", resp.Header)
			}
			written := make(chan struct{})
			go func() {
				defer close(written)
				for _, n := range sizes {
					_ = c.WriteMessage(gorilla.TextMessage, text[:n])
				}
			}()
			var texts, binaries int
			for texts < len(sizes) || binaries < len(sizes) {
				kind, data, err := c.ReadMessage()
				if err != nil {
					t.Fatalf("after %d texts and %d binaries: %v", texts, binaries, err)
				}
				want := noise
				n := &binaries
				if kind == gorilla.TextMessage {
					want, n = text, &texts
				}
				if !bytes.Equal(data, want[:sizes[*n]]) {
					t.Errorf("message %d of %d bytes came as %d others", *n, sizes[*n], len(data))
				}
				*n++
			}
			<-written // its echo may be here before its call returns
			_ = c.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(1000, "bye"))
			if _, _, err := c.ReadMessage(); !gorilla.IsCloseError(err, 1000) {
				t.Errorf("closed with %v", err)
			}
			_ = c.Close()
			if !way.chosen {
				if list, _ := rig.recorder.Since(0); len(list) > 0 {
					t.Errorf("logged %+v", list[0])
				}
				return
			}
			e := rig.entry(t, func(e *record.Entry) bool { return e.Type == "websocket" && e.State == record.Done })
			if e.Status != 101 || e.Response.Size < 4<<20 || e.Request.Size == 0 || e.Request.Size > e.Response.Size {
				t.Errorf("entry %+v", e)
			}
			rig.recorder.Clear()
		})
	}
}

// absolute dials the proxy, and brings the request for addr that is written first
// into absolute form.
func (r *rig) absolute(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, r.addr)
	return &absoluteConn{Conn: c, host: strings.TrimSuffix(addr, ":80")}, err
}

type absoluteConn struct {
	net.Conn
	host string
	done bool
}

func (c *absoluteConn) Write(p []byte) (int, error) {
	if c.done {
		return c.Conn.Write(p)
	}
	c.done = true
	_, err := c.Conn.Write(bytes.Replace(p, []byte("GET /"), []byte("GET http://"+c.host+"/"), 1))
	return len(p), err
}

// How one side ends a WebSocket is what the other side sees.
func TestWebSocketEnds(t *testing.T) {
	for _, code := range []int{1000, 1001, 1003, 1008, 1011, 3000, 4000, 4999, 0, -1} {
		name := fmt.Sprint(code)
		switch code {
		case 0:
			name = "without a code"
		case -1:
			name = "without a word"
		}
		end := func(c *gorilla.Conn) {
			switch code {
			case 0:
				_ = c.WriteMessage(gorilla.CloseMessage, nil)
			case -1:
				_ = c.NetConn().Close()
			default:
				_ = c.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(code, "weil grüß"))
			}
		}
		check := func(err error) error {
			closed := new(gorilla.CloseError)
			switch {
			case code == -1 && (err == nil || errors.As(err, &closed) && closed.Code != gorilla.CloseAbnormalClosure):
				return fmt.Errorf("%v, want an abrupt end", err)
			case code == 0 && !gorilla.IsCloseError(err, gorilla.CloseNoStatusReceived),
				code > 0 && (!errors.As(err, &closed) || closed.Code != code || closed.Text != "weil grüß"):
				return fmt.Errorf("%v, want %s", err, name)
			}
			return nil
		}
		seen := make(chan error, 1)
		rig, ways := sockets(t, func(w http.ResponseWriter, r *http.Request) {
			c, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer c.Close()
			if r.URL.RawQuery == "server" {
				end(c)
			}
			_, _, err = c.ReadMessage()
			seen <- err
		})
		for _, way := range ways {
			for _, side := range []string{"server", "client"} {
				t.Run(name+", "+way.name+", "+side, func(t *testing.T) {
					dialer := rig.dialer()
					if way.absolute {
						dialer.Proxy, dialer.NetDialContext = nil, rig.absolute
					}
					c, _, err := dialer.DialContext(t.Context(), way.url+"?"+side, nil)
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					if side == "client" {
						end(c)
						if err := check(await(t, seen)); err != nil {
							t.Errorf("the server saw %v", err)
						}
						return
					}
					_, _, err = c.ReadMessage()
					if err := check(err); err != nil {
						t.Errorf("the client saw %v", err)
					}
					_ = c.Close()
					await(t, seen)
				})
			}
		}
	}
}

// Frames pass as they are, whatever is in them: control frames between
// fragments, bits that only an unknown extension knows, and the first of them in
// the packet of the handshake.
func TestWebSocketBytesUntouched(t *testing.T) {
	frames := slicesOf(
		frame(0x01, []byte("frag")), frame(0x89, []byte("ping inside")), frame(0x80, []byte("ment")),
		frame(0xf2, []byte("all three reserved bits")), frame(0x8b, []byte("a reserved opcode")),
		frame(0xc1, []byte("\xf2\x48\xcd\xc9\xc9\x07\x00")), frame(0x8a, nil), frame(0x82, bytes.Repeat([]byte("z"), 70000)),
	)
	head := "HTTP/1.1 101 Because\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong, but that is between the two\r\nSec-WebSocket-Extensions: x-unknown; a=b, permessage-deflate\r\nX-Other: 1\r\n\r\n"
	heard := make(chan []byte, 1)
	var asked http.Header
	rig, ways := sockets(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Clone()
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = c.Write(append([]byte(head), frames...)) // in one packet
		got := make([]byte, len(frames))
		_, _ = io.ReadFull(rw, got)
		heard <- got
	})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			conn := rig.dialRaw(t, way)
			request := "Host: " + host(way.url) + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: x-unknown; a=\"b\", permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Protocol: one, two\r\n\r\n"
			path := "/ws"
			if way.absolute {
				path = "http://" + host(way.url) + path
			}
			go func() { _, _ = conn.Write(append([]byte("GET "+path+" HTTP/1.1\r\n"+request), frames...)) }()
			all, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			gotHead, gotFrames, _ := bytes.Cut(all, []byte("\r\n\r\n"))
			if !bytes.Equal(gotFrames, frames) {
				t.Errorf("%d bytes of frames came as %d others", len(frames), len(gotFrames))
			}
			if want, got := sortedLines(head), sortedLines(string(gotHead)); !slices.Equal(want, got) {
				t.Errorf("the answer was %q, came as %q", want, got)
			}
			if got := await(t, heard); !bytes.Equal(got, frames) {
				t.Errorf("the server heard %d others", len(got))
			}
			for name, want := range map[string]string{
				"Upgrade": "websocket", "Sec-Websocket-Key": "x", "Sec-Websocket-Version": "13", "Sec-Websocket-Protocol": "one, two",
				"Sec-Websocket-Extensions": "x-unknown; a=\"b\", permessage-deflate; client_max_window_bits",
			} {
				if asked.Get(name) != want {
					t.Errorf("the server was asked with %s: %q", name, asked.Get(name))
				}
			}
		})
	}
}

// sortedLines returns a head's lines in order, with the names in lower case.
func sortedLines(head string) []string {
	lines := strings.Split(strings.TrimSpace(head), "\r\n")
	for i, line := range lines {
		if name, value, ok := strings.Cut(line, ":"); ok {
			lines[i] = strings.ToLower(name) + ":" + value
		}
	}
	slices.Sort(lines)
	return lines
}

func host(u string) string { v, _ := url.Parse(u); return v.Host }

// dialRaw opens a connection through the proxy on which way's handshake is to be
// written.
func (r *rig) dialRaw(t *testing.T, way passage) net.Conn {
	t.Helper()
	if way.absolute {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	u, _ := url.Parse(way.url)
	authority := u.Host
	if u.Port() == "" {
		authority += map[string]string{"ws": ":80", "wss": ":443"}[u.Scheme]
	}
	c, _ := r.connect(t, authority)
	if u.Scheme == "wss" {
		return tls.Client(c, &tls.Config{RootCAs: r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs.Clone(), ServerName: u.Hostname()})
	}
	return c
}

// frame is an unmasked one (RFC 6455, section 5.2). first holds FIN, the reserved
// bits and the opcode.
func frame(first byte, payload []byte) []byte {
	f := []byte{first}
	switch n := len(payload); {
	case n < 126:
		f = append(f, byte(n))
	case n < 65536:
		f = binary.BigEndian.AppendUint16(append(f, 126), uint16(n))
	default:
		f = binary.BigEndian.AppendUint64(append(f, 127), uint64(n))
	}
	return append(f, payload...)
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
