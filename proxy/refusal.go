package proxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"corsage/proxy/record"
)

// certificateAlerts are the TLS alerts (RFC 8446, section 6.2) by which a client
// says that it does not accept a certificate.
var certificateAlerts = map[byte]string{
	42: "bad_certificate",
	43: record.AlertUnsupported,
	44: record.AlertRevoked,
	45: record.AlertExpired,
	46: "certificate_unknown",
	48: "unknown_ca",
}

// userCanceled is the alert of a client that only left.
const userCanceled tls.AlertError = 90

const (
	// soonLeft is how long after its handshake a client that leaves without a word
	// leaves because of the certificate.
	soonLeft = 2 * time.Second

	// oneRow is how long after a refusal the next one of the same client for the
	// same host is counted with it.
	oneRow = time.Minute
)

// refusedWith tells whether err, by which a connection ended before the client
// asked for anything, is a refusal of our certificate, and by which alert.
//
// What clients do was measured: Chromium, Firefox and Java send an alert, at
// times after the handshake has ended on our side. OpenSSL (curl, Python) sends
// it unencrypted in TLS 1.3, so that crypto/tls can't read it. Node, wget and WebKitGTK
// end the handshake, or are about to, check then, and close without a word.
func (t *tunnel) refusedWith(err error, resumed bool, version uint16) (alert string, refused bool) {
	m := t.meeting
	if m == nil {
		return "", false
	}
	if text, ok := remoteAlert(err); ok {
		for code, name := range certificateAlerts {
			if text == tls.AlertError(code).Error() {
				return name, true
			}
		}
		return "", false
	}
	if alert, ok := certificateAlerts[m.heard.plainAlert()]; ok && version == tls.VersionTLS13 {
		return alert, true
	}
	// Browsers refuse with an alert, and open connections that they never use.
	if !m.shown || resumed || isBrowser(t.agent) || t.leaves() || !hasLeft(err) {
		return "", false
	}
	if m.met.IsZero() {
		return "", true
	}
	said := m.heard.content + m.heard.alerts // since the handshake
	if version == tls.VersionTLS13 {
		said-- // the client's Finished
	}
	return "", said <= 0 && time.Since(m.met) < soonLeft
}

// remoteAlert is the text of the alert that err is.
func remoteAlert(err error) (text string, ok bool) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op.Err.Error(), true
	}
	return "", false
}

// hasLeft reports whether err is a client's end of the connection.
func hasLeft(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		isCutOff(err)
}

func isBrowser(userAgent string) bool { return strings.HasPrefix(userAgent, "Mozilla/") }

// failed logs a handshake that came to nothing, unless the client only left.
func (s *Server) failed(t *tunnel, secure *tls.Conn, err error) {
	s.config.Log.Debug("TLS handshake with a client", "host", t.authority, "client", t.agent, "error", err)
	if s.config.Recorder == nil {
		return
	}
	state := secure.ConnectionState()
	if errors.As(err, new(*uncertified)) {
		s.config.Recorder.Add(s.aborted(t, fmt.Sprintf("Corsage has no certificate to show for this host: %v.", err)))
	} else if alert, refused := t.refusedWith(err, state.DidResume, state.Version); refused {
		s.refused(t, alert)
	} else if text, ok := remoteAlert(err); ok && text != userCanceled.Error() {
		s.config.Recorder.Add(s.aborted(t, fmt.Sprintf("The client broke off the TLS handshake: it sent the alert %q.", strings.TrimPrefix(text, "tls: "))))
	}
}

// follow is told by the inner server what a connection does. One that ends before
// anything was asked for on it may have been refused.
func (s *Server) follow(c net.Conn, state http.ConnState) {
	t := tunnelUnder(c)
	t.note(state)
	secure, ok := c.(*tls.Conn)
	if state != http.StateClosed || !ok || t.meeting == nil || s.config.Recorder == nil {
		return
	}
	_, err := secure.Read(make([]byte, 1)) // the connection is closed: that tells how it ended
	agreed := secure.ConnectionState()
	if alert, refused := t.refusedWith(err, agreed.DidResume, agreed.Version); refused {
		s.refused(t, alert)
	}
}

// aborted is the entry of a tunnel in which nothing was asked for.
func (s *Server) aborted(t *tunnel, why string) *record.Entry {
	e := &record.Entry{
		Start: time.Now(), State: record.Aborted, Method: http.MethodConnect,
		URL: "https://" + t.authority, Host: t.authority, Path: "/", Relation: Own.String(),
		Error: why,
	}
	if t.agent != "" {
		e.Request.Head = record.NewHead(http.Header{"User-Agent": {t.agent}})
	}
	if t.meeting != nil && t.meeting.profile != "" {
		e.Profile = t.meeting.profile
	} else if rule, _ := s.ruleset.Load().Match(&url.URL{Scheme: "https", Host: t.authority, Path: "/"}); rule != nil {
		e.Profile = rule.Profile
	}
	return e
}

// refused logs that a client did not accept our certificate.
func (s *Server) refused(t *tunnel, alert string) {
	s.refusals.add(s.config.Recorder, s.aborted(t, refusalText(alert)), alert)
}

// refusalText says what happened, and what to do.
func refusalText(alert string) string {
	switch alert {
	case record.AlertExpired:
		return "The client says that Corsage's certificate has expired (" + alert + "). See that the clocks of client and machine agree, and that the root which it trusts is the present one: `corsage ca status` tells."
	case record.AlertRevoked, record.AlertUnsupported:
		return "The client does not accept Corsage's certificate (" + alert + "). A browser that Corsage opens does."
	case "":
		return "The client closed the connection when it had seen Corsage's certificate, as programs do that don't trust it. Trust the profile's root (`corsage ca install`, or what `corsage env` prints), or use a browser that Corsage opens."
	}
	return "The client does not trust Corsage's certificate (" + alert + "). Trust the profile's root (`corsage ca install`, or what `corsage env` prints), or use a browser that Corsage opens."
}

// refusalLog keeps clients that try again and again from filling the log. Safe for
// concurrent use.
type refusalLog struct {
	mu     sync.Mutex
	latest map[refusal]*record.Entry
}

// refusal is what makes two of them the same.
type refusal struct{ profile, host, agent, alert string }

// maxRefusals bounds what is remembered; beyond it a refusal is a row of its own.
const maxRefusals = 256

// add logs e, or counts it in the entry of a like one that came shortly before.
func (f *refusalLog) add(r *record.Recorder, e *record.Entry, alert string) {
	key := refusal{e.Profile, e.Host, string(e.Request.Head), alert}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := e.Start
	if before := f.latest[key]; before != nil && now.Sub(before.Refusal.Last) < oneRow {
		again := *before
		again.Refusal = &record.Refusal{Alert: alert, Count: before.Refusal.Count + 1, Last: now}
		if r.Update(&again) {
			f.latest[key] = &again
			return
		}
	}
	e.Refusal = &record.Refusal{Alert: alert, Count: 1, Last: now}
	e.ID = r.Add(e)
	for k, old := range f.latest {
		if now.Sub(old.Refusal.Last) >= oneRow {
			delete(f.latest, k)
		}
	}
	if f.latest == nil {
		f.latest = make(map[refusal]*record.Entry)
	}
	if len(f.latest) < maxRefusals {
		f.latest[key] = e
	}
}
