package verdict

import (
	"strconv"
	"strings"
)

// storageAccess is sent by Chromium and Firefox with cross-site requests that
// carry credentials, and with no others (Storage Access Headers):
// measured in Chromium 156 and Firefox ESR 153, which leave it out after a
// redirect across sites, where Origin is null. Like all of Sec-Fetch-* it goes to
// https and this machine only.
const storageAccess = "Sec-Fetch-Storage-Access"

// told is the given credentials mode, or what the headers betray of it, and what
// tells it.
func (c *call) told() (mode Credentials, why string) {
	if c.mode == NoCORS && !c.sameOrigin() && c.embedder() == "credentialless" {
		return Omit, "The page has " + embedderPolicy + ": credentialless, so its no-cors requests of other origins carry no credentials."
	}
	if c.Credentials != UnknownCredentials {
		return c.Credentials, "The call says so."
	}
	if c.preflight() {
		return UnknownCredentials, "A preflight does not tell with which credentials mode the call will be made."
	}
	switch access := c.Header.Get(storageAccess); {
	case c.Header.Get("Cookie") != "" && !c.sameOrigin():
		return Include, "The browser sent cookies, which to another origin it does with credentials: 'include' only."
	case access != "":
		return Include, "The browser sent " + storageAccess + ", which it does with credentials: 'include' only."
	case c.sameOrigin():
		return SameOriginOnly, "Page and backend share an origin, to which calls carry cookies unless they say credentials: 'omit'."
	case c.mode == Navigate, c.mode == WebSocket:
		return Include, "Navigations and WebSockets always carry cookies."
	case c.page != "null" && c.Header.Get("Sec-Fetch-Site") == "cross-site" && c.Header.Get("Sec-Fetch-Mode") != "" && c.sendsStorageAccess():
		return SameOriginOnly, "The browser did not send " + storageAccess + ", which it does with credentials: 'include'."
	case c.mode == NoCORS && c.destination() != "empty":
		return Include, "A page's own " + c.destination() + " elements carry cookies."
	case c.destination() == "font":
		return SameOriginOnly, "Fonts are asked for without cookies."
	}
	return UnknownCredentials, "The request does not tell whether it was made with credentials: it had no cookie, and nothing else shows it."
}

// sendsStorageAccess reports a browser that is known to send it with a call as this
// one. Firefox does not where only the schemes differ.
func (c *call) sendsStorageAccess() bool {
	agent := c.Header.Get("User-Agent")
	switch c.browser.Engine {
	case Chromium:
		return version(agent, "Chrome/") >= 133
	case Firefox:
		return version(agent, "Firefox/") >= 153 && !siteOf(c.page).same(siteOf(c.origin), false)
	}
	return false
}

// version is the number that follows the product's name, 0 for none.
func version(userAgent, product string) int {
	_, rest, _ := strings.Cut(userAgent, product)
	n, _ := strconv.Atoi(rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))])
	return n
}
