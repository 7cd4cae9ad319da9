package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	goccy "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"go.yaml.in/yaml/v3"
)

// maxFile bounds the text of a profile, in bytes.
const maxFile = 1 << 20

var (
	bom         = []byte("\xef\xbb\xbf")
	lineInError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

	unknownAnchor = regexp.MustCompile(`unknown anchor '(.+)' referenced`)
)

// syntax reads data as one YAML document and returns its document node, which
// has one child. A byte order mark at the beginning is passed over.
func syntax(file string, data []byte) (*yaml.Node, error) {
	fail := func(line, column int, format string, args ...any) (*yaml.Node, error) {
		return nil, Errors{{File: file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}}
	}
	if len(data) > maxFile {
		return fail(0, 0, "has %d bytes, at most %d are allowed: is this a profile?", len(data), maxFile)
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return fail(1, 1, "is UTF-16: save it as UTF-8")
	}
	data = bytes.TrimPrefix(data, bom)
	if i := invalid(data); i >= 0 {
		line, column := place(data, i)
		return fail(line, column, "byte 0x%02x is not allowed here: save the file as UTF-8 text", data[i])
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := decode(dec, &doc); {
	case errors.Is(err, io.EOF):
		return fail(1, 1, "is empty: a profile needs at least a name and one backend, such as {name: Shop, backends: [{url: https://dev.example.com}]}")
	case err != nil:
		line, column, message := whereBroken(data, err)
		return fail(line, column, "is no YAML: %s", message)
	}
	var more yaml.Node
	if err := decode(dec, &more); err == nil {
		return fail(more.Line, 1, "begins a second document (---): a file holds one profile, put the other into its own file")
	} else if !errors.Is(err, io.EOF) {
		line, column, message := whereBroken(data, err)
		return fail(line, column, "is no YAML: %s", message)
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return fail(max(root.Line, 1), max(root.Column, 1), "has no content: a profile needs at least a name and one backend")
	}
	if depth(root, 0) > maxDepth {
		return fail(1, 1, "is nested more than %d levels deep: is this a profile?", maxDepth)
	}
	return &doc, nil
}

// maxDepth bounds how deep a document is nested.
const maxDepth = 64

// depth returns how deep n is nested, at most a little over maxDepth. Aliases
// are not followed.
func depth(n *yaml.Node, above int) int {
	if above > maxDepth {
		return above
	}
	deepest := above
	for _, c := range n.Content {
		deepest = max(deepest, depth(c, above+1))
	}
	return deepest
}

// decode reads the next document. The library reports some broken input by a
// panic of its own; that is turned into an error too.
func decode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	return dec.Decode(n)
}

// whereBroken finds the place of a syntax error and says it in words. The
// library that reads the files names no column and often the line where the
// surrounding block begins, so another one is asked for a second opinion.
func whereBroken(data []byte, err error) (line, column int, message string) {
	message = err.Error()
	line = 1
	if m := lineInError.FindStringSubmatch(message); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		message = message[len(m[0]):]
	}
	if l, c, m, ok := secondOpinion(data); ok {
		line, column, message = l, c, m
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		if i := bytes.Index(data, []byte("*"+m[1])); i >= 0 {
			line, column = place(data, i)
		}
	}
	lines := splitLines(data)
	line = min(max(line, 1), len(lines))
	text := lines[line-1]
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if i := strings.IndexByte(indent, '\t'); i >= 0 {
		return line, i + 1, "a tab stands in the indentation: use spaces"
	}
	if strings.HasPrefix(message, "mapping value") {
		message += ": a text with a colon and a space in it needs quotes"
	}
	if column < 1 {
		column = len(indent) + 1
	}
	return line, column, message
}

// secondOpinion has goccy's parser, which keeps exact places, look for the
// syntax error. It reports false where that one finds none.
func secondOpinion(data []byte) (line, column int, message string, ok bool) {
	defer func() {
		if recover() != nil { // it is only asked about broken text
			ok = false
		}
	}()
	if len(data) > maxFile/64 { // its time grows with the square of the size
		return 0, 0, "", false
	}
	_, err := parser.ParseBytes(data, 0)
	var broken *goccy.SyntaxError
	if !errors.As(err, &broken) || broken.Token == nil || broken.Token.Position == nil {
		return 0, 0, "", false
	}
	message, _, _ = strings.Cut(broken.Message, "\n")
	return broken.Token.Position.Line, broken.Token.Position.Column, message, true
}

// splitLines returns the lines of data without their ends.
func splitLines(data []byte) []string {
	return strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
}

// invalid returns the offset of the first byte that is not part of a character
// that YAML allows, or -1.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n <= 1 || c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return i
		}
		i += n
	}
	return -1
}

// place turns an offset into line and column.
func place(data []byte, offset int) (line, column int) {
	before := data[:offset]
	line = bytes.Count(before, []byte("\n")) + 1
	column = utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}
