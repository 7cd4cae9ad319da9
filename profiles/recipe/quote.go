package recipe

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// python quotes s as a Python string: all but printable ASCII is escaped.
func python(s string) string {
	return escaped(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}

// java quotes s as a Java string. Escapes of Unicode count in Java's source
// before anything else is read, so the octal ones stand for ASCII.
func java(s string) string {
	return escaped(s, func(r rune) string {
		if r < 0x80 {
			return fmt.Sprintf(`\%03o`, r)
		}
		return utf16Escapes(r)
	})
}

// csharp quotes s as a C# string.
func csharp(s string) string {
	return escaped(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}

// script quotes s as a JavaScript string that may stand in a script element too.
func script(s string) (string, error) {
	data, err := json.Marshal(s) // with <, >, & and the line separators escaped
	return string(data), err
}

// golang quotes s as a Go string.
func golang(s string) string { return strconv.QuoteToASCII(s) }

// single quotes s for PHP and Ruby, whose single quotes know only these two
// escapes; a line break stays one.
func single(s string) string { return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + `'` }

// escaped puts s in double quotes and writes all but harmless printable ASCII by
// escape.
func escaped(s string, escape func(rune) string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r > '~':
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// utf16Escapes writes a character outside ASCII as Java does.
func utf16Escapes(r rune) string {
	if r < 0x10000 {
		return fmt.Sprintf(`\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Sprintf(`\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
}

// noteWidth is how long a line of a comment gets, in characters.
const noteWidth = 96

// note writes text as a comment, broken at words into lines.
func note(begin, text string) string {
	var lines []string
	line := begin
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(word)) > noteWidth && line != begin {
			lines = append(lines, line)
			line = begin
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}

// notes writes texts as a list in a comment, after an empty line.
func notes(begin string, texts []string) string {
	lines := []string{begin}
	for _, text := range texts {
		item := strings.Split(note(begin, text), "\n")
		for i, line := range item {
			mark := " -"
			if i > 0 {
				mark = "  "
			}
			lines = append(lines, begin+mark+strings.TrimPrefix(line, begin))
		}
	}
	return strings.Join(lines, "\n")
}

// plain makes a text of the user's fit for a comment in any of the languages:
// what could end one, such as PHP's ?> or an escape in Java, is left out.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -_.,()+&/:[]*", r) {
			return r
		}
		return -1
	}, s)
	for _, end := range []string{"*/", "/*", "coding:"} { // the last means something in Python's first lines
		for strings.Contains(s, end) {
			s = strings.ReplaceAll(s, end, "")
		}
	}
	return strings.Join(strings.Fields(s), " ")
}
