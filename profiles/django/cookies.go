package django

import (
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"corsage/profiles"
	"corsage/proxy"
)

// cookies takes over what Django's two cookies are like. Names, ages and paths
// need no field: cookies pass as the backend sets them.
func (i *importer) cookies() {
	for _, name := range []string{"SESSION_COOKIE_NAME", "SESSION_COOKIE_AGE", "SESSION_COOKIE_PATH", "CSRF_COOKIE_AGE", "CSRF_COOKIE_PATH"} {
		i.value(name)
	}
	for _, cookie := range []string{"SESSION_COOKIE_", "CSRF_COOKIE_"} {
		i.sameSite(cookie + "SAMESITE")
		i.secure(cookie + "SECURE")
		i.domain(cookie + "DOMAIN")
	}
	i.httpOnly()
}

// sameSite: the profile lets cookies cross sites, or the page would have no
// session.
func (i *importer) sameSite(name string) {
	if value, row, known := i.text(name); known && !strings.EqualFold(value, "none") && i.profile.On("cookie-samesite") {
		i.leave(row, name, "is %s, which keeps the cookie from pages of other sites: the profile sends it to the allowed ones (toggle cookie-samesite)", value)
	}
}

// secure: on https the profile sets Secure, on plain http it takes it out.
func (i *importer) secure(name string) {
	secure, known := i.flag(name)
	https := strings.HasPrefix(i.profile.Backends[0].URL, "https:")
	row := i.module.Names[name].Line
	switch {
	case !known || secure == https:
	case https && i.profile.On("cookie-samesite"):
		i.leave(row, name, "is False, but browsers refuse SameSite=None without Secure: the profile sets it on https (toggle cookie-samesite)")
	case !https:
		i.leave(row, name, "is True, and browsers keep no Secure cookie of a plain http host: the profile takes it out (toggle cookie-secure)")
	}
}

// domain: where the backend lies in the cookie's domain, that may stay.
func (i *importer) domain(name string) {
	value, row, known := i.text(name)
	if !known || value == "" {
		return
	}
	domain := strings.ToLower(strings.TrimPrefix(value, "."))
	u, err := url.Parse(i.profile.Backends[0].URL)
	if err == nil && (u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain)) {
		i.profile.Set("cookie-domain", false)
		return
	}
	i.leave(row, name, "%s is not the domain of %s, where browsers would refuse the cookie: the profile takes it out (toggle cookie-domain)", value, i.profile.Backends[0].URL)
}

func (i *importer) httpOnly() {
	session, known := i.flag("SESSION_COOKIE_HTTPONLY")
	token, _ := i.flag("CSRF_COOKIE_HTTPONLY")
	if !known || session {
		return
	}
	i.profile.Set("cookie-httponly", true)
	if token {
		i.leave(i.module.Names["CSRF_COOKIE_HTTPONLY"].Line, "CSRF_COOKIE_HTTPONLY", "is True, but the toggle cookie-httponly acts on all cookies, and SESSION_COOKIE_HTTPONLY is False")
	}
}

// csrf takes over what the token is called and who is trusted with it.
func (i *importer) csrf() {
	if name, row, known := i.text("CSRF_COOKIE_NAME"); known && name != profiles.DefaultCSRFCookie {
		if i.named(row, "CSRF_COOKIE_NAME", profiles.CSRF{Cookie: name}) {
			i.profile.CSRF.Cookie = name
		}
	}
	if meta, row, known := i.text("CSRF_HEADER_NAME"); known {
		header := headerName(meta)
		if !strings.EqualFold(header, profiles.DefaultCSRFHeader) && i.named(row, "CSRF_HEADER_NAME", profiles.CSRF{Header: header}) {
			i.profile.CSRF.Header = header
		}
	}
	if on, _ := i.flag("CSRF_USE_SESSIONS"); on {
		i.profile.Set("csrf-token", false)
		i.leave(i.module.Names["CSRF_USE_SESSIONS"].Line, "CSRF_USE_SESSIONS", "keeps the token in the session, where no cookie tells it: the page has to ask the backend for it (toggle csrf-token is off)")
	}
	i.trusted()
}

// named reports whether a profile can have these names.
func (i *importer) named(row int, setting string, csrf profiles.CSRF) bool {
	p := i.profile
	p.CSRF = csrf
	if err := p.Validate(); err != nil {
		i.leave(row, setting, "%q is no name that a profile can have", csrf.Cookie+csrf.Header)
		return false
	}
	return true
}

// headerName makes a header's name of Django's: HTTP_X_CSRFTOKEN is X-Csrftoken
// (PEP 3333, "environ Variables").
func headerName(meta string) string {
	name := strings.ReplaceAll(strings.TrimPrefix(meta, "HTTP_"), "_", "-")
	return textproto.CanonicalMIMEHeaderKey(strings.ToLower(name))
}

// trusted: a profile has one list of origins, for reading and for changing.
func (i *importer) trusted() {
	const name = "CSRF_TRUSTED_ORIGINS"
	allowed, err := proxy.ParseOrigins(i.profile.AllowedOrigins())
	if err != nil {
		return
	}
	for _, e := range i.elements(name) {
		origin, _ := e.Of.(string)
		bare := strings.TrimPrefix(origin, ".") // Django before version 4 has hosts only
		candidates := []string{origin, "https://" + bare, "http://" + bare}
		if slices.Contains(i.profile.Origins, origin) || slices.ContainsFunc(candidates, allowed.Allows) || i.own(candidates) {
			continue
		}
		i.leave(e.Line, name, "trusts %s, which the profile does not allow: add it under origins if that page is to call", origin)
	}
}

// own reports whether one of the origins is the backend's, which needs no help.
func (i *importer) own(origins []string) bool {
	return slices.Contains(origins, i.profile.Backends[0].URL)
}
