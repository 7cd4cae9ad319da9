package ui

import (
	"context"
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"corsage/proxy/record/har"
	"corsage/proxy/verdict"
)

// saveHAR asks for a file, and writes there what the list shows by then, in the form
// of `corsage log --har`. Traffic doesn't wait for that, nor does the window.
func (l *logWindow) saveHAR() {
	if l.save.Disabled() {
		return
	}
	d := dialog.NewFileSave(func(out fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			l.savedHAR(err)
		case out != nil: // else it was cancelled
			_ = out.Close() // all that is wanted of it is the name
			l.writeHAR(out.URI().Path())
		}
	}, l.window)
	d.SetTitleText("Save as HAR: with cookies, tokens and bodies, so look before you share it")
	d.SetConfirmText("Save")
	d.SetFileName("corsage-" + time.Now().Format("2006-01-02-150405") + ".har")
	d.SetFilter(storage.NewExtensionFileFilter([]string{".har"}))
	d.Show()
	size := l.window.Canvas().Size()
	d.Resize(fyne.NewSize(min(size.Width-40, 820), min(size.Height-60, 560)))
}

// writeHAR writes the rows into a file away from the UI goroutine.
func (l *logWindow) writeHAR(name string) {
	rows, version := l.view.rows, l.ui.Version
	l.saving = true
	l.showSave()
	l.ui.Background(func(ctx context.Context) error { return writeHARFile(ctx, name, version, rows) }, func(err error) {
		l.saving = false
		l.showSave()
		l.savedHAR(err)
	})
}

// savedHAR says what came of it.
func (l *logWindow) savedHAR(err error) {
	if err != nil {
		l.ui.FailIn(l.window, fmt.Errorf("the requests were not saved: %w. Choose another folder or another name", err))
		return
	}
	l.ui.done(l.save, "Saved")
}

// showSave lets the button be clicked where there is something to save.
func (l *logWindow) showSave() { enableIf(len(l.view.rows) > 0 && !l.saving, l.save) }

// writeHARFile writes rows into the file called name, until ctx ends. Where that
// fails, the empty file that the dialog may have made is not left there.
func writeHARFile(ctx context.Context, name, version string, rows []*logRow) (err error) {
	defer func() {
		if info, failed := os.Stat(name); err != nil && failed == nil && info.Mode().IsRegular() && info.Size() == 0 {
			_ = os.Remove(name)
		}
	}()
	out, keep, err := har.Create(name)
	if err != nil {
		return err
	}
	w, err := har.NewWriter(out, version)
	for _, r := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			break
		}
		var verdicts *verdict.Pair
		if pair, judged := r.verdict(); judged {
			verdicts = &pair
		}
		err = w.Write(har.Of(r.Entry, verdicts))
	}
	if err == nil {
		err = w.Close("")
	}
	if kept := keep(err == nil); err == nil {
		err = kept
	}
	return err
}
