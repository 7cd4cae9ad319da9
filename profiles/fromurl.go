package profiles

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"corsage/proxy"
)

// FromURL makes a profile for a backend of which the user has pasted some
// address: a page's is fine, only scheme://host[:port] is kept. Without a scheme
// it is https, but http for a host on this machine. The profile is called after
// the host. The error says what is wrong with the address.
func FromURL(rawURL string) (Profile, error) {
	s := strings.Trim(strings.TrimSpace(rawURL), "<>\"'`")
	if s == "" {
		return Profile{}, errors.New("paste the address of your backend, such as https://dev.example.com")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		if strings.HasPrefix(s, "//") {
			rest = s[2:]
		} else {
			rest = s
		}
		scheme = "https"
	}
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 && ok {
		rest = rest[i+1:]
	}
	u := url.URL{Host: rest}
	host := u.Hostname()
	if !ok && loopback(host) {
		scheme = "http"
	}
	if !ok && !loopback(host) && (!strings.ContainsAny(host, ".:") || strings.Contains(rest, "@")) {
		return Profile{}, fmt.Errorf("%q is no address of a backend: paste one such as https://dev.example.com", strings.TrimSpace(rawURL))
	}
	pattern, err := proxy.ParsePattern(scheme + "://" + rest)
	if err != nil {
		return Profile{}, fmt.Errorf("this is no address of a backend: %w", err)
	}
	backend := pattern.String()
	_, name, _ := strings.Cut(backend, "://")
	return Profile{Name: name, Backends: []Backend{{URL: backend}}}, nil
}

// loopback reports whether a host names this machine.
func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
