package python

import (
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
	"github.com/go-python/gpython/py"
)

// value reads an expression as far as it can be known without running it.
func (m *reader) value(e ast.Expr) Value {
	row := m.row + max(e.GetLineno(), 1) - 1 // the parser leaves some calls without
	switch e := e.(type) {
	case *ast.Str:
		s, ok := m.fill(string(e.S))
		if !ok {
			return unknown(row, "is an f-string of names that this file does not set")
		}
		return Value{row, s}
	case *ast.Num:
		if n, ok := e.N.(py.Int); ok {
			return Value{row, int64(n)}
		}
	case *ast.NameConstant:
		switch e.Value {
		case py.True:
			return Value{row, true}
		case py.False:
			return Value{row, false}
		case py.None:
			return Value{row, None{}}
		}
	case *ast.Name:
		v, ok := m.names[string(e.Id)]
		if !ok {
			return unknown(row, "is %s, which this file does not set", e.Id)
		}
		if _, isList := v.Of.([]Value); !isList {
			v.Line = row
		}
		return v
	case *ast.List:
		return m.list(row, e.Elts)
	case *ast.Tuple:
		return m.list(row, e.Elts)
	case *ast.Set:
		return m.list(row, e.Elts)
	case *ast.BinOp:
		if e.Op == ast.Add {
			return m.add(m.value(e.Left), m.value(e.Right))
		}
	case *ast.IfExp:
		switch test := m.truth(e.Test); {
		case test == nil:
		case *test:
			return m.value(e.Body)
		default:
			return m.value(e.Orelse)
		}
		return unknown(row, "depends on what is not known here")
	case *ast.UnaryOp:
		if truth := m.truth(e); truth != nil {
			return Value{row, *truth}
		}
	case *ast.Call:
		return m.call(row, e)
	case *ast.Subscript:
		if name := dotted(e); name != "" {
			return unknown(row, "comes from %s[…]", name)
		}
	}
	return unknown(row, "is computed when the program runs")
}

func (m *reader) list(row int, elements []ast.Expr) Value {
	list := []Value{}
	for _, e := range elements {
		if star, ok := e.(*ast.Starred); ok {
			list = append(list, elementsOf(m.value(star.Value))...)
			continue
		}
		list = append(list, m.value(e))
	}
	return Value{row, list}
}

// elementsOf returns a list's elements; of what is no list, an Unknown in their
// place.
func elementsOf(v Value) []Value {
	switch of := v.Of.(type) {
	case []Value:
		return of
	case Unknown:
		return []Value{v}
	}
	return []Value{unknown(v.Line, "is no list")}
}

// add is Python's +. A list plus something unknown is a list with an Unknown in
// it. What is put together is bounded in all: x = x + x grows beyond all bounds.
func (m *reader) add(a, b Value) Value {
	s, ok := a.Of.(string)
	if t, too := b.Of.(string); ok && too && m.afford(len(s)+len(t)) {
		return Value{a.Line, s + t}
	}
	_, ok = a.Of.([]Value)
	if _, too := b.Of.([]Value); ok || too {
		as, bs := elementsOf(a), elementsOf(b)
		if m.afford(len(as) + len(bs)) {
			return Value{a.Line, slices.Concat(as, bs)}
		}
	}
	return unknown(a.Line, "is computed when the program runs")
}

func (m *reader) afford(size int) bool {
	m.budget -= size
	return m.budget >= 0
}

// call reads re.compile and what makes a list of a list.
func (m *reader) call(row int, e *ast.Call) Value {
	name := dotted(e.Func)
	switch {
	case name == "re.compile" && len(e.Args) >= 1 && len(e.Args) <= 2 && len(e.Keywords) == 0:
		pattern, ok := m.value(e.Args[0]).Of.(string)
		r := Regexp{Pattern: pattern}
		if len(e.Args) == 2 {
			flag := dotted(e.Args[1])
			r.IgnoreCase = flag == "re.I" || flag == "re.IGNORECASE"
			ok = ok && r.IgnoreCase
		}
		if ok {
			return Value{row, r}
		}
		return unknown(row, "is a regular expression that is not known here")
	case slices.Contains([]string{"list", "tuple", "set", "frozenset", "sorted"}, name) && len(e.Args) == 1 && len(e.Keywords) == 0:
		switch v := m.value(e.Args[0]); v.Of.(type) {
		case []Value, Unknown:
			return v
		}
	case name == "list" || name == "tuple" || name == "set":
		if len(e.Args) == 0 && len(e.Keywords) == 0 {
			return Value{row, []Value{}}
		}
	}
	if name == "" {
		return unknown(row, "is computed when the program runs")
	}
	return unknown(row, "comes from %s(…)", name)
}

// dotted returns a.b.c, and for a method of something else its last names; "" if
// there is none.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Name:
		return string(e.Id)
	case *ast.Attribute:
		switch of := e.Value.(type) {
		case *ast.Call:
			return dotted(of.Func) // os.environ.get(...).split: the first says more
		case *ast.Str:
			return "str." + string(e.Attr)
		default:
			if of := dotted(of); of != "" {
				return of + "." + string(e.Attr)
			}
			return string(e.Attr)
		}
	case *ast.Subscript:
		return dotted(e.Value)
	}
	return ""
}

// truth decides a condition; nil if it can't be known.
func (m *reader) truth(e ast.Expr) *bool {
	switch e := e.(type) {
	case *ast.UnaryOp:
		if test := m.truth(e.Operand); e.Op == ast.Not && test != nil {
			not := !*test
			return &not
		}
		return nil
	case *ast.BoolOp:
		return m.junction(e)
	case *ast.Name:
		if m.doubtful[string(e.Id)] {
			return nil
		}
	case *ast.NameConstant, *ast.Str, *ast.Num, *ast.List, *ast.Tuple:
	default:
		return nil
	}
	var is bool
	switch v := m.value(e).Of.(type) {
	case bool:
		is = v
	case string:
		is = v != ""
	case int64:
		is = v != 0
	case None:
	case []Value:
		is = len(v) > 0
	default:
		return nil
	}
	return &is
}

// junction decides and, or.
func (m *reader) junction(e *ast.BoolOp) *bool {
	decisive, all := e.Op == ast.Or, true
	for _, v := range e.Values {
		test := m.truth(v)
		if test != nil && *test == decisive {
			return &decisive
		}
		all = all && test != nil
	}
	if !all {
		return nil
	}
	other := !decisive
	return &other
}

// fill puts known names into the f-strings within s.
func (m *reader) fill(s string) (string, bool) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, string(fStart))
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		inner, after, _ := strings.Cut(rest, string(fEnd))
		for inner != "" {
			text, rest, found := strings.Cut(inner, "{")
			out.WriteString(strings.ReplaceAll(text, "}}", "}"))
			if !found {
				break
			}
			if strings.HasPrefix(rest, "{") {
				out.WriteByte('{')
				inner = rest[1:]
				continue
			}
			name, rest, closed := strings.Cut(rest, "}")
			value, isText := m.names[strings.TrimSpace(name)].Of.(string)
			if !closed || !isText || !m.afford(len(value)) {
				return "", false
			}
			out.WriteString(value)
			inner = rest
		}
		s = after
	}
}
