// Package pac writes the proxy auto-configuration file that sends the hosts of
// enabled profiles to Corsage and everything else past it.
package pac

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ContentType is the media type under which browsers expect a PAC file.
const ContentType = "application/x-ns-proxy-autoconfig"

// Host is one target that goes to the proxy. A PAC file chooses by scheme, name
// and port only: browsers keep the path of https addresses from it.
type Host struct {
	// Scheme is "http" or "https"; ws and wss addresses count as these.
	Scheme string
	// Name is a lower-case A-label name, perhaps with "*." in front for any name
	// below it, or an IP address without brackets.
	Name string
	// Port is decimal, or "*" for any.
	Port string
}

//go:embed file.js
var template string

// File returns the PAC file for a proxy that listens on addr (host:port) and
// the hosts, which may repeat. It is written in the JavaScript of 1999, which
// all of today's PAC engines still understand.
func File(addr string, hosts []Host) []byte {
	hosts = slices.Clone(hosts)
	for i, h := range hosts {
		hosts[i].Name = address(h.Name)
	}
	slices.SortFunc(hosts, func(a, b Host) int {
		return strings.Compare(a.Name+" "+a.Scheme+" "+a.Port, b.Name+" "+b.Scheme+" "+b.Port)
	})
	var list strings.Builder
	for _, h := range slices.Compact(hosts) {
		name, below := strings.CutPrefix(h.Name, "*.")
		fmt.Fprintf(&list, "\n    [%s, %s, %t, %s],", quote(h.Scheme), quote(name), below, quote(h.Port))
	}
	return []byte(strings.NewReplacer(
		`"PROXY ADDRESS"`, quote("PROXY "+addr),
		`/* HOSTS */`, strings.TrimSuffix(list.String(), ",")+"\n",
	).Replace(template))
}

// address brings an IPv6 address to the form in which browsers write it (URL
// Standard, "IPv6 serializer"): they write a mapped IPv4 address in hexadecimal.
func address(name string) string {
	a, err := netip.ParseAddr(name)
	if err != nil || !a.Is4In6() {
		return name
	}
	b := a.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint(b[12])<<8|uint(b[13]), uint(b[14])<<8|uint(b[15]))
}

// quote makes a JavaScript string literal. JSON's are, once U+2028 and U+2029
// are escaped, which Marshal does.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // not for a string
		return `""`
	}
	return string(bytes.TrimSpace(b))
}
