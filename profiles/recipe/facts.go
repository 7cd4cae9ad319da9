package recipe

import (
	"net"
	"regexp/syntax"
	"slices"
	"strings"

	"corsage/profiles"
	"corsage/proxy"
)

// facts is what the templates know of a profile. Expressions are portable and
// match from the beginning to the end of an origin, or find something in a path.
type facts struct {
	Name     string   // fit for a comment
	Backends []string // as in the profile, fit for a comment
	// URL is the first backend's scheme://host[:port][/prefix]; where the profile
	// has wildcards there, with something in their place.
	URL      string
	Several  bool // the profile's backends are on several hosts, or it has wildcards for them
	Wildcard bool // URL had some

	Origins    []string   // exact ones
	Wildcards  []wildcard // such as http://localhost:*
	Regexps    []string   // regular expressions of the profile's own, without anchors
	Null       bool
	Paths      string   // "" for all
	PathsAtTop bool     // Paths begins at the path's beginning
	Globs      []string // the same as Paths in the form api/*; nil if that can't say it

	Credentials bool
	Cookies     bool // they are to cross sites
	Secure      bool // the server speaks https
	Local       bool // the server runs on this machine
	Expose      bool
	CSRF        bool
	Cookie      string // names, fit to be quoted
	Header      string
}

// wildcard is an origin with a * in it.
type wildcard struct {
	Scheme   string
	Host     string // brackets for IPv6, without the "*." of Any
	Any      bool   // any name below Host
	Port     string // "" for the scheme's own, "*" for any
	Portable string // as expression, without anchors
}

// read takes the facts out of a profile.
func read(p *profiles.Profile) (*facts, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	f := &facts{
		Name: plain(p.Name), Credentials: p.On("allow-credentials"), Expose: p.On("expose-headers"), CSRF: p.On("csrf-token"),
		Cookie: p.CSRF.Cookie, Header: p.CSRF.Header,
	}
	f.Cookies = f.Credentials && p.On("cookie-samesite")
	f.CSRF = f.CSRF && f.Credentials
	if f.Cookie == "" {
		f.Cookie = profiles.DefaultCSRFCookie
	}
	if f.Header == "" {
		f.Header = profiles.DefaultCSRFHeader
	}
	for _, origin := range p.AllowedOrigins() {
		if err := f.origin(origin); err != nil {
			return nil, err
		}
	}
	return f, f.backends(p.Backends)
}

func (f *facts) origin(s string) error {
	if s == "null" {
		f.Null = true
		return nil
	}
	if strings.HasPrefix(s, "/") {
		re, err := portable(s[1 : len(s)-1])
		f.Regexps = append(f.Regexps, re)
		return err
	}
	pattern, err := proxy.ParsePattern(s)
	if err != nil {
		return err
	}
	text := pattern.String()
	if !strings.Contains(text, "*") {
		if !slices.Contains(f.Origins, text) {
			f.Origins = append(f.Origins, text)
		}
		return nil
	}
	scheme, rest, _ := strings.Cut(text, "://")
	w := wildcard{Scheme: scheme}
	rest, w.Any = strings.CutPrefix(rest, "*.")
	w.Host = rest
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		w.Host, w.Port = rest[:i], rest[i+1:]
	}
	var b strings.Builder
	literal := func(s string) {
		for _, r := range s {
			writeLiteral(&b, r, false)
		}
	}
	literal(scheme + "://")
	if w.Any {
		b.WriteString(`(?:[0-9a-z_-]+\.)+`)
	}
	literal(w.Host)
	switch w.Port {
	case "":
	case "*":
		b.WriteString(`(?::[0-9]+)?`)
	default:
		literal(":" + w.Port)
	}
	w.Portable = b.String()
	f.Wildcards = append(f.Wildcards, w)
	return nil
}

// Patterns are the origins with wildcards and the regular expressions, each
// matching as a whole.
func (f *facts) Patterns() []string {
	var all []string
	for _, w := range f.Wildcards {
		all = append(all, "^"+w.Portable+"$")
	}
	for _, re := range f.Regexps {
		all = append(all, "^(?:"+re+")$")
	}
	return all
}

// Everything is one expression for all origins, as a whole.
func (f *facts) Everything() string {
	var all []string
	for _, origin := range f.Origins {
		all = append(all, literals(origin))
	}
	for _, w := range f.Wildcards {
		all = append(all, w.Portable)
	}
	for _, re := range f.Regexps {
		all = append(all, "(?:"+re+")")
	}
	if f.Null {
		all = append(all, "null")
	}
	return "^(?:" + strings.Join(all, "|") + ")$"
}

func literals(s string) string {
	var b strings.Builder
	for _, r := range s {
		writeLiteral(&b, r, false)
	}
	return b.String()
}

func (f *facts) backends(list []profiles.Backend) error {
	var paths, globs []string
	all, top, glob := false, true, true
	var hosts []string
	for _, b := range list {
		pattern, err := proxy.ParsePattern(b.URL)
		if err != nil {
			return err
		}
		if text := plain(b.URL); !slices.Contains(f.Backends, text) {
			f.Backends = append(f.Backends, text)
		}
		prefix := prefixOf(pattern)
		if host := strings.TrimSuffix(pattern.String(), prefix); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
		switch {
		case b.Path != "":
			re, err := portable(b.Path)
			if err != nil {
				return err
			}
			g, ok := globOf(b.Path)
			globs, glob = append(globs, g), glob && ok
			paths, top = append(paths, re), top && atTop(b.Path)
		case prefix != "":
			paths = append(paths, "^"+literals(prefix)+"(?:/|$)")
			globs, glob = append(globs, prefix[1:], prefix[1:]+"/*"), glob && !strings.ContainsAny(prefix, "*%")
		default:
			all = true
		}
	}
	if !all {
		f.Paths, f.PathsAtTop = strings.Join(paths, "|"), top
		if glob {
			f.Globs = globs
		}
	}
	f.Several = len(hosts) > 1 || strings.Contains(hosts[0], "*")
	return f.server(list[0])
}

// server finds out what is known of the server behind the first backend.
func (f *facts) server(b profiles.Backend) error {
	pattern, err := proxy.ParsePattern(b.URL)
	if err != nil {
		return err
	}
	scheme, host, port := pattern.Target()
	f.Wildcard = strings.Contains(host+port, "*")
	named := strings.Replace(host, "*.", "name.", 1)
	if strings.Contains(named, ":") {
		named = "[" + named + "]"
	}
	if port != "*" && port != map[string]string{"http": "80", "https": "443"}[scheme] {
		named += ":" + port
	}
	f.URL = scheme + "://" + named + prefixOf(pattern)
	if b.Upstream != "" {
		behind, err := proxy.ParsePattern(b.Upstream)
		if err != nil {
			return err
		}
		scheme, host, _ = behind.Target()
	}
	f.Secure = scheme == "https"
	ip := net.ParseIP(host)
	f.Local = host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
	return nil
}

func prefixOf(p proxy.Pattern) string {
	_, rest, _ := strings.Cut(p.String(), "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// atTop reports whether an expression can only match at a text's beginning, as
// far as one sees it without taking it apart.
func atTop(expression string) bool {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return false
	}
	for re.Op == syntax.OpConcat || re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpBeginText
}

// globOf turns ^/api/ into api/*; ok is false where an expression says more.
func globOf(expression string) (glob string, ok bool) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || len(re.Sub) != 2 ||
		re.Sub[0].Op != syntax.OpBeginText || re.Sub[1].Op != syntax.OpLiteral || re.Sub[1].Flags&syntax.FoldCase != 0 {
		return "", false
	}
	text := string(re.Sub[1].Rune)
	if !strings.HasPrefix(text, "/") || strings.ContainsAny(text, "*%") {
		return "", false
	}
	return text[1:] + "*", true
}
