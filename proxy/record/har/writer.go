package har

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/chromedp/cdproto/har"
)

// Writer writes a file entry by entry, so that however long it gets, none of it is
// kept. One goroutine at a time may use it.
type Writer struct {
	out   *bufio.Writer
	count int
}

// NewWriter begins a file. version is Corsage's. It has no pages, and says so, since
// Firefox's importer wants the field.
func NewWriter(out io.Writer, version string) (*Writer, error) {
	w := &Writer{out: bufio.NewWriter(out)}
	creator, err := json.Marshal(har.Creator{Name: "Corsage", Version: version})
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w.out, `{"log":{"version":"1.2","creator":%s,"pages":[],"entries":[`, creator)
	return w, err
}

// Add adds an entry: an [Entry] in JSON.
func (w *Writer) Add(entry json.RawMessage) error {
	separator := ",\n"
	if w.count == 0 {
		separator = "\n"
	}
	w.count++
	if _, err := w.out.WriteString(separator); err != nil {
		return err
	}
	_, err := w.out.Write(entry)
	return err
}

// Write adds e.
func (w *Writer) Write(e *Entry) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // URLs stay readable
	if err := encoder.Encode(e); err != nil {
		return err
	}
	return w.Add(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// Flush passes on what was added so far.
func (w *Writer) Flush() error { return w.out.Flush() }

// Count is how many entries were added.
func (w *Writer) Count() int { return w.count }

// Close ends the file. comment is for people, "" for none.
func (w *Writer) Close(comment string) error {
	end := "\n]"
	if comment != "" {
		text, err := json.Marshal(comment)
		if err != nil {
			return err
		}
		end += `,"comment":` + string(text)
	}
	if _, err := w.out.WriteString(end + "}}\n"); err != nil {
		return err
	}
	return w.out.Flush()
}
