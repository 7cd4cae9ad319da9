package proxy

import (
	"bytes"
	"log"
	"log/slog"
)

// serverErrors is where net/http's servers complain: of clients that come and
// go, which is for those who look closely, and of a handler that panicked, which
// cost its request and is a fault of ours.
func serverErrors(l *slog.Logger) *log.Logger { return log.New(complaint{l}, "", 0) }

type complaint struct{ log *slog.Logger }

func (c complaint) Write(p []byte) (int, error) {
	text := string(bytes.TrimSpace(p))
	if bytes.Contains(p, []byte(": panic serving ")) {
		c.log.Error("a request was lost to a fault of Corsage; please report it with this text: " + text)
	} else {
		c.log.Debug(text)
	}
	return len(p), nil
}
