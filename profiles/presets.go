package profiles

import (
	"fmt"
	"maps"
	"slices"
)

// Preset is how a kind of backend is set up as a rule: what a new profile for
// one begins with. A profile does not remember it.
type Preset struct {
	// Name is the word for it on the command line.
	Name string
	// Label is the name that people see.
	Label string
	// Help says in one or two sentences what it sets, and why.
	Help string
	// CSRF has the names that this kind of backend uses; empty for Django's.
	CSRF CSRF
	// Toggles are those that differ from the catalogue's defaults.
	Toggles map[string]bool
}

// Presets returns all presets, Django's first: its names are the defaults.
func Presets() []Preset {
	return []Preset{
		{
			Name: "django", Label: "Django",
			Help: "The token's cookie is csrftoken and its header X-CSRFToken, which are Django's own names and the defaults here. Django compares Origin or Referer with its own host; both are rewritten.",
		},
		{
			Name: "rails", Label: "Rails",
			Help: "Rails wants its token in X-CSRF-Token and compares Origin with its own host. It keeps the token in the session; an API for scripts hands it out as the cookie CSRF-TOKEN by custom, or in an answer, which the page then reads itself.",
			CSRF: CSRF{Cookie: "CSRF-TOKEN", Header: "X-CSRF-Token"},
		},
		{
			Name: "laravel", Label: "Laravel",
			Help: "Laravel, and Sanctum for pages of other origins, sets the cookie XSRF-TOKEN and wants its value, unescaped, in X-XSRF-TOKEN. Sanctum tells by Origin and Referer whether a request may use the session; both are rewritten.",
			CSRF: CSRF{Cookie: "XSRF-TOKEN", Header: "X-XSRF-TOKEN"},
		},
		{
			Name: "spring", Label: "Spring",
			Help: "Spring Security's CookieCsrfTokenRepository sets the cookie XSRF-TOKEN and wants its value in X-XSRF-TOKEN.",
			CSRF: CSRF{Cookie: "XSRF-TOKEN", Header: "X-XSRF-TOKEN"},
		},
		{
			Name: "aspnet", Label: "ASP.NET Core",
			Help: "Antiforgery wants its token in RequestVerificationToken unless the server names another header, and applications for scripts hand it out as the cookie XSRF-TOKEN. The cookie that begins with .AspNetCore.Antiforgery is another half, which travels by itself.",
			CSRF: CSRF{Cookie: "XSRF-TOKEN", Header: "RequestVerificationToken"},
		},
		{
			Name: "express", Label: "Express",
			Help: "Express has no CSRF protection of its own. These are the names of csrf-csrf, whose cookie holds what it wants back in x-csrf-token.",
			CSRF: CSRF{Cookie: "__Host-psifi.x-csrf-token", Header: "x-csrf-token"},
		},
		{
			Name: "graphql", Label: "GraphQL",
			Help:    "A GraphQL server refuses plain forms by their Content-Type rather than asking for a token, so none is carried. The session's cookies are.",
			Toggles: map[string]bool{"csrf-token": false},
		},
		{
			Name: "token", Label: "Token API",
			Help: "The page sends a token in Authorization and no cookies: only CORS is needed. Cookies stay as the backend sets them, no session is held, and Origin, Referer and Sec-Fetch-Site arrive as the page sent them.",
			Toggles: map[string]bool{
				"cookie-samesite": false, "cookie-domain": false, "cookie-secure": false, "hold-session": false,
				"rewrite-origin": false, "rewrite-referer": false, "rewrite-fetch-site": false, "csrf-token": false,
			},
		},
	}
}

// FindPreset returns the preset called name. The error says which there are.
func FindPreset(name string) (Preset, error) {
	var names []string
	for _, preset := range Presets() {
		if preset.Name == name {
			return preset, nil
		}
		names = append(names, preset.Name)
	}
	return Preset{}, fmt.Errorf("there is no preset %q; %s", name, oneOf(name, names))
}

// ApplyTo sets p's CSRF names and toggles to the preset's; what p had there is
// gone.
func (s Preset) ApplyTo(p *Profile) {
	p.CSRF = s.CSRF
	p.Toggles = nil
	for _, name := range slices.Sorted(maps.Keys(s.Toggles)) {
		p.Set(name, s.Toggles[name])
	}
}
