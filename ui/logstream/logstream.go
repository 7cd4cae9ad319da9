// Package logstream writes the exchanges of the log as lines, as they end: for
// `corsage serve`, and for `corsage log` over the control socket. Traffic never
// waits for who reads them.
package logstream

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"corsage/proxy/record"
	"corsage/proxy/record/filter"
	"corsage/proxy/record/har"
	"corsage/proxy/verdict"
)

// Format is how a line says it.
type Format string

// The formats of the log.
const (
	Text Format = "text" // for people
	JSON Format = "json" // a JSON object a line, whose names are a contract
	HAR  Format = "har"  // the same, of a HAR file's entries
)

// Options say what is written.
type Options struct {
	Format Format
	Filter filter.Filter
	// Ring is how many exchanges the recorder keeps.
	Ring int
	// Late says that exchanges may have fallen out of the ring before, which is no
	// news to the reader.
	Late bool
	// Last is how many exchanges of those that are there at the beginning are
	// written; negative for all.
	Last int
}

// pace is the least time between two looks at the recorder: under load many
// exchanges are written at once.
const pace = 10 * time.Millisecond

// lateEnd bounds the wait for exchanges that were cut off, but have not ended yet.
const lateEnd = time.Second

// Writer writes each exchange once. One goroutine uses it. It never keeps the
// recorder waiting: what falls out of that before it was written is counted
// instead.
type Writer struct {
	options Options
	out     *bufio.Writer
	json    *json.Encoder // onto out

	begun bool
	rev   uint64              // seen of the recorder
	last  uint64              // highest ID seen
	open  map[uint64]struct{} // seen, but not ended then

	history verdict.History // of what was seen
}

// New returns a Writer onto out.
func New(out io.Writer, o Options) *Writer {
	w := &Writer{options: o, out: bufio.NewWriter(out), open: make(map[uint64]struct{})}
	w.json = json.NewEncoder(w.out)
	w.json.SetEscapeHTML(false) // URLs stay readable
	return w
}

// The lines of the JSON log.
type (
	exchangeLine struct {
		Event string `json:"event"`
		record.Export
		Verdict *verdict.Pair `json:"verdict,omitempty"`
	}
	// Dropped is the line that says how many exchanges are missing.
	Dropped struct {
		Event string `json:"event"` // "dropped"
		Count uint64 `json:"count"`
	}
)

// Once writes what r has now, exchanges that are under way too.
func (w *Writer) Once(r *record.Recorder) error { return w.write(r, true) }

// Follow writes what r has and what it records until stop is closed, and then what
// is left. An exchange is written when it has ended.
func (w *Writer) Follow(r *record.Recorder, stop <-chan struct{}) error {
	wake, cancel := r.Subscribe()
	defer cancel()
	for {
		if err := w.write(r, false); err != nil {
			return err
		}
		select {
		case <-wake:
		case <-stop:
			return w.rest(r, wake)
		}
		select {
		case <-time.After(pace):
		case <-stop:
		}
	}
}

// rest writes what is left. The goroutines whose connections were closed may
// need a moment to log their ends.
func (w *Writer) rest(r *record.Recorder, wake <-chan struct{}) error {
	late := time.After(lateEnd)
	for {
		if err := w.write(r, false); err != nil || len(w.open) == 0 {
			return err
		}
		select {
		case <-wake:
		case <-late:
			return nil
		}
	}
}

// judged is an exchange with its verdict; nil where no browser made it.
type judged struct {
	*record.Entry
	verdict *verdict.Pair
}

// write writes what ended since the last call; what is under way too, if asked.
func (w *Writer) write(r *record.Recorder, running bool) error {
	entries, rev := r.Since(w.rev)
	w.rev = rev
	before := w.last
	w.skip(r.Cleared())
	if n := w.missing(entries); n > 0 {
		if err := w.dropped(n); err != nil {
			return err
		}
	}
	var chosen []judged
	for _, e := range entries {
		if e.State == record.Open && !running {
			w.open[e.ID] = struct{}{}
			continue
		}
		if _, open := w.open[e.ID]; !open && e.ID <= before {
			continue // a refusal that was written, and counts another
		}
		delete(w.open, e.ID)
		if x, ok := w.judge(e); ok {
			chosen = append(chosen, x)
		}
	}
	if !w.begun && w.options.Last >= 0 {
		chosen = chosen[max(0, len(chosen)-w.options.Last):]
	}
	w.begun = true
	for _, x := range chosen {
		if err := w.exchange(x); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

// skip takes the exchanges up to id for seen.
func (w *Writer) skip(id uint64) {
	w.last = max(w.last, id)
	for open := range w.open {
		if open <= id {
			delete(w.open, open)
		}
	}
}

// missing counts what fell out of the ring unseen, and what did before its end
// was seen. IDs have no gaps, and entries come in their order.
func (w *Writer) missing(entries []*record.Entry) (n uint64) {
	if !w.begun && w.options.Late && len(entries) > 0 {
		w.last = max(w.last, entries[0].ID-1)
	}
	for _, e := range entries {
		if e.ID > w.last {
			n += e.ID - w.last - 1
			w.last = e.ID
		}
	}
	for id := range w.open {
		if id+uint64(w.options.Ring) <= w.last {
			delete(w.open, id)
			n++
		}
	}
	return n
}

// judge makes an exchange's verdict, and reports whether the filter chooses it.
func (w *Writer) judge(e *record.Entry) (judged, bool) {
	pair, ok := verdict.Of(e, w.history.Given(e)...)
	w.history.Note(e)
	x := judged{Entry: e}
	if ok {
		x.verdict = &pair
	}
	if w.options.Filter.Empty() {
		return x, true
	}
	return x, w.options.Filter.Match(filter.NewExchange(e, pair.Sign))
}

func (w *Writer) dropped(n uint64) error {
	if w.options.Format != Text {
		return w.json.Encode(Dropped{"dropped", n})
	}
	text := "(" + strconv.FormatUint(n, 10) + " exchanges missing here: they fell out of the log unread)"
	if n == 1 {
		text = "(1 exchange missing here: it fell out of the log unread)"
	}
	_, err := fmt.Fprintln(w.out, text)
	return err
}

func (w *Writer) exchange(x judged) error {
	switch w.options.Format {
	case JSON:
		return w.json.Encode(exchangeLine{"exchange", x.Export(), x.verdict})
	case HAR:
		return w.json.Encode(har.Of(x.Entry, x.verdict))
	}
	_, err := fmt.Fprintln(w.out, textLine(x.Entry))
	return err
}
