//go:build !headless

package desktop

import (
	"time"

	"corsage/ui"
	"corsage/ui/instance"
)

// autoOff is the setting of that name, for the windows.
func autoOff(s *instance.SettingsFile) *ui.AutoOff {
	return &ui.AutoOff{
		Get:       func() time.Duration { return s.Get().AutoOff },
		Set:       func(d time.Duration) error { return s.Update(func(s *instance.Settings) { s.AutoOff = d }) },
		Subscribe: s.Subscribe,
	}
}
