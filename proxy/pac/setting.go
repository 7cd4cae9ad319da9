package pac

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Setting is what a system's proxy setting was before Corsage was put into it.
// The zero value stands for no proxy.
type Setting struct {
	// PAC are the addresses of PAC files, http, https, file or data, of which the
	// first that can be used counts: as a system does that first looks for one by
	// itself (AutoDetectURL), then at the one that was set, and then goes by the
	// proxies below.
	PAC []string
	// HTTP and HTTPS are the proxies for what is asked for by these schemes, SOCKS
	// the one for what has none of its own: host:port, or a URL with the scheme
	// http, https, socks5, socks5h or socks, perhaps with user:password@. "" for
	// none.
	HTTP, HTTPS, SOCKS string
	// Except are the hosts that go past the proxies: a name, one with "*" in it,
	// ".name" for a name and those below it, an IP address or network (10.0.0.0/8,
	// 169.254/16), <local> for names without a dot; with a scheme in front or a port
	// behind perhaps.
	Except []string
	// Only turns Except round: only these hosts go to the proxies.
	Only bool
}

// AutoDetectURL is where a system that detects its proxy looks for a PAC file
// (WPAD, draft-ietf-wrec-wpad-01, section 4.4.1), by the machine's search domains.
const AutoDetectURL = "http://wpad/wpad.dat"

// Path is that of the PAC file which Corsage serves.
const Path = "/proxy.pac"

// IsOwnURL reports whether the PAC file at address may be Corsage's own, of this
// run or an earlier one: it lies on this machine, under its path.
func IsOwnURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && u.Path == Path &&
		(u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
}

// parseProxy reads one of a Setting's proxies; nil for "".
func parseProxy(s, scheme string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	if !strings.Contains(s, "://") {
		s = scheme + "://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("it is no host:port, and no URL of a proxy") // not the text, which may hold a password
	case u.Scheme == "socks":
		u.Scheme = "socks5"
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return nil, fmt.Errorf("its scheme is %q: Corsage knows http, https and socks5", u.Scheme)
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}, nil
}
