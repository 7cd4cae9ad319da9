package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"corsage/proxy/verdict"
)

// column is one column of the request log.
type column struct {
	title string
	text  func(*logRow) string
	// sample is a text that shall fit; a column with a share takes of the
	// remaining width as well.
	sample string
	share  float32
	inset  float32 // kept free before the text
	right  bool    // aligned, for numbers
	// leaves is the column's turn to leave a row that is too narrow for all, 1 being
	// the first; 0 for never.
	leaves int
	color  func(*logRow) fyne.ThemeColorName
}

// logColumns are the columns in their order, left to right.
var logColumns = [...]column{
	{title: "Time", text: func(r *logRow) string { return formatTime(r.Start) }, sample: "00:00:00.000", color: quiet, leaves: 5},
	{title: "Method", text: func(r *logRow) string { return r.Method }, sample: "CONNECT"},
	{title: "Status", text: func(r *logRow) string { return formatStatus(r.Entry) }, sample: "failed", inset: 9, color: func(r *logRow) fyne.ThemeColorName { return statusColor(r.Entry) }},
	{title: "Host", text: func(r *logRow) string { return r.Host }, sample: "dev.example.com", share: 1, leaves: 6},
	{title: "Path", text: func(r *logRow) string { return formatPath(r.Entry) }, sample: "/api/customers/", share: 3},
	{title: "Browser", text: signText, sample: "unblocked by Corsage", share: 5, color: signColor},
	{title: "Type", text: func(r *logRow) string { return formatType(r.Type) }, sample: "event-stream", color: quiet},
	{title: "Size", text: func(r *logRow) string { return formatSize(r.Entry) }, sample: "999 kB", right: true, color: quiet, leaves: 4},
	{title: "Duration", text: func(r *logRow) string { return formatDuration(r.Entry) }, sample: "59.99 s …", right: true, color: quiet, leaves: 3},
	{title: "Profile", text: func(r *logRow) string { return r.Profile }, sample: "My project", leaves: 2},
	{title: "Applied", text: func(r *logRow) string { return strings.Join(r.Applied, ", ") }, sample: "allow-origin", share: 2, color: quiet, leaves: 1},
}

func quiet(*logRow) fyne.ThemeColorName { return theme.ColorNamePlaceHolder }

// signText is a verdict's sign, or that there was a refusal in its place.
func signText(r *logRow) string {
	if r.Refusal != nil {
		return refusalText(r.Refusal)
	}
	return r.Sign.Text
}

// signColor is the theme's colour for a verdict's sign.
func signColor(r *logRow) fyne.ThemeColorName {
	if r.Refusal != nil {
		return theme.ColorNameError
	}
	switch r.Sign.Kind {
	case verdict.StillBlocked:
		return theme.ColorNameError
	case verdict.CookieRefused:
		return theme.ColorNameWarning
	case verdict.Unblocked:
		return theme.ColorNamePrimary
	}
	return theme.ColorNamePlaceHolder
}

// span is where a column's text stands in a row.
type span struct{ x, width float32 }

// columnGap is the space between two columns, and at both ends of a row.
const columnGap = 12

// columnSpans divides a row's width. measure gives the width of a text, bold as
// the titles are. A column that has left has no width.
func columnSpans(width float32, measure func(string) float32) []span {
	var widths, shares []float32
	var kept []int
	used := float32(columnGap)
	for i, c := range logColumns {
		kept = append(kept, i)
		widths, shares = append(widths, max(measure(c.sample), measure(c.title))+c.inset), append(shares, c.share)
		used += widths[i] + columnGap
	}
	for turn := 1; used > width && turn <= len(logColumns); turn++ {
		if k := slices.IndexFunc(kept, func(i int) bool { return logColumns[i].leaves == turn }); k >= 0 {
			used -= widths[k] + columnGap
			kept, widths, shares = slices.Delete(kept, k, k+1), slices.Delete(widths, k, k+1), slices.Delete(shares, k, k+1)
		}
	}
	spans := make([]span, len(logColumns))
	for k, s := range divideRow(width, widths, shares) {
		spans[kept[k]] = s
	}
	return spans
}

// divideRow gives each column of a row its width, and its share of what is left.
func divideRow(width float32, widths, shares []float32) []span {
	used, total := float32(columnGap), float32(0)
	for i := range widths {
		used += widths[i] + columnGap
		total += shares[i]
	}
	rest := max(width-used, 0)
	spans := make([]span, len(widths))
	x := float32(columnGap)
	for i := range widths {
		spans[i] = span{x, widths[i]}
		if total > 0 {
			spans[i].width += rest * shares[i] / total
		}
		x += spans[i].width + columnGap
	}
	return spans
}
