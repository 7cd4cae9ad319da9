package profiles

import (
	"maps"
	"slices"

	"corsage/proxy"
)

// Backend is one entry of a profile's backends: which requests it chooses and
// where they go. The strings are as in the file.
type Backend struct {
	// URL is scheme://host[:port][/prefix], see proxy.ParsePattern.
	URL string
	// Path chooses only paths that this RE2 expression finds something in; "" for
	// all.
	Path string
	// Upstream is scheme://host[:port][/prefix] to connect to instead; "" for
	// the request's own host.
	Upstream string
	// Host is what Upstream gets as Host: HostURL, HostUpstream or a name, perhaps
	// with a port. "" means HostUpstream for plain http on this machine, where
	// the url's host is not on it, and HostURL elsewhere.
	Host string
	// ServerName is the name in TLS where it is not that in Host; "" for that.
	ServerName string
	// CA is the path of a PEM file trusted for this upstream besides the
	// system's, relative to the folder of the profile file; "" for none.
	CA string
	// Certificate is the path of a PEM file with the client certificate for
	// this upstream, and those between it and its authority; "" for none.
	Certificate string
	// Key is the path of the PEM file with Certificate's key; "" where that is
	// in Certificate's file.
	Key string
	// Insecure turns verification of the upstream's certificate off.
	Insecure bool
}

// The words for Backend.Host.
const (
	HostURL      = "url"      // the host that the browser asked for
	HostUpstream = "upstream" // Upstream's own
)

// CSRF names the cookie in which a backend hands out its token and the header in
// which it wants the token back. An empty field means Django's name.
type CSRF struct {
	Cookie string
	Header string
}

// Django's names, which a profile has where it doesn't say.
const (
	DefaultCSRFCookie = "csrftoken"
	DefaultCSRFHeader = "X-CSRFToken"
)

// HeaderEdit is one entry of a profile's headers: what is set and removed in the
// exchanges under some paths, see proxy.HeaderEdit.
type HeaderEdit struct {
	// Path is an RE2 expression that finds something in the path; "" for all.
	Path              string
	Request, Response proxy.FieldEdits
}

// Profile is the content of one profile file. The zero values of its fields
// mean: not in the file.
type Profile struct {
	// Name is what people see, and what the enabled state is kept under.
	Name string
	// Backends has at least one entry.
	Backends []Backend
	// Proxy is the proxy on the way to the backends, see
	// proxy.ParseUpstreamProxy; "" for the environment's.
	Proxy string
	// Origins are the page origins that may use the backends, see
	// proxy.ParseOrigin; empty for proxy.DefaultOrigins.
	Origins []string
	// Toggles holds the toggles that differ from the catalogue's default. Use On
	// to ask and Set to change.
	Toggles map[string]bool
	CSRF    CSRF
	// Headers are set and removed in order by the toggle edit-headers.
	Headers []HeaderEdit
	// KeepSession says that the held session outlives the app, on this machine.
	KeepSession bool
}

// On returns the state of a toggle: the profile's, else the catalogue's
// default; false for a toggle that does not exist.
func (p *Profile) On(name string) bool {
	if on, ok := p.Toggles[name]; ok {
		return on
	}
	m, _ := toggle(name)
	return m.Default
}

// Set changes the state of a toggle; Toggles then holds it only if it differs
// from the default.
func (p *Profile) Set(name string, on bool) {
	if m, ok := toggle(name); ok && m.Default == on {
		delete(p.Toggles, name)
		return
	}
	if p.Toggles == nil {
		p.Toggles = make(map[string]bool)
	}
	p.Toggles[name] = on
}

// AllowedOrigins returns Origins, or the default where there are none.
func (p *Profile) AllowedOrigins() []string {
	if len(p.Origins) == 0 {
		return proxy.DefaultOrigins()
	}
	return slices.Clone(p.Origins)
}

// Clone returns a copy that shares nothing with p.
func (p *Profile) Clone() *Profile {
	if p == nil {
		return nil
	}
	c := *p
	c.Backends = slices.Clone(p.Backends)
	c.Origins = slices.Clone(p.Origins)
	c.Toggles = maps.Clone(p.Toggles)
	c.Headers = slices.Clone(p.Headers)
	for i := range c.Headers {
		for _, e := range []*proxy.FieldEdits{&c.Headers[i].Request, &c.Headers[i].Response} {
			e.Set, e.Remove = slices.Clone(e.Set), slices.Clone(e.Remove)
		}
	}
	return &c
}

// same reports whether two profiles mean the same, however their files say it.
func (p *Profile) same(q *Profile) bool {
	if p.Name != q.Name || p.Proxy != q.Proxy || p.CSRF != q.CSRF || p.KeepSession != q.KeepSession || !slices.Equal(p.Backends, q.Backends) || !slices.Equal(p.Origins, q.Origins) || !sameHeaders(p.Headers, q.Headers) {
		return false
	}
	for _, m := range Catalog() {
		if p.On(m.Name) != q.On(m.Name) {
			return false
		}
	}
	return true
}

// sameHeaders reports whether two lists mean the same.
func sameHeaders(a, b []HeaderEdit) bool {
	same := func(a, b proxy.FieldEdits) bool {
		return slices.Equal(a.Set, b.Set) && slices.Equal(a.Remove, b.Remove)
	}
	return slices.EqualFunc(a, b, func(a, b HeaderEdit) bool {
		return a.Path == b.Path && same(a.Request, b.Request) && same(a.Response, b.Response)
	})
}
