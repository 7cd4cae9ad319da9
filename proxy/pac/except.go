package pac

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// exceptions are the hosts that go past a system's proxies, in one form for Go
// and JavaScript: expressions over scheme://name:port, with an address without
// brackets, and networks.
type exceptions struct {
	names []*regexp.Regexp
	nets  []network
}

// network is a range of addresses, IPv4 ones unmapped.
type network struct {
	prefix netip.Prefix
	scheme string // "" for any
	port   string // "" for any
}

// alwaysDirect are the hosts that are on this machine, or next to it, for
// everyone: browsers ask no proxy for them.
func alwaysDirect() exceptions {
	e, _ := parseExceptions([]string{"localhost", ".localhost", "127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10"})
	return e
}

// parseExceptions reads what Setting describes. The error tells the entries that
// it can't make sense of; the others count.
func parseExceptions(list []string) (exceptions, error) {
	var (
		e    exceptions
		errs []error
	)
	for _, entry := range list {
		if err := e.add(strings.ToLower(strings.TrimSpace(entry))); err != nil {
			errs = append(errs, fmt.Errorf("the exception %q: %w", entry, err))
		}
	}
	return e, errors.Join(errs...)
}

// add reads one entry, in lower case.
func (e *exceptions) add(entry string) error {
	switch entry {
	case "", "<-loopback>": // this machine is asked directly either way
		return nil
	case "<local>":
		return e.expression(`[^.:]+`, "", "")
	}
	scheme, rest, ok := strings.Cut(entry, "://")
	if !ok {
		scheme, rest = "", entry
	}
	rest = strings.TrimSuffix(rest, "/")
	if prefix, ok := parseNetwork(rest); ok {
		e.nets = append(e.nets, network{prefix: prefix, scheme: scheme})
		return nil
	}
	name, port := rest, ""
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		name, port = rest[:i], rest[i+1:]
		if port == "*" {
			port = ""
		} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return errors.New("it is no host, and no network")
		}
	}
	if prefix, ok := parseNetwork(name); ok {
		e.nets = append(e.nets, network{prefix: prefix, scheme: scheme, port: port})
		return nil
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" || strings.ContainsAny(name, "/<>@ :[]") {
		return errors.New("it is no host, and no network")
	}
	if end, ok := strings.CutPrefix(name, "."); ok && end != "" {
		return e.expression(`(.*\.)?`+glob(end), scheme, port)
	}
	return e.expression(glob(name), scheme, port)
}

// glob is the expression for a name in which "*" stands for anything.
func glob(name string) string { return strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `.*`) }

// expression adds hosts by an expression over their names.
func (e *exceptions) expression(name, scheme, port string) error {
	if scheme == "" {
		scheme = `[a-z]+`
	} else {
		scheme = regexp.QuoteMeta(scheme)
	}
	if port == "" {
		port = `[0-9]+`
	}
	x, err := regexp.Compile(`^` + scheme + `://` + name + `:` + port + `$`)
	if err != nil {
		return err
	}
	e.names = append(e.names, x)
	return nil
}

// match reports whether scheme, name (lower case, without brackets and trailing
// dot) and port are among e.
func (e *exceptions) match(scheme, name, port string) bool {
	if a, err := netip.ParseAddr(name); err == nil {
		for _, n := range e.nets {
			if n.prefix.Contains(a.Unmap()) && (n.scheme == "" || n.scheme == scheme) && (n.port == "" || n.port == port) {
				return true
			}
		}
	}
	target := scheme + "://" + name + ":" + port
	for _, x := range e.names {
		if x.MatchString(target) {
			return true
		}
	}
	return false
}

// parseNetwork reads an address, in brackets perhaps, or a network, whose IPv4
// address may be cut short as on macOS: 169.254/16.
func parseNetwork(s string) (netip.Prefix, bool) {
	bare := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if a, err := netip.ParseAddr(bare); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	address, bits, ok := strings.Cut(s, "/")
	if !ok {
		return netip.Prefix{}, false
	}
	if !strings.Contains(address, ":") {
		for strings.Count(address, ".") < 3 {
			address += ".0"
		}
	}
	p, err := netip.ParsePrefix(address + "/" + bits)
	if err != nil {
		return netip.Prefix{}, false
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}
