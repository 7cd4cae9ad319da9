package logstream

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"corsage/proxy/browser"
	"corsage/proxy/record"
	"corsage/ui/plain"
)

// textLine is an exchange for people. Columns of bounded width come aligned;
// the rest stands at the end.
func textLine(e *record.Entry) string {
	status := "---"
	if e.Status > 0 {
		status = strconv.Itoa(e.Status)
	}
	line := fmt.Sprintf("%s  %-7s  %s  %-48s  %8s  %8s  %s",
		e.Start.Local().Format(time.TimeOnly), e.Method, status, e.Host+e.Path,
		humanize.Bytes(uint64(max(e.Response.Size, 0))), shortDuration(e.Duration), e.Profile)
	if len(e.Applied) > 0 {
		line += "  " + strings.Join(e.Applied, " ")
	}
	switch {
	case e.Refusal != nil:
		line += "  (certificate refused by " + browser.Name(e.Request.Head.Header().Get("User-Agent")) + ")"
	case e.State == record.Aborted:
		line += "  (broken off)"
	case e.State == record.Open:
		line += "  (under way)"
	}
	if e.Error != "" {
		line += "  " + e.Error
	}
	return plain.Line(line)
}

// shortDuration rounds to three digits or so.
func shortDuration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
