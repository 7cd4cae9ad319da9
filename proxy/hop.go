package proxy

import (
	"net/http"
	"strings"
)

// hopByHop are the fields that belong to one connection (RFC 9110, section
// 7.6.1), and those that proxies invented for it.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate",
	"Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// stripHop removes from h what belongs to the connection it came over. An
// upgrade's own fields stay.
func stripHop(h http.Header, upgrade bool) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); !upgrade || !strings.EqualFold(name, "Upgrade") {
				h.Del(name)
			}
		}
	}
	trailers := hasToken(h["Te"], "trailers")
	for _, name := range hopByHop {
		if upgrade && (name == "Connection" || name == "Upgrade") {
			continue
		}
		delete(h, name)
	}
	if trailers {
		h["Te"] = []string{"trailers"}
	}
	if upgrade {
		h["Connection"] = []string{"Upgrade"}
	}
}

// isUpgrade reports a WebSocket handshake or its answer (RFC 6455, section 4).
func isUpgrade(h http.Header) bool {
	return hasToken(h["Connection"], "upgrade") && hasToken(h["Upgrade"], "websocket")
}

func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}
