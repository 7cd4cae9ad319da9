package proxy_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"corsage/proxy/record"

	gorilla "github.com/gorilla/websocket"
)

// WebKitGTK asks a proxy for ws://host/ in absolute form with that scheme, which
// is http to everything that looks at it here.
func TestWebSocketByItsOwnScheme(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.WriteMessage(gorilla.TextMessage, []byte("hello"))
	}))
	t.Cleanup(plain.Close)
	rig := start(t, rule(t, "ws://dev.test", plain))
	for name, authority := range map[string]string{"chosen": "dev.test", "not chosen": host(plain.URL)} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.DialTimeout("tcp", rig.addr, 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.WriteString(conn, "GET ws://"+authority+"/ws HTTP/1.1\r\nHost: "+authority+
				"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ZZ0VU1APQYaeMxlKq11d/Q==\r\nSec-WebSocket-Version: 13\r\n\r\n")
			got, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(got), "HTTP/1.1 101 ") || !strings.HasSuffix(string(got), "\x81\x05hello") {
				t.Errorf("%q", got)
			}
			if name == "chosen" {
				e := rig.entry(t, func(e *record.Entry) bool { return e.Type == "websocket" })
				if e.URL != "http://dev.test/ws" || e.Status != 101 {
					t.Errorf("logged %s, %d", e.URL, e.Status)
				}
			}
		})
	}
}
