package instance

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
)

// DefaultListen is where the proxy listens unless told otherwise. If something
// else has that port, one of the next few is taken, and preferred from then on.
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

// listen opens an address that was asked for.
func listen(address string) (net.Listener, error) {
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

// listenAgain opens the address that was used last, as the file in the state
// folder has it, or else the first free port from DefaultListen's on, which the
// next start then prefers.
func listenAgain(state string, log *slog.Logger) (net.Listener, error) {
	last, err := lastAddress(state)
	if err != nil {
		log.Warn("the proxy's last address is not known, so browsers may be set to another", "error", err)
	}
	l, err := listenFree(cmp.Or(last, DefaultListen), log)
	if err != nil {
		return nil, err
	}
	used := l.Addr().String()
	switch {
	case used == last && used != DefaultListen:
		log.Info("the proxy has the port that it had last time, since browsers may be set to it; remove the file to go back to the usual one",
			"used", used, "usual", DefaultListen, "file", filepath.Join(state, addressFile))
	case used != cmp.Or(last, DefaultListen):
		if err := keepAddress(state, used); err != nil {
			log.Warn("the next start may take another port than this one", "error", err)
		}
	}
	return l, nil
}

// listenFree opens first, or else the first free port from DefaultListen's on.
func listenFree(first string, log *slog.Logger) (net.Listener, error) {
	l, firstErr := net.Listen("tcp", first)
	if firstErr == nil {
		return l, nil
	}
	host, usual, _ := net.SplitHostPort(DefaultListen)
	n, _ := strconv.Atoi(usual)
	for port := n; port <= n+otherPorts; port++ {
		address := net.JoinHostPort(host, strconv.Itoa(port))
		if address == first {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			log.Warn("the port is taken, so the next free one is used: browsers that are set to the other must be set to this",
				"taken", first, "used", address, "why", cause(firstErr))
			return l, nil
		}
	}
	return nil, fmt.Errorf("can't listen on %s, nor on %s or the %d ports after it: %w; choose a port with --listen (0 takes any free one)", first, DefaultListen, otherPorts, cause(firstErr))
}

// cause strips what net puts in front of the system's error.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
