package record

import "time"

// Refusal says that a client did not accept the proxy's certificate for the
// entry's host, so that there was no exchange. Its User-Agent, if it sent one, is
// in the entry's request header.
type Refusal struct {
	// Alert is the TLS alert by which the client refused, in the words of RFC 8446,
	// section 6.2: "unknown_ca", "bad_certificate", "certificate_unknown",
	// "certificate_expired", "certificate_revoked" or "unsupported_certificate".
	// Empty for a client that only closed the connection once it had the
	// certificate, as programs do that check it after the handshake.
	Alert string `json:"alert,omitempty"`
	// Count is how often it happened up to Last. A client that tries again soon is
	// counted here and is no further entry.
	Count int       `json:"count"`
	Last  time.Time `json:"last"`
}

// The alerts that mean something other than a missing trust in the issuer.
const (
	AlertExpired     = "certificate_expired"
	AlertRevoked     = "certificate_revoked"
	AlertUnsupported = "unsupported_certificate"
)

// Untrusted reports that trusting the issuer is what the client lacks.
func (r *Refusal) Untrusted() bool {
	switch r.Alert {
	case AlertExpired, AlertRevoked, AlertUnsupported:
		return false
	}
	return true
}
