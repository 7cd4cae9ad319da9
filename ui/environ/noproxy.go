package environ

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"corsage/proxy"
)

// loopback are the names of this machine that programs go on asking directly.
// The IPv6 address has no brackets: Python's httpx fails on them at the start,
// and who compares with brackets, as Node's fetch does, reaches it through
// Corsage as well.
var loopback = []string{"localhost", "127.0.0.1", "::1"}

// noProxy returns the value for NO_PROXY: what is asked directly, without
// Corsage. That is this machine, so that what programs say to each other on it
// is not disturbed, and what former, the value so far, says; but no host of a
// backend, or its programs would go past Corsage. Notes say what follows from
// that.
func noProxy(former string, backends []string) (value string, notes []string) {
	var hosts []string
	for _, b := range backends {
		p, err := proxy.ParsePattern(b)
		if err != nil {
			continue // not in force either
		}
		if _, host, _ := p.Target(); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	entries := strings.FieldsFunc(former, func(r rune) bool { return r == ',' || r == ' ' })
	var kept, here, dropped []string
	for _, entry := range append(slices.Clone(loopback), entries...) {
		if slices.Contains(kept, entry) || slices.Contains(here, entry) || slices.Contains(dropped, entry) {
			continue
		}
		switch covered := slices.ContainsFunc(hosts, func(host string) bool { return covers(entry, host) }); {
		case !covered:
			kept = append(kept, entry)
		case slices.Contains(loopback, entry):
			here = append(here, entry)
		default:
			dropped = append(dropped, entry)
		}
	}
	if len(here) > 0 {
		notes = append(notes, fmt.Sprintf("%s is asked through Corsage, since a profile has a backend there; Go and Ruby programs go past any proxy to this machine.", list(here)))
	}
	if len(dropped) > 0 {
		notes = append(notes, fmt.Sprintf("NO_PROXY said to ask %s directly; through Corsage it is, since a profile has a backend there.", list(dropped)))
	}
	return strings.Join(kept, ","), notes
}

// covers reports whether some address of a backend's host would be asked
// directly with entry in NO_PROXY. Programs differ in how they read an entry;
// here it is read as widely as any does. The host may begin with "*.".
func covers(entry, host string) bool {
	if entry == "*" {
		return true
	}
	entry = strings.TrimSuffix(strings.ToLower(entry), ".")
	host, below := strings.CutPrefix(host, "*.")
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		addr, err := netip.ParseAddr(host)
		return err == nil && prefix.Contains(addr)
	}
	if name, port, ok := strings.Cut(entry, ":"); ok && !strings.Contains(port, ":") {
		entry = name
	} else if strings.HasPrefix(entry, "[") {
		entry, _, _ = strings.Cut(entry[1:], "]")
	}
	entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
	return entry != "" && (host == entry || strings.HasSuffix(host, "."+entry) || below && strings.HasSuffix(entry, "."+host))
}
