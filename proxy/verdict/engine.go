package verdict

import "strings"

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
)

// Browser is what does the judging.
type Browser struct {
	Engine     Engine
	ThirdParty ThirdParty
}

// BrowserOf tells a browser from a User-Agent header, with the third-party policy
// that its engine has by default.
func BrowserOf(userAgent string) Browser {
	e := engineOf(userAgent)
	return Browser{e, e.thirdParty()}
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
// incognito windows and as Debian ships it; Firefox partitions them in its
// default mode, and WebKit refuses them.
func (e Engine) thirdParty() ThirdParty {
	switch e {
	case Firefox:
		return Partitioned
	case WebKit:
		return BlockedCookies
	}
	return Allowed
}
