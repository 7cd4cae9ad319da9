package profiles

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// apply carries the step out on the text and on the tree doc that was read from
// it. Where the text's form is too rare to be spliced, the text is written anew
// from the tree, which keeps all content and comments, but not the layout.
func (s *step) apply(text []byte, doc *yaml.Node) ([]byte, error) {
	if s.do != remove && s.value == nil {
		return nil, errUneditable
	}
	spliced, ok := s.splice(newSource(text))
	s.mutate()
	if ok && means(spliced, doc) {
		return spliced, nil
	}
	anew, err := encode(doc)
	if err != nil {
		return nil, errUneditable
	}
	if bytes.Contains(text, []byte("\r\n")) {
		anew = bytes.ReplaceAll(anew, []byte("\n"), []byte("\r\n"))
	}
	if !means(anew, doc) {
		return nil, errUneditable
	}
	return anew, nil
}

// means reports whether a text has the content of doc.
func means(text []byte, doc *yaml.Node) bool {
	got, err := syntax("", text)
	return err == nil && alike(got.Content[0], doc.Content[0])
}

// mutate carries the step out on the tree.
func (s *step) mutate() {
	p := s.parent
	switch s.do {
	case set:
		old := p.Content[s.index]
		s.value.HeadComment, s.value.LineComment, s.value.FootComment = old.HeadComment, old.LineComment, old.FootComment
		p.Content[s.index] = s.value
	case insert:
		added := []*yaml.Node{s.value}
		if p.Kind == yaml.MappingNode {
			added = []*yaml.Node{stringNode(s.key), s.value}
		}
		p.Content = slices.Insert(p.Content, s.index, added...)
	case remove:
		p.Content = slices.Delete(p.Content, s.index, s.index+width(p))
	}
}

// width is how many nodes an entry of a collection has.
func width(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode {
		return 2
	}
	return 1
}

// splice carries the step out on the text. It reports false where it does not
// know the form; whatever it returns has to be read again and compared.
func (s *step) splice(src *source) ([]byte, bool) {
	inFlow := s.parent.Style&yaml.FlowStyle != 0
	switch {
	case s.do == set:
		return src.set(s, inFlow)
	case inFlow && s.do == insert:
		return src.insertFlow(s)
	case inFlow:
		return src.removeFlow(s)
	case len(s.parent.Content) == 0:
		return nil, false
	case s.do == insert:
		return src.insertLines(s)
	}
	return src.removeLines(s)
}

// set replaces one value.
func (src *source) set(s *step, inFlow bool) ([]byte, bool) {
	value, ok := inline(s.value, inFlow)
	if !ok {
		return nil, false
	}
	old := s.parent.Content[s.index]
	start, end, ok := src.extent(old)
	switch {
	case ok && start == end: // an empty value: behind the key's colon
		if s.parent.Kind != yaml.MappingNode {
			return nil, false
		}
		_, end, ok := src.extent(s.parent.Content[s.index-1])
		if !ok {
			return nil, false
		}
		colon := bytes.IndexByte(src.text[end:], ':')
		if colon < 0 || len(bytes.TrimSpace(src.text[end:end+colon])) > 0 {
			return nil, false
		}
		end += colon + 1
		return src.replace(end, end, " "+value), true
	case ok:
		return src.replace(start, end, value), true
	case inFlow || old.Anchor != "" || old.Kind != yaml.ScalarNode:
		return nil, false
	}
	// A text of several lines: all up to the entry's end.
	last := src.lastLine(s.parent, s.index-s.index%width(s.parent))
	return src.replace(src.offset(old.Line, old.Column), src.contentEnd(last), value), true
}

func (src *source) insertFlow(s *step) ([]byte, bool) {
	items := s.parent.Content
	node, key := s.value, stringNode(s.key)
	if len(items) > 0 && inQuotes(items[0]) {
		quoteAll(node)
		key = likeOld(items[0], s.key)
	}
	value, ok := inline(node, true)
	if !ok {
		return nil, false
	}
	if s.parent.Kind == yaml.MappingNode {
		name, ok := inline(key, true)
		if !ok {
			return nil, false
		}
		value = name + ": " + value
	}
	switch {
	case len(items) == 0:
		start := src.skipProperties(src.offset(s.parent.Line, s.parent.Column))
		if start >= len(src.text) || src.text[start] != '{' && src.text[start] != '[' {
			return nil, false
		}
		return src.replace(start+1, start+1, value), true
	case s.index == 0:
		start := src.offset(items[0].Line, items[0].Column)
		return src.replace(start, start, value+", "), true
	}
	before := items[s.index-1]
	_, end, ok := src.extent(before)
	if !ok {
		return nil, false
	}
	separator := ", "
	first := items[s.index-width(s.parent)]
	if indent := src.line(first.Line)[:first.Column-1]; first.Line > s.parent.Line && strings.TrimSpace(indent) == "" {
		separator = "," + src.newline + indent // one entry a line
	}
	return src.replace(end, end, separator+value), true
}

func (src *source) removeFlow(s *step) ([]byte, bool) {
	items, n := s.parent.Content, width(s.parent)
	start := src.offset(items[s.index].Line, items[s.index].Column)
	_, end, ok := src.extent(items[s.index+n-1])
	if !ok {
		return nil, false
	}
	switch {
	case s.index+n < len(items):
		next := items[s.index+n]
		end = src.offset(next.Line, next.Column)
	case s.index > 0:
		if _, start, ok = src.extent(items[s.index-1]); !ok {
			return nil, false
		}
	}
	return src.replace(start, end, ""), true
}

// insertLines adds an entry to a collection of which each entry has lines of
// its own.
func (src *source) insertLines(s *step) ([]byte, bool) {
	items := s.parent.Content
	whole := &yaml.Node{Kind: s.parent.Kind}
	if s.parent.Kind == yaml.MappingNode {
		put(whole, s.key, s.value)
	} else {
		whole.Content = []*yaml.Node{s.value}
	}
	text, err := encode(whole)
	if err != nil {
		return nil, false
	}
	indent := strings.Repeat(" ", s.parent.Column-1)
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString(indent + strings.TrimSuffix(line, "\n") + src.newline)
	}
	if s.index == 0 {
		at := src.offset(items[0].Line, 1)
		return src.replace(at, at, b.String()), true
	}
	last := src.lastLine(s.parent, s.index-width(s.parent))
	at := src.lineEnd(last)
	if at == len(src.text) && at == src.contentEnd(last) { // no line break at the end of the file
		return src.replace(at, at, src.newline+strings.TrimSuffix(b.String(), src.newline)), true
	}
	return src.replace(at, at, b.String()), true
}

func (src *source) removeLines(s *step) ([]byte, bool) {
	items, n := s.parent.Content, width(s.parent)
	first := items[s.index]
	start := src.offset(first.Line, 1)
	before := src.line(first.Line)[:src.offset(first.Line, first.Column)-start]
	if s.parent.Kind == yaml.SequenceNode {
		before = strings.Replace(before, "-", "", 1)
	}
	if strings.TrimSpace(before) != "" { // the first key behind a dash
		if s.index+n >= len(items) {
			return nil, false
		}
		next := items[s.index+n]
		return src.replace(src.offset(first.Line, first.Column), src.offset(next.Line, next.Column), ""), true
	}
	last := src.lastLine(s.parent, s.index)
	end := src.lineEnd(last)
	if end == len(src.text) && end == src.contentEnd(last) && start > 0 { // the file ends without a line break: so it does after
		start = src.contentEnd(first.Line - 1)
	}
	return src.replace(start, end, ""), true
}

// inline writes a value on one line. A text in a flow collection needs quotes
// for more than elsewhere.
func inline(value *yaml.Node, inFlow bool) (string, bool) {
	c := *value
	c.HeadComment, c.LineComment, c.FootComment, c.Anchor = "", "", "", ""
	list := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{flow(&c)}}
	before, after := "- ", "\n"
	if inFlow {
		list.Style, before, after = yaml.FlowStyle, "[", "]\n"
	}
	text, err := encode(list)
	if err != nil {
		return "", false
	}
	s, ok := strings.CutPrefix(string(text), before)
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, after)
	return s, ok && !strings.Contains(s, "\n")
}

// inQuotes reports whether a collection's first text is in double quotes, as
// everything is in JSON.
func inQuotes(first *yaml.Node) bool {
	for len(first.Content) > 0 {
		first = first.Content[0]
	}
	return first.Kind == yaml.ScalarNode && first.Style&yaml.DoubleQuotedStyle != 0
}

// quoteAll puts all texts in n into double quotes.
func quoteAll(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		quoteAll(c)
	}
}
