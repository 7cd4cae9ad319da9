package python

import "fmt"

// Value is what a source says of a name or of an element of a list.
type Value struct {
	// Line is where it stands in the source, from 1.
	Line int
	// Of is a string, bool, int64, None, []Value (a list, tuple or set), Regexp, or
	// Unknown.
	Of any
}

// None is Python's.
type None struct{}

// Regexp is a compiled regular expression, re.compile(Pattern, flags).
type Regexp struct {
	Pattern    string
	IgnoreCase bool
}

// Unknown is a value that shows only when the program runs.
type Unknown struct {
	// Why completes a sentence: "comes from os.environ.get(...)".
	Why string
}

func unknown(row int, format string, args ...any) Value {
	return Value{row, Unknown{fmt.Sprintf(format, args...)}}
}

// Doubt is a statement that may change a name, or not: only the running program
// knows. What Module.Names has is the value without it.
type Doubt struct {
	Line int
	Name string
	// Why completes a sentence: "stands in an if whose condition is not known here".
	Why string
}

// SyntaxError says that a source is no Python.
type SyntaxError struct {
	Line    int
	Message string // completes a sentence about the file
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }
