package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	out, keep, err := createWhole(name)
	if err != nil {
		return fmt.Errorf("the HAR file %s: %w", name, pathless(err))
	}
	count, err := copyHAR(out, lines, creator)
	ended := err == nil || errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF)
	if kept := keep(ended); kept != nil {
		return fmt.Errorf("the HAR file %s: %w", name, pathless(kept))
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

// createWhole makes a file that is there once it is whole: keep puts it in place,
// where a link leads too, or drops it. What is no file, such as a pipe, is written
// to as it is.
func createWhole(name string) (out io.Writer, keep func(bool) error, err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, nil, err
		}
		return f, func(bool) error { return f.Close() }, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".corsage-*.har")
	if err != nil {
		return nil, nil, err
	}
	return f, func(whole bool) error {
		err := f.Close()
		if whole && err == nil {
			if err = os.Rename(f.Name(), name); err == nil {
				return nil
			}
		}
		return errors.Join(err, os.Remove(f.Name()))
	}, nil
}

// pathless is an error without the path, which may be a temporary file's.
func pathless(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
