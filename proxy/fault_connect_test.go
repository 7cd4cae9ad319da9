package proxy_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"corsage/proxy"
	"corsage/proxy/record"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers all questions, over UDP, with the code, and for those
// without one with no address.
func nameServer(t *testing.T, code func(name string) (dnsmessage.RCode, bool)) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			rcode, answers := code(m.Questions[0].Name.String())
			if !answers {
				continue
			}
			reply := dnsmessage.Message{
				Header:    dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true, RCode: rcode},
				Questions: m.Questions,
			}
			if out, err := reply.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	// A lookup whose caller has given up waits on for some seconds: end it too.
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(func() { end(); _ = conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		query, err := new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
		if err == nil {
			context.AfterFunc(ctx, func() { _ = query.Close() })
		}
		return query, err
	}}
}

// A backend to which there is no connection.
func TestConnectFaults(t *testing.T) {
	holdDescriptors(t)
	resolver := nameServer(t, func(name string) (dnsmessage.RCode, bool) {
		switch {
		case strings.HasPrefix(name, "unknown."):
			return dnsmessage.RCodeNameError, true
		case strings.HasPrefix(name, "broken."):
			return dnsmessage.RCodeServerFailure, true
		default:
			return dnsmessage.RCodeSuccess, !strings.HasPrefix(name, "silent.")
		}
	})
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = refusing.Close()
	stalled, release := stalledListener(t)
	defer release()
	for _, scheme := range []string{"https", "http"} {
		for _, chosen := range []bool{true, false} {
			for _, c := range []struct {
				name, upstream string
				status         int
				text           string
			}{
				{"refused", refusing.Addr().String(), 502, "the connection was refused"},
				{"unknown name", "unknown.invalid", 502, "no address is known for the name unknown.invalid"},
				{"name without address", "empty.invalid", 502, "no address is known for the name empty.invalid"},
				{"name server fails", "broken.invalid", 502, "the name server could not tell"},
				{"name server is silent", "silent.invalid", 504, "nobody said in time"},
				{"connection stalls", stalled, 504, "did not answer in time"},
			} {
				name := scheme + " " + c.name
				if !chosen {
					name += ", not chosen"
				}
				t.Run(name, func(t *testing.T) {
					if c.upstream == "" {
						t.Skip("a connection that stalls can't be made here")
					}
					r := start(t)
					r.SetResolver(resolver)
					if c.status == http.StatusGatewayTimeout {
						r.SetTimeouts(200*time.Millisecond, time.Second, time.Second)
					}
					base := scheme + "://" + c.upstream
					if chosen {
						base = scheme + "://example.com"
						b := rule(t, base, nil, allow)
						b.Upstream = &url.URL{Scheme: scheme, Host: c.upstream}
						r.Apply(proxy.NewRuleset(b))
					}
					if scheme == "https" && !chosen { // the browser shows no page for a tunnel that fails
						if _, err := r.client.Get(base); err == nil || !strings.Contains(err.Error(), http.StatusText(c.status)) {
							t.Errorf("%v, want %d", err, c.status)
						}
						return
					}
					resp, body := get(t, r.client, base+"/fault", "Origin", page)
					if resp.StatusCode != c.status || !strings.Contains(body, c.text) {
						t.Errorf("%d %s", resp.StatusCode, body)
					}
					if !chosen {
						return
					}
					if resp.Header.Get("Access-Control-Allow-Origin") != page {
						t.Error("the page can't read it")
					}
					e := r.entry(t, func(e *record.Entry) bool { return e.State == record.Done })
					if e.Status != c.status || !strings.Contains(e.Error, c.text) {
						t.Errorf("logged %d %q", e.Status, e.Error)
					}
				})
			}
		}
	}
}
