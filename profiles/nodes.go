package profiles

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// render writes the text of a new profile file.
func render(p *Profile) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	put(root, "name", stringNode(p.Name))
	backends := &yaml.Node{Kind: yaml.SequenceNode}
	for _, b := range p.Backends {
		backends.Content = append(backends.Content, backendNode(b))
	}
	put(root, "backends", backends)
	if p.Proxy != "" {
		put(root, "proxy", stringNode(p.Proxy))
	}
	if len(p.Origins) > 0 {
		put(root, "origins", originsNode(p.Origins))
	}
	if n := togglesNode(p.Toggles); len(n.Content) > 0 {
		put(root, "toggles", n)
	}
	if p.CSRF != (CSRF{}) {
		put(root, "csrf", csrfNode(p.CSRF))
	}
	if len(p.Headers) > 0 {
		put(root, "headers", headersNode(p.Headers))
	}
	if p.KeepSession {
		put(root, "keep-session", boolNode(true))
	}
	return encode(root)
}

// Text returns the profile as the text of a new file.
func (p *Profile) Text() ([]byte, error) { return render(p) }

// Validate reports what is wrong with the profile's fields, as an error of type
// Errors that names fields but no places. Whether the files that it names
// can be read shows only in Rules.
func (p *Profile) Validate() error {
	if err := checkName(p.Name); err != nil && p.Name != "" {
		return Errors{{Field: "name", Message: err.Error()}}
	}
	text, err := render(p)
	if err != nil {
		return Errors{{Message: err.Error()}}
	}
	d, err := read("", text)
	if errs, ok := err.(Errors); ok {
		for _, e := range errs {
			e.Line, e.Column = 0, 0
		}
		return errs
	}
	if !d.profile.same(p) {
		return Errors{{Message: "a value can't be written to a file: remove control characters"}}
	}
	return nil
}

// encode writes a node as YAML, indented by two spaces.
func encode(n *yaml.Node) (text []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's way to report what it can't write
			err = fmt.Errorf("cannot write this as YAML: %v", p)
		}
	}()
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("cannot write this as YAML: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("cannot write this as YAML: %w", err)
	}
	return b.Bytes(), nil
}

func put(mapping *yaml.Node, key string, value *yaml.Node) {
	mapping.Content = append(mapping.Content, stringNode(key), value)
}

func stringNode(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

func boolNode(on bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(on)}
}

// likeOld is a text in the quotes that the old value has.
func likeOld(old *yaml.Node, s string) *yaml.Node {
	n := stringNode(s)
	if old.Kind == yaml.ScalarNode {
		n.Anchor = old.Anchor
		n.Style = old.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)
	}
	return n
}

func backendNode(b Backend) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range b.texts() {
		if f.value != "" {
			put(n, f.key, stringNode(f.value))
		}
	}
	if b.Insecure {
		put(n, "insecure", boolNode(true))
	}
	return n
}

// text is a field of a backend that holds text.
type text struct{ key, value string }

// texts returns all of them, in the order in which new files have them.
func (b Backend) texts() []text {
	return []text{
		{"url", b.URL}, {"path", b.Path}, {"upstream", b.Upstream}, {"host", b.Host}, {"server-name", b.ServerName},
		{"ca", b.CA}, {"certificate", b.Certificate}, {"key", b.Key},
	}
}

func originsNode(origins []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, o := range origins {
		s := stringNode(o)
		s.Style = yaml.DoubleQuotedStyle
		n.Content = append(n.Content, s)
	}
	return n
}

// togglesNode has what differs from the defaults in the catalogue's order,
// and behind it what the catalogue does not know.
func togglesNode(toggles map[string]bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, m := range Catalog() {
		if on, ok := toggles[m.Name]; ok && on != m.Default {
			put(n, m.Name, boolNode(on))
		}
	}
	var unknown []string
	for name := range toggles {
		if _, ok := toggle(name); !ok {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		put(n, name, boolNode(toggles[name]))
	}
	return n
}

func csrfNode(c CSRF) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if c.Cookie != "" {
		put(n, "cookie", stringNode(c.Cookie))
	}
	if c.Header != "" {
		put(n, "header", stringNode(c.Header))
	}
	return n
}

// flow returns n to be written on one line.
func flow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		n.Style |= yaml.FlowStyle
		for _, c := range n.Content {
			flow(c)
		}
	}
	return n
}

// maxCopied bounds how many nodes unalias copies: aliases within aliases can
// stand for more than there is memory, or for themselves.
const maxCopied = 10_000

// unalias returns a copy of n without anchors, comments and aliases, or false
// if it would be too big.
func unalias(n *yaml.Node) (*yaml.Node, bool) {
	left := maxCopied
	return copyNode(n, &left), left > 0
}

func copyNode(n *yaml.Node, left *int) *yaml.Node {
	n = follow(n)
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)}
	for _, child := range n.Content {
		if *left--; *left <= 0 {
			break
		}
		c.Content = append(c.Content, copyNode(child, left))
	}
	return c
}

// alike reports whether two trees have the same content, comments and styles
// aside.
func alike(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || a.ShortTag() != b.ShortTag() || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !alike(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
