package profiles

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// source is a text in which the places of YAML nodes can be found. Lines and
// columns count from 1, columns in characters; offsets count bytes from 0.
type source struct {
	text    []byte
	starts  []int // of lines
	newline string
}

func newSource(text []byte) *source {
	src := &source{text: text, starts: []int{0}, newline: "\n"}
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		src.newline = "\r\n"
	}
	for i := 0; i < len(text); { // what YAML 1.1, section 5.4 takes for line breaks
		c, n := utf8.DecodeRune(text[i:])
		i += n
		switch {
		case c == '\r' && i < len(text) && text[i] == '\n':
			i++
			fallthrough
		case c == '\n', c == '\r', c == '\u0085', c == '\u2028', c == '\u2029':
			src.starts = append(src.starts, i)
		}
	}
	return src
}

// replace returns a copy of the text with other bytes from start to end.
func (src *source) replace(start, end int, by string) []byte {
	if end < start {
		return nil
	}
	out := make([]byte, 0, len(src.text)+len(by))
	out = append(out, src.text[:start]...)
	out = append(out, by...)
	return append(out, src.text[end:]...)
}

func (src *source) offset(line, column int) int {
	if line < 1 || line > len(src.starts) {
		return len(src.text)
	}
	at := src.starts[line-1]
	for range column - 1 {
		_, n := utf8.DecodeRune(src.text[at:])
		at += n
	}
	return at
}

// lineEnd returns where the next line begins.
func (src *source) lineEnd(line int) int {
	if line >= len(src.starts) {
		return len(src.text)
	}
	return src.starts[line]
}

// contentEnd returns where the line's break begins.
func (src *source) contentEnd(line int) int {
	start, end := src.offset(line, 1), src.lineEnd(line)
	return start + len(strings.TrimRight(string(src.text[start:end]), "\r\n"))
}

// line returns a line without its break.
func (src *source) line(n int) string {
	return string(src.text[src.offset(n, 1):src.contentEnd(n)])
}

// extent returns where a value begins and ends that has no lines of its own,
// without anchor and with its tag, quotes or brackets.
func (src *source) extent(n *yaml.Node) (start, end int, ok bool) {
	start = src.offset(n.Line, n.Column)
	if n.Style&yaml.TaggedStyle != 0 {
		bare := *n
		bare.Style &^= yaml.TaggedStyle
		value := src.skipProperties(start)
		_, end, ok = src.extentAt(&bare, value)
		return start, end, ok
	}
	if n.Anchor != "" {
		start = src.skipProperties(start)
	}
	return src.extentAt(n, start)
}

// extentAt is extent of a value that begins at start, its properties aside.
func (src *source) extentAt(n *yaml.Node, start int) (_, end int, ok bool) {
	rest := src.text[start:]
	switch {
	case n.Kind == yaml.AliasNode:
		return start, start + 1 + len(n.Value), bytes.HasPrefix(rest, []byte("*"+n.Value))
	case n.Kind != yaml.ScalarNode:
		length := bracketed(rest)
		return start, start + length, n.Style&yaml.FlowStyle != 0 && length > 0
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		length := quoted(rest)
		return start, start + length, length > 0
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.ContainsAny(n.Value, "\n"):
		return 0, 0, false
	}
	return start, start + len(n.Value), bytes.HasPrefix(rest, []byte(n.Value))
}

// skipProperties passes over anchors and tags and the space behind them.
func (src *source) skipProperties(at int) int {
	for at < len(src.text) && (src.text[at] == '&' || src.text[at] == '!') {
		word := bytes.IndexAny(src.text[at:], " \t\r\n")
		if word < 0 {
			return at
		}
		at += word
		at += len(src.text[at:]) - len(bytes.TrimLeft(src.text[at:], " \t"))
	}
	return at
}

// quoted returns the length of the quoted text that s begins with, or 0.
func quoted(s []byte) int {
	if len(s) == 0 || s[0] != '\'' && s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[0] == '"' && s[i] == '\\':
			i++
		case s[i] != s[0]:
		case s[0] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// bracketed returns the length of the flow collection that s begins with, or 0.
func bracketed(s []byte) int {
	if len(s) == 0 || s[0] != '{' && s[0] != '[' {
		return 0
	}
	open := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '{' || c == '[':
			open++
		case c == '}' || c == ']':
			if open--; open == 0 {
				return i + 1
			}
		case (c == '"' || c == '\'') && bytes.IndexByte([]byte(" \t\r\n{[,:"), s[i-1]) >= 0:
			n := quoted(s[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case c == '#' && bytes.IndexByte([]byte(" \t\r\n"), s[i-1]) >= 0:
			n := bytes.IndexAny(s[i:], "\r\n")
			if n < 0 {
				return 0
			}
			i += n
		}
	}
	return 0
}

// lastLine returns the last line with content of an entry of a block
// collection, by the entry's index.
func (src *source) lastLine(parent *yaml.Node, index int) int {
	after := index + width(parent)
	limit := len(src.starts) + 1
	if after < len(parent.Content) {
		limit = parent.Content[after].Line
	}
	last := 0
	for _, n := range parent.Content[index:after] {
		last = max(last, deepestLine(n))
		if _, end, ok := src.extent(n); ok {
			for last+1 < limit && src.lineEnd(last) < end {
				last++
			}
		}
	}
	for l := last + 1; l < limit; l++ {
		text := src.line(l)
		content := strings.TrimLeft(text, " ")
		switch {
		case content == "" || content[0] == '#':
			continue
		case len(text)-len(content) < parent.Column:
			return last
		}
		last = l
	}
	return last
}

// deepestLine returns the last line on which something in n begins.
func deepestLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, deepestLine(c))
	}
	return last
}
