package instance

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"corsage/proxy"
	"corsage/proxy/browser"
)

// Opening says how a browser is to be opened.
type Opening struct {
	// Profile is the name of the Corsage profile that the browser is for; "" for
	// none.
	Profile string
	// Temporary gives it a new profile of its own that is deleted with it;
	// otherwise it is the one that is kept for Profile.
	Temporary bool
	// URL is the page to open; "" for the page of Profile, see [Status.Page].
	URL string
	// Args are further arguments for the browser, such as --headless.
	Args []string
}

// OpenBrowser opens a browser that uses this instance and trusts all its roots,
// those of profiles that are off too, since they may be turned on while it is
// open. The browser goes on when ctx ends.
func (i *Instance) OpenBrowser(ctx context.Context, b browser.Browser, o Opening) (*browser.Process, error) {
	return i.Status().OpenBrowser(ctx, i.dirs, b, o)
}

// OpenBrowser does what [Instance.OpenBrowser] does for the instance whose status
// it is, which runs in the folders dirs.
func (s Status) OpenBrowser(ctx context.Context, dirs Dirs, b browser.Browser, o Opening) (*browser.Process, error) {
	options := browser.Options{Proxy: s.Proxy, URL: o.URL, Args: o.Args}
	if options.URL == "" {
		options.URL = s.Page(o.Profile)
	}
	for _, root := range s.Roots {
		options.CAs = append(options.CAs, root.PEM)
	}
	if !o.Temporary {
		dir, err := b.ProfileDir(dirs.Browsers, o.Profile)
		if err != nil {
			return nil, err
		}
		options.Profile = dir
	}
	return b.Launch(ctx, options)
}

// Page is the page that a browser for the profile opens: its frontend where
// origins names exactly one, else the instance's own page, which says that the
// browser goes through Corsage and what it does.
func (s Status) Page(profile string) string {
	at := slices.IndexFunc(s.Profiles, func(p Profile) bool { return p.Name == profile })
	if at < 0 {
		return s.ownPage()
	}
	page := ""
	for _, origin := range s.Profiles[at].Origins {
		pattern, err := proxy.ParsePattern(origin)
		if err != nil || strings.Contains(origin, "*") {
			continue // "null", a regular expression, or more than one
		}
		if page != "" {
			return s.ownPage()
		}
		page = pattern.String() + "/"
	}
	if page == "" {
		return s.ownPage()
	}
	return page
}

func (s Status) ownPage() string { return "http://" + s.Proxy + "/" }

// PageHint says what to do where no enabled profile allows the page at address,
// so that Corsage does nothing for its calls; "" where one does, where it is the
// backend's or the proxy's own, or is no page of a server.
func (s Status) PageHint(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	origin, port := u.Scheme+"://"+u.Host, u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	var enabled []string
	for _, p := range s.Profiles {
		if !p.Enabled || p.Name == "" {
			continue
		}
		enabled = append(enabled, p.Name)
		if allowed, err := proxy.ParseOrigins(p.Origins); err == nil && allowed.Allows(origin) {
			return ""
		}
		for _, text := range p.Backends {
			if backend, err := proxy.ParsePattern(text); err == nil && backend.MatchHost(u.Scheme, u.Hostname(), port) {
				return ""
			}
		}
	}
	if len(enabled) == 0 {
		return "no profile is on, so nothing is changed for the page: 'corsage profile ls' shows them, 'corsage enable NAME' turns one on"
	}
	if u.Host == s.Proxy {
		return ""
	}
	return fmt.Sprintf("no profile that is on allows pages of %s, so nothing is changed for them: add it to 'origins' of the profile that they need", origin)
}
