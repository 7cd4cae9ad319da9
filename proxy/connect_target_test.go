package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy"
)

// ask sends a raw request to the proxy and returns its answer.
func (r *rig) ask(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	if method == http.MethodConnect && resp.StatusCode == http.StatusOK {
		return resp, ""
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return resp, string(body)
}

// A target that is none is refused with a word on what is wrong.
func TestConnectTargets(t *testing.T) {
	const (
		served  = "" // the hosts are chosen, so the answer comes without anything being dialled
		netHTTP = "400 Bad Request"
	)
	rig := start(t, rule(t, "https://example.com:*", nil), rule(t, "https://*.test:*", nil),
		rule(t, "https://[::1]:*", nil), rule(t, "https://[fe80::1]:*", nil), rule(t, "https://bücher.test:*", nil))
	for target, want := range map[string]string{
		"example.com:443":          served,
		"example.com":              served,
		"EXAMPLE.com:8443":         served,
		"example.com.:443":         served,
		"bücher.test:443":          served,
		"xn--bcher-kva.test:443":   served,
		"my_service.test:443":      served,
		"[::1]:443":                served,
		"[0:0:0:0:0:0:0:1]:443":    served,
		"example.com:65535":        served,
		"example.com:":             "no port after the colon",
		"example.com:0":            "must be 1 to 65535",
		"example.com:65536":        "must be 1 to 65535",
		"example.com:99999999":     "must be 1 to 65535",
		"[fe80::1%25eth0]:0":       "must be 1 to 65535", // the zone is no fault
		"user@example.com:443":     "needs a host and a port",
		"example.com:443/path":     "needs a host and a port",
		"example.com:443?query":    "needs a host and a port",
		"https://example.com:443":  "needs a host and a port",
		"/path":                    "needs a host and a port",
		":443":                     "is not a host name",
		"*.example.com:443":        "is not a host name",
		"exa$mple.com:443":         "is not a host name",
		".example.com:443":         "is not a host name",
		"example.com:https":        netHTTP,
		"[example.com]:443":        netHTTP,
		"[127.0.0.1]:443":          netHTTP,
		"::1:443":                  netHTTP,
		"[::1":                     netHTTP,
		"[fe80::1%eth0]:443":       netHTTP, // RFC 6874: %25
		"example.com:443 extra":    netHTTP,
		"example.com:443#fragment": netHTTP,
	} {
		resp, body := rig.ask(t, "CONNECT "+target+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
		if want == served {
			if resp.StatusCode != 200 {
				t.Errorf("%s: %d %s", target, resp.StatusCode, body)
			}
		} else if resp.StatusCode != 400 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q, want 400 with %q", target, resp.StatusCode, body, want)
		}
	}
}

// A target that can't be reached is a 502 that says why, and what to do.
func TestConnectUnreachable(t *testing.T) {
	rig := start(t)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close()
	_, port, _ := net.SplitHostPort(dead.Addr().String())
	for target, want := range map[string]string{
		"127.0.0.1:" + port:          "refused",
		"localhost:" + port:          "refused",
		"shop.localhost:" + port:     "refused",
		"no such name.invalid:443":   "",
		"nosuch.invalid:443":         "no address is known for the name nosuch.invalid",
		"[fe80::1%25nosuchzone]:443": "could not be reached",
		rig.addr:                     "proxy's own",
	} {
		resp, body := rig.ask(t, "CONNECT "+target+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
		if want == "" {
			if resp.StatusCode != 400 {
				t.Errorf("%s: %d", target, resp.StatusCode)
			}
			continue
		}
		if resp.StatusCode != 502 || !strings.Contains(body, want) || !strings.HasPrefix(body, "Corsage: ") {
			t.Errorf("%s: %d %q, want 502 with %q", target, resp.StatusCode, body, want)
		}
	}
}

// However the CONNECT is dressed, only what follows it reaches the other side.
func TestConnectHeads(t *testing.T) {
	for name, head := range map[string]string{
		"as browsers send it":    "HTTP/1.1\r\nHost: %s\r\nProxy-Connection: keep-alive\r\nUser-Agent: x\r\n\r\n",
		"HTTP/1.0":               "HTTP/1.0\r\n\r\n",
		"with credentials":       "HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic dTpw\r\n\r\n",
		"with another Host":      "HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"to be closed":           "HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
		"expecting a 100":        "HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\n\r\n",
		"with a length of none":  "HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n",
		"with a length":          "HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\n",
		"with a length, waiting": "HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
		"upgrading":              "HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	} {
		for _, chosen := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", chosen ", chosen), func(t *testing.T) {
				s := rawServer(t, func(c net.Conn, in *bufio.Reader) { _, _ = io.Copy(c, in) })
				rig := start(t)
				if chosen {
					rig.Apply(proxy.NewRuleset(rule(t, "https://127.0.0.1:*", nil)))
				}
				conn, err := net.Dial("tcp", rig.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				request := "CONNECT " + s.Addr().String() + " " + strings.Replace(head, "%s", s.Addr().String(), 1)
				fmt.Fprint(conn, request, "\x00 sent along ")
				in := bufio.NewReader(conn)
				resp, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
				if err != nil || resp.StatusCode != 200 || len(resp.Header) > 0 {
					t.Fatalf("%v %v", resp, err)
				}
				fmt.Fprint(conn, "and later")
				_ = conn.(*net.TCPConn).CloseWrite()
				if all, err := io.ReadAll(in); err != nil || string(all) != "\x00 sent along and later" {
					t.Errorf("%q %v", all, err)
				}
			})
		}
	}
}

// Within a tunnel there is no other.
func TestConnectWithinTunnel(t *testing.T) {
	s := rawServer(t, silent)
	rig := start(t, rule(t, "http://127.0.0.1:*", nil), rule(t, "https://127.0.0.1:*", nil))
	for _, scheme := range []string{"http", "https"} {
		conn, _ := rig.connect(t, s.Addr().String())
		if scheme == "https" {
			conn, _ = rig.decrypted(t, conn)
		}
		fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", s.Addr())
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %v %v", scheme, resp, err)
		}
	}
}
