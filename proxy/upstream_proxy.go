package proxy

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// UpstreamProxy is the proxy that lies on the way to a backend, a company's for
// example. The zero value leaves it to the environment, and behind that to the
// WayOut. Backends on this machine
// are always connected to directly.
type UpstreamProxy struct {
	direct bool
	url    *url.URL
}

// The words that stand for no proxy of one's own.
const (
	proxyDirect      = "direct"
	proxyEnvironment = "environment"
)

// ParseUpstreamProxy reads "direct", "environment" or the URL of a proxy:
// http://, https://, socks5:// or socks5h:// (one and the same here: names are
// looked up by the proxy), with a user and password perhaps, in percent encoding
// (RFC 3986, section 3.2.1). The error does not repeat the password.
func ParseUpstreamProxy(s string) (UpstreamProxy, error) {
	switch s {
	case proxyDirect:
		return UpstreamProxy{direct: true}, nil
	case proxyEnvironment:
		return UpstreamProxy{}, nil
	}
	u, err := parseProxyURL(s)
	if err != nil {
		return UpstreamProxy{}, fmt.Errorf("%w; it is http://host:port, https://…, socks5://…, direct or environment", err)
	}
	return UpstreamProxy{url: u}, nil
}

func parseProxyURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	shown := hidePassword(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no URL (characters such as @ : / and %% in a password are written %%40, %%3A, %%2F and %%25)", shown)
	case !strings.Contains(s, "://"):
		return nil, fmt.Errorf("%q has no scheme: write http://%s", shown, shown)
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return nil, fmt.Errorf("%q is no proxy: its scheme must be http, https, socks5 or socks5h", shown)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%q names no host", shown)
	case u.Port() != "" && !isPort(u.Port()):
		return nil, fmt.Errorf("%q has the port wrong: it must be 1 to 65535", shown) // it may be a part of a password
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q has something behind the port: a proxy is a host and a port", shown)
	}
	return u, nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// hidePassword takes what may be a user and password out of a URL's text.
func hidePassword(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	} else {
		scheme += "://"
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = "…" + rest[at:]
	}
	return scheme + rest
}

// HasPassword reports whether p carries a password.
func (p UpstreamProxy) HasPassword() bool {
	if p.url == nil {
		return false
	}
	_, ok := p.url.User.Password()
	return ok
}

// String returns what ParseUpstreamProxy reads, without user and password.
func (p UpstreamProxy) String() string {
	switch {
	case p.direct:
		return proxyDirect
	case p.url == nil:
		return proxyEnvironment
	}
	return p.url.Scheme + "://" + p.url.Host
}

// key tells one from another, by the password too. It is "" for the environment.
func (p UpstreamProxy) key() string {
	switch {
	case p.direct:
		return proxyDirect
	case p.url == nil:
		return ""
	}
	return p.url.String()
}
