package sysproxy

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Previous is what the system's proxy setting says without Corsage. The zero
// Previous is a direct connection. Where more than one part is there, each is
// meant to be tried before the next: detection, PAC file, proxies.
type Previous struct {
	// Detect is automatic detection (WPAD).
	Detect bool `json:"detect,omitempty"`
	// PAC is the address of a PAC file.
	PAC string `json:"pac,omitempty"`
	// HTTP, HTTPS, FTP and SOCKS are the proxies for these kinds of traffic as
	// host:port, the last for all that has no other; "" for none.
	HTTP  string `json:"http,omitempty"`
	HTTPS string `json:"https,omitempty"`
	FTP   string `json:"ftp,omitempty"`
	SOCKS string `json:"socks,omitempty"`
	// Except are the targets that the proxies are not for: host names, "*.name" for
	// the names below one, ".name" for both, IP addresses, CIDR blocks, any of
	// these with ":port", and "<local>" for names without a dot.
	Except []string `json:"except,omitempty"`
	// Only turns Except round: the proxies are for these targets alone.
	Only bool `json:"only,omitempty"`
}

// Direct tells whether there is nothing but a direct connection.
func (p Previous) Direct() bool {
	return !p.Detect && p.PAC == "" && p.HTTP == "" && p.HTTPS == "" && p.FTP == "" && p.SOCKS == ""
}

// Without returns p without what leads to the proxy at addr (host:port), for
// whoever is this proxy: it must not send anything to itself.
func (p Previous) Without(addr string) Previous {
	if u, err := url.Parse(p.PAC); err == nil && sameAddress(u.Host, addr) {
		p.PAC = ""
	}
	for _, proxy := range []*string{&p.HTTP, &p.HTTPS, &p.FTP, &p.SOCKS} {
		if sameAddress(*proxy, addr) {
			*proxy = ""
		}
	}
	return p
}

// String says it in words, such as "proxy.corp:3128"; "" for a direct connection.
func (p Previous) String() string {
	switch {
	case p.Detect:
		return "automatic detection (WPAD)"
	case p.PAC != "":
		return "PAC file " + p.PAC
	}
	var all []string
	for _, proxy := range []struct{ kind, addr string }{{"", p.HTTP}, {"", p.HTTPS}, {"", p.FTP}, {"SOCKS ", p.SOCKS}} {
		if text := proxy.kind + proxy.addr; proxy.addr != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// sameAddress compares two host:port of the loopback, where all names mean the
// same.
func sameAddress(a, b string) bool {
	if a == b {
		return a != ""
	}
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	return errA == nil && errB == nil && portA == portB && loopback(hostA) && loopback(hostB)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
