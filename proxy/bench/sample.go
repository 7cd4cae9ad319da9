//go:build bench

package main

import (
	"fmt"
	"slices"
	"time"
)

// sample is what one window, or one piece of work, showed. What a row does not
// measure is zero.
type sample struct {
	requests int           // or connections, or hosts
	bytes    int64         // of bodies
	took     time.Duration // for all of it
	p50, p99 time.Duration // for one request
	listens  time.Duration // until the proxy listened

	// Of the proxy's process; zero where there is none.
	cpu        time.Duration
	resident   int64 // bytes
	heap       int64 // in use by a Go process, bytes
	stacks     int64 // likewise
	goroutines int
	copied     int64 // bytes that it read
}

// column is a figure of a table.
type column struct {
	head, format string
	figure       func(sample) float64
}

func perSecond() column {
	return column{"req/s", "%.0f", func(s sample) float64 { return float64(s.requests) / s.took.Seconds() }}
}

func median() column {
	return column{"p50 µs", "%.0f", func(s sample) float64 { return microseconds(s.p50) }}
}

func ninetyNinth() column {
	return column{"p99 µs", "%.0f", func(s sample) float64 { return microseconds(s.p99) }}
}

// perRequest is the proxy's processor time for one request.
func perRequest() column {
	return column{"CPU µs/req", "%.1f", func(s sample) float64 { return microseconds(s.cpu) / float64(max(s.requests, 1)) }}
}

func throughput() column {
	return column{"MB/s", "%.0f", func(s sample) float64 { return float64(s.bytes) / 1e6 / s.took.Seconds() }}
}

// perGigabyte is the proxy's processor time for 10⁹ bytes of bodies.
func perGigabyte() column {
	return column{"CPU ms/GB", "%.1f", func(s sample) float64 { return microseconds(s.cpu) / 1e3 / float64(max(s.bytes, 1)) * 1e9 }}
}

func residentMemory() column {
	return column{"RSS MB", "%.1f", func(s sample) float64 { return float64(s.resident) / 1e6 }}
}

// requestColumns are those of all rows of small requests.
func requestColumns() []column {
	return []column{perSecond(), median(), ninetyNinth(), perRequest(), residentMemory()}
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// line is one contender's samples in a row.
type line struct {
	contender string
	samples   []sample
}

// figures of a column in ascending order.
func (l *line) figures(c column) []float64 {
	var all []float64
	for _, s := range l.samples {
		all = append(all, c.figure(s))
	}
	slices.Sort(all)
	return all
}

// median of a column.
func (l *line) median(c column) float64 {
	all := l.figures(c)
	return (all[len(all)/2] + all[(len(all)-1)/2]) / 2
}

// text of a column: its median, and behind it, where it varies, its spread.
func (l *line) text(c column) string {
	all := l.figures(c)
	s := fmt.Sprintf(c.format, l.median(c))
	if len(all) > 1 && all[0] != all[len(all)-1] {
		s += fmt.Sprintf(" ("+c.format+"–"+c.format+")", all[0], all[len(all)-1])
	}
	return s
}

// percentiles sorts the latencies.
func percentiles(all []time.Duration) (p50, p99 time.Duration) {
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100]
}
