package instance

import (
	"bytes"
	_ "embed"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"strconv"

	"corsage/proxy"
	"corsage/proxy/pac"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page.html").Parse(pageText))

// local answers requests to the proxy itself: the PAC file, the certificates of
// the dev CA and a page that says what this is.
func (i *Instance) local() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pac.Path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", pac.ContentType)
		_, _ = w.Write(i.pac.get())
	})
	mux.HandleFunc("GET /ca.pem", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		_, _ = w.Write(bytes.Join(i.CAs(), nil))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err := page.Execute(w, struct {
			Status
			Through bool // asked of as a proxy (RFC 9112, section 3.2.2 "absolute-form")
		}{i.Status(), r.URL.IsAbs()})
		if err != nil {
			i.log.Debug("writing the status page", "error", err)
		}
	})
	return guarded(mux)
}

// guarded keeps other sites out. A page that made its own name resolve to this
// machine (DNS rebinding) is told by the Host header; a page that embeds what is
// here, as a script for instance, by the policies on each answer. There are no
// CORS headers, so no page can read any of it.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if !isLoopback(r.Host) {
			http.Error(w, "Corsage: this is the proxy itself, which answers as localhost, 127.0.0.1 or [::1] only. If "+
				"you meant a site, tell your browser to use Corsage as its HTTP proxy.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback reports whether a Host header names this machine.
func isLoopback(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	} else if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func pacHosts(rules *proxy.Ruleset) []pac.Host {
	var hosts []pac.Host
	for _, r := range rules.Rules() {
		scheme, name, port := r.Backend.Target()
		hosts = append(hosts, pac.Host{Scheme: scheme, Name: name, Port: port})
	}
	return hosts
}
