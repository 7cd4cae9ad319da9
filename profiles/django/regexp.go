package django

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"corsage/profiles/python"
)

// pattern is a Python expression as RE2 has it.
type pattern struct {
	text string
	tree *syntax.Regexp
}

// show is how messages quote an expression.
func show(of any) string {
	if r, ok := of.(python.Regexp); ok {
		return fmt.Sprintf("%q", r.Pattern)
	}
	return fmt.Sprintf("%q", of)
}

// convert reads an expression, given as text or compiled. Both languages share
// their syntax but for what RE2 lacks (https://github.com/google/re2/wiki/Syntax),
// Python's \Z, which is \z there, and {,n}, which RE2 takes literally.
func convert(of any) (pattern, error) {
	var s, flags string
	switch of := of.(type) {
	case string:
		s = of
	case python.Regexp:
		s = of.Pattern
		if of.IgnoreCase {
			flags = "(?i)"
		}
	default:
		return pattern{}, errors.New("is no regular expression")
	}
	text := flags + regexp.MustCompile(`\{,(\d+)\}`).ReplaceAllString(s, "{0,$1}")
	text = strings.NewReplacer(`\\`, `\\`, `\Z`, `\z`).Replace(text)
	if _, err := regexp.Compile(text); err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) {
			return pattern{}, fmt.Errorf("%q has %q, which RE2 does not know", s, wrong.Expr)
		}
		return pattern{}, fmt.Errorf("%q is no regular expression for RE2: %w", s, err)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return pattern{}, fmt.Errorf("%q is no regular expression for RE2: %w", s, err)
	}
	return pattern{text, tree}, nil
}

// ends reports whether the expression reaches to the end of what it matches.
func (p pattern) ends() bool { return ends(p.tree) }

func ends(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEndText:
		return true
	case syntax.OpStar:
		return anything(re)
	case syntax.OpCapture:
		return ends(re.Sub[0])
	case syntax.OpConcat:
		return ends(re.Sub[len(re.Sub)-1])
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if !ends(s) {
				return false
			}
		}
		return true
	}
	return false
}

// begins reports whether the expression matches at the beginning only.
func (p pattern) begins() bool { return begins(p.tree) }

func begins(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpConcat:
		return begins(re.Sub[0])
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if !begins(s) {
				return false
			}
		}
		return true
	}
	return false
}

// all reports an expression that matches every path.
func (p pattern) all() bool {
	re := p.tree
	if re.Op == syntax.OpEmptyMatch || anything(re) {
		return true
	}
	if re.Op != syntax.OpConcat {
		return re.Op == syntax.OpBeginText
	}
	for _, s := range re.Sub {
		if s.Op != syntax.OpBeginText && s.Op != syntax.OpEndText && !anything(s) {
			return false
		}
	}
	return anything(re.Sub[0]) || len(re.Sub) > 1 && anything(re.Sub[1])
}

// anything is .*
func anything(re *syntax.Regexp) bool {
	return re.Op == syntax.OpStar && (re.Sub[0].Op == syntax.OpAnyCharNotNL || re.Sub[0].Op == syntax.OpAnyChar)
}
