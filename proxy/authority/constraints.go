package authority

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// nowhere is a name that no host has (RFC 6761, section 6.4). A form of name of
// which a root may sign none is permitted for it alone, since a permitted subtree
// shuts out everything else of its form in every client.
const nowhere = "corsage.invalid"

// The blocks of all IPv4 and of all IPv6 addresses.
var (
	everyIPv4 = net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}
	everyIPv6 = net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}
)

// constrain limits what template may sign for to canonical hosts (RFC 5280,
// section 4.2.1.10), of each form of name that Go, and with it everybody, can
// limit. What lies below a DNS name is permitted with it: the standard has no
// way to say the name alone. An address is permitted alone.
func constrain(template *x509.Certificate, hosts []string) {
	template.PermittedDNSDomainsCritical = true // is the whole extension's
	var ipv4, ipv6 bool
	for _, host := range hosts {
		ip, err := netip.ParseAddr(host)
		if err != nil {
			template.PermittedDNSDomains = append(template.PermittedDNSDomains, host)
			continue
		}
		ipv4, ipv6 = ipv4 || ip.Is4(), ipv6 || ip.Is6()
		template.PermittedIPRanges = append(template.PermittedIPRanges,
			&net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(ip.BitLen(), ip.BitLen())})
	}
	if len(template.PermittedDNSDomains) == 0 {
		template.PermittedDNSDomains = []string{nowhere}
	}
	if !ipv4 {
		template.ExcludedIPRanges = append(template.ExcludedIPRanges, &everyIPv4)
	}
	if !ipv6 {
		template.ExcludedIPRanges = append(template.ExcludedIPRanges, &everyIPv6)
	}
	template.PermittedEmailAddresses = []string{nowhere}
	template.PermittedURIDomains = []string{nowhere}
}

// constrainedTo returns the hosts that a root is constrained to, in canonical
// form, DNS names first; an error if it could sign for more than a list of hosts.
func constrainedTo(cert *x509.Certificate) ([]string, error) {
	var hosts []string
	for _, name := range cert.PermittedDNSDomains {
		if canonical, err := canonicalHost(name); err != nil || canonical != name {
			return nil, fmt.Errorf("%s permits %q, which is no host", certFile, name)
		}
		if name != nowhere {
			hosts = append(hosts, name)
		}
	}
	for _, block := range cert.PermittedIPRanges {
		ip, ok := netip.AddrFromSlice(block.IP)
		if ones, bits := block.Mask.Size(); !ok || ones != bits {
			return nil, fmt.Errorf("%s permits all of %v, not single addresses", certFile, block)
		}
		hosts = append(hosts, ip.String())
	}
	only := []string{nowhere}
	switch {
	case !cert.PermittedDNSDomainsCritical || len(cert.PermittedDNSDomains) == 0,
		!slices.Equal(cert.PermittedEmailAddresses, only) || !slices.Equal(cert.PermittedURIDomains, only),
		len(cert.PermittedIPRanges) == 0 && len(cert.ExcludedIPRanges) != 2:
		return nil, fmt.Errorf("%s is not constrained to hosts", certFile)
	case len(hosts) == 0:
		return nil, fmt.Errorf("%s permits no host", certFile)
	}
	return hosts, nil
}

// permits reports whether the constraints of hosts permit a leaf for the
// canonical host name.
func permits(hosts []string, name string) bool {
	if isAddress(name) {
		return slices.Contains(hosts, name)
	}
	return slices.ContainsFunc(hosts, func(host string) bool {
		if name == host {
			return true
		}
		below, ok := strings.CutSuffix(name, "."+host)
		return ok && below != "" && !isAddress(host)
	})
}

// isAddress reports whether a canonical host is an IP address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// canonicalHosts brings the hosts that a root is to be constrained to to one form
// and order, each once.
func canonicalHosts(hosts []string) ([]string, error) {
	var names []string
	for _, host := range hosts {
		name, err := canonicalHost(host)
		if name == nowhere {
			err = errors.New("it stands for no host")
		}
		if err != nil {
			return nil, fmt.Errorf("dev CA: no root can be made for %q: %w", host, err)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, errors.New("dev CA: no root can be made for no host")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
