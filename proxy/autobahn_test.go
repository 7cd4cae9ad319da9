package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455 wants it
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"
)

const handshakeFields = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

// masked is b's frames as a client must send them (RFC 6455, section 5.3), with
// a key that changes nothing.
func masked(frames []byte) (all []byte) {
	for len(frames) > 0 {
		head, size := 2, int(frames[1])
		switch size {
		case 126:
			head, size = 4, int(frames[2])<<8|int(frames[3])
		case 127:
			head, size = 10, int(frames[6])<<24|int(frames[7])<<16|int(frames[8])<<8|int(frames[9])
		}
		all = append(all, frames[0], frames[1]|0x80)
		all = append(all, frames[2:head]...)
		all = append(all, 0, 0, 0, 0)
		all = append(all, frames[head:head+size]...)
		frames = frames[head+size:]
	}
	return all
}

// unmasked brings a client's frames into one form, whatever keys it drew. It
// stops at what is no whole frame.
func unmasked(frames []byte) (all []byte) {
	for len(frames) >= 6 {
		head, size := 2, int(frames[1]&0x7f)
		switch size {
		case 126:
			head, size = 4, int(frames[2])<<8|int(frames[3])
		case 127:
			return append(all, frames...) // none so large is sent here
		}
		if len(frames) < head+4+size {
			break
		}
		all = append(all, frames[:head]...)
		for i, b := range frames[head+4 : head+4+size] {
			all = append(all, b^frames[head+i%4])
		}
		frames = frames[head+4+size:]
	}
	return append(all, frames...)
}

func (c autobahnCase) stream() []byte { return bytes.Join(c.pieces, nil) }

// write sends the case, and a close frame where it does not end the connection.
func (c autobahnCase) write(conn net.Conn, mask bool) {
	pieces := c.pieces
	if mask { // in as many pieces
		whole := masked(c.stream())
		pieces = chop(whole, max(1, len(whole)/len(c.pieces)))
	}
	for _, p := range pieces {
		if _, err := conn.Write(p); err != nil {
			return
		}
	}
	if c.stays {
		bye := closeFrame(1000, "")
		if mask {
			bye = masked(bye)
		}
		_, _ = conn.Write(bye)
	}
}

// TestAutobahn sends the cases through the proxy and past it. A proxy that mends
// nothing and breaks nothing makes no difference: not in what arrives, and not
// in how the peer, which is an implementation of its own, answers and ends.
func TestAutobahn(t *testing.T) {
	upgrader := gorilla.Upgrader{EnableCompression: true}
	heard := make(chan []byte, 1)
	cases := autobahnCases()
	byID := make(map[string]autobahnCase, len(cases))
	for _, c := range cases {
		byID[c.id] = c
	}
	rig, ways := sockets(t, func(w http.ResponseWriter, r *http.Request) {
		switch role := r.URL.Query().Get("role"); role {
		case "strict":
			c, err := upgrader.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer c.Close()
			echoMessages(c)
		default: // a raw one: it echoes bytes, or sends a case of its own
			c, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			deflate := "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
			fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n%s\r\n", acceptKey(r.Header.Get("Sec-WebSocket-Key")), deflate)
			if role == "echo" {
				_, _ = io.Copy(c, rw)
				return
			}
			go byID[r.URL.Query().Get("case")].write(c, false)
			all, _ := io.ReadAll(rw)
			heard <- unmasked(all)
		}
	})
	direct := ways[5] // not chosen, absolute: its URL is the backend's own
	for _, test := range cases {
		t.Run(test.id, func(t *testing.T) {
			var reference [2]string
			for i, way := range []passage{direct, ways[0], ways[2]} {
				dial := func(query string) net.Conn {
					path := "/?" + query
					var conn net.Conn
					if i == 0 {
						var err error
						if conn, err = net.Dial("tcp", host(direct.url)); err != nil {
							t.Fatal(err)
						}
						t.Cleanup(func() { _ = conn.Close() })
					} else {
						conn = rig.dialRaw(t, way)
					}
					if i > 0 && way.absolute {
						path = "http://" + host(way.url) + path
					}
					_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
					fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%sSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n", path, host(way.url), handshakeFields)
					return conn
				}
				// The client sends the case to a strict server.
				conn := dial("role=strict")
				in := bufio.NewReader(conn)
				if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
					t.Fatalf("%s: %v %v", way.name, resp, err)
				}
				go test.write(conn, true)
				answer := readToEnd(t, way.name, in)
				_ = conn.Close()

				// A strict client meets a server that sends it.
				dialer := rig.dialer()
				url := way.url
				if way.absolute {
					dialer.Proxy, dialer.NetDialContext = nil, rig.absolute
				}
				if i == 0 {
					dialer.NetDialContext = nil
				}
				c, _, err := dialer.DialContext(t.Context(), url+"?case="+test.id, nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.NetConn().SetDeadline(time.Now().Add(5 * time.Second))
				end := echoMessages(c)
				_ = c.Close()
				reply := string(await(t, heard)) + " and ended with " + end

				if i == 0 {
					reference = [2]string{answer, reply}
					continue
				}
				if answer != reference[0] {
					t.Errorf("%s: the server answered\n%s, without the proxy\n%s", way.name, abridged(answer), abridged(reference[0]))
				}
				if reply != reference[1] {
					t.Errorf("%s: the client replied\n%s, without the proxy\n%s", way.name, abridged(reply), abridged(reference[1]))
				}

				// Byte for byte, there and back.
				conn = dial("role=echo")
				in = bufio.NewReader(conn)
				if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
					t.Fatalf("%s: %v %v", way.name, resp, err)
				}
				sent := masked(test.stream())
				go func() { _, _ = conn.Write(sent) }()
				got := make([]byte, len(sent))
				if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, sent) {
					t.Errorf("%s: %d bytes came back as others: %v", way.name, len(sent), err)
				}
				_ = conn.Close()
			}
		})
	}
}

func abridged(s string) string { return fmt.Sprintf("%d bytes, %.300q", len(s), s) }

// readToEnd reads what the other end sends until it ends the connection.
func readToEnd(t *testing.T, name string, r io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(r)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		t.Errorf("%s: the connection stays open", name)
	}
	return string(all)
}

// echoMessages answers messages until the connection ends, and returns how.
func echoMessages(c *gorilla.Conn) string {
	for {
		kind, data, err := c.ReadMessage()
		if err == nil {
			err = c.WriteMessage(kind, data)
		}
		if err != nil {
			if strings.HasPrefix(err.Error(), "websocket: ") {
				return err.Error()
			}
			return "an abrupt end"
		}
	}
}

// acceptKey is the answer to a handshake's key (RFC 6455, section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // RFC 6455 wants it
	return base64.StdEncoding.EncodeToString(sum[:])
}
