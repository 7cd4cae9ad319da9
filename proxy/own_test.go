package proxy_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"corsage/proxy"
)

// listen lets the rig accept connections on another address as well, and
// returns its port.
func (r *rig) listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("%s is not to be had here: %v", address, err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = r.Serve(l) }()
	t.Cleanup(func() { _ = r.Close(); <-served })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	// Serve notes the address before it accepts.
	c, err := net.Dial("tcp", net.JoinHostPort("localhost", port))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "GET /ready HTTP/1.0\r\n\r\n")
	_, _ = c.Read(make([]byte, 1))
	_ = c.Close()
	return port
}

// Whatever name it is asked for by, the proxy never asks itself: it answers, or
// says that this would be a circle. Chosen or not makes no difference.
func TestProxyAskedForItself(t *testing.T) {
	names := []string{"localhost", "LOCALHOST", "localhost.", "shop.localhost", "127.0.0.1", "127.0.0.2", "127.255.255.254",
		"0.0.0.0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:2]", "[0:0:0:0:0:0:0:1]"}
	if host, err := os.Hostname(); err == nil {
		if _, err := net.DefaultResolver.LookupHost(context.Background(), host); err == nil {
			names = append(names, host)
		}
	}
	list, _ := net.InterfaceAddrs()
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLinkLocalUnicast() {
			if p.Addr().Is6() {
				names = append(names, "["+p.Addr().String()+"]")
			} else {
				names = append(names, p.Addr().String())
			}
		}
	}
	for _, at := range []struct{ network, address string }{{"tcp", ":0"}, {"tcp4", "0.0.0.0:0"}} {
		for _, chosen := range []bool{false, true} {
			t.Run(fmt.Sprint(at.network, " ", at.address, ", chosen ", chosen), func(t *testing.T) {
				rig := start(t)
				port := rig.listen(t, at.network, at.address)
				for _, name := range names {
					if chosen {
						p, err := proxy.ParsePattern("http://" + name + ":" + port)
						if err != nil {
							t.Fatal(err)
						}
						r := rule(t, "http://x.test", nil)
						r.Backend = p
						rig.Apply(proxy.NewRuleset(r))
					}
					// In absolute form.
					target := name + ":" + port
					resp, body := rig.ask(t, "GET http://"+target+"/proxy.pac HTTP/1.1\r\nHost: "+target+"\r\nConnection: close\r\n\r\n")
					if !(resp.StatusCode == 200 && body == "local /proxy.pac") && !refusesItself(resp.StatusCode, body) {
						t.Errorf("http://%s: %d %s", target, resp.StatusCode, body)
					}
					// Through a tunnel.
					resp, body = rig.ask(t, "CONNECT "+target+" HTTP/1.1\r\nHost: "+target+"\r\n\r\n")
					if chosen {
						if resp.StatusCode != 200 {
							t.Errorf("CONNECT %s: %d %s", target, resp.StatusCode, body)
						}
						conn, in := rig.connect(t, target)
						fmt.Fprintf(conn, "GET /proxy.pac HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target)
						all := make([]byte, 4096)
						n, _ := in.Read(all)
						if !strings.HasPrefix(string(all[:n]), "HTTP/1.1 502") {
							t.Errorf("within CONNECT %s: %s", target, all[:n])
						}
					} else if !refusesItself(resp.StatusCode, body) {
						t.Errorf("CONNECT %s: %d %s", target, resp.StatusCode, body)
					}
				}
			})
		}
	}
}

// refusesItself accepts a refusal, and an address at which this machine has
// nobody listening.
func refusesItself(status int, body string) bool {
	return status == 502 && (strings.Contains(body, "proxy's own") || strings.Contains(body, "could not be reached"))
}

// Where the proxy listens at one address only, its neighbours are others'.
func TestOtherAddressIsNotItself(t *testing.T) {
	rig := start(t)
	_, port, _ := net.SplitHostPort(rig.addr)
	l, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skip(err) // only Linux has all of 127.0.0.0/8
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "hello\n")
	}()
	_, in := rig.connect(t, l.Addr().String())
	if line, err := in.ReadString('\n'); err != nil || line != "hello\n" {
		t.Errorf("%q %v", line, err)
	}
}
