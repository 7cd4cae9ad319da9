package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The pages of the matrix that have no policy of their own, by how they stand to
// https backends on their site.
const (
	pageLocalhost   = "localhost"    // http://localhost, cross-site
	pagePlain       = "plain http"   // http://app.…, cross-site
	pageHTTPS       = "https"        // https://app.…, cross-site
	pageSameSite    = "same-site"    // https://app.…, same-site
	pageOtherScheme = "other scheme" // http://app.…, of the same domain, which is cross-site
	pageSameOrigin  = "same-origin"
	pageSandboxed   = "sandboxed" // origin null, in a frame of http://localhost
	pageRequireCORP = "require-corp"
	pageCredless    = "credentialless"
)

// connectPolicies are the values of Content-Security-Policy whose connect-src the
// matrix tries, each with its own page; two values are two fields.
var connectPolicies = [][]string{
	{"connect-src 'self'"},
	{"connect-src 'none'"},
	{"connect-src"},
	{"connect-src *"},
	{"connect-src https:"},
	{"connect-src wss:"},
	{"connect-src http:"},
	{"connect-src https://dev.{site}"},
	{"connect-src https://DEV.{site}"},
	{"connect-src dev.{site}"},
	{"connect-src http://dev.{site}"},
	{"connect-src wss://dev.{site}"},
	{"connect-src https://*.{site}"},
	{"connect-src https://dev.{site}:443"},
	{"connect-src https://dev.{site}:8443"},
	{"connect-src https://dev.{site}:*"},
	{"connect-src https://dev.{site}/case/"},
	{"connect-src https://dev.{site}/case"},
	{"connect-src https://dev.{site}/elsewhere/"},
	{"connect-src 'none' https://dev.{site}"},
	{"default-src 'self'"},
	{"default-src https://dev.{site}; script-src 'self'"},
	{"default-src 'none'; script-src 'self'; connect-src https://dev.{site}"},
	{"connect-src 'self'; connect-src *"},
	{"connect-src *", "connect-src 'self'"},
	{"connect-src *, connect-src 'self'"},
	{"script-src 'self'"},
	{"CONNECT-SRC 'SELF'"},
}

// matrixPages are all pages; local is the origin of one on this machine.
func matrixPages(local string) []*matrixPage {
	pages := []*matrixPage{
		{name: pageLocalhost, url: local},
		{name: pagePlain, url: "http://app.front-one.test"},
		{name: pageHTTPS, url: "https://app.front-two.test"},
		{name: pageSameSite, url: "https://app.{site}"},
		{name: pageOtherScheme, url: "http://app.{site}"},
		{name: pageSameOrigin, url: "https://dev.{site}"},
		{name: pageSandboxed, url: local, sandbox: true},
		{name: pageRequireCORP, url: "https://require-corp.front-two.test", header: http.Header{"Cross-Origin-Embedder-Policy": {"require-corp"}}},
		{name: pageCredless, url: "https://credentialless.front-two.test", header: http.Header{"Cross-Origin-Embedder-Policy": {"credentialless"}}},
	}
	for i, policy := range connectPolicies {
		pages = append(pages, &matrixPage{
			name: cspName(policy), url: fmt.Sprintf("https://csp-%d.front-two.test", i),
			header: http.Header{"Content-Security-Policy": slices.Clone(policy)},
		})
	}
	for i, p := range pages {
		p.site = fmt.Sprintf("backend-%d.test", i)
		fill := strings.NewReplacer("{site}", p.site)
		p.url = fill.Replace(p.url)
		for _, values := range p.header {
			for n := range values {
				values[n] = fill.Replace(values[n])
			}
		}
	}
	return pages
}

func cspName(policy []string) string { return "csp " + strings.Join(policy, " + ") }
