package e2e

import "corsage/proxy/verdict"

// webKitsOwn are the disagreements of WebKitGTK. Most are of libsoup, in which it
// keeps its cookies.
func webKitsOwn() []disagreement {
	var all []disagreement
	for _, family := range []struct {
		reason string
		cases  []string
	}{
		{"WebKitGTK does as the standard says, but its request has no Origin, so that the log can't tell that the frame is sandboxed.", []string{
			"sandboxed: image no-cors to local, " + corp + ": same-site",
		}},
		{"Below a suffix that is not listed, libsoup takes a cookie whose Domain covers the page's host for a first party's; by RFC 6265bis, section 7.1, who is a third party depends on the hosts.", []string{
			pageSameSite + ": cookie of dev, __Host-{name}=1; Path=/; Domain={site}" + crossing,
			pageSameSite + ": cookie of dev, __HOST-{name}=1; Path=/; Domain={site}" + crossing,
			pageOtherScheme + ": cookie of dev, __Host-{name}=1; Path=/; Domain={site}" + crossing,
			pageOtherScheme + ": cookie of dev, __HOST-{name}=1; Path=/; Domain={site}" + crossing,
		}},
		{"libsoup takes the last of Max-Age and Expires; by RFC 6265bis, section 5.7, Max-Age has precedence.", []string{
			pageSameOrigin + ": cookie of dev, {name}=1; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT" + crossing,
			pageSameOrigin + ": cookie of dev, {name}=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT" + crossing,
		}},
		{"libsoup has none of the bounds of RFC 6265bis, section 5.6, on a cookie's size.", []string{
			pageSameOrigin + ": cookie of dev, {name}={4097}" + crossing,
			pageSameOrigin + ": cookie of dev, {name}=1; Path={1025}" + crossing,
		}},
		{"WebKitGTK refuses a cookie of localhost that names it as its Domain; by RFC 6265bis, section 5.7, a Domain that is the host itself is kept.", []string{
			pageLocalhost + ": cookie of local, {name}=1; SameSite=Lax; Domain=localhost",
		}},
		{"WebKitGTK counts a sandboxed frame's cookies as its tab's; by RFC 6265bis, section 5.2.1, an opaque origin is same-site with none.", []string{
			pageSandboxed + ": cookie of local, {name}=1",
			pageSandboxed + ": cookie of local, {name}=1; SameSite=Lax",
			pageSandboxed + ": cookie of local, {name}=1; SameSite=Strict",
			pageSandboxed + ": cookie of local, {name}=1; SameSite=None",
			pageSandboxed + ": cookie of local, __Secure-{name}=1; SameSite=Lax",
		}},
	} {
		for _, name := range family.cases {
			all = append(all, disagreement{verdict.WebKit, name, family.reason})
		}
	}
	return all
}
