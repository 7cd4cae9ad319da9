package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Close ends what goes on in tunnels, and what was begun on their behalf: the
// connection to a server that may speak first, and those that have left HTTP.
func TestCloseEndsTunnels(t *testing.T) {
	for name, open := range map[string]func(*testing.T, *rig, *raw){
		"the server is listened to": func(t *testing.T, r *rig, s *raw) {
			r.HearAfter(time.Millisecond)
			r.connect(t, s.Addr().String())
		},
		"the server has spoken": func(t *testing.T, r *rig, s *raw) {
			r.HearAfter(time.Millisecond)
			_, in := r.connect(t, s.Addr().String())
			if _, err := in.ReadString('\n'); err != nil {
				t.Error(err)
			}
		},
		"another protocol": func(t *testing.T, r *rig, s *raw) {
			conn, _ := r.connect(t, s.Addr().String())
			fmt.Fprint(conn, "\x00\x01")
		},
		"an upgrade": func(t *testing.T, r *rig, s *raw) {
			conn, in := r.connect(t, s.Addr().String())
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", s.Addr())
			if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
				t.Errorf("%v %v", resp, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Run("", func(t *testing.T) {
				s := rawServer(t, func(c net.Conn, in *bufio.Reader) {
					switch name {
					case "the server has spoken":
						fmt.Fprint(c, "220 hello\n")
					case "an upgrade":
						if _, err := http.ReadRequest(in); err == nil {
							_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
						}
					}
				})
				r := start(t, rule(t, "http://127.0.0.1:*", nil), rule(t, "https://127.0.0.1:*", nil))
				open(t, r, s)
				await(t, s.began)
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				await(t, s.ended)
			})
			if err := goleak.Find(before); err != nil {
				t.Error(err)
			}
		})
	}
}
