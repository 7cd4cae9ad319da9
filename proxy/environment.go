package proxy

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// environment is what the variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY (for
// both) and NO_PROXY said when the Server was made, in capitals or not. A change
// of them needs a new Server.
type environment struct {
	http, https *parent // nil where none is named
	find        func(*url.URL) (*url.URL, error)
}

// readEnvironment reads the variables by get, which is os.Getenv's like. What
// can't be used is logged and ignored.
func readEnvironment(get func(string) string, log *slog.Logger) environment {
	var e environment
	var c httpproxy.Config
	read := func(names ...string) (*parent, string) {
		for _, name := range names {
			value := cmp.Or(get(strings.ToLower(name)), get(name))
			if value == "" {
				continue
			}
			h, err := parentFromEnvironment(name, value)
			if err != nil {
				log.Warn("a proxy of the environment is ignored", "variable", name, "error", err)
				continue
			}
			return h, h.url.String()
		}
		return nil, ""
	}
	e.http, c.HTTPProxy = read("HTTP_PROXY", "ALL_PROXY")
	e.https, c.HTTPSProxy = read("HTTPS_PROXY", "ALL_PROXY")
	c.NoProxy = cmp.Or(get("no_proxy"), get("NO_PROXY"))
	e.find = c.ProxyFunc()
	return e
}

// EnvironmentProxies returns the proxies for http and https that an environment
// names, as a Server reads it: scheme://host:port without user and password, ""
// for none. get is os.Getenv or its like.
func EnvironmentProxies(get func(string) string) (http, https string) {
	e := readEnvironment(get, slog.New(slog.DiscardHandler))
	name := func(p *parent) string {
		if p == nil {
			return ""
		}
		return p.url.Scheme + "://" + p.address()
	}
	return name(e.http), name(e.https)
}

// parentFromEnvironment reads a variable's value: a URL, or a host and port of an
// http proxy. socks:// is what GNOME writes for socks5://.
func parentFromEnvironment(name, value string) (*parent, error) {
	if rest, ok := strings.CutPrefix(value, "socks://"); ok {
		value = "socks5://" + rest
	} else if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := parseProxyURL(value)
	if err != nil {
		return nil, err
	}
	return &parent{url: u, from: name}, nil
}

// named returns the proxy that choice names, with the user and password that the
// environment has for the same proxy where choice has none; nil if choice names
// none.
func (e *environment) named(choice UpstreamProxy) *parent {
	if choice.url == nil {
		return nil
	}
	u := *choice.url
	for _, h := range []*parent{e.https, e.http} {
		if u.User == nil && h != nil && h.url.Scheme == u.Scheme && h.address() == (&parent{url: &u}).address() {
			u.User = h.url.User
		}
	}
	return &parent{url: &u}
}

// parents returns the ways to the host and port of u, whose scheme is the one
// that will be spoken with it, to try in order, nil being a direct one; none at
// all where there is only that. The profile has the first word, then the
// environment, then the system's setting.
func (s *upstreams) parents(ctx context.Context, w *way, u *url.URL) []*parent {
	switch {
	case w.choice.direct || w.named == nil && s.environment.http == nil && s.environment.https == nil && s.system.Load() == nil, IsLoopback(u.Hostname()):
		return nil
	case w.named != nil:
		return []*parent{w.named}
	}
	if s.environment.http != nil || s.environment.https != nil {
		found, _ := s.environment.find(u) // its one error is about CGI
		if found == nil {
			return nil
		}
		via := s.environment.https
		if u.Scheme == "http" {
			via = s.environment.http
		}
		if !s.isOwn(via.address()) {
			return []*parent{via}
		}
		s.tellOwn(via)
	}
	return s.bySystem(ctx, u)
}

// tellOwn logs, once, that a proxy of the environment or the system is ourselves,
// as it is for a shell that was set up to use Corsage.
func (s *upstreams) tellOwn(via *parent) {
	s.mu.Lock()
	told := s.told[via.from]
	s.told[via.from] = true
	s.mu.Unlock()
	if !told {
		s.log.Info("a proxy on the way out is Corsage itself, and is not used", "from", via.from, "proxy", via.String())
	}
}
