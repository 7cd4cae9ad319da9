package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"corsage/proxy/record/har"
	"corsage/ui/logstream"
)

// writeHAR writes lines of the format logstream.HAR as a HAR file. Where they end
// since the user said so, or corsage was killed, the file is complete as far as it
// goes, and the error is the lines' own.
func (env Env) writeHAR(lines io.Reader, name string) error {
	creator, err := env.version()
	if err != nil {
		return err
	}
	if name == "-" {
		_, err := copyHAR(env.Stdout, lines, creator)
		return err
	}
	out, keep, err := har.Create(name)
	if err != nil {
		return err
	}
	count, err := copyHAR(out, lines, creator)
	ended := err == nil || errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF)
	if kept := keep(ended); kept != nil {
		return kept
	}
	if ended {
		fmt.Fprintln(env.Stderr, oneLine(fmt.Sprintf("%s written to %s", plural(uint64(count), "exchange", "exchanges"), name)))
	}
	return err
}

// copyHAR returns how many exchanges it wrote. Whatever ends the lines, it ends
// the file.
func copyHAR(out io.Writer, lines io.Reader, creator string) (int, error) {
	w, err := har.NewWriter(out, creator)
	if err != nil {
		return 0, err
	}
	missing := uint64(0)
	in := bufio.NewReader(lines)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil { // a line without an end is none
			var comments []string
			if missing > 0 {
				comments = append(comments, plural(missing, "exchange is", "exchanges are")+" missing: the log had no room for more until they were read")
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				comments = append(comments, "it ends here since corsage was killed, or has crashed")
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return w.Count(), errors.Join(err, w.Close(strings.Join(comments, "; ")))
		}
		var dropped logstream.Dropped
		if json.Unmarshal(line, &dropped) == nil && dropped.Event != "" {
			missing += dropped.Count
			continue
		}
		err = w.Add(line[:len(line)-1])
		if err == nil && in.Buffered() == 0 { // no more has come yet
			err = w.Flush()
		}
		if err != nil {
			return w.Count(), err
		}
	}
}
