// Package django makes a profile of a Django settings file: of what it says to
// django-cors-headers, of its cookies and of its hosts. The file is read and not
// run.
package django

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"corsage/profiles"
	"corsage/profiles/python"
)

// Imported is a profile that acts for its backend as the settings say.
type Imported struct {
	Profile profiles.Profile
	// Taken are the settings that the profile expresses, or that hold without it,
	// in alphabetical order; one that Left names too is taken over in part.
	Taken []string
	// Left says what could not be taken over, or means something else in a
	// profile, in the file's order.
	Left []profiles.Warning
}

// Import reads the settings in src; file is only named in what it reports.
// backendURL is some address of the backend; "" to take it from ALLOWED_HOSTS.
// The error is of type profiles.Errors, but for a wrong backendURL.
func Import(file string, src []byte, backendURL string) (*Imported, error) {
	module, err := python.Read(src)
	var wrong *python.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return nil, profiles.Errors{{File: file, Line: wrong.Line, Message: wrong.Message}}
	case err != nil:
		return nil, err
	}
	i := &importer{file: file, module: module, taken: make(map[string]bool), left: make(map[string]bool), part: make(map[string]bool)}
	if !i.any("") {
		return nil, profiles.Errors{{File: file, Message: "sets nothing of CORS, cookies or hosts: name the file that does"}}
	}
	if err := i.backend(backendURL); err != nil {
		return nil, err
	}
	i.cors()
	i.cookies()
	i.csrf()
	i.rest()
	if err := i.profile.Validate(); err != nil {
		if errors.As(err, new(profiles.Errors)) {
			return nil, profiles.Errors{{File: file, Message: fmt.Sprintf("makes no profile: %v", err)}}
		}
		return nil, err
	}
	slices.SortStableFunc(i.problems, func(a, b profiles.Warning) int { return cmp.Compare(a.Line, b.Line) })
	maps.DeleteFunc(i.taken, func(name string, _ bool) bool { return i.left[name] && !i.part[name] })
	return &Imported{Profile: i.profile, Taken: slices.Sorted(maps.Keys(i.taken)), Left: i.problems}, nil
}

// settings are the names that are looked at: those of django-cors-headers, and
// of Django where they are about cookies, CSRF and hosts.
func settings() []string {
	return []string{
		"ALLOWED_HOSTS",
		"CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ALLOW_ALL_ORIGINS",
		"CORS_ORIGIN_WHITELIST", "CORS_ORIGIN_REGEX_WHITELIST", "CORS_ORIGIN_ALLOW_ALL", // their old names
		"CORS_ALLOW_CREDENTIALS", "CORS_ALLOW_HEADERS", "CORS_ALLOW_METHODS", "CORS_ALLOW_PRIVATE_NETWORK",
		"CORS_EXPOSE_HEADERS", "CORS_PREFLIGHT_MAX_AGE", "CORS_REPLACE_HTTPS_REFERER", "CORS_URLS_REGEX",
		"CSRF_COOKIE_AGE", "CSRF_COOKIE_DOMAIN", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME", "CSRF_COOKIE_PATH",
		"CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_SECURE", "CSRF_HEADER_NAME", "CSRF_TRUSTED_ORIGINS", "CSRF_USE_SESSIONS",
		"SESSION_COOKIE_AGE", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_NAME",
		"SESSION_COOKIE_PATH", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE",
	}
}

// importer fills a profile.
type importer struct {
	file     string
	module   *python.Module
	profile  profiles.Profile
	taken    map[string]bool
	left     map[string]bool
	part     map[string]bool // of a list, some is taken over
	problems []profiles.Warning
}

// leave notes what could not be taken over of a setting.
func (i *importer) leave(row int, name, format string, args ...any) {
	i.left[name] = true
	i.problems = append(i.problems, profiles.Warning{File: i.file, Line: row, Field: name, Message: fmt.Sprintf(format, args...)})
}

// any reports whether a setting whose name begins with prefix is set, or may be.
func (i *importer) any(prefix string) bool {
	return slices.ContainsFunc(settings(), func(name string) bool {
		_, ok := i.module.Names[name]
		return strings.HasPrefix(name, prefix) && (ok || i.doubtful(name))
	})
}

func (i *importer) doubtful(name string) bool {
	return slices.ContainsFunc(i.module.Doubts, func(d python.Doubt) bool { return d.Name == name })
}

// value returns what a setting is, and false if the file doesn't say.
func (i *importer) value(name string) (python.Value, bool) {
	v, ok := i.module.Names[name]
	if u, unknown := v.Of.(python.Unknown); unknown {
		i.leave(v.Line, name, "%s, so it is not known here; see that the profile fits", u.Why)
		return v, false
	}
	if ok {
		i.taken[name] = true
	}
	return v, ok
}

// absent reports whether a setting has Django's default for certain.
func (i *importer) absent(name string) bool {
	_, ok := i.module.Names[name]
	return !ok && !i.doubtful(name) && len(i.module.Imports) == 0
}

// flag returns a truth value, and false if the file doesn't say.
func (i *importer) flag(name string) (on, known bool) {
	v, ok := i.value(name)
	if !ok {
		return false, false
	}
	on, known = v.Of.(bool)
	if !known {
		i.leave(v.Line, name, "is neither True nor False")
	}
	return on, known
}

// text returns a string, and false if the file doesn't say or it is None.
func (i *importer) text(name string) (s string, row int, known bool) {
	v, ok := i.value(name)
	if !ok {
		return "", 0, false
	}
	switch of := v.Of.(type) {
	case string:
		return of, v.Line, true
	case python.None:
		return "", v.Line, false
	case bool: // Django takes False for None in some
		if !of {
			return "", v.Line, false
		}
	}
	i.leave(v.Line, name, "is no text")
	return "", v.Line, false
}

// elements returns a list's known elements; what is not known is noted.
func (i *importer) elements(name string) []python.Value {
	v, ok := i.value(name)
	if !ok {
		return nil
	}
	list, ok := v.Of.([]python.Value)
	if !ok {
		i.leave(v.Line, name, "is no list")
		return nil
	}
	var known []python.Value
	for _, e := range list {
		switch of := e.Of.(type) {
		case python.Unknown:
			i.leave(e.Line, name, "has an element that %s, so it is not known here", of.Why)
		case string, python.Regexp:
			known = append(known, e)
		default:
			i.leave(e.Line, name, "has an element that is no text")
		}
	}
	return known
}

// rest notes what concerns no single setting.
func (i *importer) rest() {
	for _, d := range i.module.Doubts {
		if slices.Contains(settings(), d.Name) {
			i.leave(d.Line, d.Name, "%s: what it does here is left out", d.Why)
		}
	}
	for _, m := range i.module.Imports {
		i.leave(0, "", "takes settings over from %s, which is not read: what that file sets is left out", m)
	}
	if skipped := i.module.Skipped; len(skipped) > 0 {
		var rows []string
		for _, row := range skipped[:min(len(skipped), 10)] {
			rows = append(rows, fmt.Sprint(row))
		}
		if len(skipped) > 10 {
			rows = append(rows, "and so on")
		}
		i.leave(skipped[0], "", "has lines that are not understood here (%s); see that they change none of these settings", strings.Join(rows, ", "))
	}
}
