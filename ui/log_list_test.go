package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
	"corsage/proxy/verdict"
)

func TestIsBottom(t *testing.T) {
	for _, c := range []struct {
		offset, height float32
		n              int
		want           bool
	}{
		{0, 100, 0, true}, {0, 100, 5, true}, {0, 100, 50, false}, {900, 100, 50, true}, {895, 100, 50, true}, {880, 100, 50, false},
	} {
		if got := isBottom(c.offset, c.height, 20, c.n); got != c.want {
			t.Errorf("offset %v of %d rows: %v", c.offset, c.n, got)
		}
	}
}

func TestFollowOffset(t *testing.T) {
	rows := func(from, to uint64) (list []*logRow) {
		for id := from; id <= to; id++ {
			list = append(list, &logRow{Exchange: filter.NewExchange(&record.Entry{ID: id}, verdict.Sign{})})
		}
		return list
	}
	for name, c := range map[string]struct {
		offset        float32
		bottom        bool
		before, after []*logRow
		want          float32
	}{
		"first rows":            {0, true, nil, rows(1, 5), -1},
		"first rows, scrolled":  {0, false, nil, rows(1, 5), -1},
		"at the bottom":         {500, true, rows(1, 50), rows(1, 60), -1},
		"scrolled up":           {205, false, rows(1, 50), rows(1, 60), 205},
		"old rows fell out":     {205, false, rows(1, 50), rows(4, 60), 145},
		"seen rows fell out":    {205, false, rows(1, 50), rows(31, 60), 5},
		"filtered, row remains": {205, false, rows(1, 50), rows(11, 11), 5},
		"all gone":              {205, false, rows(1, 50), nil, 5},
	} {
		if got := followOffset(c.offset, c.bottom, c.before, c.after, 20); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// newTestList shows a list in a window that has room for about ten rows.
func newTestList(t *testing.T) (*logList, *logModel, *[]*logRow) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(NewTheme())
	var picked []*logRow
	l := newLogList(func(r *logRow) { picked = append(picked, r) }, nil)
	w := a.NewWindow("")
	t.Cleanup(w.Close)
	w.SetPadded(false)
	w.SetContent(l)
	w.Resize(fyne.NewSize(1000, 10*l.pitch()))
	return l, newTestModel(0), &picked
}

func (m *logModel) add(l *logList, n int) {
	for _, e := range sampleEntries(n) {
		m.recorder.Add(e)
	}
	m.pull()
	l.show(m.view())
}

func TestListFollowsTheTail(t *testing.T) {
	l, m, _ := newTestList(t)
	m.add(l, 5)
	if got := l.GetScrollOffset(); got != 0 {
		t.Errorf("five rows fit, but the list is scrolled by %v", got)
	}
	m.add(l, 100)
	if !l.atBottom() || l.GetScrollOffset() == 0 {
		t.Errorf("the newest row is out of sight: offset %v", l.GetScrollOffset())
	}
	l.ScrollToOffset(300)
	m.add(l, 100)
	if got := l.GetScrollOffset(); got != 300 {
		t.Errorf("scrolled up, the list moved from 300 to %v", got)
	}
	l.ScrollToBottom()
	m.add(l, 1)
	if !l.atBottom() {
		t.Error("back at the bottom, the list does not follow")
	}
}

func TestListShowsFewRowsAfterMany(t *testing.T) {
	l, m, _ := newTestList(t)
	m.add(l, 200)
	m.filter = mustFilter(t, "orders/12/")
	v := m.view()
	if len(v.rows) == 0 || len(v.rows) > 3 {
		t.Fatalf("%d rows match", len(v.rows))
	}
	l.show(v)
	if got := l.GetScrollOffset(); got != 0 {
		t.Errorf("the list stays scrolled by %v, its rows are out of sight", got)
	}
}

func TestSelectionSticksToItsExchange(t *testing.T) {
	l, m, picked := newTestList(t)
	m.add(l, 30)
	l.Select(6)
	if l.selected != 7 || len(*picked) != 1 || (*picked)[0].ID != 7 {
		t.Fatalf("selected %d, picked %v", l.selected, ids(*picked))
	}
	m.filter = mustFilter(t, "get")
	l.show(m.view())
	if l.selected != 7 || len(*picked) != 1 {
		t.Errorf("after filtering: selected %d, picked %v", l.selected, ids(*picked))
	}
	update := *(*picked)[0].Entry
	update.Status = 500
	m.recorder.Update(&update)
	m.pull()
	l.show(m.view())
	if len(*picked) != 2 || (*picked)[1].Status != 500 {
		t.Error("an update of the selected exchange is not shown")
	}
	l.Select(6) // another exchange stands there now
	if l.selected == 7 {
		t.Error("a click on another row changed nothing")
	}
}

func TestListKeys(t *testing.T) {
	l, m, _ := newTestList(t)
	key := func(names ...fyne.KeyName) {
		for _, n := range names {
			l.TypedKey(&fyne.KeyEvent{Name: n})
		}
	}
	key(fyne.KeyDown, fyne.KeyUp, fyne.KeyEnd, fyne.KeyEscape) // no rows: nothing happens
	m.add(l, 100)
	for _, c := range []struct {
		name fyne.KeyName
		want uint64
	}{
		{fyne.KeyUp, 100}, {fyne.KeyUp, 99}, {fyne.KeyDown, 100}, {fyne.KeyDown, 100}, {fyne.KeyHome, 1}, {fyne.KeyUp, 1},
		{fyne.KeyPageDown, 10}, {fyne.KeyPageUp, 1}, {fyne.KeyEnd, 100}, {fyne.KeyEscape, 0},
	} {
		key(c.name)
		if l.selected != c.want {
			t.Fatalf("after %s: %d, want %d", c.name, l.selected, c.want)
		}
	}
	key(fyne.KeyEnd, fyne.KeyHome)
	if l.GetScrollOffset() != 0 {
		t.Error("the selected row is out of sight")
	}
}

func BenchmarkList5000(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(NewTheme())
	l := newLogList(func(*logRow) {}, nil)
	w := test.NewWindow(l)
	defer w.Close()
	w.Resize(fyne.NewSize(1240, 720))
	m := newTestModel(logLimit)
	for b.Loop() {
		m.recorder.Add(sampleEntry(1))
		m.pull()
		l.show(m.view())
	}
}
