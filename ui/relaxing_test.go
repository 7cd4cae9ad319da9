package ui

import (
	"strings"
	"testing"
	"time"
)

func TestRelaxing(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 30, 0, 0, time.Local) // a Wednesday
	at := func(h, m int) time.Time { return time.Date(2026, 11, 25, h, m, 0, 0, time.Local) }
	for _, c := range []struct {
		on      string
		dues    map[string]time.Time
		line    string
		tooltip string
	}{
		{"", nil, "Nothing is relaxed", "Corsage"},
		{"Shop", nil, "Relaxing: Shop", "Corsage: relaxing Shop"},
		{"Shop", map[string]time.Time{"Shop": at(18, 30)}, "Relaxing: Shop · off at 18:30", "Corsage: relaxing Shop"},
		{"Shop", map[string]time.Time{"Shop": at(24, 0)}, "Relaxing: Shop · off at Thu 00:00", "Corsage: relaxing Shop"},
		{"Blog Shop", map[string]time.Time{"Shop": at(18, 30), "Blog": at(19, 0)}, "Relaxing: Blog, Shop · next off at 18:30", "Corsage: relaxing Blog, Shop"},
		{"A B C D E", map[string]time.Time{"E": at(10, 0)}, "Relaxing: A, B, C and 2 more · next off at 10:00", "Corsage: relaxing A, B, C and 2 more"},
	} {
		u := &UI{active: strings.Fields(c.on)}
		u.AutoOff = &AutoOff{Due: func(name string) (time.Time, bool) { due, ok := c.dues[name]; return due, ok }}
		if got := u.relaxing(now); got != c.line {
			t.Errorf("%q: %q, want %q", c.on, got, c.line)
		}
		if got := tooltip(u.active); got != c.tooltip {
			t.Errorf("%q: %q, want %q", c.on, got, c.tooltip)
		}
	}
}

// The tray says what is relaxed, and before a profile goes off how to keep it on.
func TestTraySaysWhatIsRelaxed(t *testing.T) {
	u := newTestUI(t, "Shop")
	due := time.Now().Add(time.Minute)
	var tips, kept []string
	u.Tooltip = func(text string) { tips = append(tips, text) }
	u.AutoOff = &AutoOff{
		Due:  func(string) (time.Time, bool) { return due, true },
		Keep: func(name string) { kept = append(kept, name) },
	}
	u.enable("Shop", true)
	if got, want := u.app.menu().Items[0].Label, "Relaxing: Shop · off at "+clock(due, time.Now()); got != want || !u.app.menu().Items[0].Disabled {
		t.Errorf("the menu begins with %q, want %q", got, want)
	}
	if got := labels(u.app.menu().Items); strings.Contains(got, "Keep") {
		t.Errorf("too early: %s", got)
	}
	u.GoesOff("Shop", due, 9*time.Hour)
	u.app.item(t, "Keep Shop on").Action()
	due = due.Add(9 * time.Hour)
	u.profilesChanged()
	if got := labels(u.app.menu().Items); strings.Contains(got, "Keep") || len(kept) != 1 || kept[0] != "Shop" {
		t.Errorf("kept %q; the menu is %s", kept, got)
	}
	u.enable("Shop", false)
	u.WentOff("Zoë's shop", 9*time.Hour+10*time.Minute)
	if got, want := strings.Join(tips, "|"), "Corsage: relaxing Shop|Corsage"; got != want {
		t.Errorf("the icon said %q, want %q", got, want)
	}
	want := []string{
		"Shop goes off at " + clock(due.Add(-9*time.Hour), time.Now()) + ": It was on for 9 h then. To keep it on, choose “Keep Shop on” in the tray's menu, or run: corsage enable Shop",
		`Zoë's shop is off now: It was on for 9 h 10 min. Turn it on again in the tray's menu, or run: corsage enable 'Zoë'"'"'s shop'`,
	}
	if len(u.app.notices) != len(want) {
		t.Fatalf("%d notifications", len(u.app.notices))
	}
	for i, n := range u.app.notices {
		if got := n.Title + ": " + n.Content; got != want[i] {
			t.Errorf("it said %q, want %q", got, want[i])
		}
	}
}
