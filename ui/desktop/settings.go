//go:build !headless

package desktop

import (
	"time"

	"corsage/ui"
	"corsage/ui/instance"
)

// autoOff is the timer and its setting, for the windows.
func autoOff(i *instance.Instance) *ui.AutoOff {
	return &ui.AutoOff{
		Get: func() (time.Duration, error) { return i.Settings.Get().AutoOff, i.Settings.Err() },
		Set: func(d time.Duration) error {
			return i.Settings.Update(func(s *instance.Settings) { s.AutoOff = d })
		},
		Due: i.AutoOff.Due, Keep: i.AutoOff.Keep, Subscribe: i.AutoOff.Subscribe,
	}
}
