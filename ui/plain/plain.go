// Package plain makes text from elsewhere fit to be printed to a terminal.
package plain

import (
	"strings"
	"unicode"
)

// Line brings text to one line that does nothing to a terminal but show.
func Line(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	return Text(strings.Join(lines, "; "))
}

// Text replaces what could steer a terminal.
func Text(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, s)
}
