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

// isUpgrade reports a request to switch protocols, or its answer (RFC 9110,
// section 7.8). To other versions of HTTP and to TLS a proxy does not switch: it
// would lose sight of what the profile chose, and a server can always go on as
// it is.
func isUpgrade(h http.Header) bool {
	if !hasToken(h["Connection"], "upgrade") {
		return false
	}
	asked := false
	for _, line := range h["Upgrade"] {
		for protocol := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(protocol)), "/")
			switch name {
			case "h2c", "h2", "http", "tls":
				return false
			case "":
			default:
				asked = true
			}
		}
	}
	return asked
}

// isWebSocket reports whether an upgrade is one to WebSocket (RFC 6455, section
// 4) and nothing else.
func isWebSocket(h http.Header) bool { return strings.EqualFold(h.Get("Upgrade"), "websocket") }

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
