package verdict

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// before is what a browser checks before it sends a request to u, the request's
// own URL or what it is redirected to.
func (c *call) before(u *url.URL, redirected bool) *fault {
	if f := blockedPort(u); f != nil {
		return f
	}
	if c.page == "" || c.mode == Navigate && c.topLevel() {
		return nil
	}
	if c.Policy != nil {
		if f := cspFault(parseCSP(c.Policy.CSP), c.destination(), c.asked(u, redirected)); f != nil {
			return f
		}
	}
	return c.mixed(u)
}

// asked is a request to u as source expressions see it.
func (c *call) asked(u *url.URL, redirected bool) asked {
	return asked{c.page, u, c.mode == WebSocket, redirected, c.habits().socketsCoverHTTP}
}

func (c *call) habits() habits { return c.browser.habits() }

// destination is the request's destination, "empty" for that of a script.
func (c *call) destination() string {
	if d := c.Header.Get("Sec-Fetch-Dest"); d != "" {
		return d
	}
	return "empty"
}

func (c *call) topLevel() bool {
	d := c.Header.Get("Sec-Fetch-Dest")
	return c.mode == Navigate && (d == "" || d == "document")
}

// mixed is Mixed Content, section 4.4 "Should fetching request be blocked as
// mixed content?". Browsers apply it to https pages, and count this machine as
// trustworthy. Images, audio and video that a page does not ask for with CORS are
// asked for over https instead.
func (c *call) mixed(u *url.URL) *fault {
	if !strings.HasPrefix(c.page, "https://") || strings.HasPrefix(originOf(u), "https://") || trustworthy(originOf(u)) && !c.habits().loopbackIsMixed {
		return nil
	}
	if slices.Contains([]string{"image", "audio", "video"}, c.destination()) && c.mode == NoCORS {
		return nil
	}
	if c.Policy != nil {
		for _, p := range parseCSP(c.Policy.CSP) {
			if _, ok := p.directive("upgrade-insecure-requests"); ok {
				return nil
			}
		}
	}
	to := originOf(u)
	if c.mode == WebSocket {
		to = strings.Replace(to, "http", "ws", 1)
	}
	return &fault{Rule{"Mixed Content", `4.4 "Should fetching request be blocked as mixed content?"`, "", to},
		"The page " + c.page + " is https, and " + to + " is not: that is mixed content.",
		"mixed content", serveSecurely}
}

const serveSecurely = "Serve the backend over https, or the page over plain http."

// localNetwork says what Local Network Access does to the call, before it is
// sent: a fault where it blocks, a note where it asks.
func (c *call) localNetwork() (*fault, string) {
	page, target := c.PageSpace, c.TargetSpace
	if page == "" {
		page = spaceOf(c.page)
	}
	if target == "" {
		target = spaceOf(c.origin)
	}
	if c.browser.Engine != Chromium || page == "" || target == "" || target.rank() <= page.rank() {
		return nil, ""
	}
	rule := Rule{"Local Network Access", `"Local network access checks"`, "", string(page) + " to " + string(target)}
	between := "The page's server is in the " + string(page) + " address space and the backend in the " + string(target) + " one"
	if !trustworthy(c.page) {
		return &fault{rule, between + ", and " + c.page + " is no secure context, so the call is not made.",
			"Local Network Access", "Serve the page over https, from the same network as the backend, or go through a proxy."}, ""
	}
	return nil, between + ": the browser asks its user for permission first (Local Network Access)."
}

// rank orders address spaces by how private they are.
func (s Space) rank() int {
	return slices.Index([]Space{PublicSpace, LocalSpace, LoopbackSpace}, s)
}

// spaceOf tells the address space from a name that has only one, "" otherwise.
func spaceOf(origin string) Space {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if loopback(host) {
		return LoopbackSpace
	}
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil && strings.HasSuffix(host, ".local"):
		return LocalSpace
	case err != nil:
		return ""
	case a.IsPrivate(), a.IsLinkLocalUnicast(), netip.MustParsePrefix("100.64.0.0/10").Contains(a):
		return LocalSpace
	}
	return PublicSpace
}
