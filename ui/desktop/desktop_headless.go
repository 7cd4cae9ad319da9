//go:build headless

// Package desktop is the tray application. In builds with the tag "headless" it
// is this file alone, and the program needs neither cgo nor a graphics library.
package desktop

import (
	"context"
	"errors"

	"corsage/ui/instance"
)

// Headless reports whether this build has no windows.
const Headless = true

// Run says that there is nothing to show.
func Run(context.Context, instance.Options) error {
	return errors.New("this build has no windows (it was built with -tags headless): use 'corsage serve'")
}
