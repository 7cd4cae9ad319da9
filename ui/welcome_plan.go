package ui

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"corsage/profiles"
	"corsage/proxy"
)

// defaultSite is where most development servers put a page.
const defaultSite = "http://localhost:3000"

// plan is what the first step of the First-start window comes to.
type plan struct {
	profile profiles.Profile
	site    string // the page's URL, absolute
	origin  string // its origin
}

// newPlan reads the two addresses. Each error belongs to one of them and says
// what to type instead; an empty backend gives neither plan nor error.
func newPlan(backend, site string, items []profiles.Item) (p *plan, backendErr, siteErr error) {
	site, origin, siteErr := readSite(site)
	if strings.TrimSpace(backend) == "" {
		return nil, nil, siteErr
	}
	made, backendErr := profiles.FromURL(backend)
	if backendErr != nil || siteErr != nil {
		return nil, backendErr, siteErr
	}
	if own, err := proxy.ParseOrigin(made.Backends[0].URL); err == nil && own.Allows(origin) {
		return nil, nil, errors.New("this is the backend itself, which needs no Corsage: name the page of your frontend, such as " + defaultSite)
	}
	allowed, err := proxy.ParseOrigins(proxy.DefaultOrigins())
	if err != nil {
		return nil, err, nil
	}
	if !allowed.Allows(origin) {
		made.Origins = append(proxy.DefaultOrigins(), origin)
	}
	made.Name = freeName(made.Name, items)
	return &plan{profile: made, site: site, origin: origin}, nil, nil
}

// readSite reads the address of the user's page, and its origin.
func readSite(s string) (site, origin string, err error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", "", errors.New("type where your page runs, such as " + defaultSite)
	}
	if strings.HasPrefix(s, "file:") || strings.HasPrefix(s, "/") {
		return "", "", errors.New("a page opened from a file has no origin of its own: serve its folder, for instance with “npx serve”, and name that address")
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", "", fmt.Errorf("%q is no address of a page: type one such as %s", s, defaultSite)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", "", fmt.Errorf("the scheme %q is none of a page: it is http or https, as in %s", u.Scheme, defaultSite)
	}
	pattern, err := proxy.ParsePattern(u.Scheme + "://" + u.Host)
	if err == nil && strings.Contains(u.Host, "*") {
		err = errors.New("a page has one host and one port, so no * may stand here")
	}
	if err != nil {
		return "", "", err
	}
	return s, pattern.String(), nil
}

// describe says in one sentence what the plan does.
func (p *plan) describe() string {
	return fmt.Sprintf("The page at %s will be able to call %s with your login. Only this host is decrypted, and only on this machine; the backend stays as it is.",
		p.origin, p.profile.Backends[0].URL)
}
