package sysproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// macos is the proxy setting of macOS, which each network service has its own of.
// Its keys are "name service", where the name is that of networksetup's options
// (-getwebproxy, -setwebproxy, -setwebproxystate).
type macos struct{ run runner }

func (m macos) id() string   { return "macos" }
func (m macos) name() string { return "macOS" }

// The names of a service's values. An address is "host:port", "" for none; a
// state is "on" or "off"; the bypass domains stand a line each.
const (
	macDetect      = "proxyautodiscovery"
	macURL         = "autoproxyurl"
	macURLState    = "autoproxystate"
	macWeb         = "webproxy"
	macWebState    = "webproxystate"
	macSecure      = "securewebproxy"
	macSecureState = "securewebproxystate"
	macSOCKS       = "socksfirewallproxy"
	macSOCKSState  = "socksfirewallproxystate"
	macBypass      = "proxybypassdomains"
	// macAuth says that a proxy wants a name and a password, which networksetup
	// can't read: such a proxy can't be put back.
	macWebAuth    = "webproxyauthenticated"
	macSecureAuth = "securewebproxyauthenticated"
)

func macKeys() []string {
	return []string{macDetect, macURL, macURLState, macWeb, macWebState, macWebAuth, macSecure, macSecureState, macSecureAuth, macSOCKS, macSOCKSState, macBypass}
}

func macKey(name, service string) string { return name + " " + service }

func (m macos) has(key string) bool {
	name, service, _ := strings.Cut(key, " ")
	return service != "" && slices.Contains(macKeys(), name)
}

// macServices reads what -listallnetworkservices writes: a line of explanation,
// and the services, those that are switched off with an asterisk.
func macServices(out string) []string {
	var list []string
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range lines[min(1, len(lines)):] {
		if line = strings.TrimRight(line, "\r"); line != "" && line[0] != '*' {
			list = append(list, line)
		}
	}
	return list
}

// macFields reads lines of "Name: value".
func macFields(out string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(out) {
		if name, v, ok := strings.Cut(line, ":"); ok {
			fields[strings.TrimSpace(name)] = strings.TrimSpace(v)
		}
	}
	return fields
}

func (m macos) read(ctx context.Context) (values, error) {
	out, err := m.run(ctx, nil, "networksetup", "-listallnetworkservices")
	if err != nil {
		return nil, err
	}
	services := macServices(out)
	if len(services) == 0 {
		return nil, errors.New("there is no network service: connect to a network, and try again")
	}
	now := make(values)
	for _, service := range services {
		if err := m.service(ctx, service, now); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// service reads one service's values.
func (m macos) service(ctx context.Context, service string, now values) error {
	set := func(name, text string) { now[macKey(name, service)] = value{Text: text} }
	ask := func(name string) (string, map[string]string, error) {
		out, err := m.run(ctx, nil, "networksetup", "-get"+name, service)
		return out, macFields(out), err
	}
	_, fields, err := ask(macDetect)
	if err != nil {
		return err
	}
	set(macDetect, strings.ToLower(fields["Auto Proxy Discovery"]))
	if _, fields, err = ask(macURL); err != nil {
		return err
	}
	url := fields["URL"]
	if url == "(null)" {
		url = ""
	}
	set(macURL, url)
	set(macURLState, onOff(fields["Enabled"]))
	for _, proxy := range []struct{ name, state, auth string }{
		{macWeb, macWebState, macWebAuth}, {macSecure, macSecureState, macSecureAuth}, {macSOCKS, macSOCKSState, ""},
	} {
		if _, fields, err = ask(proxy.name); err != nil {
			return err
		}
		addr := ""
		if fields["Server"] != "" {
			addr = net.JoinHostPort(fields["Server"], fields["Port"])
		}
		set(proxy.name, addr)
		set(proxy.state, onOff(fields["Enabled"]))
		if proxy.auth != "" {
			set(proxy.auth, onOff(fields["Authenticated Proxy Enabled"]))
		}
	}
	bypass, _, err := ask(macBypass)
	if err != nil {
		return err
	}
	set(macBypass, macDomains(bypass, service))
	return nil
}

// macDomains reads the bypass domains. Where there are none, it is a sentence
// with the service's name at its end, which no domain is.
func macDomains(out, service string) string {
	out = strings.TrimSpace(out)
	if first, _, _ := strings.Cut(out, "\n"); strings.Contains(first, " ") && strings.Contains(first, service) {
		return ""
	}
	return out
}

// onOff makes one word of the two ways in which networksetup says so.
func onOff(text string) string {
	switch strings.ToLower(text) {
	case "yes", "1", "on":
		return "on"
	}
	return "off"
}

// write writes one value. Setting an address also switches it on, so that one
// which was off is switched off again; if the process ends between the two, the
// state is Corsage's, or is put back by the next Off.
func (m macos) write(ctx context.Context, key string, v value) error {
	name, service, _ := strings.Cut(key, " ")
	args, err := macWrite(name, service, v.Text)
	if err != nil {
		return err
	}
	state, isAddress := macStates()[name]
	off := false
	if isAddress {
		out, err := m.run(ctx, nil, "networksetup", "-get"+name, service)
		if err != nil {
			return err
		}
		off = onOff(macFields(out)["Enabled"]) == "off"
	}
	if _, err := m.run(ctx, nil, "networksetup", args...); err != nil || !off {
		return err
	}
	_, err = m.run(ctx, nil, "networksetup", "-set"+state, service, "off")
	return err
}

// macStates are the states of the addresses.
func macStates() map[string]string {
	return map[string]string{macURL: macURLState, macWeb: macWebState, macSecure: macSecureState, macSOCKS: macSOCKSState}
}

// macWrite returns the arguments with which networksetup writes a value.
func macWrite(name, service, text string) ([]string, error) {
	args := []string{"-set" + name, service}
	switch name {
	case macURL, macDetect, macURLState, macWebState, macSecureState, macSOCKSState:
		return append(args, text), nil
	case macWeb, macSecure, macSOCKS:
		if text == "" {
			return append(args, "", "0"), nil
		}
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return nil, fmt.Errorf("the address of a proxy: %w", err)
		}
		return append(args, host, port), nil
	case macBypass:
		if text == "" {
			return append(args, "Empty"), nil
		}
		return append(args, strings.Fields(text)...), nil
	}
	return nil, fmt.Errorf("macOS has no setting %q that can be changed", name)
}

func (m macos) plan(now values, want Want) ([]change, error) {
	var plan []change
	for key := range sorted(now) {
		name, service, _ := strings.Cut(key, " ")
		if name != macURL {
			continue
		}
		key := func(name string) string { return macKey(name, service) }
		if !want.Fixed {
			plan = append(plan,
				change{key: key(macURL), text: want.PAC},
				change{key: key(macDetect), text: "off"}, // it would come first
				change{key: key(macURLState), text: "on", with: []string{key(macURL)}, decides: true})
			continue
		}
		if now.text(key(macWebAuth)) == "on" || now.text(key(macSecureAuth)) == "on" {
			return nil, fmt.Errorf("the proxy of %s has a password, which could not be put back: use the PAC file, which leaves that proxy as it is", service)
		}
		if all := macLocal(now.text(key(macBypass))); all != now.text(key(macBypass)) {
			plan = append(plan, change{key: key(macBypass), text: all})
		}
		plan = append(plan,
			change{key: key(macWeb), text: want.Addr},
			change{key: key(macSecure), text: want.Addr},
			change{key: key(macDetect), text: "off"},
			change{key: key(macURLState), text: "off"},
			change{key: key(macWebState), text: "on", with: []string{key(macWeb)}, decides: true},
			change{key: key(macSecureState), text: "on", with: []string{key(macSecure)}, decides: true})
	}
	return plan, nil
}

// macLocal adds to the bypass domains what must not go through a proxy on this
// machine. 169.254/16 is as macOS writes it itself.
func macLocal(domains string) string {
	all := strings.Fields(domains)
	for _, local := range []string{"*.local", "169.254/16", "localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(all, local) {
			all = append(all, local)
		}
	}
	return strings.Join(all, "\n")
}

// previous is that of the first service, in the order of their names, that has
// anything: a PAC file can't tell over which of them it is asked.
func (m macos) previous(now values) Previous {
	for key := range sorted(now) {
		name, service, _ := strings.Cut(key, " ")
		if name != macURL {
			continue
		}
		text := func(name string) string { return now.text(macKey(name, service)) }
		var p Previous
		for _, part := range []struct {
			into        *string
			name, state string
		}{{&p.PAC, macURL, macURLState}, {&p.HTTP, macWeb, macWebState}, {&p.HTTPS, macSecure, macSecureState}, {&p.SOCKS, macSOCKS, macSOCKSState}} {
			if text(part.state) == "on" {
				*part.into = text(part.name)
			}
		}
		p.Detect = text(macDetect) == "on"
		if p.Direct() {
			continue
		}
		if p.manual() {
			p.Except = strings.Fields(text(macBypass))
		}
		return p
	}
	return Previous{}
}

func (m macos) announce(context.Context) {} // macOS does
