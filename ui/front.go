package ui

import (
	"context"
	"time"
)

// SystemProxy is the switch that points the system's proxy setting at Corsage. All
// of its functions may be called from any goroutine but the UI's, since they ask
// the system.
type SystemProxy struct {
	// State tells how the setting stands.
	State func(ctx context.Context) SystemProxyState
	// Set points the setting at Corsage, by its PAC file or, if fixed, for all
	// hosts; or it puts back what was there before.
	Set func(ctx context.Context, on, fixed bool) error
	// Subscribe returns a channel that wakes up when State may have changed, and
	// what ends that.
	Subscribe func() (<-chan struct{}, func())
}

// SystemProxyState is how the system's proxy setting stands.
type SystemProxyState struct {
	// Desktop is whose setting it is, such as "GNOME" or "Windows"; "" where
	// Corsage can't set any, and Note then says why and what to do instead.
	Desktop string
	On      bool // it points at Corsage
	Fixed   bool // for all hosts; else by the PAC file
	// Before is what Corsage put aside, in words, such as "proxy.corp:3128"; ""
	// while it is off.
	Before string
	// Note is what a person should know: that somebody else changed the setting
	// meanwhile, for instance. "" for nothing.
	Note string
}

// Login is whether Corsage starts when the user logs in. Its functions may be
// called from any goroutine.
type Login struct {
	// State tells how it stands, and what a person should know of that: that the
	// desktop's own settings switched it off, for instance. It fails where it can't
	// be told; the error says what to do.
	State func() (on bool, note string, err error)
	Set   func(on bool) error
}

// AutoOff is after what time profiles that nobody turned off go off by
// themselves. Its functions may be called from any goroutine.
type AutoOff struct {
	// Get returns the time that counts, 0 for never; an error says what is wrong with
	// the settings file in spite of that.
	Get func() (time.Duration, error)
	// Set keeps another time: 0, or at least a minute.
	Set func(time.Duration) error
	// Due tells when a profile that is on goes off; false where it stays on.
	Due func(profile string) (time.Time, bool)
	// Keep has a profile's time begin anew.
	Keep func(profile string)
	// Subscribe returns a channel that wakes up when Due may have changed, and
	// what ends that.
	Subscribe func() (<-chan struct{}, func())
}
