package ui

import (
	"fmt"
	"slices"
	"testing"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
)

func ids(rows []*logRow) []uint64 {
	list := make([]uint64, len(rows))
	for i, r := range rows {
		list[i] = r.ID
	}
	return list
}

// newTestModel has a recorder with n sample entries.
func newTestModel(n int) *logModel {
	m := &logModel{recorder: record.New(logLimit)}
	for _, e := range sampleEntries(n) {
		m.recorder.Add(e)
	}
	m.pull()
	return m
}

func mustFilter(t testing.TB, text string) filter.Filter {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A row is found by what it shows, and by keys.
func TestFilter(t *testing.T) {
	row := newLogRow(sampleEntry(7), nil)
	for text, want := range map[string]bool{
		"": true, "get": true, "GET json": true, "orders/7": true, "page=2": true, "dev.example.com": true, "12:00:00": true, "200 shop": true,
		"allow-origin": true, "localhost:3000": true, "allowed": true, "is:unblocked": true, "slower-than:80ms": true, "-larger-than:98": true,
		"post": false, "get post": false, "orders/8": false, "get\njson": true, "is:blocked": false,
	} {
		if got := mustFilter(t, text).Match(row.Exchange); got != want {
			t.Errorf("filter %q: %v, want %v", text, got, want)
		}
	}
}

func TestModelFollowsUpdates(t *testing.T) {
	m := newTestModel(3)
	open := *m.rows[1].Entry
	open.Status = 418
	m.recorder.Update(&open)
	m.recorder.Add(sampleEntry(4))
	m.pull()
	if got := ids(m.view().rows); !slices.Equal(got, []uint64{1, 2, 3, 4}) {
		t.Fatalf("rows are %v", got)
	}
	if got := m.view().rows[1].cells[statusColumn]; got != "418" {
		t.Errorf("the updated row shows status %s", got)
	}
}

func TestModelPause(t *testing.T) {
	m := newTestModel(3)
	m.pause(true)
	m.recorder.Add(sampleEntry(4))
	m.recorder.Add(sampleEntry(5))
	m.pull()
	v := m.view()
	if got := ids(v.rows); !slices.Equal(got, []uint64{1, 2, 3}) || v.held != 2 || v.all != 3 {
		t.Errorf("paused: rows %v of %d, %d held", got, v.all, v.held)
	}
	m.filter = mustFilter(t, "orders/2/")
	if got := ids(m.view().rows); !slices.Equal(got, []uint64{2}) {
		t.Errorf("filtered while paused: %v", got)
	}
	m.filter = filter.Filter{}
	m.pause(false)
	if v := m.view(); len(v.rows) != 5 || v.held != 0 {
		t.Errorf("resumed: %d rows, %d held", len(v.rows), v.held)
	}
}

func TestModelPauseFromEmpty(t *testing.T) {
	m := newTestModel(0)
	m.pause(true)
	m.recorder.Add(sampleEntry(1))
	m.pull()
	if v := m.view(); len(v.rows) != 0 || v.held != 1 {
		t.Errorf("%d rows, %d held", len(v.rows), v.held)
	}
}

func TestModelClear(t *testing.T) {
	m := newTestModel(3)
	late := *m.rows[2].Entry
	m.clear()
	m.recorder.Update(&late) // an exchange that was under way
	m.recorder.Add(sampleEntry(4))
	m.pull()
	if got := ids(m.view().rows); !slices.Equal(got, []uint64{4}) {
		t.Errorf("after clear: %v", got)
	}
}

func TestModelIsBounded(t *testing.T) {
	m := &logModel{recorder: record.New(logLimit)}
	for i := range logLimit + 250 {
		m.recorder.Add(&record.Entry{Method: "GET"})
		if i%100 == 0 {
			m.pull()
		}
	}
	m.pull()
	if n := len(m.rows); n != logLimit || m.rows[0].ID != 251 || m.rows[n-1].ID != logLimit+250 {
		t.Errorf("%d rows, from %d to %d", n, m.rows[0].ID, m.rows[n-1].ID)
	}
}

func TestViewsAreSnapshots(t *testing.T) {
	m := newTestModel(3)
	v := m.view()
	change := *m.rows[0].Entry
	change.Status = 500
	m.recorder.Update(&change)
	m.pull()
	if v.rows[0].Status != 200 {
		t.Error("a view changed after it was handed out")
	}
}

func BenchmarkModel5000(b *testing.B) {
	m := &logModel{recorder: record.New(logLimit)}
	for _, e := range sampleEntries(logLimit) {
		m.recorder.Add(e)
	}
	m.pull()
	for _, text := range []string{"", "get 200 orders/4999"} {
		b.Run(fmt.Sprintf("filter=%q", text), func(b *testing.B) {
			m.filter = mustFilter(b, text)
			for b.Loop() {
				m.recorder.Add(sampleEntry(1))
				m.pull()
				m.view()
			}
		})
	}
}
