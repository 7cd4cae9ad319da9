package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// problemView says what is wrong with a bad file, and where.
type problemView struct {
	p    *profilesWindow
	box  *fyne.Container
	list *fyne.Container
	code *widget.Label
	path *widget.RichText
	err  string // what is shown
	file string
}

func newProblemView(p *profilesWindow) *problemView {
	v := &problemView{p: p, list: stack(-10), code: widget.NewLabel(""), path: wrapped(styleQuiet, " ")}
	v.code.TextStyle.Monospace = true
	v.code.SizeName = theme.SizeNameCaptionText
	v.code.Truncation = fyne.TextTruncateEllipsis
	v.code.Hide()
	open := widget.NewButtonWithIcon("Open file", theme.DocumentIcon(), func() { p.openFile(v.file) })
	copyPath := flatButton("Copy path", theme.ContentCopyIcon(), func() { p.ui.Copy(v.file) })
	icon := margin(8, 0, 10, 0, container.NewVBox(widget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon()))))
	body := stack(-2, v.list, v.code, v.path, margin(4, 8, 6, 0, container.NewHBox(open, copyPath)))
	v.box = margin(0, 0, 8, 8, newPanel(panelDanger, margin(2, 0, 0, 8, container.NewBorder(nil, nil, icon, nil, body))))
	v.box.Hide()
	return v
}

// show tells of the item's error; without one it shows nothing.
func (v *problemView) show(item profiles.Item) {
	v.file = item.File
	if item.Err == nil {
		v.err = ""
		v.box.Hide()
		return
	}
	if v.err == item.Err.Error() {
		return
	}
	v.err = item.Err.Error()
	title := "This file has an error, so it can't be edited here. Corsage never writes over it, and reads it again as soon as you have saved a correction."
	v.list.Objects = []fyne.CanvasObject{wrapped(styleLabel, title)}
	line := 0
	for _, problem := range describeProblems(item.Err) {
		v.list.Add(wrapped(stylePlain, problem.text))
		if line == 0 {
			line = problem.line
		}
	}
	setText(v.path, styleQuiet, item.File)
	v.box.Show()
	v.box.Refresh()
	v.excerpt(item, line)
}

// excerpt reads the lines round the first error, off the UI goroutine.
func (v *problemView) excerpt(item profiles.Item, line int) {
	v.code.Hide()
	if line == 0 {
		return
	}
	var data []byte
	shown := v.err
	v.p.ui.Background(func(context.Context) (err error) {
		data, err = os.ReadFile(item.File)
		return err
	}, func(err error) {
		if err != nil || v.err != shown { // the message stands without it
			return
		}
		v.code.SetText(excerptOf(string(data), line))
		v.code.Show()
		v.box.Refresh()
	})
}

// excerptOf numbers the line and its neighbours, with a mark at the line.
func excerptOf(text string, line int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var b strings.Builder
	for n := max(1, line-2); n <= min(len(lines), line+1); n++ {
		mark := "  "
		if n == line {
			mark = "> "
		}
		fmt.Fprintf(&b, "%s%3d  %s\n", mark, n, strings.ReplaceAll(strings.TrimRight(lines[n-1], "\r"), "\t", "    "))
	}
	return strings.TrimRight(b.String(), "\n")
}

// problem is one error of a file.
type problem struct {
	line int // 0 where it isn't known
	text string
}

// describeProblems puts each error of a file into a line of its own.
func describeProblems(err error) []problem {
	var list profiles.Errors
	if !errors.As(err, &list) {
		return []problem{{text: err.Error()}}
	}
	var all []problem
	for _, e := range list {
		all = append(all, problem{line: e.Line, text: describeProblem(e)})
	}
	return all
}

func describeProblem(e *profiles.Problem) string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Line > 0 {
		text = fmt.Sprintf("Line %d, column %d – %s", e.Line, e.Column, text)
	}
	return text
}

// describeWarnings says what is odd in a file that works, a line each.
func describeWarnings(list []profiles.Warning) string {
	var lines []string
	for _, w := range list {
		lines = append(lines, describeProblem(&w))
	}
	return strings.Join(lines, "\n")
}
