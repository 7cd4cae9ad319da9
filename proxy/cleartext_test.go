package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// HTTP/2 without TLS, as gRPC clients begin it with prior knowledge (RFC 9113,
// section 3.3), is understood in a tunnel, streams both ways, and many requests
// share its connection.
func TestCleartextHTTP2(t *testing.T) {
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "Grpc-Status")
		fmt.Fprintf(w, "%s %s host=%s %s", r.Proto, r.RequestURI, r.Host, body)
		w.Header().Set("Grpc-Status", "0")
	}))
	defer b.Close()
	r := start(t, rule(t, "http://dev.test", b, allow))
	var tunnels int
	tr := &http.Transport{
		Protocols: new(http.Protocols),
		DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
			tunnels++
			conn, _ := r.connect(t, addr)
			return conn, nil
		},
	}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	for range 3 {
		resp, body := do(t, c, "POST", "http://dev.test/x", strings.NewReader("data"), "Origin", page)
		if resp.ProtoMajor != 2 || body != "HTTP/1.1 /x host=dev.test data" || resp.Trailer.Get("Grpc-Status") != "0" ||
			resp.Header.Get("Access-Control-Allow-Origin") != page {
			t.Errorf("%s %q %v %v", resp.Proto, body, resp.Header, resp.Trailer)
		}
	}
	if tunnels != 1 {
		t.Errorf("%d tunnels", tunnels)
	}
}
