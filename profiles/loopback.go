package profiles

import (
	"strings"

	"corsage/proxy"
)

// Loopback returns the URLs of backends that browsers ask for on this machine:
// localhost, a name below it, or a loopback address. They send these past every
// PAC file and system's proxy setting, so only a browser that was opened from
// Corsage, or is set up by hand for it, brings them here.
func (p *Profile) Loopback() []string {
	var urls []string
	for _, b := range p.Backends {
		pattern, err := proxy.ParsePattern(b.URL)
		if err != nil {
			continue
		}
		if _, host, _ := pattern.Target(); proxy.IsLoopback(strings.TrimPrefix(host, "*.")) {
			urls = append(urls, b.URL)
		}
	}
	return urls
}
