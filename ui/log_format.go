package ui

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/dustin/go-humanize"

	"corsage/proxy/record"
)

// formatTime is the wall clock to a millisecond: the log is about now.
func formatTime(t time.Time) string { return t.Format("15:04:05.000") }

// formatStatus is the status code, or what stands for it while there is none.
func formatStatus(e *record.Entry) string {
	switch {
	case e.Status != 0:
		return strconv.Itoa(e.Status)
	case e.State == record.Open:
		return "…"
	default:
		return "failed"
	}
}

// statusColor is the theme's colour for a status: success, redirect, client's
// fault, server's fault.
func statusColor(e *record.Entry) fyne.ThemeColorName {
	switch {
	case e.Status >= 500, e.Status == 0 && e.State != record.Open:
		return theme.ColorNameError
	case e.Status >= 400:
		return theme.ColorNameWarning
	case e.Status >= 300, e.Status == 101:
		return theme.ColorNamePrimary
	case e.Status >= 200:
		return theme.ColorNameSuccess
	default:
		return theme.ColorNamePlaceHolder
	}
}

// formatPath is what follows the host: path and query.
func formatPath(e *record.Entry) string {
	if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
		return u.RequestURI()
	}
	return e.Path
}

// formatType is the media type as people call it: "json", "html", "png".
func formatType(mediaType string) string {
	kind, sub, ok := strings.Cut(mediaType, "/")
	if !ok {
		return mediaType
	}
	if i := strings.LastIndexByte(sub, '+'); i >= 0 && kind != "image" {
		sub = sub[i+1:]
	}
	sub = strings.TrimPrefix(sub, "vnd.")
	sub = strings.TrimPrefix(sub, "x-")
	switch sub {
	case "octet-stream":
		return "binary"
	case "x-www-form-urlencoded", "www-form-urlencoded":
		return "form"
	case "svg+xml":
		return "svg"
	}
	return sub
}

// formatSize is the response body's size in units of a thousand.
func formatSize(e *record.Entry) string {
	if e.Status == 0 && e.State != record.Open {
		return ""
	}
	return formatBytes(e.Response.Size)
}

func formatBytes(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// formatDuration has two to three significant digits; an exchange under way
// shows that it is.
func formatDuration(e *record.Entry) string {
	if e.State == record.Open && e.Duration == 0 {
		return "…"
	}
	text := shortDuration(e.Duration)
	if e.State == record.Open {
		text += " …"
	}
	return text
}

func shortDuration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < 9950*time.Microsecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second-time.Millisecond/2:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < time.Minute-5*time.Millisecond:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Hour-3*time.Second:
		return fmt.Sprintf("%.1f min", d.Minutes())
	default:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
}

// ellipsis cuts text to what fits into width, and marks the cut. measure gives
// a text's width.
func ellipsis(text string, width float32, measure func(string) float32) string {
	if text == "" || measure(text) <= width {
		return text
	}
	const dots = "…"
	runes := []rune(text)
	low, high := 0, len(runes) // as many runes fit for sure; one more than may
	for low+1 < high {
		mid := (low + high) / 2
		if measure(string(runes[:mid])+dots) <= width {
			low = mid
		} else {
			high = mid
		}
	}
	if low == 0 && measure(dots) > width {
		return ""
	}
	return strings.TrimRightFunc(string(runes[:low]), unicode.IsSpace) + dots
}

// sentence makes an error's text one: a capital in front, a full stop behind.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if last, _ := utf8.DecodeLastRuneInString(s); unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune(`)]"'`, last) {
		s += "."
	}
	return s
}

// quantity is "1 request", "12 requests".
func quantity(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + one + "s"
}
