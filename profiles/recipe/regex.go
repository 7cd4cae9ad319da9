package recipe

import (
	"fmt"
	"regexp/syntax"
	"strings"
)

// portable writes an RE2 expression so that the engines of Python, JavaScript,
// Ruby, PHP, Java, .NET, PCRE and Go all read it the same, for texts of ASCII
// such as origins and escaped paths. What it returns holds no quotes, back
// quotes, dollar signs but the anchor, number signs or line breaks, so that it
// stands in any of these languages' literals; a slash or a backslash may need
// more there.
func portable(expression string) (string, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return "", fmt.Errorf("%q is no regular expression (RE2): %w", expression, err)
	}
	var b strings.Builder
	write(&b, re)
	return b.String(), nil
}

// Expressions for nothing and everything that all engines take.
const (
	never    = `[^\s\S]`
	anything = `[\s\S]`
)

func write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(never)
	case syntax.OpEmptyMatch:
		b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			writeLiteral(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		writeClass(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`.`)
	case syntax.OpAnyChar:
		b.WriteString(anything)
	case syntax.OpBeginLine, syntax.OpBeginText:
		b.WriteString(`^`)
	case syntax.OpEndLine, syntax.OpEndText:
		b.WriteString(`$`)
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		b.WriteString(`\B`)
	case syntax.OpCapture:
		writeGroup(b, re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		writeRepeat(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				writeGroup(b, sub)
			} else {
				write(b, sub)
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			write(b, sub)
		}
	}
}

func writeGroup(b *strings.Builder, re *syntax.Regexp) {
	b.WriteString(`(?:`)
	write(b, re)
	b.WriteByte(')')
}

// writeRepeat puts what is repeated into a group, unless it is one character:
// a second quantifier behind the first would mean something else.
func writeRepeat(b *strings.Builder, re *syntax.Regexp) {
	sub := re.Sub[0]
	for sub.Op == syntax.OpCapture {
		sub = sub.Sub[0]
	}
	switch {
	case empty(sub): // repeated often or once is the same, and some engines refuse it
		if re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Min > 0 {
			writeGroup(b, sub)
		} else {
			b.WriteString(`(?:)`)
		}
		return
	case sub.Op == syntax.OpCharClass, sub.Op == syntax.OpAnyChar, sub.Op == syntax.OpAnyCharNotNL,
		sub.Op == syntax.OpLiteral && len(sub.Rune) == 1:
		write(b, sub)
	default:
		writeGroup(b, sub)
	}
	switch re.Op {
	case syntax.OpStar:
		b.WriteByte('*')
	case syntax.OpPlus:
		b.WriteByte('+')
	case syntax.OpQuest:
		b.WriteByte('?')
	case syntax.OpRepeat:
		switch {
		case re.Max == re.Min:
			fmt.Fprintf(b, "{%d}", re.Min)
		case re.Max < 0:
			fmt.Fprintf(b, "{%d,}", re.Min)
		default:
			fmt.Fprintf(b, "{%d,%d}", re.Min, re.Max)
		}
	}
	if re.Flags&syntax.NonGreedy != 0 {
		b.WriteByte('?')
	}
}

// empty reports whether re can only match no characters at all.
func empty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	case syntax.OpCapture, syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat, syntax.OpConcat, syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !empty(sub) {
				return false
			}
		}
		return true
	}
	return false
}

func writeLiteral(b *strings.Builder, r rune, fold bool) {
	switch {
	case r > 0x7f:
		b.WriteString(never)
	case fold && 'a' <= r|0x20 && r|0x20 <= 'z':
		fmt.Fprintf(b, "[%c%c]", r&^0x20, r|0x20)
	case strings.ContainsRune(`.[]()*+?|^`, r):
		fmt.Fprintf(b, `\%c`, r)
	case strings.ContainsRune(`:/_-~%=,@`, r), alphanumeric(r):
		b.WriteRune(r)
	default:
		fmt.Fprintf(b, `\x%02x`, r)
	}
}

// writeClass writes pairs of first and last characters, clipped to ASCII. A
// class that goes on to the end of Unicode is written by what it leaves out.
func writeClass(b *strings.Builder, ranges []rune) {
	negated := len(ranges) > 0 && ranges[len(ranges)-1] > 0x7f && ranges[len(ranges)-1] == 0x10ffff
	if negated {
		ranges = complement(ranges)
	}
	var parts strings.Builder
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], min(ranges[i+1], 0x7f)
		if lo > 0x7f {
			break
		}
		writeInClass(&parts, lo)
		if hi > lo {
			if hi > lo+1 {
				parts.WriteByte('-')
			}
			writeInClass(&parts, hi)
		}
	}
	switch {
	case parts.Len() > 0 && negated:
		b.WriteString(`[^` + parts.String() + `]`)
	case parts.Len() > 0:
		b.WriteString(`[` + parts.String() + `]`)
	case negated:
		b.WriteString(anything)
	default:
		b.WriteString(never)
	}
}

func writeInClass(b *strings.Builder, r rune) {
	if alphanumeric(r) || r == '_' {
		b.WriteRune(r)
	} else {
		fmt.Fprintf(b, `\x%02x`, r)
	}
}

// complement returns the ranges between those given, up to the end of Unicode.
func complement(ranges []rune) []rune {
	var rest []rune
	next := rune(0)
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] > next {
			rest = append(rest, next, ranges[i]-1)
		}
		next = ranges[i+1] + 1
	}
	if next <= 0x10ffff {
		rest = append(rest, next, 0x10ffff)
	}
	return rest
}

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
