// Package modify has the toggles: one file each, named as the profile file names
// it, with the switch's texts and what it does to an exchange. All but
// hold-session, drop-hsts, drop-alt-svc and rewrite-location act on exchanges of
// allowed pages only (proxy.Allowed), with these exceptions: allow-origin's Vary
// also on those of other pages that share a cache with these; rewrite-origin and
// rewrite-referer also on those of the backend's own pages behind an upstream of
// another name; edit-headers also on those of the backend's own pages;
// relax-coep and relax-csp also on pages that come through Corsage themselves;
// relax-corp, relax-coep, relax-csp and relax-frame-options also on what is asked
// within a frame.
package modify

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
)

// underCORS reports whether the browser will run the CORS check on f's answer
// for a page that the profile allows: the request named its origin, and is no
// WebSocket handshake that went through.
func underCORS(f *proxy.Flow) bool {
	return f.Relation == proxy.Allowed && f.Received.Get("Origin") != "" &&
		f.Response.StatusCode != http.StatusSwitchingProtocols
}

// relayed reports whether f's request is one of an allowed page that the
// backend should take for its own page's. A preflight carries no session and is
// for the backend's CORS code, if it has any: it stays as the browser sent it.
func relayed(f *proxy.Flow) bool {
	return f.Relation == proxy.Allowed && !f.Preflight
}

// unsafeMethod reports whether a method may change something (RFC 9110, section
// 9.2.1), which is what CSRF checks look at.
func unsafeMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return true
}

// tokens returns the valid members of a list header (RFC 9110, section 5.6.1):
// those that are names of methods or header fields.
func tokens(values []string) []string {
	var list []string
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if t = strings.Trim(t, " \t"); httpguts.ValidHeaderFieldName(t) {
				list = append(list, t)
			}
		}
	}
	return list
}

// hasToken reports whether a list header names the token, in any case.
func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(tokens(values), func(t string) bool { return strings.EqualFold(t, token) })
}
