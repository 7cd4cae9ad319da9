package django

import (
	"regexp"
	"slices"
	"strings"

	"corsage/profiles/python"
	"corsage/proxy"
)

// cors takes over what django-cors-headers is told. Where the file has nothing of
// that, the profile's own defaults stay.
func (i *importer) cors() {
	if !i.any("CORS_") {
		return
	}
	i.origins()
	i.paths()
	// What is off by default there is off here too, but for what is not known.
	if on, known := i.flag("CORS_ALLOW_CREDENTIALS"); known && !on || i.absent("CORS_ALLOW_CREDENTIALS") {
		for _, toggle := range []string{"allow-credentials", "cookie-samesite", "hold-session"} {
			i.profile.Set(toggle, false)
		}
	}
	if on, known := i.flag("CORS_ALLOW_PRIVATE_NETWORK"); known && !on || i.absent("CORS_ALLOW_PRIVATE_NETWORK") {
		i.profile.Set("allow-private-network", false)
	}
	if names := i.elements("CORS_EXPOSE_HEADERS"); len(names) == 0 && !i.left["CORS_EXPOSE_HEADERS"] {
		if _, set := i.module.Names["CORS_EXPOSE_HEADERS"]; set || i.absent("CORS_EXPOSE_HEADERS") {
			i.profile.Set("expose-headers", false)
		}
	} else if len(names) > 0 {
		i.leave(names[0].Line, "CORS_EXPOSE_HEADERS", "a profile has no list of its own: all headers of an answer are exposed")
	}
	if v, ok := i.value("CORS_PREFLIGHT_MAX_AGE"); ok {
		if v.Of == int64(0) {
			i.profile.Set("preflight-max-age", false)
		} else {
			i.leave(v.Line, "CORS_PREFLIGHT_MAX_AGE", "a profile keeps preflights for one second, so that a changed toggle counts at once")
		}
	}
	for _, name := range []string{"CORS_ALLOW_METHODS", "CORS_ALLOW_HEADERS"} {
		if v, ok := i.value(name); ok {
			i.leave(v.Line, name, "a profile has no such list: a preflight is allowed what it asks for")
		}
	}
	if on, known := i.flag("CORS_REPLACE_HTTPS_REFERER"); known && !on {
		i.leave(i.module.Names["CORS_REPLACE_HTTPS_REFERER"].Line, "CORS_REPLACE_HTTPS_REFERER", "is False, and Django's CSRF check refuses what comes from other hosts: the profile rewrites Referer (toggle rewrite-referer)")
	}
}

// firstSet returns the name under which something is set: an old one counts only
// without the new.
func (i *importer) firstSet(names ...string) string {
	for _, name := range names {
		if _, ok := i.module.Names[name]; ok || i.doubtful(name) {
			return name
		}
	}
	return names[0]
}

func (i *importer) origins() {
	name := i.firstSet("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
	if all, _ := i.flag(name); all {
		i.leave(i.module.Names[name].Line, name, "would let every page use your session: pages on this machine are allowed; add others under origins")
		return
	}
	name = i.firstSet("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST")
	for _, e := range i.elements(name) {
		i.origin(name, e)
	}
	name = i.firstSet("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST")
	for _, e := range i.elements(name) {
		pattern, err := convert(e.Of)
		if err != nil {
			i.leave(e.Line, name, "%v; write that origin anew", err)
			continue
		}
		if !pattern.ends() {
			i.leave(e.Line, name, "%s has no $ at its end, so that Django allows whatever begins like that, another's host too: here an origin must match to its end", show(e.Of))
		}
		i.addOrigin(name, e, "/"+pattern.text+"/")
	}
	switch {
	case len(i.profile.Origins) == 0:
		i.leave(0, "", "names no origin that could be taken over: pages on this machine are allowed, which is the default")
	case !slices.ContainsFunc(i.profile.Origins, onThisMachine):
		i.leave(0, "", "allows no page on this machine: add http://localhost:* under origins if yours is")
	}
}

func (i *importer) origin(name string, e python.Value) {
	s, _ := e.Of.(string)
	switch {
	case s == "*":
		i.leave(e.Line, name, "%q would let every page use your session: name the origins", s)
	case s == "file://":
		i.leave(e.Line, name, "file:// is the origin of pages without a host: browsers send null for them; add \"null\" under origins if yours is one")
	case s != "null" && !strings.Contains(s, "://"):
		i.leave(e.Line, name, "%q has no scheme: write http://%s or https://%s under origins", s, s, s)
	case s == "null", strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"):
		i.addOrigin(name, e, s)
	default: // an app's own scheme, such as capacitor://localhost
		i.addOrigin(name, e, "/"+regexp.QuoteMeta(s)+"/")
	}
}

func (i *importer) addOrigin(name string, e python.Value, origin string) {
	if _, err := proxy.ParseOrigin(origin); err != nil {
		i.leave(e.Line, name, "%v", err)
		return
	}
	i.part[name] = true
	if !slices.Contains(i.profile.Origins, origin) {
		i.profile.Origins = append(i.profile.Origins, origin)
	}
}

// onThisMachine reports whether an origin of a profile may be that of a page here.
func onThisMachine(origin string) bool {
	o, err := proxy.ParseOrigin(origin)
	if err != nil {
		return false
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if strings.Contains(origin, host) {
			return true
		}
		for _, scheme := range []string{"http://", "https://"} {
			if o.Allows(scheme+host+":3000") || o.Allows(scheme+host) {
				return true
			}
		}
	}
	return false
}

// paths takes over the one expression for the paths that are opened. Django looks
// for it at the path's beginning, a profile anywhere.
func (i *importer) paths() {
	const name = "CORS_URLS_REGEX"
	v, ok := i.value(name)
	if !ok {
		return
	}
	pattern, err := convert(v.Of)
	switch {
	case err != nil:
		i.leave(v.Line, name, "%v; all paths are opened: write the path under backends anew", err)
	case pattern.all():
	case pattern.begins():
		i.profile.Backends[0].Path = pattern.text
	default:
		i.profile.Backends[0].Path = "^(?:" + pattern.text + ")"
	}
}
