package browser

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Name is what people call the browser with that User-Agent, such as "Chrome 156
// on Linux". It is for display: two that differ can have the same.
func Name(userAgent string) string {
	if strings.TrimSpace(userAgent) == "" {
		return "a program without a name"
	}
	ua := useragent.Parse(userAgent)
	name, system := ua.Name, ua.OS
	if system == "macOS" || system == "iOS" || name != useragent.Safari {
		if major, _, _ := strings.Cut(ua.Version, "."); major != "" {
			name += " " + major
		}
	} else {
		name = "WebKit" // its version there is not Safari's
	}
	if name == "" {
		return userAgent
	}
	if system != "" {
		name += " on " + system
	}
	return name
}
