package authority

import (
	"crypto/tls"
	"net"
)

// TLSConfig returns a new server configuration for one decrypted tunnel. Its
// certificate is the leaf for the name that the client asks for (SNI, RFC 6066
// section 3), else for connectHost, the target of the CONNECT request with or
// without its port: clients send no SNI for IP addresses. It offers HTTP/2 and
// HTTP/1.1 from TLS 1.2 on.
//
// All configurations of one Roots share their session ticket keys, so a
// session begun in one tunnel resumes in the next; crypto/tls replaces the keys
// daily. The caller may change the configuration before its first use.
func (a *Authority) TLSConfig(connectHost string) *tls.Config {
	if host, _, err := net.SplitHostPort(connectHost); err == nil {
		connectHost = host
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		// Not X25519MLKEM768: it guards against who records now and decrypts one
		// day, and nobody records what never leaves this machine. It would be a
		// third of a handshake's work, resumed or not.
		// Its first bytes have no slow link to cross, and one write is one write.
		DynamicRecordSizingDisabled: true,
		CurvePreferences:            []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
		Time:                        a.shared.now,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName != "" {
				return a.Leaf(hello.ServerName)
			}
			return a.Leaf(connectHost)
		},
		WrapSession:   a.shared.tickets.EncryptTicket,
		UnwrapSession: a.shared.tickets.DecryptTicket,
	}
}
