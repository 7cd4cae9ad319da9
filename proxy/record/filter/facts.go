package filter

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"corsage/proxy/record"
	"corsage/proxy/session"
)

// What conditions look at.

// statusText is the status as plain words find it.
func statusText(e *record.Entry) string {
	switch {
	case e.Status != 0:
		return strconv.Itoa(e.Status)
	case e.State == record.Open:
		return ""
	}
	return "failed"
}

// hosts are the backend's name, with and without a port.
func hosts(x *Exchange) []string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return []string{x.Host}
	}
	return []string{u.Hostname(), u.Host}
}

func scheme(x *Exchange) string {
	s, _, _ := strings.Cut(x.URL, ":")
	return strings.ToLower(s)
}

func state(x *Exchange) string {
	if x.State == record.Open {
		return "running"
	}
	return string(x.State)
}

// preflight is by Fetch, "CORS-preflight request".
func preflight(x *Exchange) bool {
	return x.Method == http.MethodOptions && x.Received(record.Request).Get("Access-Control-Request-Method") != ""
}

func names(h http.Header) []string { return slices.Collect(maps.Keys(h)) }

// sentCookies are the names of the cookies that the browser sent.
func sentCookies(x *Exchange) (list []string) {
	for _, line := range x.Received(record.Request)["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if name, _, ok := strings.Cut(part, "="); ok {
				list = append(list, strings.TrimSpace(name))
			}
		}
	}
	return list
}

// setCookies are the cookies that the browser was given.
func setCookies(x *Exchange) []string { return x.Sent(record.Response)["Set-Cookie"] }

func setCookieNames(x *Exchange) (list []string) {
	for _, line := range setCookies(x) {
		list = append(list, session.ParseSetCookie(line).Name())
	}
	return list
}

// setCookieDomains are those of the cookies, the host where a cookie names none.
func setCookieDomains(x *Exchange) (list []string) {
	for _, line := range setCookies(x) {
		domain, ok := session.ParseSetCookie(line).Attr("Domain")
		if domain = strings.TrimPrefix(domain, "."); !ok || domain == "" {
			domain = hosts(x)[0]
		}
		list = append(list, domain)
	}
	return list
}
