package ui

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"corsage/proxy/record"
)

// mark tells how a header line differs between what came in and what went out,
// or what a browser makes of it.
type mark rune

const (
	same    mark = ' '
	added   mark = '+'
	removed mark = '−'
	good    mark = '✓'
	bad     mark = '✗'
)

// headerLine is one field line of a message, as a difference shows it.
type headerLine struct {
	mark        mark
	name, value string
	// notes say why, on the last line of a field that was changed.
	notes []note
}

func equalHeaderLine(a, b headerLine) bool {
	return a.mark == b.mark && a.name == b.name && a.value == b.value && slices.Equal(a.notes, b.notes)
}

// note is a reason, and whose: a toggle's, a standard's.
type note struct{ toggle, why string }

// entryDiff is headerDiff of one half of an exchange.
func entryDiff(e *record.Entry, side record.Side) []headerLine {
	return headerDiff(e.Received(side), e.Sent(side), side, e.Changes)
}

// headerDiff merges a header as it came in and as it went out, in the order of
// names, old values before new ones. A change of the status comes first.
func headerDiff(received, sent http.Header, side record.Side, changes []record.Change) []headerLine {
	notes := make(map[string][]note)
	var lines []headerLine
	for _, c := range changes {
		if c.Side != side {
			continue
		}
		notes[c.Header] = append(notes[c.Header], note{c.Toggle, c.Why})
	}
	if why, ok := notes[":status"]; ok {
		var status string
		for _, c := range changes {
			if c.Side == side && c.Header == ":status" {
				status = strings.Join(c.After, ", ")
			}
		}
		lines = append(lines, headerLine{mark: added, name: ":status", value: status, notes: why})
	}
	names := make(map[string]bool)
	for _, h := range []http.Header{received, sent} {
		for name := range h {
			names[name] = true
		}
	}
	for c := range notes { // changed twice, back to what it was
		if c != ":status" {
			names[c] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		lines = append(lines, fieldDiff(name, received[name], sent[name], notes[name])...)
	}
	return lines
}

func fieldDiff(name string, before, after []string, notes []note) []headerLine {
	var lines []headerLine
	rest := slices.Clone(after)
	for _, v := range before {
		if i := slices.Index(rest, v); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			lines = append(lines, headerLine{mark: same, name: name, value: v})
		} else {
			lines = append(lines, headerLine{mark: removed, name: name, value: v})
		}
	}
	for _, v := range rest {
		lines = append(lines, headerLine{mark: added, name: name, value: v})
	}
	if n := len(lines); n > 0 {
		lines[n-1].notes = notes
	}
	return lines
}

// headerText is the lines as text to copy.
func headerText(lines []headerLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteRune(rune(l.mark))
		b.WriteString(" " + l.name + ": " + l.value + "\n")
		for _, n := range l.notes {
			b.WriteString("    ^ " + n.toggle + ": " + n.why + "\n")
		}
	}
	return b.String()
}
