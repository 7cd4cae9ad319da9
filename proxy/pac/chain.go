package pac

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Chain is the way that everything took before Corsage was put into a system's
// setting, and that what Corsage doesn't want still takes: in the PAC file, and
// out of Corsage itself. It is immutable and safe for concurrent use. A nil Chain
// is direct.
type Chain struct {
	setting            Setting
	http, https, socks *url.URL
	except, always     exceptions
	script             *script // of a former PAC file that works; nil for none
	text               string  // of the former PAC file
	fault              error   // why a former PAC file is not used
}

// NewChain makes the chain of a setting; text is that of the PAC file at its URL,
// see Fetch. The error tells what of it can't be used. The chain works without
// that: a PAC file that doesn't parse, or is Corsage's own, counts as none, which
// is what browsers make of one that they can't use.
func NewChain(s Setting, text string) (*Chain, error) {
	c := &Chain{setting: s, always: alwaysDirect()}
	if s.URL != "" {
		if IsOwn(text) {
			c.fault = fmt.Errorf("the PAC file at %s is Corsage's own, of an earlier run", short(s.URL))
			return c, c.fault
		}
		c.text = text
		if c.script, c.fault = newScript(text); c.fault != nil {
			c.fault = fmt.Errorf("the PAC file at %s can't be used: %w", short(s.URL), c.fault)
		}
		return c, c.fault
	}
	var errs [4]error
	c.http, errs[0] = parseProxy(s.HTTP, "http")
	c.https, errs[1] = parseProxy(s.HTTPS, "http")
	c.socks, errs[2] = parseProxy(s.SOCKS, "socks5")
	c.except, errs[3] = parseExceptions(s.Except, s.Below)
	for i, what := range []string{"the proxy for http", "the proxy for https", "the SOCKS proxy"} {
		if errs[i] != nil {
			errs[i] = fmt.Errorf("%s: %w", what, errs[i])
		}
	}
	return c, errors.Join(errs[:]...)
}

// Unusable is the chain of a setting whose PAC file can't be had, for the reason
// why. All goes direct.
func Unusable(s Setting, why error) *Chain { return &Chain{setting: s, fault: why} }

// IsDirect reports whether nothing goes to a proxy.
func (c *Chain) IsDirect() bool {
	return c == nil || c.http == nil && c.https == nil && c.socks == nil && c.script == nil
}

// Find returns the ways to the absolute URL u, http or https, to try in order;
// never none. A former PAC file is evaluated, which may look names up, and fails
// with ctx or if it throws or takes too long; the way is direct then.
func (c *Chain) Find(ctx context.Context, u *url.URL) ([]Route, error) {
	if c.IsDirect() {
		return []Route{nil}, nil
	}
	if c.script != nil {
		return c.script.find(ctx, u)
	}
	return []Route{c.manual(u)}, nil
}

func (c *Chain) manual(u *url.URL) *url.URL {
	scheme, name, port := u.Scheme, strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	if c.always.match(scheme, name, port) || c.except.match(scheme, name, port) != c.setting.Only {
		return nil
	}
	return c.by(scheme)
}

// by returns the proxy for what is asked for by scheme, nil for none.
func (c *Chain) by(scheme string) *url.URL {
	switch {
	case scheme == "http" && c.http != nil:
		return c.http
	case scheme == "https" && c.https != nil:
		return c.https
	}
	return c.socks
}

// short keeps a data: URL out of sentences, and what stands before a host's @.
func short(address string) string {
	if strings.HasPrefix(address, "data:") {
		return "data:…"
	}
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return address
}
