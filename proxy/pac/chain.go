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
	http, https, socks *url.URL
	except, always     exceptions
	only               bool
	script             *script // of a PAC file, which counts before the others; nil for none
	text               string  // of the PAC file
	fault              error   // why a PAC file is not used
}

// NewChain makes the chain of a setting without its PAC files. The error tells
// what of it can't be used; the chain works without that.
func NewChain(s Setting) (*Chain, error) {
	c := &Chain{only: s.Only, always: alwaysDirect()}
	var errs [4]error
	c.http, errs[0] = parseProxy(s.HTTP, "http")
	c.https, errs[1] = parseProxy(s.HTTPS, "http")
	c.socks, errs[2] = parseProxy(s.SOCKS, "socks5")
	c.except, errs[3] = parseExceptions(s.Except)
	for i, what := range []string{"the proxy for http", "the proxy for https", "the SOCKS proxy"} {
		if errs[i] != nil {
			errs[i] = fmt.Errorf("%s: %w", what, errs[i])
		}
	}
	return c, errors.Join(errs[:]...)
}

// ByPAC returns c, but led by the PAC file that was fetched from address. It fails
// for one that a browser could not use either, and for Corsage's own.
func (c *Chain) ByPAC(address, text string) (*Chain, error) {
	if IsOwn(text) {
		return nil, fmt.Errorf("the PAC file at %s is Corsage's own", short(address))
	}
	s, err := newScript(text)
	if err != nil {
		return nil, fmt.Errorf("the PAC file at %s can't be used: %w", short(address), err)
	}
	by := *c
	by.script, by.text = s, text
	return &by, nil
}

// Without returns c, which goes without a PAC file for the reason why, as a
// browser does that can't have it.
func (c *Chain) Without(why error) *Chain {
	without := *c
	without.fault = why
	return &without
}

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
	if c.always.match(scheme, name, port) || c.except.match(scheme, name, port) != c.only {
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
