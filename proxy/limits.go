package proxy

import "time"

// maxHeader is how many bytes of headers an answer may have. No browser takes
// more (Firefox 384 KiB, Chromium 256 KiB), and some drop all of a connection's
// other answers with one that has.
const maxHeader = 512 << 10

// timeouts are how long a backend may take before the page is told that it does
// not answer. Browsers wait for the first two some minutes, which helps nobody,
// but for an answer without end (measured for 20 minutes, in Chromium and in
// Firefox), and so may a long poll. A backend that has vanished from the network
// does not take that long: keep-alive probes and HTTP/2's pings find out.
type timeouts struct {
	connect   time.Duration // to accept the connection, its name looked up
	handshake time.Duration // to finish the TLS handshake
	header    time.Duration // to begin its answer, once it has the whole request
	upload    time.Duration // to fail before it is noticed while an upload waits for its page
}

var defaultTimeouts = timeouts{
	connect:   10 * time.Second,
	handshake: 10 * time.Second,
	header:    30 * time.Minute,
	upload:    500 * time.Millisecond,
}
