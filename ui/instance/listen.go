package instance

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
)

// DefaultListen is where the proxy listens unless told otherwise. If something
// else has that port, one of the next few is taken.
const DefaultListen = "127.0.0.1:8899"

// otherPorts is how many ports behind DefaultListen's are tried.
const otherPorts = 20

// ParseListen checks an address for the proxy, host:port, and brings it to the
// form for net.Listen. The host must be a loopback address (127.0.0.0/8 or ::1)
// or localhost, since whoever reaches the proxy can use the sessions it holds;
// port 0 stands for any free one. The error says what is wrong and what to write.
func ParseListen(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fmt.Errorf("%q is no address to listen on: write host:port, such as %s or [::1]:8899", s, DefaultListen)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", fmt.Errorf("%q has the port %q: it must be 1 to 65535, or 0 for any free one", s, port)
	}
	port = strconv.FormatUint(n, 10)
	if host == "localhost" {
		return net.JoinHostPort("127.0.0.1", port), nil
	}
	if host == "" {
		return "", fmt.Errorf("%q would open the proxy to the network: write 127.0.0.1:%s", s, port)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "", fmt.Errorf("%q has the host %q: it must be localhost, 127.0.0.1 or [::1]", s, host)
	}
	if !addr.Unmap().IsLoopback() {
		return "", fmt.Errorf("%q would open the proxy to the network, and with it the sessions it holds: write 127.0.0.1:%s", s, port)
	}
	return net.JoinHostPort(addr.Unmap().WithZone("").String(), port), nil
}

// listen opens address, or where it is empty the first free port from
// DefaultListen's on.
func listen(address string, log *slog.Logger) (net.Listener, error) {
	if address != "" {
		checked, err := ParseListen(address)
		if err != nil {
			return nil, err
		}
		l, err := net.Listen("tcp", checked)
		if err != nil {
			return nil, fmt.Errorf("can't listen on %s: %w; end what uses that port, or choose another with --listen (port 0 takes any free one)", checked, cause(err))
		}
		return l, nil
	}
	host, first, _ := net.SplitHostPort(DefaultListen)
	n, _ := strconv.Atoi(first)
	var firstErr error
	for port := n; port <= n+otherPorts; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			if port != n {
				log.Warn("the port is taken, so the next free one is used",
					"taken", DefaultListen, "used", l.Addr().String(), "why", cause(firstErr))
			}
			return l, nil
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	return nil, fmt.Errorf("can't listen on %s nor on the %d ports after it: %w; choose a port with --listen (0 takes any free one)", DefaultListen, otherPorts, cause(firstErr))
}

// cause strips what net puts in front of the system's error.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
