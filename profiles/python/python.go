// Package python reads what a Python source assigns to names at its top level,
// without running it. What only the running program knows is told as such, and a
// statement that is not understood keeps none of the others from being read.
package python

import (
	"fmt"
	"strings"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/parser"
	"github.com/go-python/gpython/py"
)

// Module is what a source sets.
type Module struct {
	// Names has the last value of each name.
	Names map[string]Value
	// Doubts are the statements that may change a name, in order.
	Doubts []Doubt
	// Imports are the modules of which the source takes over all names (from X
	// import *), in order.
	Imports []string
	// Skipped are the lines of the statements that were not understood.
	Skipped []int
}

// Read reads a source. The error is a *SyntaxError, where it is none.
func Read(src []byte) (*Module, error) {
	lines, err := split(src)
	if err != nil {
		return nil, err
	}
	m := &reader{names: make(map[string]Value), doubtful: make(map[string]bool), module: &Module{}, budget: maxSource}
	for _, l := range lines {
		m.line(l)
	}
	m.module.Names = m.names
	return m.module, nil
}

// reader goes through a source, line by line.
type reader struct {
	names    map[string]Value
	doubtful map[string]bool
	module   *Module
	blocks   []block
	row      int // of the logical line that is read
	budget   int // of bytes and elements that may still be put together
}

// block is one whose lines are read at present, or that has just ended.
type block struct {
	indent int // of its head; what is in it is indented more
	reach  reach
	why    string // why its lines are in doubt
	// Of an if, with its elifs so far:
	decided bool // a branch is known to run
	unsure  bool // a branch may run
}

// reach says whether the lines of a block run.
type reach int

const (
	runs reach = iota
	mayRun
	never // or what it sets are not the module's names
)

// line reads one logical line.
func (m *reader) line(l line) {
	m.row = l.number
	var ended block // the last block that ends before this line
	for len(m.blocks) > 0 && m.blocks[len(m.blocks)-1].indent >= l.indent {
		ended = m.blocks[len(m.blocks)-1]
		m.blocks = m.blocks[:len(m.blocks)-1]
	}
	if ended.indent != l.indent {
		ended = block{}
	}
	if strings.HasPrefix(l.text, "@") {
		return
	}
	text, keyword := l.text, firstWord(l.text)
	switch keyword { // what can't stand alone
	case "elif":
		text = strings.TrimPrefix(text, "el")
	case "else", "finally", "except":
		if _, after, ok := strings.Cut(text, ":"); ok {
			text = "if True:" + after
		}
	}
	if l.head {
		text += "\n    pass"
	}
	statements, ok := parse(text)
	if !ok && !l.head {
		if bare, has := withoutAnnotation(text); has {
			statements, ok = parse(bare)
		}
	}
	if l.head {
		m.blocks = append(m.blocks, m.head(l.indent, keyword, ended, statements))
		return
	}
	if !ok {
		m.notUnderstood(l)
		return
	}
	if body := bodyOf(first(statements)); body != nil { // a block in one line; an else may follow
		m.blocks = append(m.blocks, m.head(l.indent, keyword, ended, statements))
		statements = body
	}
	for _, s := range statements {
		m.statement(s)
	}
}

func firstWord(s string) string {
	end := strings.IndexFunc(s, func(c rune) bool { return c >= 0x80 || !wordByte(byte(c)) })
	if end < 0 {
		return s
	}
	return s[:end]
}

// head says what is to be thought of the block that a line begins.
func (m *reader) head(indent int, keyword string, before block, statements []ast.Stmt) block {
	b := block{indent: indent}
	switch keyword {
	case "if", "elif":
		if keyword == "elif" {
			b.decided, b.unsure = before.decided, before.unsure
		}
		var test *bool
		if i, ok := first(statements).(*ast.If); ok {
			test = m.truth(i.Test)
		}
		switch {
		case b.decided || test != nil && !*test:
			b.reach = never
		case test == nil || b.unsure:
			b.reach, b.why, b.unsure = mayRun, "stands in an if whose condition is not known here", true
		}
		b.decided = b.decided || test != nil && *test && !b.unsure
	case "else":
		switch {
		case before.decided:
			b.reach = never
		case before.unsure:
			b.reach, b.why = mayRun, "stands in an else whose condition is not known here"
		}
	case "try", "finally", "with":
	case "except":
		b.reach, b.why = mayRun, "stands in an except, which runs only after an error"
	case "for", "while":
		b.reach, b.why = mayRun, "stands in a loop"
	case "class":
		b.reach, b.why = mayRun, "stands in a class, which may be that of some surroundings only"
	case "def", "async":
		b.reach = never
	default:
		b.reach, b.why = mayRun, "stands in a block that is not understood here"
	}
	return b
}

func first(statements []ast.Stmt) ast.Stmt {
	if len(statements) == 0 {
		return nil
	}
	return statements[0]
}

// bodyOf is what a block holds; nil for any other statement.
func bodyOf(s ast.Stmt) []ast.Stmt {
	switch s := s.(type) {
	case *ast.If:
		return s.Body
	case *ast.For:
		return s.Body
	case *ast.While:
		return s.Body
	case *ast.With:
		return s.Body
	case *ast.ClassDef:
		return s.Body
	case *ast.FunctionDef:
		return s.Body
	}
	return nil
}

// reach is that of the innermost lines, and why they are in doubt.
func (m *reader) reach() (reach, string) {
	r, why := runs, ""
	for _, b := range m.blocks {
		if b.reach > r {
			r, why = b.reach, b.why
		}
	}
	return r, why
}

// parse returns false for what the parser does not know: it is one of Python 3.4.
func parse(text string) (statements []ast.Stmt, ok bool) {
	if len(text) > maxLine {
		return nil, false
	}
	defer func() {
		if recover() != nil { // its way with some malformed literals
			statements, ok = nil, false
		}
	}()
	tree, err := parser.ParseString(text+"\n", py.ExecMode)
	module, isModule := tree.(*ast.Module)
	if err != nil || !isModule {
		return nil, false
	}
	return module.Body, true
}

// notUnderstood notes a line, and that it may set the names that it begins with.
func (m *reader) notUnderstood(l line) {
	r, _ := m.reach()
	if r == never {
		return
	}
	m.module.Skipped = append(m.module.Skipped, l.number)
	name := firstWord(l.text)
	rest := strings.TrimLeft(l.text[len(name):], " \t")
	if name != "" && rest != "" && strings.ContainsRune("=:+.[@-*/|&%^<>", rune(rest[0])) {
		m.doubt(l.number, name, "is not understood here")
	}
}

func (m *reader) doubt(row int, name, why string) {
	m.doubtful[name] = true
	m.module.Doubts = append(m.module.Doubts, Doubt{row, name, why})
}

// statement carries out an assignment, and notes what else may change a name.
func (m *reader) statement(s ast.Stmt) {
	row := m.row + s.GetLineno() - 1
	r, why := m.reach()
	if r == never {
		return
	}
	set := func(name string, v Value) {
		if r == mayRun {
			m.doubt(row, name, why)
			return
		}
		delete(m.doubtful, name)
		v.Line = row
		m.names[name] = v
	}
	switch s := s.(type) {
	case *ast.Assign:
		for _, target := range s.Targets {
			switch t := target.(type) {
			case *ast.Name:
				set(string(t.Id), m.value(s.Value))
			case *ast.Tuple:
				for _, e := range t.Elts {
					if n, ok := e.(*ast.Name); ok {
						set(string(n.Id), unknown(row, "is computed when the program runs"))
					}
				}
			case *ast.Subscript:
				if n, ok := t.Value.(*ast.Name); ok {
					m.doubt(row, string(n.Id), "changes a part of it")
				}
			}
		}
	case *ast.AugAssign:
		if n, ok := s.Target.(*ast.Name); ok {
			name := string(n.Id)
			if s.Op != ast.Add {
				m.doubt(row, name, "changes it")
				return
			}
			set(name, m.add(m.known(row, name), m.value(s.Value)))
		}
	case *ast.Delete:
		for _, t := range s.Targets {
			if n, ok := t.(*ast.Name); ok {
				m.doubt(row, string(n.Id), "deletes it")
			}
		}
	case *ast.ExprStmt:
		m.method(row, s.Value, set)
	case *ast.ImportFrom:
		for _, a := range s.Names {
			if a.Name == "*" {
				m.module.Imports = append(m.module.Imports, fmt.Sprint(strings.Repeat(".", s.Level), s.Module))
			}
		}
	}
}

// known is a name's value, or that it is not known.
func (m *reader) known(row int, name string) Value {
	if v, ok := m.names[name]; ok {
		return v
	}
	return unknown(row, "is added to what this file does not set")
}

// method carries out NAME.append(x) and NAME.extend(xs).
func (m *reader) method(row int, e ast.Expr, set func(string, Value)) {
	c, ok := e.(*ast.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*ast.Attribute)
	if !ok {
		return
	}
	n, ok := a.Value.(*ast.Name)
	if !ok {
		return
	}
	name := string(n.Id)
	if _, has := m.names[name]; !has && a.Attr != "append" && a.Attr != "extend" {
		return
	}
	switch {
	case a.Attr == "append" && len(c.Args) == 1:
		set(name, m.add(m.known(row, name), Value{row, []Value{m.value(c.Args[0])}}))
	case a.Attr == "extend" && len(c.Args) == 1:
		set(name, m.add(m.known(row, name), m.value(c.Args[0])))
	default:
		m.doubt(row, name, fmt.Sprintf("changes it by %s", a.Attr))
	}
}
