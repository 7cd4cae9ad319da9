package ui

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"corsage/proxy/record"
)

func TestFormatStatus(t *testing.T) {
	for _, c := range []struct {
		status int
		state  record.State
		text   string
		color  fyne.ThemeColorName
	}{
		{0, record.Open, "…", theme.ColorNamePlaceHolder},
		{0, record.Aborted, "failed", theme.ColorNameError},
		{0, record.Done, "failed", theme.ColorNameError},
		{101, record.Open, "101", theme.ColorNamePrimary},
		{200, record.Done, "200", theme.ColorNameSuccess},
		{204, record.Aborted, "204", theme.ColorNameSuccess},
		{304, record.Done, "304", theme.ColorNamePrimary},
		{403, record.Done, "403", theme.ColorNameWarning},
		{502, record.Done, "502", theme.ColorNameError},
	} {
		e := &record.Entry{Status: c.status, State: c.state}
		if got := formatStatus(e); got != c.text {
			t.Errorf("status %d, %s: %q, want %q", c.status, c.state, got, c.text)
		}
		if got := statusColor(e); got != c.color {
			t.Errorf("status %d, %s: colour %s, want %s", c.status, c.state, got, c.color)
		}
	}
}

func TestFormatType(t *testing.T) {
	for media, want := range map[string]string{
		"application/json": "json", "application/problem+json": "json", "text/html": "html", "image/svg+xml": "svg",
		"text/event-stream": "event-stream", "application/octet-stream": "binary", "websocket": "websocket", "": "",
		"application/x-www-form-urlencoded": "form", "application/x-tar": "tar", "application/vnd.ms-excel": "ms-excel",
		"application/xhtml+xml": "xml",
	} {
		if got := formatType(media); got != want {
			t.Errorf("%q: %q, want %q", media, got, want)
		}
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "0 ms", 0: "0.0 ms", 300 * time.Microsecond: "0.3 ms", 9940 * time.Microsecond: "9.9 ms",
		9960 * time.Microsecond: "10 ms", 84 * time.Millisecond: "84 ms", 999 * time.Millisecond: "999 ms",
		999600 * time.Microsecond: "1.00 s", 59990 * time.Millisecond: "59.99 s", 59996 * time.Millisecond: "1.0 min",
		90 * time.Second: "1.5 min", time.Hour - time.Second: "1.0 h", 90 * time.Minute: "1.5 h",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestFormatPath(t *testing.T) {
	for url, want := range map[string]string{
		"https://a.example/x/?q=1": "/x/?q=1", "https://a.example": "/", "https://a.example/%2f%20": "/%2f%20", "::broken": "/fallback",
	} {
		if got := formatPath(&record.Entry{URL: url, Path: "/fallback"}); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}

// runes measures a text by its characters.
func runes(s string) float32 { return float32(utf8.RuneCountInString(s)) }

func TestEllipsis(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float32
		want  string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"abcd", 1, "…"}, {"abcd", 0, ""}, {"äöüß", 3, "äö…"},
		{"ab cd", 4, "ab…"}, {"abc", -5, ""},
	} {
		if got := ellipsis(c.text, c.width, runes); got != c.want {
			t.Errorf("%q to %v: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func FuzzEllipsis(f *testing.F) {
	f.Add("abcd", float32(3))
	f.Add("äöüß  ", float32(4.5))
	f.Fuzz(func(t *testing.T, text string, width float32) {
		got := ellipsis(text, width, runes)
		if got != text && runes(got) > width {
			t.Errorf("%q to %v: %q is too wide", text, width, got)
		}
		if runes(text) <= width && got != text {
			t.Errorf("%q to %v: cut to %q without need", text, width, got)
		}
		if got != text && got != "" && !strings.HasSuffix(got, "…") {
			t.Errorf("%q to %v: %q does not show the cut", text, width, got)
		}
	})
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "x": "X.", "it broke: try again": "It broke: try again.", "Done.": "Done.", "why?": "Why?", "über": "Über.",
		`no "a"`: `No "a".`, "  spaced ": "Spaced.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCountText(t *testing.T) {
	for _, c := range []struct {
		view   logView
		paused bool
		want   string
	}{
		{logView{}, false, "0 requests"},
		{logView{all: 1}, false, "1 request"},
		{logView{all: 1234}, false, "1,234 requests"},
		{logView{all: 12, filtered: true, rows: make([]*logRow, 3)}, false, "3 of 12 requests"},
		{logView{all: 12, held: 4}, true, "12 requests  ·  paused, 4 new"},
	} {
		if got := countText(c.view, c.paused); got != c.want {
			t.Errorf("%+v: %q, want %q", c.view, got, c.want)
		}
	}
}

func TestColumnSpans(t *testing.T) {
	measure := func(s string) float32 { return 7 * runes(s) }
	for width, want := range map[float32]string{
		0:    "Method Status Path Browser Type",
		560:  "Method Status Path Browser Type",
		860:  "Time Method Status Host Path Browser Type Size Duration",
		1240: "Time Method Status Host Path Browser Type Size Duration Profile Applied",
		3000: "Time Method Status Host Path Browser Type Size Duration Profile Applied",
	} {
		end := float32(0)
		var shown []string
		for i, s := range columnSpans(width, measure) {
			c := logColumns[i]
			if s.width == 0 {
				continue
			}
			shown = append(shown, c.title)
			if s.x < end {
				t.Errorf("width %v: %s begins at %v, within the column before it (%v)", width, c.title, s.x, end)
			}
			if s.width < measure(c.title)+c.inset || s.width < measure(c.sample)+c.inset {
				t.Errorf("width %v: %s is too narrow for its title or sample", width, c.title)
			}
			end = s.x + s.width
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("width %v: the columns are %s, want %s", width, got, want)
		}
		if width >= 560 && (end > width || end < width-2*columnGap) {
			t.Errorf("width %v: the columns end at %v", width, end)
		}
	}
}
