package sysproxy

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// gnomeSchema has GNOME's proxy setting, which Unity, Cinnamon, MATE, Budgie,
// Pantheon, Deepin and UKUI use as well, and so do Chromium, Firefox and GLib's
// own resolver there.
const gnomeSchema = "org.gnome.system.proxy"

// gnome is the proxy setting that lies in GSettings. Its values are in the text
// format of GVariant.
type gnome struct {
	desktop string // such as "Cinnamon"
	run     runner
	dconf   bool // the command dconf is there, and is what GSettings stores to
	// bus tells whether the session's D-Bus answers, which starts what writes for
	// dconf; nil where there is no other way.
	bus func(context.Context) bool
}

func (g gnome) id() string   { return "gnome" }
func (g gnome) name() string { return g.desktop }

// gnomeKeys are the values, as "child schema.key".
func gnomeKeys() []string {
	return []string{
		"mode", "autoconfig-url", "ignore-hosts",
		"http.host", "http.port", "http.use-authentication", "http.authentication-user", "http.authentication-password",
		"https.host", "https.port", "ftp.host", "ftp.port", "socks.host", "socks.port",
	}
}

func (g gnome) has(key string) bool { return slices.Contains(gnomeKeys(), key) }

// read asks for all values at once.
func (g gnome) read(ctx context.Context) (values, error) {
	now, err := g.list(ctx)
	if err != nil {
		return nil, err
	}
	unset, err := g.unset(ctx, now)
	if err != nil {
		return nil, err
	}
	for _, key := range gnomeKeys() {
		v, ok := now[key]
		if !ok {
			return nil, fmt.Errorf("gsettings does not know %s %s: install the package gsettings-desktop-schemas", gnomeSchema, key)
		}
		v.Unset = unset(key, v.Text)
		now[key] = v
	}
	return now, nil
}

// list reads what `gsettings list-recursively` writes, a line a key: its schema,
// its name, its value.
func (g gnome) list(ctx context.Context, env ...string) (values, error) {
	out, err := g.run(ctx, env, "gsettings", "list-recursively", gnomeSchema)
	if err != nil {
		return nil, err
	}
	now := make(values)
	for line := range strings.Lines(out) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(parts) != 3 {
			continue
		}
		child, ok := strings.CutPrefix(parts[0], gnomeSchema)
		if key := strings.TrimPrefix(child+"."+parts[1], "."); ok && g.has(key) {
			now[key] = value{Text: parts[2]}
		}
	}
	return now, nil
}

// unset returns what tells whether the user has no value of their own. Where
// nothing but GSettings can be asked, one that is the same as the default counts
// as none.
func (g gnome) unset(ctx context.Context, now values) (func(key, text string) bool, error) {
	if !g.dconf {
		defaults, err := g.list(ctx, "GSETTINGS_BACKEND=memory")
		return func(key, text string) bool { return defaults.text(key) == text }, err
	}
	out, err := g.run(ctx, nil, "dconf", "dump", dconfFolder)
	if err != nil {
		return nil, err
	}
	stored := dumped(out)
	for key := range stored { // by the user, or by who manages the machine
		out, err := g.run(ctx, nil, "dconf", "read", "-d", dconfFolder+strings.ReplaceAll(key, ".", "/"))
		if err != nil {
			return nil, err
		}
		if strings.TrimSuffix(out, "\n") == now.text(key) {
			delete(stored, key)
		}
	}
	return func(key, _ string) bool { return !stored[key] }, nil
}

const dconfFolder = "/system/proxy/"

// dumped returns the keys of a dconf dump, which is a key file: a group for each
// folder, "/" being the one that was asked for.
func dumped(text string) map[string]bool {
	keys := make(map[string]bool)
	folder := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if group, ok := strings.CutPrefix(line, "["); ok {
			folder = strings.Trim(group, "/]")
		} else if key, _, ok := strings.Cut(line, "="); ok {
			keys[strings.TrimPrefix(folder+"."+key, ".")] = true
		}
	}
	return keys
}

func (g gnome) write(ctx context.Context, key string, v value) error {
	command := append([]string{"gsettings"}, gnomeWrite(key, v)...)
	if g.bus != nil && !g.bus(ctx) { // the session has ended; a bus for this alone will do
		command = append([]string{"dbus-run-session", "--"}, command...)
	}
	_, err := g.run(ctx, nil, command[0], command[1:]...)
	return err
}

// gnomeWrite returns the arguments with which gsettings writes a value.
func gnomeWrite(key string, v value) []string {
	schema := gnomeSchema
	if child, name, ok := strings.Cut(key, "."); ok {
		schema, key = schema+"."+child, name
	}
	if v.Unset {
		return []string{"reset", schema, key}
	}
	return []string{"set", schema, key, v.Text}
}

func (g gnome) plan(now values, want Want) ([]change, error) {
	if !want.Fixed {
		return []change{
			{key: "autoconfig-url", text: quoteVariant(want.PAC)},
			{key: "mode", text: "'auto'", with: []string{"autoconfig-url"}, decides: true},
		}, nil
	}
	host, port, err := net.SplitHostPort(want.Addr)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	except, err := parseVariantList(now.text("ignore-hosts"))
	if err != nil {
		return nil, fmt.Errorf("GNOME's ignore-hosts: %w; correct it in the system's settings", err)
	}
	var plan []change
	if now.text("http.use-authentication") == "true" { // it is for another proxy
		plan = append(plan, change{key: "http.use-authentication", text: "false"})
	}
	if now.text("mode") != "'manual'" { // else what is left of older days comes into force as well
		for _, kind := range []string{"ftp", "socks"} {
			if now.text(kind+".host") != "''" {
				plan = append(plan, change{key: kind + ".host", text: "''"})
			}
		}
	}
	if all := withLocal(except); len(all) > len(except) {
		plan = append(plan, change{key: "ignore-hosts", text: quoteVariantList(all)})
	}
	decided := change{key: "mode", text: "'manual'", decides: true}
	for _, kind := range []string{"http", "https"} {
		h, p := kind+".host", kind+".port"
		plan = append(plan, change{key: p, text: port, with: []string{h}}, change{key: h, text: quoteVariant(host), with: []string{p}})
		decided.with = append(decided.with, h, p)
	}
	return append(plan, decided), nil
}

// withLocal adds to the exceptions what must not go through a proxy on this
// machine: its own addresses, and those of its networks that have no name.
func withLocal(except []string) []string {
	all := slices.Clone(except)
	for _, local := range []string{"localhost", "127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10"} {
		if !slices.Contains(all, local) {
			all = append(all, local)
		}
	}
	return all
}

func (g gnome) previous(now values) Previous {
	text := func(key string) string {
		s, err := parseVariantString(now.text(key))
		if err != nil {
			return ""
		}
		return s
	}
	switch text("mode") {
	case "auto":
		if file := text("autoconfig-url"); file != "" {
			return Previous{PAC: file}
		}
		return Previous{Detect: true}
	case "manual":
		proxy := func(kind string) string {
			host, port := text(kind+".host"), now.text(kind+".port")
			if host == "" || port == "0" {
				return ""
			}
			return net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		p := Previous{HTTP: proxy("http"), HTTPS: proxy("https"), SOCKS: proxy("socks")}
		if !p.manual() {
			return Previous{}
		}
		if user := text("http.authentication-user"); p.HTTP != "" && now.text("http.use-authentication") == "true" && user != "" {
			p.HTTP = url.UserPassword(user, text("http.authentication-password")).String() + "@" + p.HTTP
		}
		except, _ := parseVariantList(now.text("ignore-hosts")) // of nonsense, none
		p.Except = below(except)
		return p
	}
	return Previous{}
}

// below makes of plain names, which GNOME and KDE take for what is below them as
// well, patterns that say so.
func below(except []string) []string {
	var all []string
	for _, name := range except {
		if strings.Contains(name, ".") && !strings.ContainsAny(name, "*/:") && name[0] != '.' && net.ParseIP(name) == nil {
			name = "." + name
		}
		all = append(all, name)
	}
	return all
}

func (g gnome) announce(context.Context) {} // GSettings does
