package profiles

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// edit changes the text of a valid profile file so that it means want, and
// leaves every byte alone that needn't change: comments, order, blank lines,
// quotes and unknown keys stay. want must be valid.
//
// It goes by single steps: find the first difference, change the text there,
// read the text again. After each step the text must mean what the same step
// makes of the tree, so a splice that YAML's rarer forms mislead never
// reaches a file.
func edit(data []byte, want *Profile) ([]byte, error) {
	mark := data[:len(data)-len(bytes.TrimPrefix(data, bom))]
	text := data[len(mark):]
	for range maxSteps {
		doc, err := syntax("", text)
		if err != nil {
			return nil, err
		}
		r := reader{doc: &document{profile: &Profile{}, at: make(map[string]*yaml.Node)}}
		r.read(doc.Content[0])
		if len(r.errs) > 0 {
			return nil, r.errs
		}
		next := difference(doc.Content[0], r.doc.profile, want)
		if next == nil {
			return slices.Concat(mark, text), nil
		}
		if text, err = next.apply(text, doc); err != nil {
			return nil, err
		}
	}
	return nil, errUneditable
}

// maxSteps bounds the single changes of one edit; far more than a profile has
// fields.
const maxSteps = 10_000

var errUneditable = errors.New("this file uses YAML in a way that can't be changed from here (anchors, perhaps): change it in an editor")

// step is one change of the tree.
type step struct {
	do     stepKind
	parent *yaml.Node // mapping or sequence
	index  int        // into parent.Content: of the value to set, the entry to remove, the place to insert at
	key    string     // of the entry to insert, if parent is a mapping
	value  *yaml.Node // to set or insert; nil there if the change can't be made
}

type stepKind int

const (
	set stepKind = iota
	insert
	remove
)

// difference returns the first step from have to want, or nil if they mean the
// same. root is the tree that have was read from.
func difference(root *yaml.Node, have, want *Profile) *step {
	if have.Name != want.Name {
		return setField(root, "name", want.Name)
	}
	if s := backendsDifference(root, have.Backends, want.Backends); s != nil {
		return s
	}
	if have.Proxy != want.Proxy {
		return setField(root, "proxy", want.Proxy)
	}
	if s := originsDifference(root, have.Origins, want.Origins); s != nil {
		return s
	}
	if s := togglesDifference(root, have, want); s != nil {
		return s
	}
	if s := csrfDifference(root, have.CSRF, want.CSRF); s != nil {
		return s
	}
	if s := headersDifference(root, have.Headers, want.Headers); s != nil {
		return s
	}
	if have.KeepSession != want.KeepSession {
		return setSwitch(root, "keep-session", want.KeepSession, want.KeepSession || commented(root, "keep-session"))
	}
	return nil
}

func backendsDifference(root *yaml.Node, have, want []Backend) *step {
	if slices.Equal(have, want) {
		return nil
	}
	i := field(root, "backends")
	list, s := inside(root, i)
	if s != nil {
		return s
	}
	at, kind := firstDifference(have, want)
	switch kind {
	case remove:
		return &step{do: remove, parent: list, index: at}
	case insert:
		return &step{do: insert, parent: list, index: at, value: backendNode(want[at])}
	}
	item, s := inside(list, at)
	if s != nil {
		return s
	}
	h, w := have[at], want[at]
	old := h.texts() // key can't stand without certificate, nor host without upstream: those come first and go last
	needed := map[string]bool{"certificate": h.Key != "", "upstream": h.Host != ""}
	for i, f := range w.texts() {
		if old[i].value != f.value && !(f.value == "" && needed[f.key]) {
			return setField(item, f.key, f.value)
		}
	}
	return setSwitch(item, "insecure", w.Insecure, w.Insecure || commented(item, "insecure"))
}

func originsDifference(root *yaml.Node, have, want []string) *step {
	if slices.Equal(have, want) {
		return nil
	}
	i := field(root, "origins")
	if i < 0 {
		return &step{do: insert, parent: root, index: len(root.Content), key: "origins", value: originsNode(want)}
	}
	if len(want) == 0 {
		return &step{do: remove, parent: root, index: i - 1}
	}
	list, s := inside(root, i)
	if s != nil {
		return s
	}
	at, kind := firstDifference(have, want)
	switch kind {
	case remove:
		return &step{do: remove, parent: list, index: at}
	case insert:
		value := stringNode(want[at])
		if n := len(list.Content); n > 0 {
			value.Style = list.Content[min(at, n-1)].Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)
		}
		return &step{do: insert, parent: list, index: at, value: value}
	}
	return &step{do: set, parent: list, index: at, value: likeOld(list.Content[at], want[at])}
}

func togglesDifference(root *yaml.Node, have, want *Profile) *step {
	for _, m := range Catalog() {
		on := want.On(m.Name)
		if have.On(m.Name) == on {
			continue
		}
		i := field(root, "toggles")
		if i < 0 {
			return &step{do: insert, parent: root, index: len(root.Content), key: "toggles", value: togglesNode(want.Toggles)}
		}
		toggles, s := inside(root, i)
		if s != nil {
			return s
		}
		if toggles.Kind != yaml.MappingNode { // empty
			return &step{do: set, parent: root, index: i, value: flow(togglesNode(map[string]bool{m.Name: on}))}
		}
		keep := on != m.Default || commented(toggles, m.Name)
		if alone := len(toggles.Content) == 2; !keep && alone && toggles.Style&yaml.FlowStyle == 0 {
			if !commented(root, "toggles") {
				return &step{do: remove, parent: root, index: i - 1}
			}
			keep = true
		}
		return setSwitch(toggles, m.Name, on, keep)
	}
	return nil
}

func csrfDifference(root *yaml.Node, have, want CSRF) *step {
	if have == want {
		return nil
	}
	i := field(root, "csrf")
	switch {
	case i < 0:
		return &step{do: insert, parent: root, index: len(root.Content), key: "csrf", value: csrfNode(want)}
	case want == CSRF{}:
		return &step{do: remove, parent: root, index: i - 1}
	}
	csrf, s := inside(root, i)
	switch {
	case s != nil:
		return s
	case csrf.Kind != yaml.MappingNode: // empty
		return &step{do: set, parent: root, index: i, value: flow(csrfNode(want))}
	case want.Cookie != "" && have.Cookie != want.Cookie: // what is added comes before what is removed
		return setField(csrf, "cookie", want.Cookie)
	case have.Header != want.Header:
		return setField(csrf, "header", want.Header)
	}
	return setField(csrf, "cookie", want.Cookie)
}

// headersDifference writes the list anew as a whole: no window edits its parts.
func headersDifference(root *yaml.Node, have, want []HeaderEdit) *step {
	if sameHeaders(have, want) {
		return nil
	}
	i := field(root, "headers")
	if i >= 0 {
		return &step{do: remove, parent: root, index: i - 1}
	}
	return &step{do: insert, parent: root, index: len(root.Content), key: "headers", value: headersNode(want)}
}

// firstDifference compares two lists whose beginnings and ends are mostly the
// same. It returns what to do first, and where.
func firstDifference[T comparable](have, want []T) (at int, do stepKind) {
	n := min(len(have), len(want))
	for at < n && have[at] == want[at] {
		at++
	}
	tail := 0
	for tail < n-at && have[len(have)-1-tail] == want[len(want)-1-tail] {
		tail++
	}
	switch {
	case at+tail < n:
		return at, set
	case len(have) > len(want):
		return at, remove
	}
	return at, insert
}

// field returns the index of the value of a key in a mapping's content, or -1.
func field(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if k := mapping.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
			return i + 1
		}
	}
	return -1
}

// inside returns the node at an index to change something in it. Where an alias
// stands there, it returns the step that puts a copy in the alias's place.
func inside(parent *yaml.Node, index int) (*yaml.Node, *step) {
	n := parent.Content[index]
	if n.Kind != yaml.AliasNode {
		return n, nil
	}
	c, ok := unalias(n)
	if !ok {
		return nil, &step{do: set} // apply refuses it
	}
	return nil, &step{do: set, parent: parent, index: index, value: flow(c)}
}

// setField sets a text; the empty one removes the field.
func setField(mapping *yaml.Node, key, value string) *step {
	i := field(mapping, key)
	switch {
	case i < 0:
		return &step{do: insert, parent: mapping, index: len(mapping.Content), key: key, value: stringNode(value)}
	case value == "":
		return &step{do: remove, parent: mapping, index: i - 1}
	}
	return &step{do: set, parent: mapping, index: i, value: likeOld(mapping.Content[i], value)}
}

// setSwitch sets a truth value, or removes the field if keep is false.
func setSwitch(mapping *yaml.Node, key string, on, keep bool) *step {
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(on)}
	i := field(mapping, key)
	switch {
	case i < 0:
		return &step{do: insert, parent: mapping, index: len(mapping.Content), key: key, value: value}
	case !keep:
		return &step{do: remove, parent: mapping, index: i - 1}
	}
	return &step{do: set, parent: mapping, index: i, value: value}
}

// commented reports whether a comment explains a field: it would be lost, or
// left behind alone, if the field went.
func commented(mapping *yaml.Node, key string) bool {
	i := field(mapping, key)
	if i < 0 {
		return false
	}
	for _, n := range mapping.Content[i-1 : i+1] {
		if n.HeadComment != "" || n.LineComment != "" {
			return true
		}
	}
	return false
}
