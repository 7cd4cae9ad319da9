// Package profiles holds what a user chooses: which backends are opened for
// which page origins, and with which toggles. It reads and edits the profile
// files, watches them, and turns the enabled ones into the engine's rules.
package profiles

import (
	"fmt"
	"slices"
	"strings"

	"corsage/proxy"
	"corsage/proxy/modify"
)

// Catalog returns every toggle in the order in which request modifiers run:
// what may answer by itself first, what rewrites the request for the backend
// last. A new toggle is one file in proxy/modify and one line here.
func Catalog() []proxy.Modifier {
	return []proxy.Modifier{
		modify.AnswerPreflight(),
		modify.PreflightMaxAge(),
		modify.AllowOrigin(),
		modify.AllowCredentials(),
		modify.ExposeHeaders(),
		modify.AllowPrivateNetwork(),
		modify.TimingAllowOrigin(),
		modify.CookieSameSite(),
		modify.CookieDomain(),
		modify.CookiePath(),
		modify.CookieSecure(),
		modify.CookieHTTPOnly(),
		modify.CookiePartitioned(),
		modify.HoldSession(),
		modify.RewriteOrigin(),
		modify.RewriteReferer(),
		modify.RewriteFetchSite(),
		modify.CSRFToken(),
		modify.RelaxCORP(),
		modify.RelaxCOEP(),
		modify.RelaxCSP(),
		modify.RelaxFrameOptions(),
		modify.DropHSTS(),
		modify.DropAltSvc(),
		modify.RewriteLocation(),
		modify.EditHeaders(),
	}
}

// toggle returns the catalogue's entry called name.
func toggle(name string) (proxy.Modifier, bool) {
	all := Catalog()
	i := slices.IndexFunc(all, func(m proxy.Modifier) bool { return m.Name == name })
	if i < 0 {
		return proxy.Modifier{}, false
	}
	return all[i], true
}

// toggleNames returns the names of the catalogue, in its order.
func toggleNames() []string {
	var names []string
	for _, m := range Catalog() {
		names = append(names, m.Name)
	}
	return names
}

// TogglesTable returns the catalogue as a table in Markdown, with a final
// newline. README.md holds it between <!-- toggles --> and <!-- /toggles -->.
func TogglesTable() string {
	var b strings.Builder
	b.WriteString("| Toggle | Default | What it does |\n|---|---|---|\n")
	group := ""
	for _, m := range Catalog() {
		if m.Group != group {
			group = m.Group
			fmt.Fprintf(&b, "| **%s** | | |\n", group)
		}
		state := "off"
		if m.Default {
			state = "on"
		}
		fmt.Fprintf(&b, "| `%s` | %s | **%s.** %s |\n", m.Name, state, cell(m.Label), cell(m.Help))
	}
	return b.String()
}

// cell makes a text fit for one cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "*", `\*`).Replace(s)
}
