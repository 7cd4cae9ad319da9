package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"corsage/proxy/record"
)

// column is one column of the request log.
type column struct {
	title string
	text  func(*record.Entry) string
	// sample is a text that shall fit; a column with a share takes of the
	// remaining width as well.
	sample string
	share  float32
	inset  float32 // kept free before the text
	right  bool    // aligned, for numbers
	color  func(*record.Entry) fyne.ThemeColorName
}

// logColumns are the columns in their order, left to right.
var logColumns = [...]column{
	{title: "Time", text: func(e *record.Entry) string { return formatTime(e.Start) }, sample: "00:00:00.000", color: quiet},
	{title: "Method", text: func(e *record.Entry) string { return e.Method }, sample: "OPTIONS"},
	{title: "Status", text: formatStatus, sample: "failed", inset: 9, color: statusColor},
	{title: "Host", text: func(e *record.Entry) string { return e.Host }, sample: "dev.example.com", share: 1},
	{title: "Path", text: formatPath, sample: "/api/customers/", share: 5},
	{title: "Type", text: func(e *record.Entry) string { return formatType(e.Type) }, sample: "event-stream", color: quiet},
	{title: "Size", text: formatSize, sample: "999 kB", right: true, color: quiet},
	{title: "Duration", text: formatDuration, sample: "59.99 s …", right: true, color: quiet},
	{title: "Profile", text: func(e *record.Entry) string { return e.Profile }, sample: "My project"},
	{title: "Applied", text: func(e *record.Entry) string { return strings.Join(e.Applied, ", ") }, sample: "allow-origin, allow", share: 4, color: accent},
}

func quiet(*record.Entry) fyne.ThemeColorName  { return theme.ColorNamePlaceHolder }
func accent(*record.Entry) fyne.ThemeColorName { return theme.ColorNamePrimary }

// span is where a column's text stands in a row.
type span struct{ x, width float32 }

// columnGap is the space between two columns, and at both ends of a row.
const columnGap = 12

// columnSpans divides a row's width. measure gives the width of a text, bold as
// the titles are.
func columnSpans(width float32, measure func(string) float32) []span {
	spans := make([]span, len(logColumns))
	used, shares := float32(columnGap), float32(0)
	for i, c := range logColumns {
		spans[i].width = max(measure(c.sample), measure(c.title)) + c.inset
		used += spans[i].width + columnGap
		shares += c.share
	}
	rest := max(width-used, 0)
	x := float32(columnGap)
	for i, c := range logColumns {
		if shares > 0 {
			spans[i].width += rest * c.share / shares
		}
		spans[i].x = x
		x += spans[i].width + columnGap
	}
	return spans
}
