package profiles

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"corsage/proxy"
)

// checkName says why s can't be a profile's name.
func checkName(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("is empty: give the profile a name, such as name: Shop")
	case s != strings.TrimSpace(s):
		return fmt.Errorf("%q begins or ends with a space: remove it", s)
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029' || c == '\u0085' }):
		return fmt.Errorf("%q has a line break or a control character: a name is one line", s)
	case len(s) > maxName:
		return fmt.Errorf("is %d bytes long: at most %d are allowed", len(s), maxName)
	}
	return nil
}

// maxName bounds a profile's name, in bytes.
const maxName = 200

func checkURL(s string) error {
	_, err := proxy.ParsePattern(s)
	return err
}

func checkPath(s string) error {
	if _, err := regexp.Compile(s); err != nil {
		return fmt.Errorf("%q is no regular expression (RE2, such as ^/api/): %w", s, err)
	}
	return nil
}

// errKeyAlone is a key without a certificate.
var errKeyAlone = errors.New("is of no use alone: name the certificate's file as certificate")

// errHostAlone is a host without an upstream.
var errHostAlone = errors.New("is of no use alone: it is what an upstream is told; name that too")

func checkHost(s string) error {
	if s == HostURL || s == HostUpstream {
		return nil
	}
	_, err := proxy.ParseHost(s)
	return err
}

func checkServerName(s string) error {
	_, err := proxy.ParseServerName(s)
	return err
}

// parseUpstream reads scheme://host[:port][/prefix].
func parseUpstream(s string) (*url.URL, error) {
	const want = "it is scheme://host[:port][/prefix], such as https://10.0.0.5 or http://localhost:8000"
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no URL; %s", s, want)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%q has the scheme %q: it must be http or https; %s", s, u.Scheme, want)
	case u.User != nil:
		return nil, fmt.Errorf("%q has a user name: leave out what stands before the @", s)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return nil, fmt.Errorf("%q has a query or fragment; %s", s, want)
	case strings.Contains(u.Host, "*"):
		return nil, fmt.Errorf("%q has a *: an upstream is one host", s)
	}
	if _, err := proxy.ParsePattern(s); err != nil {
		return nil, fmt.Errorf("%w; %s", err, want)
	}
	return u, nil
}
