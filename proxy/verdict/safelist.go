package verdict

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// SafelistedMethod reports a CORS-safelisted method (Fetch, section 2.2.1). Names
// are as they go over the wire, where GET, HEAD and POST are in upper case.
func SafelistedMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return true
	}
	return false
}

// maxSafelistedValue is how many bytes the value of a safelisted header may have.
const maxSafelistedValue = 128

// UnsafeHeaders returns the CORS-unsafe request-header names among those that a
// script set (Fetch, section 2.2.2), sorted and in lower case. Names that
// scripts can't set are left out: the browser adds them after the preflight.
func UnsafeHeaders(h http.Header) []string {
	var unsafe []string
	for name, values := range h {
		value := strings.Join(values, ", ")
		if lower := strings.ToLower(name); !forbidden(lower) && !safelistedRequest(lower, value) {
			unsafe = append(unsafe, lower)
		}
	}
	slices.Sort(unsafe)
	return unsafe
}

// safelistedRequest reports a CORS-safelisted request-header.
func safelistedRequest(name, value string) bool {
	if len(value) > maxSafelistedValue {
		return false
	}
	switch name {
	case "accept":
		return !strings.ContainsFunc(value, unsafeByte)
	case "accept-language", "content-language":
		return strings.Trim(value, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz *,-.;=") == ""
	case "content-type":
		essence, _, err := mime.ParseMediaType(value)
		return (err == nil || err == mime.ErrInvalidMediaParameter) && !strings.ContainsFunc(value, unsafeByte) &&
			(essence == "application/x-www-form-urlencoded" || essence == "multipart/form-data" || essence == "text/plain")
	case "range":
		return simpleRange(value)
	}
	return false
}

// unsafeByte reports a CORS-unsafe request-header byte.
func unsafeByte(r rune) bool {
	return r < 0x20 && r != '\t' || r == 0x7f || strings.ContainsRune(`"():<>?@[\]{}`, r)
}

// simpleRange reports a range from a first byte on (Fetch, "simple range header
// value").
func simpleRange(value string) bool {
	first, last, ok := strings.Cut(strings.TrimPrefix(value, "bytes="), "-")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if !ok || !strings.HasPrefix(value, "bytes=") || first == "" || !digits(first) || !digits(last) {
		return false
	}
	number := func(s string) string { return strings.TrimLeft(s, "0") }
	a, b := number(first), number(last)
	return last == "" || len(a) < len(b) || len(a) == len(b) && a <= b
}

// forbidden reports a forbidden request-header name, or one of those that
// browsers add themselves and that therefore call for no preflight. Names are in
// lower case.
func forbidden(name string) bool {
	if strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-") || strings.HasPrefix(name, "access-control-") {
		return true
	}
	switch name {
	case "accept-charset", "accept-encoding", "connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host",
		"keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
		"user-agent", "priority", "upgrade-insecure-requests":
		return true
	}
	return false
}
