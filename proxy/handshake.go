package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"time"
)

// A meeting follows what a client does in TLS until it asks for something. Only
// the goroutine that reads from the client uses it.
type meeting struct {
	shown bool // our certificate was sent
	heard records
	met   time.Time // when the handshake ended; zero before
}

// handshake answers the client's TLS handshake, unless the client says that it
// will not speak HTTP: then it returns errNotHTTP, and t is as before.
func (t *tunnel) handshake(ctx context.Context, config *tls.Config) (*tls.Conn, error) {
	m := new(meeting)
	t.hello, t.meeting = new(bytes.Buffer), m
	certificate := config.GetCertificate
	config.GetCertificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c, err := certificate(info)
		m.shown = err == nil
		return c, err
	}
	config.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		if !offersHTTP(info.SupportedProtos) {
			t.meeting = nil
			return nil, errNotHTTP
		}
		t.hello = nil
		return nil, nil
	}
	secure := tls.Server(t, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return secure, err
	}
	m.met = time.Now()
	return secure, nil
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
