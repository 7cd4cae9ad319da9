//go:build bench

package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// result is what a row showed.
type result struct {
	row     row
	lines   []*line
	targets []target
	notes   []string
}

// line is one contender's part in a result.
type line struct {
	contender string
	samples   []sample
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

func (r *result) line(contender string) *line {
	i := slices.IndexFunc(r.lines, func(l *line) bool { return l.contender == contender })
	if i < 0 {
		return nil
	}
	return r.lines[i]
}

// atMost holds one contender's processor time a request to limit times another's.
// Nothing is held where one of them was left out.
func (r *result) atMost(what, contender, other string, limit float64) {
	a, b := r.line(contender), r.line(other)
	if a == nil || b == nil {
		return
	}
	ratio := a.median(sample.perRequest) / b.median(sample.perRequest)
	r.targets = append(r.targets, target{
		what, fmt.Sprintf("%.2f ×", ratio), fmt.Sprintf("≤ %.2f ×", limit), ratio <= limit,
	})
}

// median of a figure over the line's windows.
func (l *line) median(figure func(sample) float64) float64 {
	all := l.figures(figure)
	return (all[len(all)/2] + all[(len(all)-1)/2]) / 2
}

// figures are in ascending order.
func (l *line) figures(figure func(sample) float64) []float64 {
	var all []float64
	for _, s := range l.samples {
		all = append(all, figure(s))
	}
	slices.Sort(all)
	return all
}

func microseconds(figure func(sample) time.Duration) func(sample) float64 {
	return func(s sample) float64 { return float64(figure(s).Nanoseconds()) / 1e3 }
}

func (r *result) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.lines) > 0 {
		fmt.Fprintln(t, "\treq/s\tp50 µs\tp99 µs\tCPU µs/req\tspread\tRSS MB\t")
	}
	for _, l := range r.lines {
		cpu := l.figures(sample.perRequest)
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.0f\t%.1f\t%.1f–%.1f\t%.1f\t\n", l.contender,
			l.median(sample.perSecond),
			l.median(microseconds(func(s sample) time.Duration { return s.p50 })),
			l.median(microseconds(func(s sample) time.Duration { return s.p99 })),
			l.median(sample.perRequest), cpu[0], cpu[len(cpu)-1],
			l.median(func(s sample) float64 { return float64(s.resident) / 1e6 }))
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

func writeReadme(string, []*result) error { return nil }
