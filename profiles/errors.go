package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a profile file, told so that an editor can
// jump to it and a person can mend it.
type Problem struct {
	// File is the file's path as it was given.
	File string
	// Line and Column count from 1, columns in characters; 0 where the problem
	// has no place in the text, Column also where it is about the line.
	Line, Column int
	// Field is the path of the field, such as backends[0].url; "" for the file.
	Field string
	// Message says what is wrong and what is allowed.
	Message string
}

// Error returns file:line:column: field: message, without the parts that are
// not known.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
			if p.Column > 0 {
				fmt.Fprintf(&b, ":%d", p.Column)
			}
		}
		b.WriteString(": ")
	} else if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", p.Line, p.Column)
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	return b.String() + p.Message
}

// Warning is a Problem that doesn't keep a profile from working.
type Warning = Problem

// Errors is everything that is wrong with a profile file, in the file's order;
// never empty.
type Errors []*Problem

// Error returns one line for each problem.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As access to each Problem.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, p := range e {
		errs[i] = p
	}
	return errs
}

// oneOf lists allowed values for a message, with the nearest to got in front
// as a question.
func oneOf(got string, allowed []string) string {
	s := "allowed are " + strings.Join(allowed, ", ")
	if near := nearest(got, allowed); near != "" {
		s = fmt.Sprintf("did you mean %q? %s", near, strings.ToUpper(s[:1])+s[1:])
	}
	return s
}

// nearest returns the word that got is probably a slip of, or "".
func nearest(got string, words []string) string {
	got = strings.ReplaceAll(strings.ToLower(got), "_", "-")
	best, found := len(got)/3+1, ""
	for _, w := range words {
		if d := distance(got, strings.ToLower(w)); d < best {
			best, found = d, w
		}
	}
	return found
}

// distance counts the characters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		prev := slices.Clone(row)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
		}
	}
	return row[len(y)]
}
