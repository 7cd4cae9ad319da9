package cli_test

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/rogpeppe/go-internal/testscript"
)

// parent NAME BACKEND starts a company's proxy, whose login is me:secret, and to
// which every name leads to the backend called BACKEND. The script then has
// $NAME for its host and port.
func parent(ts *testscript.TestScript, _ bool, args []string) {
	backend, err := url.Parse(ts.Getenv(args[1]))
	ts.Check(err)
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:secret"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Proxy-Authorization") != login:
			w.Header().Set("Proxy-Authenticate", `Basic realm="corp"`)
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method != http.MethodConnect:
			http.Error(w, "only tunnels", http.StatusNotImplemented)
		default:
			tunnel(w, backend.Host)
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.Listener.Addr().String())
}

// tunnel joins the client with address.
func tunnel(w http.ResponseWriter, address string) {
	up, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer up.Close()
	client, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(up, rw)
		_ = up.Close()
	}()
	_, _ = io.Copy(client, up)
}
