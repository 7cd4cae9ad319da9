package ui

import (
	"net/http"
	"testing"

	"corsage/proxy/record"
)

// The mark that every request gets is not among what was changed.
func TestMarkIsNoChange(t *testing.T) {
	e := &record.Entry{
		Relation: "own", Request: record.Message{Head: record.NewHead(http.Header{"Accept": {"*/*"}})},
		Changes: []record.Change{{Toggle: record.Circle, Side: record.Request, Header: "Cdn-Loop", After: []string{"corsage-x"}}},
	}
	if lines := changeLines(e); len(lines) > 0 || changeCount(e) != 0 {
		t.Errorf("%d changes told: %v", changeCount(e), lines)
	}
	e.Changes = append(e.Changes, record.Change{Toggle: "rewrite-origin", Side: record.Request, Header: "Origin", After: []string{"https://dev.example.com"}})
	if lines := changeLines(e); len(lines) != 2 || changeCount(e) != 1 { // a title and a field
		t.Errorf("%d changes told: %v", changeCount(e), lines)
	}
	if e.Sent(record.Request).Get("Cdn-Loop") == "" {
		t.Error("the request as it was sent lacks the mark")
	}
}
