package proxy

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// spoken is what the first bytes of a connection are the beginning of.
type spoken string

const (
	spokenUnclear spoken = ""      // more bytes will tell
	spokenTLS     spoken = "https" // TLS, with HTTP inside as far as is known
	spokenHTTP    spoken = "http"  // a request line of HTTP/1, or the preface of HTTP/2
	spokenOther   spoken = "other" // neither, so nothing for an HTTP proxy to touch
)

// longestMethod bounds what is taken for a method that has not ended yet.
const longestMethod = 64

// sniff tells what a client speaks by the first bytes that it said. Nothing that
// a browser sends to a web server is spokenOther.
func sniff(first []byte) spoken {
	if len(first) == 0 {
		return spokenUnclear
	}
	const handshakeRecord, major = 22, 3 // RFC 8446, section 5.1
	if first[0] == handshakeRecord {
		switch {
		case len(first) == 1:
			return spokenUnclear
		case first[1] == major:
			return spokenTLS
		}
		return spokenOther
	}
	// RFC 9112, section 2.2: empty lines in front of a request are to be skipped.
	first = bytes.TrimLeft(first, "\r\n")
	line, _, ended := bytes.Cut(first, []byte("\n"))
	method, _, spaced := bytes.Cut(line, []byte(" "))
	if !spaced {
		if ended || len(method) > longestMethod || bytes.ContainsFunc(method, notInMethod) {
			return spokenOther
		}
		return spokenUnclear
	}
	if len(method) == 0 || bytes.ContainsFunc(method, notInMethod) {
		return spokenOther
	}
	if !ended {
		return spokenUnclear
	}
	words := bytes.Fields(line)
	if version := words[len(words)-1]; len(words) > 2 && bytes.HasPrefix(version, []byte("HTTP/")) {
		return spokenHTTP
	}
	return spokenOther
}

// notInMethod reports what a token doesn't have (RFC 9110, section 5.6.2).
func notInMethod(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}

// isGreeting reports whether first, which a server said before its client did,
// begins a conversation. Web servers that tire of waiting say goodbye, in HTTP
// or by an alert of TLS, and that does not make them anything else.
func isGreeting(first []byte) bool {
	const alertRecord = 21 // RFC 8446, section 5.1
	return len(first) > 0 && first[0] != alertRecord && !bytes.HasPrefix(first, []byte("HTTP/"))
}

// errNotHTTP ends a TLS handshake that is not the proxy's business.
var errNotHTTP = errors.New("the client offers other protocols than HTTP")

// offersHTTP reports whether the protocols that a client offers in its TLS
// handshake (ALPN, RFC 7301) leave room for HTTP. Browsers always name it; a
// client that names none may still speak it.
func offersHTTP(protocols []string) bool {
	return len(protocols) == 0 || slices.ContainsFunc(protocols, func(name string) bool {
		return name == "h2" || strings.HasPrefix(name, "http/")
	})
}
