//go:build bench

package main

import (
	"fmt"
	"os"
	"strings"
)

// The marks between which README.md holds the tables.
const (
	tableBegin = "<!-- bench -->\n"
	tableEnd   = "<!-- /bench -->\n"
)

// writeReadme puts the tables of results into the file, between the marks.
func writeReadme(file string, about string, results []*result) error {
	before, after, err := splitReadme(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+tableBegin+tables(about, results)+tableEnd+after), 0o644)
}

// splitReadme returns what stands before and behind the marks.
func splitReadme(file string) (before, after string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("reading the README: %w; run this in the project's folder", err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	_, after, okEnd := strings.Cut(rest, tableEnd)
	if !ok || !okEnd {
		return "", "", fmt.Errorf("%s has no lines %s and %s to write the tables between", file,
			strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	return before, after, nil
}

// tables are the results in Markdown: the rows of small requests with all their
// contenders, and then what was to reach in all rows.
func tables(about string, results []*result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s.\n", about)
	for _, r := range results {
		if r.row.name == "h1" || r.row.name == "paced" {
			b.WriteString("\n" + r.markdown())
		}
	}
	b.WriteString("\n| Work | Figure | Measured | To reach | |\n|---|---|---|---|---|\n")
	for _, r := range results {
		title := r.row.title
		for _, t := range r.targets {
			verdict := "reached"
			if !t.reached {
				verdict = "**not reached**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", title, t.what, t.measured, t.wanted, verdict)
			title = ""
		}
	}
	return b.String()
}

// markdown is the row as a table, each figure a median.
func (r *result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |", r.row.title)
	for _, c := range r.columns {
		fmt.Fprintf(&b, " %s |", c.head)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(r.columns)) + "\n")
	for _, l := range r.lines {
		fmt.Fprintf(&b, "| %s |", l.contender)
		for _, c := range r.columns {
			if figure := l.median(c); figure == 0 { // there is no proxy
				b.WriteString(" |")
			} else {
				fmt.Fprintf(&b, " "+c.format+" |", figure)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// about names the machine, the contenders' versions and how often was measured.
func (b *bench) about() string {
	text := machine() + "; bare goproxy " + goproxyVersion()
	for _, other := range []struct{ name, version string }{
		{"HAProxy", haproxyVersion()},
		{"mitmproxy", mitmproxyVersion()},
		{"mockttp", mockttpVersion(b.npm)},
	} {
		if other.version != "" {
			text += ", " + other.name + " " + other.version
		}
	}
	return fmt.Sprintf("%s; medians of %d windows of %g s", text, b.options.rounds, b.seconds)
}
