package proxy_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2 is a client of HTTP/2 that shows its frames.
type h2 struct {
	*http2.Framer
	head    bytes.Buffer
	encoder *hpack.Encoder
}

// dialH2 does the handshake of TLS and HTTP/2 within a tunnel to authority, and
// returns the settings that the other side has sent.
func (r *rig) dialH2(t *testing.T, authority, name string) (*h2, map[http2.SettingID]uint32) {
	t.Helper()
	conn, _ := r.connect(t, authority)
	secure := tls.Client(conn, &tls.Config{RootCAs: r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: name, NextProtos: []string{"h2"}})
	if err := secure.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = secure.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprint(secure, http2.ClientPreface)
	c := &h2{Framer: http2.NewFramer(secure, secure)}
	c.encoder = hpack.NewEncoder(&c.head)
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := c.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	f, err := c.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[http2.SettingID]uint32)
	_ = f.(*http2.SettingsFrame).ForeachSetting(func(s http2.Setting) error { settings[s.ID] = s.Val; return nil })
	_ = c.WriteSettingsAck()
	return c, settings
}

func (c *h2) ask(t *testing.T, stream uint32, end bool, fields ...string) {
	t.Helper()
	c.head.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = c.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.head.Bytes(), EndStream: end, EndHeaders: true})
	if err != nil {
		t.Fatal(err)
	}
}

// WebSocket over HTTP/2 (RFC 8441) is not offered, so browsers make an HTTP/1.1
// connection for it. One that tries all the same loses that stream only.
func TestWebSocketOverHTTP2IsRefused(t *testing.T) {
	release := make(chan struct{})
	rig, _ := sockets(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-release
			fmt.Fprint(w, "still here")
			return
		}
		c, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		echoMessages(c)
	})
	c, settings := rig.dialH2(t, "example.com:443", "example.com")
	if on, ok := settings[http2.SettingEnableConnectProtocol]; ok && on != 0 {
		t.Errorf("ENABLE_CONNECT_PROTOCOL is %d", on)
	}
	const slow, socket, after = 1, 3, 5
	c.ask(t, slow, true, ":method", "GET", ":scheme", "https", ":authority", "example.com", ":path", "/slow")
	answered := map[uint32]string{}
	body, reset := map[uint32]string{}, map[uint32]http2.ErrCode{}
	read := func(until func() bool) {
		t.Helper()
		for !until() {
			f, err := c.ReadFrame()
			if err != nil {
				t.Fatalf("%v, after %v and %v", err, answered, reset)
			}
			switch f := f.(type) {
			case *http2.MetaHeadersFrame:
				answered[f.StreamID] = f.PseudoValue("status")
			case *http2.DataFrame:
				body[f.StreamID] += string(f.Data())
			case *http2.RSTStreamFrame:
				reset[f.StreamID] = f.ErrCode
			case *http2.GoAwayFrame:
				t.Fatalf("the whole connection is refused: %v", f.ErrCode)
			}
		}
	}
	read(func() bool { return answered[slow] != "" })
	c.ask(t, socket, false, ":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":authority", "example.com", ":path", "/ws",
		"sec-websocket-version", "13", "origin", page)
	read(func() bool { _, gone := reset[socket]; return gone || answered[socket] != "" })
	if code, gone := reset[socket]; !gone || code != http2.ErrCodeProtocol {
		t.Errorf("the stream was answered %q, reset %v %v", answered[socket], gone, code)
	}
	c.ask(t, after, true, ":method", "CONNECT", ":authority", "example.com") // nor is there a tunnel within
	read(func() bool { _, gone := reset[after]; return gone || answered[after] != "" })
	if answered[after] != "405" {
		t.Errorf("a CONNECT within was answered %q, reset %v", answered[after], reset)
	}
	close(release)
	read(func() bool { return body[slow] == "still here" })

	dialer := rig.dialer()
	socketConn, _, err := dialer.DialContext(t.Context(), "wss://example.com/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socketConn.Close()
	_ = socketConn.WriteMessage(gorilla.TextMessage, []byte("hello"))
	if _, data, err := socketConn.ReadMessage(); err != nil || string(data) != "hello" {
		t.Errorf("%q %v", data, err)
	}
}
