//go:build bench

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// result is what a row showed.
type result struct {
	row     row
	columns []column
	lines   []*line
	targets []target
	notes   []string
}

// target is a figure that Corsage shall reach.
type target struct {
	what     string
	measured string
	wanted   string
	reached  bool
}

func (r *result) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *result) add(contender string, s sample) {
	l := r.line(contender)
	if l == nil {
		l = &line{contender: contender}
		r.lines = append(r.lines, l)
	}
	l.samples = append(l.samples, s)
}

// line returns the contender's, nil if it was left out.
func (r *result) line(contender string) *line {
	i := slices.IndexFunc(r.lines, func(l *line) bool { return l.contender == contender })
	if i < 0 {
		return nil
	}
	return r.lines[i]
}

// bound says on which side of a limit a figure is good.
type bound string

const (
	atMost  bound = "≤"
	atLeast bound = "≥"
)

func (b bound) holds(figure, limit float64) bool {
	if b == atMost {
		return figure <= limit
	}
	return figure >= limit
}

// ratio holds one contender's figure to limit times another's. Where one of them
// was left out, there is nothing to hold.
func (r *result) ratio(what string, c column, contender, other string, side bound, limit float64) {
	a, b := r.line(contender), r.line(other)
	if a == nil || b == nil {
		return
	}
	figure := a.median(c) / b.median(c)
	r.targets = append(r.targets, target{
		what:     what,
		measured: fmt.Sprintf("%.2f × ("+c.format+" to "+c.format+" %s)", figure, a.median(c), b.median(c), c.head),
		wanted:   fmt.Sprintf("%s %.2f ×", side, limit),
		reached:  side.holds(figure, limit),
	})
}

// figure holds a contender's figure to limit. unit stands behind both.
func (r *result) figure(what string, c column, contender string, side bound, limit float64, unit string) {
	if l := r.line(contender); l != nil {
		r.hold(what, l.median(c), c.format, side, limit, unit)
	}
}

// hold holds a figure to limit.
func (r *result) hold(what string, figure float64, format string, side bound, limit float64, unit string) {
	r.targets = append(r.targets, target{
		what:     what,
		measured: fmt.Sprintf(format+" %s", figure, unit),
		wanted:   fmt.Sprintf("%s %g %s", side, limit, unit),
		reached:  side.holds(figure, limit),
	})
}

func (r *result) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.lines) > 0 {
		heads := []string{""}
		for _, c := range r.columns {
			heads = append(heads, c.head)
		}
		fmt.Fprintln(t, strings.Join(heads, "\t")+"\t")
	}
	for _, l := range r.lines {
		cells := []string{l.contender}
		for _, c := range r.columns {
			cells = append(cells, l.text(c))
		}
		fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
	}
	_ = t.Flush()
	for _, n := range r.notes {
		fmt.Fprintln(w, "  note:", n)
	}
	for _, target := range r.targets {
		verdict := "reached"
		if !target.reached {
			verdict = "NOT REACHED"
		}
		fmt.Fprintf(w, "  %s: %s, to reach %s: %s\n", target.what, target.measured, target.wanted, verdict)
	}
}
