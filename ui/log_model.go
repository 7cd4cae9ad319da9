package ui

import (
	"slices"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
	"corsage/proxy/verdict"
)

// logLimit is how many exchanges the window keeps. It is no less than what the
// Recorder keeps, so that nothing vanishes from sight earlier than it must.
const logLimit = 5000

// logRow is one exchange as the list shows it. It is immutable.
type logRow struct {
	*filter.Exchange
	given []verdict.Given // the cookies that the browser had by then
	cells []string        // by column
}

func newLogRow(e *record.Entry, given []verdict.Given) *logRow {
	pair, _ := verdict.Of(e, given...)
	r := &logRow{Exchange: filter.NewExchange(e, pair.Sign), given: given, cells: make([]string, len(logColumns))}
	for i, c := range logColumns {
		r.cells[i] = c.text(r)
	}
	return r
}

// verdict is what the browser makes of the exchange; false where there is nothing
// to judge.
func (r *logRow) verdict() (verdict.Pair, bool) { return verdict.Of(r.Entry, r.given...) }

// logModel turns what the Recorder has into what the list shows. It belongs to
// one goroutine at a time.
type logModel struct {
	recorder *record.Recorder
	history  verdict.History
	rev      uint64
	rows     []*logRow // ordered by ID
	frozen   []*logRow // what is shown while paused
	paused   bool
	filter   filter.Filter
}

// logView is an immutable snapshot for the list.
type logView struct {
	rows []*logRow // that match the filter
	all  int       // how many there are without it
	held int       // how many came in since the pause
	// filtered tells that a filter is set.
	filtered bool
}

// pull takes in what is new.
func (m *logModel) pull() {
	fresh, rev := m.recorder.Since(m.rev)
	m.rev = rev
	for _, e := range fresh {
		m.put(e)
	}
	if drop := len(m.rows) - logLimit; drop > 0 {
		m.rows = slices.Clone(m.rows[drop:])
	}
}

// put takes in a snapshot: of a new exchange, or a newer one of an old.
func (m *logModel) put(e *record.Entry) {
	i, found := findRow(m.rows, e.ID)
	given := m.history.Given(e)
	answered := found && m.rows[i].Status != 0
	if answered { // the cookies of its own answer are among those now
		given = m.rows[i].given
	}
	r := newLogRow(e, given)
	if found {
		m.rows[i] = r
	} else {
		m.rows = slices.Insert(m.rows, i, r)
	}
	if e.Status != 0 && !answered {
		m.history.Note(e)
	}
}

// pause keeps the view as it is, or lets it go on.
func (m *logModel) pause(on bool) {
	if on == m.paused {
		return
	}
	m.paused, m.frozen = on, nil
	if on {
		m.frozen = slices.Clone(m.rows)
	}
}

// clear forgets all rows, here and in the Recorder.
func (m *logModel) clear() {
	m.recorder.Clear()
	m.rows, m.frozen = nil, nil
}

func (m *logModel) view() logView {
	rows := m.rows
	v := logView{filtered: !m.filter.Empty()}
	if m.paused {
		rows = m.frozen
		last := uint64(0)
		if n := len(rows); n > 0 {
			last = rows[n-1].ID
		}
		i, found := findRow(m.rows, last)
		if found {
			i++
		}
		v.held = len(m.rows) - i
	}
	v.all = len(rows)
	if !v.filtered {
		v.rows = slices.Clone(rows)
		return v
	}
	for _, r := range rows {
		if m.filter.Match(r.Exchange) {
			v.rows = append(v.rows, r)
		}
	}
	return v
}

// findRow is where the row with the ID is, or would stand.
func findRow(rows []*logRow, id uint64) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *logRow, id uint64) int {
		switch {
		case r.ID < id:
			return -1
		case r.ID > id:
			return 1
		}
		return 0
	})
}
