package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The switch's measures, in fyne's device-independent pixels.
const (
	switchWidth  = 36
	switchHeight = 20
	switchInset  = 3 // from the track's edge to the knob
	switchMargin = 4 // room for the ring that shows focus
)

// toggleSwitch is an on/off switch: what it shows takes effect at once. fyne
// has check boxes only, which stand for something that is sent later.
//
// All methods belong to the UI goroutine.
type toggleSwitch struct {
	widget.DisableableWidget

	// On is the state shown. Set it through SetOn once the switch is visible.
	On bool
	// OnChanged is called after the user flipped the switch, never by SetOn.
	OnChanged func(on bool)
	// Name is what an assistive tool reads out.
	Name string

	hovered, focused bool
}

var (
	_ fyne.Tappable      = (*toggleSwitch)(nil)
	_ fyne.Focusable     = (*toggleSwitch)(nil)
	_ fyne.Disableable   = (*toggleSwitch)(nil)
	_ desktop.Hoverable  = (*toggleSwitch)(nil)
	_ desktop.Cursorable = (*toggleSwitch)(nil)
)

func newSwitch(name string, on bool, changed func(bool)) *toggleSwitch {
	s := &toggleSwitch{On: on, OnChanged: changed, Name: name}
	s.ExtendBaseWidget(s)
	return s
}

// SetOn shows the state without telling OnChanged.
func (s *toggleSwitch) SetOn(on bool) {
	if s.On != on {
		s.On = on
		s.Refresh()
	}
}

// flip is what a tap and the space bar do.
func (s *toggleSwitch) flip() {
	if s.Disabled() {
		return
	}
	s.On = !s.On
	s.Refresh()
	if s.OnChanged != nil {
		s.OnChanged(s.On)
	}
}

func (s *toggleSwitch) Tapped(*fyne.PointEvent) { s.flip() }

func (s *toggleSwitch) Cursor() desktop.Cursor {
	if s.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

func (s *toggleSwitch) MouseIn(*desktop.MouseEvent)    { s.hovered = true; s.Refresh() }
func (s *toggleSwitch) MouseMoved(*desktop.MouseEvent) {}
func (s *toggleSwitch) MouseOut()                      { s.hovered = false; s.Refresh() }
func (s *toggleSwitch) FocusGained()                   { s.focused = true; s.Refresh() }
func (s *toggleSwitch) FocusLost()                     { s.focused = false; s.Refresh() }
func (s *toggleSwitch) TypedRune(r rune) {
	if r == ' ' {
		s.flip()
	}
}

func (s *toggleSwitch) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter {
		s.flip()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (s *toggleSwitch) AccessibilityLabel() string { return s.Name }

// AccessibilityRole implements fyne.Accessible.
func (s *toggleSwitch) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (s *toggleSwitch) CreateRenderer() fyne.WidgetRenderer {
	r := &switchRenderer{
		s:    s,
		ring: canvas.NewRectangle(color.Transparent), track: canvas.NewRectangle(color.Transparent),
		knob: canvas.NewCircle(color.White),
	}
	r.paint()
	return r
}

type switchRenderer struct {
	s           *toggleSwitch
	ring, track *canvas.Rectangle
	knob        *canvas.Circle
}

func (r *switchRenderer) Destroy() {}
func (r *switchRenderer) MinSize() fyne.Size {
	return fyne.NewSize(switchWidth+2*switchMargin, switchHeight+2*switchMargin)
}
func (r *switchRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.track, r.knob}
}

func (r *switchRenderer) Layout(size fyne.Size) {
	x, y := (size.Width-switchWidth)/2, (size.Height-switchHeight)/2
	const gap = 2
	r.ring.Move(fyne.NewPos(x-gap-1, y-gap-1))
	r.ring.Resize(fyne.NewSize(switchWidth+2*gap+2, switchHeight+2*gap+2))
	r.ring.CornerRadius = (switchHeight + 2*gap + 2) / 2
	r.track.Move(fyne.NewPos(x, y))
	r.track.Resize(fyne.NewSize(switchWidth, switchHeight))
	r.track.CornerRadius = switchHeight / 2
	knob := float32(switchHeight - 2*switchInset)
	at := x + switchInset
	if r.s.On {
		at = x + switchWidth - switchInset - knob
	}
	r.knob.Move(fyne.NewPos(at, y+switchInset))
	r.knob.Resize(fyne.NewSquareSize(knob))
}

func (r *switchRenderer) Refresh() {
	r.paint()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *switchRenderer) paint() {
	th, v := r.s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.ring.StrokeColor, r.ring.StrokeWidth = color.Transparent, 0
	r.track.StrokeWidth = 0
	switch {
	case r.s.On && r.s.Disabled():
		r.track.FillColor = th.Color(theme.ColorNameDisabled, v)
		r.knob.FillColor = th.Color(theme.ColorNameBackground, v)
	case r.s.On:
		r.track.FillColor = th.Color(theme.ColorNamePrimary, v)
		r.knob.FillColor = th.Color(theme.ColorNameForegroundOnPrimary, v)
	default:
		r.track.FillColor = th.Color(theme.ColorNameInputBackground, v)
		r.track.StrokeColor = th.Color(theme.ColorNamePlaceHolder, v)
		r.track.StrokeWidth = 1.5
		r.knob.FillColor = th.Color(theme.ColorNamePlaceHolder, v)
		if r.s.Disabled() {
			r.track.StrokeColor = th.Color(theme.ColorNameDisabled, v)
			r.knob.FillColor = th.Color(theme.ColorNameDisabled, v)
		}
	}
	if !r.s.Disabled() && (r.s.focused || r.s.hovered) {
		r.ring.StrokeColor, r.ring.StrokeWidth = th.Color(theme.ColorNameFocus, v), 2
	}
}
