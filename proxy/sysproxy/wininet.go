package sysproxy

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// wininet is the proxy setting of Windows: that of WinINet for the user's local
// networks, which Chromium, Edge, Firefox, .NET and WinHTTP's users follow. It is
// read and written by InternetQueryOption and InternetSetOption with
// INTERNET_OPTION_PER_CONNECTION_OPTION and not in the registry, where the same
// lies twice: as values for people and as the binary value that counts.
type wininet struct {
	// query returns flags, proxy server, bypass list and PAC file.
	query func() (perConnection, error)
	// set writes those that are not nil.
	set func(flags *uint32, server, bypass, pac *string) error
	// refresh tells running programs.
	refresh func()
}

// perConnection are the options of a connection.
type perConnection struct {
	flags               uint32
	server, bypass, pac string
}

// The values of INTERNET_PER_CONN_FLAGS.
const (
	winDirect = 1 << iota // PROXY_TYPE_DIRECT, which is always set
	winProxy              // PROXY_TYPE_PROXY
	winPAC                // PROXY_TYPE_AUTO_PROXY_URL
	winDetect             // PROXY_TYPE_AUTO_DETECT
)

// The keys. A flag is "on" or "off".
const (
	winKeyProxy  = "ProxyEnable"
	winKeyPAC    = "AutoConfigEnable"
	winKeyDetect = "AutoDetect"
	winKeyServer = "ProxyServer"
	winKeyBypass = "ProxyOverride"
	winKeyURL    = "AutoConfigURL"
)

func winFlags() map[string]uint32 {
	return map[string]uint32{winKeyProxy: winProxy, winKeyPAC: winPAC, winKeyDetect: winDetect}
}

func (w wininet) id() string   { return "windows" }
func (w wininet) name() string { return "Windows" }

func (w wininet) has(key string) bool {
	return slices.Contains([]string{winKeyServer, winKeyBypass, winKeyURL}, key) || winFlags()[key] != 0
}

func (w wininet) read(context.Context) (values, error) {
	c, err := w.query()
	if err != nil {
		return nil, err
	}
	now := values{winKeyServer: {Text: c.server}, winKeyBypass: {Text: c.bypass}, winKeyURL: {Text: c.pac}}
	for key, flag := range winFlags() {
		now[key] = value{Text: "off"}
		if c.flags&flag != 0 {
			now[key] = value{Text: "on"}
		}
	}
	return now, nil
}

func (w wininet) write(_ context.Context, key string, v value) error {
	switch key {
	case winKeyServer:
		return w.set(nil, &v.Text, nil, nil)
	case winKeyBypass:
		return w.set(nil, nil, &v.Text, nil)
	case winKeyURL:
		return w.set(nil, nil, nil, &v.Text)
	}
	c, err := w.query()
	if err != nil {
		return err
	}
	flags := c.flags&^winFlags()[key] | winDirect
	if v.Text == "on" {
		flags |= winFlags()[key]
	}
	return w.set(&flags, nil, nil, nil)
}

func (w wininet) plan(now values, want Want) ([]change, error) {
	if !want.Fixed {
		// A fixed proxy stays: WinINet comes to it only where the PAC file can't be
		// had.
		return []change{
			{key: winKeyURL, text: want.PAC},
			{key: winKeyDetect, text: "off"}, // it would come first
			{key: winKeyPAC, text: "on", with: []string{winKeyURL}, decides: true},
		}, nil
	}
	var plan []change
	if all := winLocal(now.text(winKeyBypass)); all != now.text(winKeyBypass) {
		plan = append(plan, change{key: winKeyBypass, text: all})
	}
	return append(plan,
		change{key: winKeyServer, text: fmt.Sprintf("http=%s;https=%[1]s", want.Addr)},
		change{key: winKeyDetect, text: "off"},
		change{key: winKeyPAC, text: "off"},
		change{key: winKeyProxy, text: "on", with: []string{winKeyServer}, decides: true}), nil
}

// winLocal adds to the bypass list what must not go through a proxy on this
// machine.
func winLocal(bypass string) string {
	all := semicolons(bypass)
	for _, local := range []string{"localhost", "127.*", "[::1]", "169.254.*", "<local>"} {
		if !slices.Contains(all, local) {
			all = append(all, local)
		}
	}
	return strings.Join(all, ";")
}

// semicolons splits a list of WinINet's.
func semicolons(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' })
}

func (w wininet) previous(now values) Previous {
	p := Previous{Detect: now.text(winKeyDetect) == "on"}
	if now.text(winKeyPAC) == "on" {
		p.PAC = now.text(winKeyURL)
	}
	if now.text(winKeyProxy) == "on" {
		p.HTTP, p.HTTPS, p.SOCKS = winServers(now.text(winKeyServer))
	}
	if p.manual() {
		p.Except = semicolons(now.text(winKeyBypass))
	}
	return p
}

// winServers reads "host:port", which is for all, or "http=host:port;https=…".
func winServers(text string) (http, https, socks string) {
	for _, part := range semicolons(text) {
		kind, addr, ok := strings.Cut(part, "=")
		if !ok {
			kind, addr = "", part
		}
		if _, rest, ok := strings.Cut(addr, "://"); ok {
			addr = rest
		}
		switch addr = strings.TrimRight(addr, "/"); strings.ToLower(kind) {
		case "":
			http, https = withPort(addr, "80"), withPort(addr, "80")
		case "http":
			http = withPort(addr, "80")
		case "https":
			https = withPort(addr, "80")
		case "socks":
			socks = withPort(addr, "1080")
		}
	}
	return http, https, socks
}

// withPort adds the port that WinINet takes where none is given.
func withPort(addr, port string) string {
	if addr == "" || strings.LastIndexByte(addr, ':') > strings.LastIndexByte(addr, ']') {
		return addr
	}
	return addr + ":" + port
}

func (w wininet) announce(context.Context) { w.refresh() }
