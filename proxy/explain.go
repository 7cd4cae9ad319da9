package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// explain turns a failure to reach a backend into a cause and a remedy.
func explain(u *url.URL, rule *Rule, err error) error {
	where := u.Scheme + "://" + u.Host
	if rule != nil && rule.Upstream != nil {
		where += " (at " + rule.Upstream.String() + ")"
	}
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		noName   *net.DNSError
		record   tls.RecordHeaderError
		timeout  interface{ Timeout() bool }
	)
	cause, remedy := explainRoute(err)
	switch {
	case cause != "":
	case errors.Is(err, errOwnAddress):
		cause, remedy = err.Error(), "Check the backend's url and upstream in the profile."
	case errors.As(err, &unknown):
		cause = "its certificate is signed by an authority that this machine does not trust"
		remedy = "Set ca: to the authority's PEM file in the profile's backend, or insecure: true to skip the check for this backend."
	case errors.As(err, &hostname):
		cause = "its certificate is for another host: " + hostname.Error()
		remedy = "Check the backend's url and upstream, or set in the profile server-name: to a name that the certificate has, or insecure: true to skip the check for this backend."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		cause = "its certificate has expired or is not valid yet: " + invalid.Error()
		remedy = "Renew it on the server and check this machine's clock, or set insecure: true in the profile to skip the check for this backend."
	case errors.As(err, &invalid):
		cause = "its certificate is not valid: " + invalid.Error()
		remedy = "Mend it on the server, or set insecure: true in the profile to skip the check for this backend."
	case errors.As(err, &record):
		cause = "it does not speak TLS there"
		remedy = "If the backend speaks plain http on this port, set upstream: http://… in the profile."
	case errors.As(err, &noName) && noName.IsNotFound:
		cause = "no address is known for the name " + noName.Name
		remedy = "Check the spelling and your VPN, or set upstream: in the profile to say where to connect."
	case errors.Is(err, syscall.ECONNREFUSED):
		cause = "the connection was refused"
		remedy = "Is the server running, and is the port right?"
	case errors.As(err, &timeout) && timeout.Timeout():
		cause = "it did not answer in time"
		remedy = "Check your network and VPN, and whether the backend is overloaded."
	case errors.Is(err, syscall.ECONNRESET), strings.Contains(err.Error(), "EOF"):
		cause = "it closed the connection before it had answered"
		remedy = "The backend's own log should say why."
	case strings.Contains(err.Error(), "malformed HTTP"):
		cause = "what it sent is no valid HTTP answer"
		remedy = "If the backend speaks https on this port, write https:// in the profile's url or upstream."
	default:
		cause, remedy = "the request failed", "The cause below comes from the network."
	}
	return &upstreamError{fmt.Sprintf("%s could not be reached: %s.", where, cause), remedy, err}
}

// upstreamError is what a page and the log are told of a backend that failed.
type upstreamError struct {
	cause, remedy string
	err           error
}

func (e *upstreamError) Error() string { return e.cause + " " + e.remedy + " (" + e.err.Error() + ")" }
func (e *upstreamError) Unwrap() error { return e.err }
