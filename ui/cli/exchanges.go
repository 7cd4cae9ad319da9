package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"corsage/proxy/browser"
	"corsage/proxy/record"
	"corsage/proxy/verdict"
	"corsage/ui/instance"
)

// The formats of the log.
const (
	formatText = "text"
	formatJSON = "json"
	formatNone = "none"
)

var logFormats = []string{formatText, formatJSON, formatNone}

// pace is the least time between two looks at the recorder: under load many
// exchanges are written at once.
const pace = 10 * time.Millisecond

// exchangeLog writes each exchange once, when it has ended. One goroutine uses
// it. It never keeps the recorder waiting: what falls out of that before it was
// written is counted instead.
type exchangeLog struct {
	format string
	out    *bufio.Writer
	json   *json.Encoder // onto out
	people io.Writer     // for the ready line where stdout has none

	limit uint64              // how many exchanges the recorder keeps
	rev   uint64              // seen of the recorder
	last  uint64              // highest ID seen
	open  map[uint64]struct{} // seen, but not ended then

	history verdict.History // of what was written
}

func newExchangeLog(format string, out, people io.Writer) *exchangeLog {
	l := &exchangeLog{
		format: format, out: bufio.NewWriter(out), people: people,
		limit: instance.LogLimit, open: make(map[uint64]struct{}),
	}
	l.json = json.NewEncoder(l.out)
	l.json.SetEscapeHTML(false) // URLs stay readable
	return l
}

// The lines of the JSON log. Their names are a contract.
type (
	readyLine struct {
		Event string `json:"event"`
		Proxy string `json:"proxy"`
		PAC   string `json:"pac"`
		CA    string `json:"ca"`
	}
	exchangeLine struct {
		Event string `json:"event"`
		record.Export
		Verdict *verdict.Pair `json:"verdict,omitempty"`
	}
	droppedLine struct {
		Event string `json:"event"`
		Count uint64 `json:"count"`
	}
)

// ready says that connections are accepted, and where.
func (l *exchangeLog) ready(i *instance.Instance) error {
	if l.format == formatJSON {
		if err := l.json.Encode(readyLine{"ready", i.Addr(), i.PACURL(), i.CertPath()}); err != nil {
			return err
		}
		return l.out.Flush()
	}
	_, err := fmt.Fprintf(l.people, "corsage is ready: proxy %s, PAC file %s, certificate of the CA %s\n",
		i.Addr(), i.PACURL(), i.CertPath())
	return err
}

// lateEnd bounds the wait for exchanges that were cut off, but have not ended yet.
const lateEnd = time.Second

// follow writes what r records until stop is closed, and then what is left.
func (l *exchangeLog) follow(r *record.Recorder, stop <-chan struct{}) error {
	if l.format == formatNone {
		<-stop
		return nil
	}
	wake, cancel := r.Subscribe()
	defer cancel()
	for {
		if err := l.write(r); err != nil {
			return err
		}
		select {
		case <-wake:
		case <-stop:
			return l.rest(r, wake)
		}
		select {
		case <-time.After(pace):
		case <-stop:
		}
	}
}

// rest writes what is left. The goroutines whose connections were closed may
// need a moment to log their ends.
func (l *exchangeLog) rest(r *record.Recorder, wake <-chan struct{}) error {
	late := time.After(lateEnd)
	for {
		if err := l.write(r); err != nil || len(l.open) == 0 {
			return err
		}
		select {
		case <-wake:
		case <-late:
			return nil
		}
	}
}

// write writes what ended since the last call.
func (l *exchangeLog) write(r *record.Recorder) error {
	entries, rev := r.Since(l.rev)
	l.rev = rev
	before := l.last
	if n := l.missing(entries); n > 0 {
		if err := l.dropped(n); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if e.State == record.Open {
			l.open[e.ID] = struct{}{}
			continue
		}
		if _, open := l.open[e.ID]; !open && e.ID <= before {
			continue // a refusal that was written, and counts another
		}
		delete(l.open, e.ID)
		if err := l.exchange(e); err != nil {
			return err
		}
	}
	return l.out.Flush()
}

// missing counts what fell out of the ring unseen, and what did before its end
// was seen. IDs have no gaps, and entries come in their order.
func (l *exchangeLog) missing(entries []*record.Entry) (n uint64) {
	for _, e := range entries {
		if e.ID > l.last {
			n += e.ID - l.last - 1
			l.last = e.ID
		}
	}
	for id := range l.open {
		if id+l.limit <= l.last {
			delete(l.open, id)
			n++
		}
	}
	return n
}

func (l *exchangeLog) dropped(n uint64) error {
	if l.format == formatJSON {
		return l.json.Encode(droppedLine{"dropped", n})
	}
	_, err := fmt.Fprintf(l.out, "(%s missing here: this was read too slowly)\n", plural(n, "exchange", "exchanges"))
	return err
}

func (l *exchangeLog) exchange(e *record.Entry) error {
	if l.format == formatJSON {
		return l.json.Encode(exchangeLine{"exchange", e.Export(), l.verdict(e)})
	}
	_, err := fmt.Fprintln(l.out, textLine(e))
	return err
}

// verdict is what the browser makes of an exchange; nil where none made it.
func (l *exchangeLog) verdict(e *record.Entry) *verdict.Pair {
	pair, ok := verdict.Of(e, l.history.Given(e)...)
	l.history.Note(e)
	if !ok {
		return nil
	}
	return &pair
}

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
	}
	if e.Error != "" {
		line += "  " + e.Error
	}
	return oneLine(line)
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

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatUint(n, 10) + " " + many
}
