package recipe

import "strings"

// Head says what a server's recipe is for.
func (f *facts) Head() string {
	return "For the profile " + f.Name + ", so that pages may call " + strings.Join(f.Backends, ", ") +
		" without Corsage. For development only, where nobody but you and your colleagues can reach the server."
}

// Limits says what no setting of a server can do, as far as it bears on the
// profile.
func (f *facts) Limits() []string {
	var notes []string
	if f.Several {
		notes = append(notes, "The profile has several backends: each of their servers needs this.")
	}
	if !f.Credentials {
		return append(notes, "The profile allows no credentials, so cookies are not dealt with.")
	}
	switch {
	case !f.Cookies && !f.Local:
		notes = append(notes, "The profile leaves SameSite as it is, so that cookies go along only where page and server are of the same site.")
	case !f.Cookies, f.Local && !f.Secure:
		notes = append(notes, "Where page and server are both at http://localhost, on whatever ports, they are of the same site and cookies need no change.")
	case !f.Secure:
		notes = append(notes, "SameSite=None needs Secure, and Secure needs https: over plain http no setting gives a page of another site a session. Serve it over https.")
	default:
		notes = append(notes, "SameSite=None needs Secure, and with it the session goes along with what any page asks for: keep the server's CSRF protection on.")
	}
	if f.Cookies && f.Secure {
		notes = append(notes, "Browsers that block third-party cookies, such as Safari and private windows, keep no session for a page of another site, whatever the server sends; Firefox keeps one for each page's site, apart from the server's own.")
	}
	if f.CSRF {
		notes = append(notes, "The page can't read the cookie "+plain(f.Cookie)+": hand the token out in an answer's body or header, to be sent back as "+plain(f.Header)+".")
	}
	if f.Null {
		notes = append(notes, "The origin null can be taken by any page in a sandboxed frame.")
	}
	return notes
}

// ExposeNote says why the headers to expose have to be named.
func (f *facts) ExposeNote() string {
	return "With credentials * names nothing: list the headers of answers that the page reads."
}

// CrossSite reports whether the server is to send SameSite=None and Secure.
func (f *facts) CrossSite() bool { return f.Cookies && f.Secure }

// PageHead says what a page's call needs.
func (f *facts) PageHead() string {
	text := "For the profile " + f.Name + ", calls from a page that it allows. They are the same with Corsage and with a server that needs none."
	if f.Wildcard {
		text += " The profile's backend has wildcards: correct the address."
	}
	if !f.Credentials {
		text += " The profile allows no credentials."
	}
	return text
}
