package proxy

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Winsock has error numbers of its own, which are none of package syscall's
// E names.

// isRefused reports whether err says that nothing listens at an address.
func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

// isUnreachable reports whether err says that there is no way to an address.
func isUnreachable(err error) bool {
	return errors.Is(err, windows.WSAENETUNREACH) || errors.Is(err, windows.WSAEHOSTUNREACH)
}

// isCutOff reports whether err says that the other end closed a connection
// which was still in use.
func isCutOff(err error) bool {
	return errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNABORTED) || errors.Is(err, windows.WSAESHUTDOWN)
}
