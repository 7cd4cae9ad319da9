package ui

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"al.essio.dev/pkg/shellescape"
	"fyne.io/fyne/v2"
)

// namesShown is how many profiles are named before the others are counted.
const namesShown = 3

// relaxed names the profiles that are on, for the tray; "" for none.
func relaxed(names []string) string {
	var short []string
	for _, name := range names[:min(len(names), namesShown)] {
		short = append(short, shortName(name))
	}
	list := strings.Join(short, ", ")
	if n := len(names) - namesShown; n > 0 {
		list += fmt.Sprintf(" and %d more", n)
	}
	return list
}

// nameLength is how many characters of a profile's name the tray shows.
const nameLength = 40

// shortName is a profile's name as the tray shows it.
func shortName(name string) string {
	return ellipsis(name, nameLength, func(s string) float32 { return float32(utf8.RuneCountInString(s)) })
}

// tooltip is what the tray's icon says.
func tooltip(names []string) string {
	if len(names) == 0 {
		return "Corsage"
	}
	return "Corsage: relaxing " + relaxed(names)
}

// relaxing is the first line of the tray's menu: what is on, and when the first
// of it goes off.
func (u *UI) relaxing(now time.Time) string {
	if len(u.active) == 0 {
		return "Nothing is relaxed"
	}
	line := "Relaxing: " + relaxed(u.active)
	var next time.Time
	for _, name := range u.active {
		if due, ok := u.due(name); ok && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	switch {
	case next.IsZero():
		return line
	case len(u.active) == 1:
		return line + " · off at " + clock(next, now)
	}
	return line + " · next off at " + clock(next, now)
}

// due is when a profile goes off; false where it stays on.
func (u *UI) due(name string) (time.Time, bool) {
	if u.AutoOff == nil || u.AutoOff.Due == nil {
		return time.Time{}, false
	}
	return u.AutoOff.Due(name)
}

// clock tells a time to come: that of the day, with the day where it is another.
func clock(t, now time.Time) string {
	t = t.Local()
	if y, m, d := now.Local().Date(); t.Before(time.Date(y, m, d+1, 0, 0, 0, 0, time.Local)) {
		return t.Format("15:04")
	}
	return t.Format("Mon 15:04")
}

// keepItems are the menu's items for profiles of which it was said that they go
// off soon.
func (u *UI) keepItems() []*fyne.MenuItem {
	var items []*fyne.MenuItem
	for _, name := range u.active {
		if due, ok := u.due(name); ok && !u.offSoon[name].IsZero() && !due.After(u.offSoon[name]) {
			items = append(items, fyne.NewMenuItem("Keep "+shortName(name)+" on", func() { u.AutoOff.Keep(name) }))
		}
	}
	return items
}

// GoesOff tells the user that a profile goes off at a time unless it is kept on,
// having been on for so long by then.
func (u *UI) GoesOff(profile string, at time.Time, on time.Duration) {
	if u.offSoon == nil {
		u.offSoon = make(map[string]time.Time)
	}
	u.offSoon[profile] = at
	u.tray.refresh()
	u.App.SendNotification(fyne.NewNotification(
		fmt.Sprintf("%s goes off at %s", profile, clock(at, time.Now())),
		fmt.Sprintf("It was on for %s then. To keep it on, choose “Keep %s on” in the tray's menu, or run: corsage enable %s", hours(on), shortName(profile), shellescape.Quote(profile))))
}

// WentOff tells the user that a profile was turned off after so long.
func (u *UI) WentOff(profile string, on time.Duration) {
	delete(u.offSoon, profile)
	u.App.SendNotification(fyne.NewNotification(profile+" is off now",
		fmt.Sprintf("It was on for %s. Turn it on again in the tray's menu, or run: corsage enable %s", hours(on), shellescape.Quote(profile))))
}

// hours tells a time as people do.
func hours(d time.Duration) string {
	switch d = d.Round(time.Minute); {
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}
