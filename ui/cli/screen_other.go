//go:build !unix || darwin

package cli

// noScreen tells why a browser may have ended at once: not for want of a screen,
// here.
func noScreen([]string) string { return "" }
