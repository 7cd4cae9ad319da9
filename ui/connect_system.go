package ui

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// The two ways to point the system's setting at Corsage.
const (
	systemByPAC   = "Only the hosts of profiles that are on (PAC file)"
	systemByFixed = "All hosts; the others are passed on unread (fixed proxy)"
)

// connectSystem is the switch for the system's proxy setting.
type connectSystem struct {
	w       *connectWindow
	content fyne.CanvasObject

	on    *toggleSwitch
	title *widget.RichText
	how   *widget.RadioGroup
	note  *fyne.Container
	text  *widget.RichText
	state *SystemProxyState // nil until it was told
	asks  int               // numbers the questions; the answer to an older one is dropped
	busy  bool              // a change is on its way
	fixed bool              // what the next On means
}

func newConnectSystem(w *connectWindow) *connectSystem {
	s := &connectSystem{w: w}
	s.on = newSwitch("Set this system's proxy to Corsage", false, func(on bool) { s.set(on, s.fixed) })
	s.title = paragraphs(piece(styleLabel, " ", false), piece(styleHelp, " ", false))
	s.how = widget.NewRadioGroup([]string{systemByPAC, systemByFixed}, func(chosen string) {
		fixed := chosen == systemByFixed
		if s.fixed == fixed {
			return
		}
		s.fixed = fixed
		if s.state != nil && s.state.On {
			s.set(true, fixed)
		}
	})
	s.how.Required, s.how.Selected = true, systemByPAC
	s.text = wrapped(stylePlain, " ")
	s.note = margin(4, 0, 8, 8, notice(panelInfo, s.text))
	s.content = stack(0, section("System proxy", "For every program that follows the system's setting, your usual browser among them. For https backends the certificates have to be trusted there. What was set before is put back when you turn this off, when Corsage ends, and after a crash.", w.ui.trustButton(),
		margin(2, 2, 8, 8, container.NewBorder(nil, nil, nil, container.NewCenter(s.on), s.title)),
		margin(2, 2, 8, 8, s.how)), s.note)
	s.refresh()
	return s
}

// ask has the state told anew, away from the UI goroutine.
func (s *connectSystem) ask() {
	u := s.w.ui
	if u.SystemProxy == nil {
		return
	}
	s.asks++
	asked := s.asks
	var state SystemProxyState
	u.Background(func(ctx context.Context) error {
		state = u.SystemProxy.State(ctx)
		return nil
	}, func(error) {
		if asked != s.asks || s.busy {
			return
		}
		s.state = &state
		if state.On {
			s.fixed = state.Fixed
		}
		s.refresh()
	})
}

// set carries a click out.
func (s *connectSystem) set(on, fixed bool) {
	u := s.w.ui
	if s.busy {
		return
	}
	s.busy = true
	s.refresh()
	u.Background(func(ctx context.Context) error { return u.SystemProxy.Set(ctx, on, fixed) }, func(err error) {
		s.busy = false
		if err != nil {
			u.FailIn(s.w.window, fmt.Errorf("the system's proxy setting was not changed: %w", err))
		}
		s.ask()
	})
}

// refresh shows the state.
func (s *connectSystem) refresh() {
	title, help, note := "This system's proxy setting", "Looking…", ""
	state := s.state
	if state == nil {
		state = &SystemProxyState{}
	} else {
		title, help, note = describeSystemProxy(*state)
	}
	s.title.Segments = []widget.RichTextSegment{piece(styleLabel, title, false), piece(styleHelp, help, false)}
	s.title.Refresh()
	can := state.Desktop != "" && !s.busy
	if !s.busy {
		s.on.SetOn(state.On)
	}
	enableIf(can, s.on)
	enableIf(can, s.how)
	s.how.Selected = systemByPAC
	if s.fixed {
		s.how.Selected = systemByFixed
	}
	s.how.Refresh()
	setText(s.text, stylePlain, note)
	showIf(note != "", s.note)
}

// describeSystemProxy says in words how the setting stands.
func describeSystemProxy(state SystemProxyState) (title, help, note string) {
	switch {
	case state.Desktop == "":
		return "This system's proxy setting can't be set from here", "Open a browser from above, or set the one you use by hand.", sentence(state.Note)
	case state.On && state.Before != "":
		help = "It points at Corsage. Put aside, and used for all other hosts: " + state.Before
	case state.On:
		help = "It points at Corsage. There was no proxy before."
	default:
		help = "It doesn't point at Corsage."
	}
	return "Set the proxy of " + state.Desktop + " to Corsage", help, sentence(state.Note)
}
