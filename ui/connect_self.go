package ui

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// connectSelf is how Corsage itself starts, and when it ends its work.
type connectSelf struct {
	w       *connectWindow
	content fyne.CanvasObject // nil where there is nothing to set

	login     *toggleSwitch
	loginHelp *widget.RichText
	off       *widget.Select
	offHelp   *widget.RichText
}

const (
	loginHelp = "Only the tray icon shows then; profiles are as you left them."
	offHelp   = "So that nothing stays relaxed overnight. Counted from when a profile was turned on or changed; one that a page goes on using stays on up to twice as long."
)

func newConnectSelf(w *connectWindow) *connectSelf {
	s := &connectSelf{w: w}
	u := w.ui
	var rows []fyne.CanvasObject
	if u.Login != nil {
		s.login = newSwitch("Start when I log in", false, s.setLogin)
		s.loginHelp = paragraphs(piece(styleLabel, "Start when I log in", false), piece(styleHelp, loginHelp, false))
		rows = append(rows, margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(s.login), s.loginHelp)))
	}
	if u.AutoOff != nil {
		s.off = widget.NewSelect(nil, s.setOff)
		s.offHelp = paragraphs(piece(styleLabel, "Turn profiles off that were forgotten", false), piece(styleHelp, offHelp, false))
		rows = append(rows, margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(container.New(minWidth(210), s.off)), s.offHelp)))
	}
	if len(rows) > 0 {
		s.content = section("Corsage", "", nil, rows...)
	}
	return s
}

// offChoices are the times to choose from, in order.
var offChoices = []time.Duration{4 * time.Hour, 9 * time.Hour, 24 * time.Hour, 0}

// offLabel names a time after which profiles go off.
func offLabel(d time.Duration) string {
	switch {
	case d == 0:
		return "Never"
	case d == 9*time.Hour:
		return "After a working day (9 h)"
	case d%time.Hour == 0:
		return fmt.Sprintf("After %d h", d/time.Hour)
	}
	return "After " + d.String()
}

// ask shows what is set now.
func (s *connectSelf) ask() {
	u := s.w.ui
	if s.content == nil {
		return
	}
	var (
		login bool
		note  string
		off   time.Duration
		fault error
	)
	u.Background(func(context.Context) (err error) {
		if u.AutoOff != nil {
			off, fault = u.AutoOff.Get()
		}
		if u.Login != nil {
			login, note, err = u.Login.State()
		}
		return err
	}, func(err error) {
		if s.off != nil {
			s.showOff(off, fault)
		}
		if s.login != nil {
			s.showLogin(login, note, err)
		}
	})
}

// showLogin shows whether Corsage starts at login and what to know of that, or why that can't be told.
func (s *connectSelf) showLogin(on bool, note string, err error) {
	s.login.SetOn(on)
	enableIf(err == nil, s.login)
	help := loginHelp
	if note != "" {
		help = sentence(note)
	}
	if err != nil {
		help = sentence(err.Error())
	}
	s.loginHelp.Segments = []widget.RichTextSegment{piece(styleLabel, "Start when I log in", false), piece(styleHelp, help, false)}
	s.loginHelp.Refresh()
}

// showOff lists the times, the present one among them where it is none of ours, and
// says what is wrong with the settings file.
func (s *connectSelf) showOff(now time.Duration, fault error) {
	help := piece(styleHelp, offHelp, false)
	if fault != nil {
		help = piece(styleWrong, sentence(fault.Error()), false)
	}
	s.offHelp.Segments = []widget.RichTextSegment{piece(styleLabel, "Turn profiles off that were forgotten", false), help}
	s.offHelp.Refresh()
	var labels []string
	known := false
	for _, d := range offChoices {
		labels = append(labels, offLabel(d))
		known = known || d == now
	}
	if !known {
		labels = append([]string{offLabel(now)}, labels...)
	}
	s.off.Options, s.off.Selected = labels, offLabel(now)
	s.off.Refresh()
}

func (s *connectSelf) setLogin(on bool) {
	u := s.w.ui
	u.Background(func(context.Context) error { return u.Login.Set(on) }, func(err error) {
		if err != nil {
			u.FailIn(s.w.window, fmt.Errorf("the start at login was not changed: %w", err))
		}
		s.ask()
	})
}

func (s *connectSelf) setOff(label string) {
	u := s.w.ui
	for _, d := range offChoices {
		if offLabel(d) != label {
			continue
		}
		u.Background(func(context.Context) error { return u.AutoOff.Set(d) }, func(err error) {
			if err != nil {
				u.FailIn(s.w.window, fmt.Errorf("the time was not changed: %w", err))
			}
			s.ask()
		})
	}
}
