package verdict

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// site is a scheme and a registrable domain, or the host where there is none
// (HTML, "obtain a site"). The zero site is an opaque one, same with none.
type site struct{ scheme, domain string }

// siteOf returns the site of a serialised origin.
func siteOf(origin string) site {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return site{}
	}
	scheme := strings.ToLower(u.Scheme)
	switch scheme {
	case "ws":
		scheme = "http"
	case "wss":
		scheme = "https"
	}
	return site{scheme, registrable(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")))}
}

// registrable is the registrable domain of a host, or the host itself.
func registrable(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

// same compares two sites, with their schemes or without.
func (s site) same(other site, schemeful bool) bool {
	return s.domain != "" && s.domain == other.domain && (!schemeful || s.scheme == other.scheme)
}

// trustworthy reports a potentially trustworthy origin (Secure Contexts, section
// 3.1): https, or this machine.
func trustworthy(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "wss":
		return true
	case "http", "ws":
		return loopback(strings.ToLower(u.Hostname()))
	}
	return false
}

// loopback reports a host that is this machine.
func loopback(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
