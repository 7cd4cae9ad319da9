package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// explain turns the failure of a request to a backend into what the page and
// the log are told: a status, a cause and a remedy.
func explain(u *url.URL, rule *Rule, err error) *upstreamError {
	where := u.Scheme + "://" + u.Host
	if rule != nil && rule.Upstream != nil {
		where += " (at " + rule.Upstream.String() + ")"
	}
	for _, explanation := range []func(error) (what, remedy string){explainTimeout, explainRoute, explainCertificate, explainConnection, explainAnswer} {
		if what, remedy := explanation(err); what != "" {
			return &upstreamError{where + " " + what + ".", remedy, err}
		}
	}
	return &upstreamError{where + " could not be reached: the request failed.", "The cause below comes from the network.", err}
}

func explainTimeout(err error) (what, remedy string) {
	if !isTimeout(err) {
		return "", ""
	}
	text := err.Error()
	var lookup *net.DNSError
	switch {
	case errors.As(err, &lookup):
		return "could not be reached: nobody said in time what address the name " + lookup.Name + " has",
			"Check your network and VPN, or set upstream: in the profile to say where to connect."
	case strings.Contains(text, "TLS handshake"):
		return "could not be reached: the connection stands, but it did not finish the TLS handshake in time",
			"If the backend speaks plain http on this port, set upstream: http://… in the profile; else it is overloaded, or something on the way holds TLS back."
	case strings.Contains(text, "awaiting response headers"):
		return "did not answer in time: it took the request and has said nothing since",
			"The backend's own log should say what it waits for. It may still be at work on the request: look before you send it again."
	}
	return "could not be reached: it did not answer in time", "Check your network and VPN, and whether the backend is overloaded."
}

func explainCertificate(err error) (what, remedy string) {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &unknown):
		return "could not be reached: its certificate is signed by an authority that this machine does not trust",
			"Set ca: to the authority's PEM file in the profile's backend, or insecure: true to skip the check for this backend."
	case errors.As(err, &hostname):
		return "could not be reached: its certificate is for another host: " + hostname.Error(),
			"Check the backend's url and upstream, or set in the profile server-name: to a name that the certificate has, or insecure: true to skip the check for this backend."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "could not be reached: its certificate has expired or is not valid yet: " + invalid.Error(),
			"Renew it on the server and check this machine's clock, or set insecure: true in the profile to skip the check for this backend."
	case errors.As(err, &invalid):
		return "could not be reached: its certificate is not valid: " + invalid.Error(),
			"Mend it on the server, or set insecure: true in the profile to skip the check for this backend."
	}
	return "", ""
}

func explainConnection(err error) (what, remedy string) {
	var (
		lookup *net.DNSError
		record tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, errOwnAddress):
		return "could not be reached: " + err.Error(), "Check the backend's url and upstream in the profile."
	case strings.Contains(err.Error(), syscall.EMFILE.Error()): // net wraps no cause where a name is looked up
		return "could not be reached: this machine's limit of open files is reached",
			"Close some of what uses the proxy, or raise the limit with 'ulimit -n' and start corsage again."
	case errors.As(err, &record) && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP/"):
		return "could not be reached: it does not speak TLS there, but plain http",
			"Set upstream: http://… in the profile."
	case errors.As(err, &record):
		return "could not be reached: it does not speak TLS there",
			"If the backend speaks plain http on this port, set upstream: http://… in the profile."
	case strings.Contains(err.Error(), "remote error: tls"):
		return "could not be reached: it refused the TLS handshake",
			"The backend's own log should say why."
	case strings.Contains(err.Error(), "tls: "):
		return "could not be reached: the TLS handshake failed",
			"Check what is listening there, and which versions of TLS it speaks."
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "could not be reached: no address is known for the name " + lookup.Name,
			"Check the spelling and your VPN, or set upstream: in the profile to say where to connect."
	case errors.As(err, &lookup):
		return "could not be reached: the name server could not tell the address of " + lookup.Name,
			"Check your network and VPN, or set upstream: in the profile to say where to connect."
	case isRefused(err):
		return "could not be reached: the connection was refused",
			"Is the server running, and is the port right?"
	case isUnreachable(err):
		return "could not be reached: there is no way to its network from here",
			"Check your network and VPN."
	}
	return "", ""
}

// explainAnswer tells what was wrong with an answer that did not come whole.
// net/http has no types for most of this.
func explainAnswer(err error) (what, remedy string) {
	const report = "This is a fault of the backend, or of something on the way to it; its answer was not passed on."
	text := err.Error()
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case errors.Is(err, errInformational), has(errInformational.Error()):
		return "gave no answer: " + errInformational.Error(), report
	case errors.Is(err, errUnaskedSwitch):
		return "gave no valid answer: " + errUnaskedSwitch.Error(), report
	case has("headers exceeded"), has("header list larger"), has("header list too large"):
		return fmt.Sprintf("gave no valid answer: its headers are larger than %d KiB, which no browser takes", maxHeader>>10),
			"Look for a header or a cookie that grows with every answer."
	case has("malformed HTTP") && has(`"SSH-`):
		return "gave no valid answer: an SSH server answers there", "Check the port in the profile's url or upstream."
	case has("malformed HTTP") && has(`"\x15\x03`):
		return "gave no valid answer: it speaks TLS there", "Write https:// in the profile's url or upstream."
	case has("malformed HTTP"):
		return "gave no valid answer: what it sent is no valid HTTP answer",
			"Check the port. If the backend speaks https on this port, write https:// in the profile's url or upstream."
	case has("Content-Length"), has("Transfer-Encoding"), has("transfer encoding"):
		return "gave no valid answer: it does not say clearly where its answer ends", report
	case has("malformed MIME"), has("invalid header"), has("malformed response"):
		return "gave no valid answer: its headers are malformed", report
	case isCutOff(err), errors.Is(err, errBodyGone), errors.Is(err, errAbandoned),
		has("EOF"), has("server closed idle connection"), has("server sent GOAWAY"), has("connection lost"):
		return "gave no answer: it closed the connection before it had answered",
			"The backend's own log should say why."
	case has("stream error"):
		return "gave no answer: it broke the request off", "The backend's own log should say why."
	case has("COMPRESSION_ERROR"):
		return fmt.Sprintf("gave no valid answer: its headers could not be read; they are damaged, or one is larger than %d KiB", maxHeader>>10), report
	case has("connection error"), has("http2: "):
		return "gave no valid answer: what it sent is no valid HTTP/2", report
	}
	return "", ""
}

// isTimeout reports whether err is that something took too long.
func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// upstreamError is what a page and the log are told of a backend that failed.
type upstreamError struct {
	cause, remedy string
	err           error
}

func (e *upstreamError) Error() string { return e.cause + " " + e.remedy + " (" + e.err.Error() + ")" }
func (e *upstreamError) Unwrap() error { return e.err }

// status is 504 where the backend took too long, 508 where the request came back
// here, and 502 else (RFC 9110, sections 15.6.3 and 15.6.5; RFC 5842, section
// 7.2).
func (e *upstreamError) status() int {
	var circle *circleError
	switch {
	case errors.As(e.err, &circle):
		return http.StatusLoopDetected
	case isTimeout(e.err):
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}
