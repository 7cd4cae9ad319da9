package filter

import (
	"fmt"
	"strings"
)

// Error says what is wrong with an expression, and what to write instead.
type Error struct {
	Column  int // of what is wrong, in characters from 1 on
	Message string
	// Allowed is what may stand there; nil where that is no list.
	Allowed []string
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.Column, e.Text()) }

// Text is the error without its place.
func (e *Error) Text() string {
	if len(e.Allowed) == 0 {
		return e.Message
	}
	return e.Message + "; it may be " + oneOf(e.Allowed)
}

// oneOf is "a", "a or b", "a, b or c".
func oneOf(list []string) string {
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + " or " + list[n]
	}
	return list[0]
}
