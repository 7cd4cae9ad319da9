package verdict

import (
	"net/http"
	"strings"
)

// Engine is a browser engine.
type Engine string

// The engines. An unknown one follows the standards.
const (
	Chromium      Engine = "Chromium"
	Firefox       Engine = "Firefox"
	WebKit        Engine = "WebKit"
	UnknownEngine Engine = ""
)

// ThirdParty is what a browser does with the cookies of another site than the
// tab's own. It is a setting that people change and no request tells.
type ThirdParty string

// The third-party policies. The empty one is the engine's default.
const (
	// Allowed: cookies cross sites as their SameSite says.
	Allowed ThirdParty = "allowed"
	// Partitioned: each site that embeds the backend has a jar of its own.
	Partitioned ThirdParty = "partitioned"
	// BlockedCookies: none are stored or sent, but for those that ask to be
	// Partitioned, in Chromium.
	BlockedCookies ThirdParty = "blocked"
	// NotStored: none are stored, but those that the backend's own pages were given
	// are sent as their SameSite says. WebKitGTK does so.
	NotStored ThirdParty = "not stored"
)

// Browser is what does the judging.
type Browser struct {
	Engine     Engine
	ThirdParty ThirdParty
}

// BrowserOf tells a browser from a request's header: the engine by User-Agent,
// the third-party policy by Sec-Fetch-Storage-Access in Chromium, else by what the
// engine does by default.
func BrowserOf(h http.Header) Browser {
	agent := h.Get("User-Agent")
	e := engineOf(agent)
	b := Browser{e, e.thirdParty(agent)}
	if access := h.Get(storageAccess); e == Chromium && access != "" {
		if b.ThirdParty = BlockedCookies; access == "active" {
			b.ThirdParty = Allowed
		}
	}
	return b
}

func engineOf(userAgent string) Engine {
	switch {
	case strings.Contains(userAgent, "Firefox/"):
		return Firefox
	case strings.Contains(userAgent, "Chrome/"), strings.Contains(userAgent, "Chromium/"):
		return Chromium
	case strings.Contains(userAgent, "AppleWebKit/"):
		return WebKit
	}
	return UnknownEngine
}

// thirdParty is the engine's default: Chromium allows third-party cookies, but in
// incognito windows and as Debian ships it; Firefox partitions them in its default
// mode; WebKitGTK stores none, and Safari neither stores nor sends them.
func (e Engine) thirdParty(userAgent string) ThirdParty {
	switch {
	case e == Firefox:
		return Partitioned
	case e == WebKit && strings.Contains(userAgent, "Linux"):
		return NotStored
	case e == WebKit:
		return BlockedCookies
	}
	return Allowed
}
