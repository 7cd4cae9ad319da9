package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// HeaderEdit is a change of headers that a profile asks for by name.
type HeaderEdit struct {
	// Path chooses paths; nil for all of the rule's.
	Path *regexp.Regexp
	// Request and Response say what becomes of each half's header.
	Request, Response FieldEdits
}

// FieldEdits is what becomes of the fields of one header. What is removed goes
// first.
type FieldEdits struct {
	Set    []Field
	Remove []string
}

// Field is one header field.
type Field struct{ Name, Value string }

// CheckField says why a profile can't set or remove a field of that name: those
// that belong to one connection, or say where a message ends, are the engine's.
func CheckField(name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("%q is no name of a header field: it has letters, digits and - _ . only, such as X-Tenant", name)
	}
	switch canonical := http.CanonicalHeaderKey(name); canonical {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Upgrade", "Http2-Settings":
		return fmt.Errorf("%s belongs to one connection (RFC 9110, section 7.6.1) and can't be changed: leave it out", name)
	case "Content-Length", "Transfer-Encoding", "Trailer", "Expect":
		return fmt.Errorf("%s says how the message is sent and can't be changed: leave it out", name)
	case "Host":
		return errors.New("the field Host can't be changed here: a backend with an upstream has a field of its own for it, host")
	case "Cdn-Loop":
		return errors.New("CDN-Loop keeps requests from going round for ever (RFC 8586) and can't be changed: leave it out")
	default:
		if strings.HasPrefix(canonical, "Sec-Websocket-") {
			return fmt.Errorf("%s belongs to the handshake of a WebSocket (RFC 6455, section 11.3) and can't be changed: leave it out", name)
		}
	}
	return nil
}

// CheckFieldValue says why s can't be a field's value (RFC 9110, section 5.5).
func CheckFieldValue(s string) error {
	if !httpguts.ValidHeaderFieldValue(s) || s != strings.TrimSpace(s) {
		return fmt.Errorf("%q is no value of a header field: it is one line without control characters, and without spaces at its ends", s)
	}
	return nil
}
