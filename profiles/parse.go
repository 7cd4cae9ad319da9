package profiles

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"

	"corsage/proxy"
)

// The fields of a profile file, in the order in which new files have them.
var (
	profileFields = []string{"name", "backends", "proxy", "origins", "toggles", "csrf", "headers", "keep-session"}
	backendFields = []string{"url", "path", "upstream", "host", "server-name", "ca", "certificate", "key", "insecure"}
	csrfFields    = []string{"cookie", "header"}
)

// Parse reads the text of a profile file; file is only named in what it
// reports. Unknown keys are warnings. The error is of type Errors and holds all
// that is wrong, not only the first; the profile is nil then. Whether the files
// that it names can be read shows only in Rules.
func Parse(file string, data []byte) (*Profile, []Warning, error) {
	d, err := read(file, data)
	if err != nil {
		return nil, d.warnings, err
	}
	return d.profile, d.warnings, nil
}

// maxProblems bounds how many errors and warnings are told of one file.
const maxProblems = 100

// document is a profile file's text, read.
type document struct {
	profile  *Profile
	warnings []Warning
	at       map[string]*yaml.Node // by field path, for messages
}

// read is Parse with the places of the fields. It never returns a nil document.
func read(file string, data []byte) (*document, error) {
	r := reader{file: file, doc: &document{profile: &Profile{}, at: make(map[string]*yaml.Node)}}
	root, err := syntax(file, data)
	if err != nil {
		return r.doc, err
	}
	r.read(root.Content[0])
	slices.SortStableFunc(r.errs, func(a, b *Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if len(r.errs) > 0 {
		return r.doc, r.errs[:min(len(r.errs), maxProblems)]
	}
	r.doc.warnings = r.doc.warnings[:min(len(r.doc.warnings), maxProblems)]
	return r.doc, nil
}

// reader collects what is wrong while it fills the document.
type reader struct {
	file string
	doc  *document
	errs Errors
}

func (r *reader) problem(n *yaml.Node, field, format string, args ...any) *Problem {
	p := &Problem{File: r.file, Field: field, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	return p
}

func (r *reader) fail(n *yaml.Node, field, format string, args ...any) {
	r.errs = append(r.errs, r.problem(n, field, format, args...))
}

func (r *reader) warn(n *yaml.Node, field, format string, args ...any) {
	r.doc.warnings = append(r.doc.warnings, *r.problem(n, field, format, args...))
}

func (r *reader) read(root *yaml.Node) {
	p := r.doc.profile
	fields := r.mapping(root, "", profileFields)
	if len(r.errs) > 0 && root.Kind != yaml.MappingNode {
		return
	}
	if n := fields["name"]; n == nil {
		r.fail(root, "name", "is missing: give the profile a name, such as name: Shop")
	} else {
		p.Name = r.text(n, "name")
		if err := checkName(p.Name); err != nil && p.Name != "" {
			r.fail(n, "name", "%v", err)
		}
	}
	if n := fields["backends"]; n == nil {
		r.fail(root, "backends", "is missing: list at least one backend, such as backends: [{url: https://dev.example.com}]")
	} else {
		r.backends(n)
	}
	if n := fields["proxy"]; n != nil {
		r.proxy(n)
	}
	if n := fields["origins"]; n != nil {
		r.origins(n)
	}
	if n := fields["toggles"]; n != nil {
		r.toggles(n)
	}
	if n := fields["csrf"]; n != nil {
		r.csrf(n)
	}
	if n := fields["headers"]; n != nil {
		r.headers(n)
	}
	if n := fields["keep-session"]; n != nil {
		p.KeepSession = r.boolean(n, "keep-session")
	}
}

// mapping returns the values of a mapping by key. Keys that are not in known
// are warned of, those that it has twice are errors.
func (r *reader) mapping(n *yaml.Node, field string, known []string) map[string]*yaml.Node {
	r.doc.at[field] = n
	n = follow(n)
	values := make(map[string]*yaml.Node)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" && field != "" {
		return values
	}
	if n.Kind != yaml.MappingNode {
		if known == nil {
			known = toggleNames()
		}
		r.fail(n, field, "must hold keys and values: %s", strings.Join(known, ", "))
		return values
	}
	seen := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		path := join(field, name)
		switch first := seen[name]; {
		case key.Kind != yaml.ScalarNode:
			r.warn(key, field, "has a key that is no word; it is kept and ignored")
			continue
		case key.Tag == "!!merge":
			r.fail(key, path, "merge keys (<<) are not supported: write the fields out")
			continue
		case first != nil:
			r.fail(key, path, "stands here a second time (first in line %d): keep one", first.Line)
			continue
		}
		seen[name] = key
		if known != nil && !slices.Contains(known, name) {
			r.warn(key, path, "is not known and has no effect; %s", oneOf(name, known))
			continue
		}
		if _, ok := r.doc.at[path]; !ok {
			r.doc.at[path] = value
		}
		values[name] = value
	}
	return values
}

func (r *reader) backends(n *yaml.Node) {
	r.doc.at["backends"] = n
	list := follow(n)
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		r.fail(list, "backends", "must be a list with at least one entry, such as [{url: https://dev.example.com}]")
		return
	}
	seen := make(map[string]int)
	for i, item := range list.Content {
		field := fmt.Sprintf("backends[%d]", i)
		before := len(r.errs)
		fields := r.mapping(item, field, backendFields)
		b := Backend{}
		if u := fields["url"]; u == nil && len(r.errs) == before {
			r.fail(item, field+".url", "is missing: it is scheme://host[:port][/prefix], such as https://dev.example.com")
		} else if u != nil {
			b.URL = r.checked(u, field+".url", checkURL)
		}
		if v := fields["path"]; v != nil {
			b.Path = r.checked(v, field+".path", checkPath)
		}
		if v := fields["upstream"]; v != nil {
			b.Upstream = r.checked(v, field+".upstream", func(s string) error { _, err := parseUpstream(s); return err })
		}
		if v := fields["host"]; v != nil {
			b.Host = r.checked(v, field+".host", checkHost)
			if fields["upstream"] == nil {
				r.fail(fields["host"], field+".host", "%v", errHostAlone)
			}
		}
		if v := fields["server-name"]; v != nil {
			b.ServerName = r.checked(v, field+".server-name", checkServerName)
		}
		for _, f := range []struct {
			key  string
			into *string
		}{{"ca", &b.CA}, {"certificate", &b.Certificate}, {"key", &b.Key}} {
			if v := fields[f.key]; v != nil {
				*f.into = r.text(v, field+"."+f.key)
			}
		}
		if b.Key != "" && fields["certificate"] == nil {
			r.fail(fields["key"], field+".key", "%v", errKeyAlone)
		}
		if v := fields["insecure"]; v != nil {
			b.Insecure = r.boolean(v, field+".insecure")
		}
		if pattern, err := proxy.ParsePattern(b.URL); err == nil {
			key := pattern.String() + " " + b.Path
			if first, ok := seen[key]; ok {
				r.warn(item, field, "chooses the same requests as backends[%d] and has no effect", first)
			} else {
				seen[key] = i
			}
		}
		r.doc.profile.Backends = append(r.doc.profile.Backends, b)
	}
}

func (r *reader) proxy(n *yaml.Node) {
	r.doc.profile.Proxy = r.checked(n, "proxy", func(s string) error {
		p, err := proxy.ParseUpstreamProxy(s)
		if p.HasPassword() {
			r.warn(n, "proxy", "has a password, which whoever gets this file can read: write %v here, and the whole URL into HTTPS_PROXY, whose user and password are then used", p)
		}
		return err
	})
}

func (r *reader) origins(n *yaml.Node) {
	r.doc.at["origins"] = n
	list := follow(n)
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		r.fail(list, "origins", "must be a list of origins, such as [\"http://localhost:*\"]; without the field pages on this machine are allowed")
		return
	}
	for i, item := range list.Content {
		field := fmt.Sprintf("origins[%d]", i)
		r.doc.at[field] = item
		if follow(item).Tag == "!!null" && follow(item).Value == "null" {
			r.fail(item, field, "the origin null needs quotes: write \"null\"")
			continue
		}
		s := r.checked(item, field, func(s string) error { _, err := proxy.ParseOrigin(s); return err })
		r.doc.profile.Origins = append(r.doc.profile.Origins, s)
	}
}

func (r *reader) toggles(n *yaml.Node) {
	names := toggleNames()
	for name, value := range r.mapping(n, "toggles", nil) {
		field := "toggles." + name
		if !slices.Contains(names, name) {
			r.fail(value, field, "there is no toggle %q; %s", name, oneOf(name, names))
			continue
		}
		r.doc.profile.Set(name, r.boolean(value, field))
	}
}

func (r *reader) csrf(n *yaml.Node) {
	fields := r.mapping(n, "csrf", csrfFields)
	token := func(s string) error {
		if !httpguts.ValidHeaderFieldName(s) {
			return fmt.Errorf("%q is no such name: it has letters, digits and - _ . only, such as %s or %s", s, DefaultCSRFCookie, DefaultCSRFHeader)
		}
		return nil
	}
	if v := fields["cookie"]; v != nil {
		r.doc.profile.CSRF.Cookie = r.checked(v, "csrf.cookie", token)
	}
	if v := fields["header"]; v != nil {
		r.doc.profile.CSRF.Header = r.checked(v, "csrf.header", token)
	}
}

// checked is text whose content is checked too.
func (r *reader) checked(n *yaml.Node, field string, check func(string) error) string {
	s := r.text(n, field)
	if s == "" {
		return ""
	}
	if err := check(s); err != nil {
		r.fail(n, field, "%v", err)
	}
	return s
}

func (r *reader) text(n *yaml.Node, field string) string {
	v := follow(n)
	switch {
	case v.Kind != yaml.ScalarNode:
		r.fail(n, field, "must be text")
	case v.Tag == "!!null" || v.Value == "":
		r.fail(n, field, "is empty: give it a value or remove the line")
	case v.Tag != "!!str":
		r.fail(n, field, "must be text: put it in quotes, as in %q", v.Value)
	default:
		return v.Value
	}
	return ""
}

func (r *reader) boolean(n *yaml.Node, field string) bool {
	v := follow(n)
	if v.Kind == yaml.ScalarNode && v.Tag == "!!bool" {
		return strings.EqualFold(v.Value, "true")
	}
	r.fail(n, field, "must be true or false (without quotes)")
	return false
}

// follow returns what an alias stands for, any other node itself.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}
