package instance

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"corsage/profiles"
	"corsage/proxy/browser"
	"corsage/proxy/session"
)

// Cookie is one cookie of a held session, as the command line shows it.
type Cookie struct {
	Profile string `json:"profile"`
	// Browser is its readable name, UserAgent what it is known by.
	Browser   string `json:"browser"`
	UserAgent string `json:"userAgent"`
	Name      string `json:"name"`
	// Value is a secret: nil unless it was asked for.
	Value    *string `json:"value,omitempty"`
	Domain   string  `json:"domain"`
	HostOnly bool    `json:"hostOnly"`
	Path     string  `json:"path"`
	// Expires is the zero time where the backend named no end.
	Expires  time.Time `json:"expires,omitzero"`
	Secure   bool      `json:"secure"`
	HTTPOnly bool      `json:"httpOnly"`
	SameSite string    `json:"sameSite,omitempty"`
	// Learned is "set" for one that the backend set, "sent" for one that its own
	// pages sent: the path, end and flags of that are guesses.
	Learned string    `json:"learned"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used"`
}

// CookieQuery chooses cookies; empty fields choose all.
type CookieQuery struct {
	// Profile is a profile's name.
	Profile string `json:"profile,omitempty"`
	// Domain is a cookie's domain, or one above it.
	Domain string `json:"domain,omitempty"`
	// Name is a cookie's name.
	Name string `json:"name,omitempty"`
	// Values asks for the values too.
	Values bool `json:"values,omitempty"`
}

func (q CookieQuery) matches(_ string, c *session.Cookie) bool {
	domain := strings.ToLower(strings.TrimPrefix(q.Domain, "."))
	return (q.Name == "" || c.Name == q.Name) &&
		(domain == "" || c.Domain == domain || strings.HasSuffix(c.Domain, "."+domain))
}

// Cookies lists and clears the cookies of held sessions: those of the running
// instance, or else those that are kept on the disk.
type Cookies interface {
	Cookies(context.Context, CookieQuery) ([]Cookie, error)
	// ClearCookies returns how many they were.
	ClearCookies(context.Context, CookieQuery) (int, error)
}

// OpenCookies returns the running instance's cookies, or else the kept ones;
// running says which. Call done when finished.
func OpenCookies(ctx context.Context, dirs Dirs) (c Cookies, running bool, done func() error, err error) {
	p, done, err := OpenProfiles(ctx, dirs)
	if err != nil {
		return nil, false, nil, err
	}
	_, running = p.(*Client)
	return p.(Cookies), running, done, nil
}

func (s stored) Cookies(_ context.Context, q CookieQuery) ([]Cookie, error) {
	return cookies(s.store, q)
}

func (s stored) ClearCookies(_ context.Context, q CookieQuery) (int, error) {
	return clearCookies(s.store, q)
}

// cookies lists what is held, by profile, browser, domain, path and name.
func cookies(store *profiles.Store, q CookieQuery) ([]Cookie, error) {
	items, err := chosen(store, q.Profile)
	if err != nil {
		return nil, err
	}
	list := []Cookie{}
	for _, item := range items {
		for userAgent, held := range item.Session.All() {
			for _, c := range held {
				if !q.matches(userAgent, &c) {
					continue
				}
				shown := Cookie{
					Profile: item.Profile.Name, Browser: browser.Name(userAgent), UserAgent: userAgent,
					Name: c.Name, Domain: c.Domain, HostOnly: c.HostOnly, Path: c.Path, Expires: c.Expires,
					Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite,
					Learned: "set", Created: c.Created, Used: c.Used,
				}
				if c.Sent {
					shown.Learned = "sent"
				}
				if q.Values {
					shown.Value = &c.Value
				}
				list = append(list, shown)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Cookie) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Browser, b.Browser), cmp.Compare(a.UserAgent, b.UserAgent),
			cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Name, b.Name))
	})
	return list, nil
}

func clearCookies(store *profiles.Store, q CookieQuery) (int, error) {
	items, err := chosen(store, q.Profile)
	if err != nil {
		return 0, err
	}
	match := q.matches
	if q.Domain == "" && q.Name == "" {
		match = nil
	}
	count := 0
	var errs []error
	for _, item := range items {
		n, err := store.Forget(item.Profile.Name, match)
		count += n
		errs = append(errs, err)
	}
	return count, errors.Join(errs...)
}

// chosen are the profiles of that name, or all for "".
func chosen(store *profiles.Store, name string) ([]profiles.Item, error) {
	var items []profiles.Item
	var have []string
	for _, item := range store.Items() {
		if item.Profile == nil {
			continue
		}
		have = append(have, item.Profile.Name)
		if name == "" || item.Profile.Name == name {
			items = append(items, item)
		}
	}
	if name != "" && len(items) == 0 {
		return nil, &UnknownProfileError{Name: name, Have: have}
	}
	return items, nil
}
