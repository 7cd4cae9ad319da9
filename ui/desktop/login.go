//go:build !headless

package desktop

import (
	"corsage/ui"
	"corsage/ui/autostart"
)

// login is the start at login, for the windows; nil where it can't be had.
func login() *ui.Login {
	l, err := autostart.Open()
	if err != nil {
		return nil
	}
	return &ui.Login{
		State: func() (bool, string, error) {
			s, err := l.State()
			return s.On, s.Note, err
		},
		Set: func(on bool) error {
			if on {
				return l.Enable()
			}
			return l.Disable()
		},
	}
}
