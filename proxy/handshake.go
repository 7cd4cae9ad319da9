package proxy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/binary"
	"time"
)

// A meeting follows what a client does in TLS until it asks for something. Only
// the goroutine that reads from the client uses it.
type meeting struct {
	shown   bool   // our certificate was sent
	profile string // whose root signed it
	heard   records
	met     time.Time // when the handshake ended; zero before
}

// uncertified says why a client got no certificate.
type uncertified struct{ error }

func (u *uncertified) Unwrap() error { return u.error }

// handshake answers the client's TLS handshake, signed by the root of the rule
// that chose it, unless the client says that it will not speak HTTP: then it
// returns errNotHTTP, and t is as before.
func (t *tunnel) handshake(ctx context.Context, rs *Ruleset) (*tls.Conn, error) {
	m := new(meeting)
	t.hello, t.meeting = new(bytes.Buffer), m
	var missing error
	secure := tls.Server(t, &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		if !offersHTTP(info.SupportedProtos) {
			t.meeting = nil
			return nil, errNotHTTP
		}
		t.hello = nil
		var config *tls.Config
		if config, m.profile, missing = certify(rs, t.authority, info.ServerName); missing != nil {
			// Without a certificate the alert is unrecognized_name (RFC 6066, section 3).
			return &tls.Config{MinVersion: tls.VersionTLS12}, nil
		}
		certificate := config.GetCertificate
		config.GetCertificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
			c, err := certificate(info)
			m.shown = err == nil
			return c, err
		}
		return config, nil
	}})
	err := secure.HandshakeContext(ctx)
	switch {
	case missing != nil:
		return secure, &uncertified{missing}
	case err != nil:
		return secure, err
	}
	m.met = time.Now()
	return secure, nil
}

// certify returns what to answer a client with that connects to target and asks
// for serverName, "" for target itself, and the profile whose root signed that.
func certify(rs *Ruleset, target, serverName string) (config *tls.Config, profile string, err error) {
	host := hostOnly(target)
	name := cmp.Or(serverName, host)
	rule, err := rs.signer(target, name)
	if err != nil {
		return nil, "", err
	}
	if _, err := rule.Authority.Leaf(name); err != nil {
		return nil, rule.Profile, err
	}
	return rule.Authority.TLSConfig(host), rule.Profile, nil
}

// The types of TLS records (RFC 8446, section 5.1) that records knows.
const (
	recordAlert   = 21
	recordContent = 23 // and all that is encrypted, in TLS 1.3
)

// records counts the TLS records in a stream of bytes, by what their headers tell
// unencrypted. The zero value is at the stream's begin.
type records struct {
	head  []byte // of the record under way
	left  int    // bytes of it to come
	alert []byte // what an alert's record holds, as long as it may be unencrypted

	content, alerts int
}

// note takes in the next bytes.
func (r *records) note(p []byte) {
	const headSize = 5
	for len(p) > 0 {
		if r.left == 0 && len(r.head) < headSize {
			n := min(headSize-len(r.head), len(p))
			r.head = append(r.head, p[:n]...)
			p = p[n:]
			if len(r.head) < headSize {
				return
			}
			r.left = int(binary.BigEndian.Uint16(r.head[3:]))
			switch r.head[0] {
			case recordAlert:
				r.alerts++
				r.alert = r.alert[:0]
			case recordContent:
				r.content++
			}
		}
		n := min(r.left, len(p))
		if r.head[0] == recordAlert && len(r.alert) < 3 {
			r.alert = append(r.alert, p[:min(n, 3-len(r.alert))]...)
		}
		r.left -= n
		p = p[n:]
		if r.left == 0 {
			r.head = r.head[:0]
		}
	}
}

// plainAlert is the description of the last alert where that came unencrypted,
// as two bytes; 0 where none did.
func (r *records) plainAlert() byte {
	if len(r.alert) != 2 {
		return 0
	}
	return r.alert[1]
}
