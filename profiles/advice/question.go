package advice

import (
	"fmt"
	"net/url"
	"strings"

	"corsage/proxy"
	"corsage/proxy/verdict"
)

// Question is who wants to call what, and in which browser.
type Question struct {
	// Page is the page's serialised origin.
	Page string
	// Backend is the address to call, http or https.
	Backend *url.URL
	Browser verdict.Browser
}

// ParsePage reads a page's origin, and returns it as browsers write it.
func ParsePage(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "*") {
		return "", fmt.Errorf("%q is no origin: it is scheme://host[:port], such as http://localhost:3000", s)
	}
	if _, err := proxy.ParsePattern(u.Scheme + "://" + u.Host); err != nil {
		return "", err
	}
	return originOf(u), nil
}

// ParseBackend reads the address of a call. A fragment is dropped,
// an empty path is /.
func ParseBackend(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Contains(u.Host, "*") {
		return nil, fmt.Errorf("%q is no address of a backend: it is one such as https://dev.example.com/api/me", s)
	}
	if _, err := proxy.ParsePattern(u.Scheme + "://" + u.Host); err != nil {
		return nil, err
	}
	u.Fragment = ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// Kind is a browser with a setting for third-party cookies, as people know them.
type Kind struct {
	Label   string
	Browser verdict.Browser
}

// Kinds are those that differ in what a page needs, the default first.
func Kinds() []Kind {
	return []Kind{
		{"Chromium, Chrome, Edge", verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.Allowed}},
		{"Chromium without third-party cookies, or incognito", verdict.Browser{Engine: verdict.Chromium, ThirdParty: verdict.BlockedCookies}},
		{"Firefox", verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.Partitioned}},
		{"Firefox that blocks cross-site cookies", verdict.Browser{Engine: verdict.Firefox, ThirdParty: verdict.BlockedCookies}},
		{"Safari, WebKit", verdict.Browser{Engine: verdict.WebKit, ThirdParty: verdict.NotStored}},
	}
}
