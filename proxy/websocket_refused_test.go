package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy/record"
)

// A handshake that the backend refuses is an answer like others.
func TestWebSocketRefused(t *testing.T) {
	rig, ways := sockets(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscan(r.URL.RawQuery, &status)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Other", "1")
		switch status {
		case http.StatusFound:
			w.Header().Set("Location", "https://login.example.com/")
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		case http.StatusUpgradeRequired:
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "no, since %d", status)
	})
	for _, way := range ways {
		for _, status := range []int{200, 302, 400, 401, 403, 404, 426, 500, 503} {
			t.Run(fmt.Sprint(way.name, " ", status), func(t *testing.T) {
				dialer := rig.dialer()
				if way.absolute {
					dialer.Proxy, dialer.NetDialContext = nil, rig.absolute
				}
				_, resp, err := dialer.DialContext(t.Context(), way.url+"?"+fmt.Sprint(status), nil)
				if err == nil || resp == nil {
					t.Fatal(resp, err)
				}
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != status || string(body) != fmt.Sprintf("no, since %d", status) || resp.Header.Get("X-Other") != "1" {
					t.Errorf("%d %v %q", resp.StatusCode, resp.Header, body)
				}
				if status == 302 && resp.Header.Get("Location") == "" || status == 401 && resp.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%v", resp.Header)
				}
				if way.chosen {
					e := rig.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
					if e.Status != status || string(e.Response.Body) != string(body) {
						t.Errorf("entry %+v", e)
					}
					rig.recorder.Clear()
				}
			})
		}
	}
}

// After a refusal the connection serves the next request, as before it.
func TestConnectionGoesOnAfterRefusedUpgrade(t *testing.T) {
	rig, ways := sockets(t, echo)
	for _, way := range ways[:3] {
		conn := rig.dialRaw(t, way)
		path := "/ws"
		if way.absolute {
			path = "http://" + host(way.url) + path
		}
		for i, upgrade := range []string{"Connection: Upgrade\r\nUpgrade: websocket\r\n", "", "Connection: Upgrade\r\nUpgrade: other/1\r\n", "Connection: close\r\n"} {
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, host(way.url), upgrade)
			if i < 3 {
				continue
			}
			all, err := io.ReadAll(conn)
			if n := strings.Count(string(all), "HTTP/1.1 200 OK"); n != 4 || err != nil {
				t.Errorf("%s: %d answers, %v: %s", way.name, n, err, all)
			}
		}
	}
}
