package sysproxy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
)

// kde is Plasma's proxy setting: the group [Proxy Settings] of kioslaverc, which
// KIO, Falkon and Chromium read. Its keys are KIO's own.
type kde struct {
	version string // of the tools: "5" or "6"
	run     runner
	env     func(string) string
	signal  func(ctx context.Context) // tells running programs
}

func (k kde) id() string   { return "kde" }
func (k kde) name() string { return "KDE" }

// The values of ProxyType.
const (
	kdeNone   = "0"
	kdeManual = "1"
	kdePAC    = "2"
	kdeDetect = "3"
	kdeEnv    = "4" // the other keys are names of environment variables
)

func kdeKeys() []string {
	return []string{"ProxyType", "Proxy Config Script", "httpProxy", "httpsProxy", "ftpProxy", "socksProxy", "NoProxyFor", "ReversedException"}
}

func (k kde) has(key string) bool { return slices.Contains(kdeKeys(), key) }

// kdeUnset is what kreadconfig is told to print for a key that is nowhere.
const kdeUnset = "<corsage: unset>"

// kdeArgs addresses a key, for kreadconfig and kwriteconfig.
func kdeArgs(key string, more ...string) []string {
	return append([]string{"--file", "kioslaverc", "--group", "Proxy Settings", "--key", key}, more...)
}

func (k kde) read(ctx context.Context) (values, error) {
	now := make(values)
	for _, key := range kdeKeys() {
		out, err := k.run(ctx, nil, "kreadconfig"+k.version, kdeArgs(key, "--default", kdeUnset)...)
		if err != nil {
			return nil, err
		}
		text := strings.TrimSuffix(out, "\n")
		now[key] = value{Text: text}
		if text == kdeUnset {
			now[key] = value{Unset: true}
		}
	}
	return now, nil
}

func (k kde) write(ctx context.Context, key string, v value) error {
	_, err := k.run(ctx, nil, "kwriteconfig"+k.version, kdeWrite(key, v)...)
	return err
}

// kdeWrite returns the arguments with which kwriteconfig writes a value.
func kdeWrite(key string, v value) []string {
	if v.Unset {
		return kdeArgs(key, "--delete")
	}
	return kdeArgs(key, "--", v.Text)
}

func (k kde) plan(now values, want Want) ([]change, error) {
	if !want.Fixed {
		return []change{
			{key: "Proxy Config Script", text: want.PAC},
			{key: "ProxyType", text: kdePAC, with: []string{"Proxy Config Script"}, decides: true},
		}, nil
	}
	host, port, err := net.SplitHostPort(want.Addr)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	var plan []change
	if now.text("ProxyType") != kdeManual {
		for _, key := range []string{"ftpProxy", "socksProxy"} {
			if now.text(key) != "" {
				plan = append(plan, change{key: key, text: ""})
			}
		}
	}
	except := commas(now.text("NoProxyFor"))
	if now.text("ReversedException") == "true" { // the list was of what goes to the proxy
		plan = append(plan, change{key: "ReversedException", text: "false"})
		except = nil
	}
	if all := withLocal(except); len(all) > len(except) {
		plan = append(plan, change{key: "NoProxyFor", text: strings.Join(all, ",")})
	}
	proxy := "http://" + host + " " + port // as Plasma's own settings write it
	return append(plan,
		change{key: "httpProxy", text: proxy},
		change{key: "httpsProxy", text: proxy},
		change{key: "ProxyType", text: kdeManual, with: []string{"httpProxy", "httpsProxy"}, decides: true}), nil
}

func (k kde) previous(now values) Previous {
	get := now.text
	switch now.text("ProxyType") {
	case kdePAC:
		return Previous{PAC: now.text("Proxy Config Script")}
	case kdeDetect:
		return Previous{Detect: true}
	case kdeEnv:
		get = func(key string) string {
			for _, name := range commas(now.text(key)) {
				if v := k.env(name); v != "" {
					return v
				}
			}
			return ""
		}
	case kdeManual:
	default:
		return Previous{}
	}
	p := Previous{HTTP: kdeProxy(get("httpProxy")), HTTPS: kdeProxy(get("httpsProxy")), SOCKS: kdeProxy(get("socksProxy"))}
	if !p.manual() {
		return Previous{}
	}
	p.Except = below(commas(get("NoProxyFor")))
	p.Only = now.text("ReversedException") == "true" && len(p.Except) > 0
	return p
}

// kdeProxy reads "http://host port", "http://host:port" or "host:port". What has
// neither host nor port is none.
func kdeProxy(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		text = strings.TrimSpace(text[:i]) + ":" + text[i+1:]
	}
	if host, port, err := net.SplitHostPort(bare(text)); err != nil || host == "" || port == "" {
		return ""
	}
	return strings.TrimPrefix(text, "http://")
}

// commas splits a list.
func commas(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func (k kde) announce(ctx context.Context) { k.signal(ctx) }
