package proxy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy/record"
)

// switching is a backend that goes over to whatever it is asked to, and then
// says what it heard, once the client has ended.
func switching(w http.ResponseWriter, r *http.Request) {
	to := r.Header.Get("Upgrade")
	body, _ := io.ReadAll(r.Body)
	if to == "" {
		fmt.Fprintf(w, "%s %s, no upgrade, settings %q", r.Proto, body, r.Header.Get("Http2-Settings"))
		return
	}
	c, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\nwelcome to %[1]s\n", to)
	all, _ := io.ReadAll(rw)
	fmt.Fprintf(c, "heard %s after %s", all, body)
}

// Connections go over to other protocols than WebSocket, as `kubectl exec` and
// `docker exec` need it, and half-close there.
func TestUpgradeToOtherProtocols(t *testing.T) {
	rig, ways := sockets(t, switching)
	for _, way := range ways {
		for name, head := range map[string]string{
			"SPDY/3.1":   "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n",
			"tcp":        "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"Tty\": true}",
			"x/1, y":     "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive, upgrade\r\nUpgrade: x/1, y\r\n\r\n",
			"websocket2": "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: upgrade\r\nUpgrade: websocket2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
		} {
			t.Run(way.name+", "+name, func(t *testing.T) {
				conn := rig.dialRaw(t, way)
				path := "/exec"
				if way.absolute {
					path = "http://" + host(way.url) + path
				}
				fmt.Fprintf(conn, head+"early, ", path, host(way.url))
				in := bufio.NewReader(conn)
				resp, err := http.ReadResponse(in, nil)
				if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != name {
					t.Fatalf("%v %v", resp, err)
				}
				fmt.Fprint(conn, "late")
				_ = conn.(interface{ CloseWrite() error }).CloseWrite()
				all, err := io.ReadAll(in)
				_, body, _ := strings.Cut(head, "\r\n\r\n")
				if strings.HasPrefix(body, "4\r\n") {
					body = "body"
				}
				if want := "welcome to " + name + "\nheard early, late after " + body; err != nil || string(all) != want {
					t.Errorf("%q %v, want %q", all, err, want)
				}
				if !way.chosen {
					return
				}
				_ = conn.Close()
				e := rig.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
				if e.Type != strings.ToLower(name) || e.Status != 101 || e.Request.Size != int64(len("early, late")) || e.Response.Size != int64(len(all)) {
					t.Errorf("entry %+v", e)
				}
				rig.recorder.Clear()
			})
		}
	}
}

// To another HTTP or to TLS nothing is switched: what the profile chose stays in
// sight. The server is asked as if the client had not offered it, which RFC 9110,
// section 7.8, lets every hop do.
func TestUpgradeOutOfSight(t *testing.T) {
	rig, ways := sockets(t, switching)
	for _, way := range ways {
		if !way.chosen && !way.absolute {
			continue // a tunnel, whatever is in it
		}
		for name, upgrade := range map[string]string{
			"HTTP/2":          "HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
			"HTTP/2, by name": "HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: HTTP/2.0\r\n",
			"TLS":             "HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
			"among others":    "HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket, H2C\r\n",
			"not asked for":   "HTTP/1.1\r\nUpgrade: websocket\r\n",
			"nothing":         "HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: \r\n",
			"HTTP/1.0":        "HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
		} {
			t.Run(way.name+", "+name, func(t *testing.T) {
				conn := rig.dialRaw(t, way)
				path := "/"
				if way.absolute {
					path = "http://" + host(way.url) + path
				}
				fmt.Fprintf(conn, "GET %s %sHost: %s\r\n\r\n", path, upgrade, host(way.url))
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				body := make([]byte, 200)
				n, _ := resp.Body.Read(body)
				if resp.StatusCode != 200 || !bytes.HasSuffix(body[:n], []byte(`no upgrade, settings ""`)) {
					t.Errorf("%d %s", resp.StatusCode, body[:n])
				}
			})
		}
	}
}

// A backend that switches though nobody asked it to is a broken one.
func TestUpgradeUnasked(t *testing.T) {
	rig, ways := sockets(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello")
		_, _ = io.Copy(io.Discard, c)
	})
	for _, way := range ways[1:3] {
		resp, body := get(t, rig.client, "http"+strings.TrimPrefix(way.url, "ws"))
		if resp.StatusCode != 502 || !strings.Contains(body, "not asked for") {
			t.Errorf("%s: %d %s", way.name, resp.StatusCode, body)
		}
	}
}

// The body of a request that switches is bounded, since it is read ahead.
func TestUpgradeWithLargeBody(t *testing.T) {
	rig, ways := sockets(t, switching)
	conn := rig.dialRaw(t, ways[1])
	go fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: dev.test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: %d\r\n\r\n%s", 2<<20, strings.Repeat("x", 2<<20))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v %v", resp, err)
	}
}

// A side that dies takes the other with it, and nothing stays.
func TestUpgradeEndDies(t *testing.T) {
	began, ended := make(chan net.Conn, 1), make(chan error, 1)
	rig, ways := sockets(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		began <- c
		_, err = io.Copy(io.Discard, c)
		_ = c.Close()
		ended <- err
	})
	reset := func(c net.Conn) {
		if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
			c = secure.NetConn()
		}
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	for _, way := range ways {
		for _, side := range []string{"client", "server"} {
			t.Run(way.name+", "+side, func(t *testing.T) {
				conn := rig.dialRaw(t, way)
				path := "/"
				if way.absolute {
					path = "http://" + host(way.url) + path
				}
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", path, host(way.url))
				in := bufio.NewReader(conn)
				if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
					t.Fatalf("%v %v", resp, err)
				}
				server := await(t, began)
				if side == "client" {
					reset(conn)
				} else {
					reset(server)
					if rest, _ := io.ReadAll(in); len(rest) > 0 { // returns, with an end or an error
						t.Errorf("%q", rest)
					}
					_ = conn.Close()
				}
				await(t, ended)
				rig.openEnds(t, 0)
			})
		}
	}
}
