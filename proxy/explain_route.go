package proxy

import (
	"errors"
	"slices"
	"strings"
)

// askedError is a failure of a connection whose server had asked for a client
// certificate, or does so at times.
type askedError struct {
	err   error
	given bool // we had one to show
}

func (e *askedError) Error() string { return e.err.Error() }
func (e *askedError) Unwrap() error { return e.err }

// explainRoute explains a failure on the way to a backend, before HTTP: circles,
// proxies, and what TLS refused.
func explainRoute(err error) (what, remedy string) {
	cause, remedy := explainWay(err)
	if cause == "" {
		return "", ""
	}
	return "could not be reached: " + cause, remedy
}

func explainWay(err error) (cause, remedy string) {
	var (
		circle *circleError
		proxy  *proxyError
	)
	switch {
	case errors.As(err, &circle):
		return circle.cause, circle.remedy
	case errors.As(err, &proxy):
		return proxy.cause, proxy.remedy
	}
	if cause, remedy = explainAsked(err); cause != "" {
		return cause, remedy
	}
	text := err.Error()
	has := func(s string) bool { return strings.Contains(text, s) }
	switch {
	case has("tls: no renegotiation"):
		return "it wants a client certificate (by a second handshake)", setCertificate
	case has("insecure algorithm"):
		return "its certificate, or one that it rests on, is signed with SHA-1 or MD5, which can be forged",
			"Have a new one made with SHA-256, or set insecure: true in the profile to skip the check for this backend."
	case has("-bit keys are insecure"):
		return "the key of its certificate is too short to protect anything",
			"Have a new one made, with an RSA key of 2048 bits or more, or with ECDSA."
	case has("protocol version not supported"), has("server selected unsupported protocol version"):
		return "it speaks only old versions of TLS (1.1 or before), which are broken",
			"Turn TLS 1.2 or newer on at the server, or put a server in front of it that speaks that and name it in upstream:."
	case has("remote error: tls: unrecognized name"):
		return "it has no site of the name that TLS asked for",
			"Set server-name: to the name that it knows in the profile's backend."
	case has("remote error: tls: handshake failure"), has("no cipher suite supported"), has("server chose an unconfigured cipher suite"):
		return "it and Corsage have no way of encryption in common",
			"Turn on a cipher of TLS 1.2 with forward secrecy (ECDHE), or TLS 1.3, at the server."
	}
	return "", ""
}

const setCertificate = "Set certificate: in the profile's backend to the PEM file of yours, and key: to its key's if that is another."

// refusals are the alerts (RFC 8446, section 6.2) with which servers answer a
// client certificate that they don't like, or none.
var refusals = []string{
	"certificate required", "bad certificate", "unknown certificate", "unknown certificate authority",
	"unsupported certificate", "expired certificate", "revoked certificate", "access denied",
	"handshake failure", "error decrypting message",
}

// explainAsked explains what a server did that had asked for a client
// certificate.
func explainAsked(err error) (cause, remedy string) {
	var asked *askedError
	if !errors.As(err, &asked) {
		return "", ""
	}
	// Where the end of the connection overtakes the alert, that may be lost.
	why := alertOf(err)
	switch {
	case slices.Contains(refusals, why):
	case why == "" && (isCutOff(err) || strings.HasSuffix(err.Error(), "EOF") || strings.Contains(err.Error(), "http2: client conn")):
		why = "it asked for one and closed the connection"
	default:
		return "", ""
	}
	if !asked.given {
		return "it wants a client certificate (" + why + ")", setCertificate
	}
	return "it refused the client certificate (" + why + ")",
		"Is the file in certificate: the one for this server, not expired, and with all certificates between it and an authority that the server trusts?"
}

// alertOf returns the TLS alert that the other side sent, or "".
func alertOf(err error) string {
	_, alert, _ := strings.Cut(err.Error(), "remote error: tls: ")
	return alert
}
