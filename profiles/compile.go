package profiles

import (
	"errors"
	"fmt"
	"regexp"

	"corsage/proxy"
	"corsage/proxy/session"
)

// Rules compiles the profile: one rule a backend, in order, each with the
// enabled modifiers in the catalogue's order. dir is the folder that the
// paths of certificates and keys are relative to; the files are read here. All rules share sessions. The error
// is of type Errors, without file and places.
func (p *Profile) Rules(dir string, sessions *session.Store) ([]*proxy.Rule, error) {
	var errs Errors
	fail := func(field string, err error) {
		errs = append(errs, &Problem{Field: field, Message: err.Error()})
	}
	if err := checkName(p.Name); err != nil {
		fail("name", err)
	}
	if len(p.Backends) == 0 {
		fail("backends", errors.New("is empty: a profile needs at least one backend"))
	}
	origins, err := proxy.ParseOrigins(p.AllowedOrigins())
	if err != nil {
		fail("origins", err)
	}
	var modifiers []proxy.Modifier
	for _, m := range Catalog() {
		if p.On(m.Name) {
			modifiers = append(modifiers, m)
		}
	}
	var via proxy.UpstreamProxy
	if p.Proxy != "" {
		if via, err = proxy.ParseUpstreamProxy(p.Proxy); err != nil {
			fail("proxy", err)
		}
	}
	csrf := proxy.CSRF{Cookie: p.CSRF.Cookie, Header: p.CSRF.Header}
	if csrf.Cookie == "" {
		csrf.Cookie = DefaultCSRFCookie
	}
	if csrf.Header == "" {
		csrf.Header = DefaultCSRFHeader
	}
	headers := compileHeaders(p.Headers, fail)
	var rules []*proxy.Rule
	for i, b := range p.Backends {
		field := fmt.Sprintf("backends[%d]", i)
		rule := &proxy.Rule{
			Profile: p.Name, Insecure: b.Insecure, Proxy: via, Origins: origins,
			Modifiers: modifiers, CSRF: csrf, Sessions: sessions, Headers: headers,
		}
		if rule.Backend, err = proxy.ParsePattern(b.URL); err != nil {
			fail(field+".url", err)
		}
		if b.Path != "" {
			if rule.Path, err = regexp.Compile(b.Path); err != nil {
				fail(field+".path", checkPath(b.Path))
			}
		}
		if b.Upstream != "" {
			if rule.Upstream, err = parseUpstream(b.Upstream); err != nil {
				fail(field+".upstream", err)
			}
		}
		if b.Host != "" && b.Upstream == "" {
			fail(field+".host", errHostAlone)
		} else if err := checkHost(b.Host); b.Host != "" && err != nil {
			fail(field+".host", err)
		} else if rule.Upstream != nil {
			rule.Host = b.host(rule)
		}
		if b.ServerName != "" {
			if rule.ServerName, err = proxy.ParseServerName(b.ServerName); err != nil {
				fail(field+".server-name", err)
			}
		}
		if b.CA != "" {
			if rule.CA, err = readCA(beside(dir, b.CA)); err != nil {
				fail(field+".ca", err)
			}
		}
		if b.Certificate != "" || b.Key != "" {
			var of string
			if rule.Certificate, of, err = readCertificate(dir, b); err != nil {
				fail(field+"."+of, err)
			}
		}
		rules = append(rules, rule)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	backends := make([]proxy.Pattern, len(rules))
	for i, r := range rules {
		backends[i] = r.Backend
	}
	for _, r := range rules {
		r.Backends = backends
	}
	return rules, nil
}

// host is what b's upstream gets as Host; "" for what the browser asked for. rule
// has the compiled url and upstream.
func (b Backend) host(rule *proxy.Rule) string {
	own := proxy.Authority(rule.Upstream)
	_, asked, _ := rule.Backend.Target()
	switch b.Host {
	case HostURL:
		return ""
	case HostUpstream:
		return own
	case "":
		if rule.Upstream.Scheme == "http" && proxy.IsLoopback(rule.Upstream.Hostname()) && !proxy.IsLoopback(asked) {
			return own
		}
		return ""
	}
	name, _ := proxy.ParseHost(b.Host)
	return name
}
