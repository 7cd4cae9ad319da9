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
	// HTTP and HTTPS are the proxies for what is asked for by these schemes, SOCKS
	// the one for all that has none of its own: host:port, perhaps with
	// user:password@ and a scheme in front; "" for none.
	HTTP  string `json:"http,omitempty"`
	HTTPS string `json:"https,omitempty"`
	SOCKS string `json:"socks,omitempty"`
	// Except are the targets that the proxies are not for, as the system writes
	// them, but that ".name" stands for a name and those below it, and "name" for
	// itself.
	Except []string `json:"except,omitempty"`
	// Only turns Except round: the proxies are for these targets alone.
	Only bool `json:"only,omitempty"`
}

// Direct tells whether there is nothing but a direct connection.
func (p Previous) Direct() bool { return !p.Detect && p.PAC == "" && !p.manual() }

func (p Previous) manual() bool { return p.HTTP != "" || p.HTTPS != "" || p.SOCKS != "" }

// Without returns p without what leads to the proxy at addr (host:port), for
// whoever is this proxy: it must not send anything to itself.
func (p Previous) Without(addr string) Previous {
	if u, err := url.Parse(p.PAC); err == nil && sameAddress(u.Host, addr) {
		p.PAC = ""
	}
	for _, proxy := range []*string{&p.HTTP, &p.HTTPS, &p.SOCKS} {
		if sameAddress(bare(*proxy), addr) {
			*proxy = ""
		}
	}
	return p
}

// String says it in words, such as "proxy.corp:3128", without passwords; "" for a
// direct connection.
func (p Previous) String() string {
	switch {
	case p.Detect:
		return "automatic detection (WPAD)"
	case p.PAC != "":
		return "PAC file " + withoutPassword(p.PAC)
	}
	var all []string
	for _, proxy := range []struct{ kind, addr string }{{"", p.HTTP}, {"", p.HTTPS}, {"SOCKS ", p.SOCKS}} {
		if text := proxy.kind + bare(proxy.addr); proxy.addr != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// bare returns the host and port of a proxy.
func bare(proxy string) string {
	if _, rest, ok := strings.Cut(proxy, "://"); ok {
		proxy = rest
	}
	return proxy[strings.LastIndexByte(proxy, '@')+1:]
}

// withoutPassword returns a setting's text, for people, without the user and
// password of an address in it.
func withoutPassword(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	end := strings.IndexAny(rest+"/", "/?#")
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		return scheme + "://…" + rest[at:]
	}
	return text
}

// sameAddress compares two host:port, of which the loopback's are all the same.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	return errA == nil && errB == nil && portA == portB && (strings.EqualFold(hostA, hostB) || loopback(hostA) && loopback(hostB))
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
