package python

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxSource bounds a file, in bytes; settings have some hundred lines.
const maxSource = 256 << 10

// maxDepth bounds brackets within brackets, as Python itself does.
const maxDepth = 200

// maxLine bounds one statement, in bytes.
const maxLine = 64 << 10

// What stands in a line in front of an f-string's text and behind it, since the
// parser knows no f-strings. Unicode keeps these code points free for such uses.
const (
	fStart = '\ue000'
	fEnd   = '\ue001'
)

// line is one logical line (Python reference, 2.1.5): a statement, or the head of
// a block, without comments.
type line struct {
	number int    // of its first line, from 1
	indent int    // columns; tabs reach to the next eighth
	text   string // in the Python that the parser knows
	head   bool   // it ends with a colon: a block follows
}

// split cuts a source into its logical lines. The error is a *SyntaxError.
func split(src []byte) ([]line, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	switch {
	case len(src) > maxSource:
		return nil, &SyntaxError{1, fmt.Sprintf("is larger than %d KB, too large for settings", maxSource>>10)}
	case bytes.IndexByte(src, 0) >= 0:
		return nil, &SyntaxError{1 + bytes.Count(src[:bytes.IndexByte(src, 0)], []byte("\n")), "has a zero byte, so it is no Python source"}
	case !utf8.Valid(src):
		return nil, &SyntaxError{invalidLine(src), "is not UTF-8: save the file in that encoding"}
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", " ").Replace(string(src))
	s := splitter{src: text, row: 1}
	for s.at < len(s.src) {
		if err := s.logical(); err != nil {
			return nil, err
		}
	}
	return s.lines, nil
}

func invalidLine(src []byte) int {
	row := 1
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == utf8.RuneError && n <= 1 {
			break
		}
		if r == '\n' {
			row++
		}
		src = src[n:]
	}
	return row
}

type splitter struct {
	src   string
	at    int // in bytes
	row   int
	lines []line
}

// bracket is an open one.
type bracket struct {
	closes byte
	row    int
}

// logical reads one logical line, or an empty one.
func (s *splitter) logical() error {
	l := line{number: s.row}
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\t') {
		if l.indent++; s.src[s.at] == '\t' {
			l.indent = (l.indent + 7) / 8 * 8
		}
		s.at++
	}
	var out strings.Builder
	var open []bracket
	last := byte(0) // last that is no space
	for s.at < len(s.src) {
		c := s.src[s.at]
		switch {
		case c == '\n':
			s.at++
			s.row++
			if len(open) == 0 {
				s.add(l, out.String(), last)
				return nil
			}
			out.WriteByte('\n')
			continue
		case c == '\\' && strings.HasPrefix(s.src[s.at:], "\\\n"):
			out.WriteString("\\\n")
			s.at += 2
			s.row++
			continue
		case c == '#':
			if i := strings.IndexByte(s.src[s.at:], '\n'); i >= 0 {
				s.at += i
			} else {
				s.at = len(s.src)
			}
			continue
		case c == '\'' || c == '"':
			if err := s.quoted("", &out); err != nil {
				return err
			}
		case wordByte(c):
			if err := s.word(&out); err != nil {
				return err
			}
		default:
			if i := strings.IndexByte("([{", c); i >= 0 {
				open = append(open, bracket{")]}"[i], s.row})
			}
			if strings.IndexByte(")]}", c) >= 0 {
				if len(open) == 0 || open[len(open)-1].closes != c {
					return &SyntaxError{s.row, fmt.Sprintf("has a %c that closes nothing", c)}
				}
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return &SyntaxError{s.row, fmt.Sprintf("has more than %d brackets within each other", maxDepth)}
			}
			out.WriteByte(c)
			s.at++
		}
		if c != ' ' && c != '\t' {
			last = c
		}
	}
	if len(open) > 0 {
		return &SyntaxError{open[len(open)-1].row, fmt.Sprintf("has a bracket that is never closed: a %c is missing", open[len(open)-1].closes)}
	}
	s.add(l, out.String(), last)
	return nil
}

func (s *splitter) add(l line, text string, last byte) {
	l.text, l.head = strings.TrimSpace(text), last == ':'
	if l.text != "" {
		s.lines = append(s.lines, l)
	}
}

// word reads a name or number; a name may turn out to be a string's prefix.
func (s *splitter) word(out *strings.Builder) error {
	start := s.at
	for s.at < len(s.src) && wordByte(s.src[s.at]) {
		s.at++
	}
	word := s.src[start:s.at]
	if s.at < len(s.src) && (s.src[s.at] == '\'' || s.src[s.at] == '"') && isPrefix(strings.ToLower(word)) {
		return s.quoted(word, out)
	}
	if '0' <= word[0] && word[0] <= '9' { // the parser knows no 86_400
		word = strings.ReplaceAll(word, "_", "")
	}
	out.WriteString(word)
	return nil
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func isPrefix(s string) bool {
	switch s {
	case "r", "u", "b", "br", "rb", "f", "fr", "rf":
		return true
	}
	return false
}

// quoted reads a string literal (Python reference, 2.4.1) from its quotes on.
func (s *splitter) quoted(prefix string, out *strings.Builder) error {
	quote, first := s.src[s.at:s.at+1], s.row
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.src[s.at:], triple) {
		quote = triple
	}
	s.at += len(quote)
	start := s.at
	for !strings.HasPrefix(s.src[s.at:], quote) {
		if s.at == len(s.src) || s.src[s.at] == '\n' && len(quote) == 1 {
			return &SyntaxError{first, fmt.Sprintf("has a string that is never closed: a %s is missing", quote)}
		}
		if s.src[s.at] == '\\' && s.at+1 < len(s.src) {
			s.at++
		}
		if s.src[s.at] == '\n' {
			s.row++
		}
		s.at++
	}
	body := s.src[start:s.at]
	s.at += len(quote)
	if bare := strings.NewReplacer("f", "", "F", "").Replace(prefix); bare != prefix {
		prefix, body = bare, string(fStart)+body+string(fEnd)
	}
	out.WriteString(prefix + quote + body + quote)
	return nil
}

// annotated is the beginning of NAME: TYPE = VALUE, on one line.
var annotated = regexp.MustCompile(`^([A-Za-z_]\w*)\s*:[^\n=()]*=`)

// withoutAnnotation makes NAME = VALUE of NAME: TYPE = VALUE, which the parser
// does not know.
func withoutAnnotation(text string) (string, bool) {
	m := annotated.FindStringSubmatchIndex(text)
	if m == nil {
		return "", false
	}
	return text[m[2]:m[3]] + " =" + text[m[1]:], true
}
