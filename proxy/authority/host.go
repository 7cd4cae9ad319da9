package authority

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	maxName  = 253 // RFC 1035 section 2.3.4, in text form without the last dot
	maxLabel = 63
)

var errNoHost = errors.New("no host name; give a DNS name or an IP address")

// canonicalHost brings every spelling of a host to one: DNS names in lower case,
// as A-labels and without a trailing dot, IP addresses as netip prints them,
// without zone, and IPv4 ones never as IPv6. It accepts underscores, which
// development hosts have, and no wildcards, which no client asks for.
func canonicalHost(host string) (string, error) {
	name := host
	if !utf8.ValidString(name) {
		return "", errors.New("the name is not UTF-8")
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); !ok || !strings.Contains(inner, ":") {
			return "", fmt.Errorf("%q is not an IPv6 address in brackets", host)
		}
		name = inner
	}
	if !isASCII(name) {
		// UTS #46 as browsers use it; the plain form needs nothing of it.
		profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))
		var err error
		if name, err = profile.ToASCII(name); err != nil {
			return "", fmt.Errorf("not an internationalised name: %w", err)
		}
	}
	name = strings.TrimSuffix(name, ".")
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.WithZone("").Unmap().String(), nil
	}
	name = strings.ToLower(name)
	if err := checkName(name); err != nil {
		return "", err
	}
	return name, nil
}

// checkName accepts what resolvers and browsers take for a name, in lower case.
func checkName(name string) error {
	if name == "" {
		return errNoHost
	}
	if len(name) > maxName {
		return fmt.Errorf("the name is longer than %d characters", maxName)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel {
			return fmt.Errorf("%q has a part that is not 1 to %d characters long", name, maxLabel)
		}
		if i := strings.IndexFunc(label, notInLabel); i >= 0 {
			return fmt.Errorf("neither an IP address nor a DNS name, which has no %q in it; give the host without a port", label[i])
		}
	}
	return nil
}

func notInLabel(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
