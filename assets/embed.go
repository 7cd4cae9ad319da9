// Package assets holds the pictures that the program carries.
package assets

import _ "embed"

// The tray icons are drawn from the .svg files beside them; a tray shows them at
// 16 to 24 pixels, so they are simpler than the app's icon.

//go:embed icon.png
var icon []byte

//go:embed tray-idle.png
var trayIdle []byte

//go:embed tray-active.png
var trayActive []byte

// Icon is the app's icon, a PNG of 512 by 512 pixels. It must not be written to.
func Icon() []byte { return icon }

// TrayIdle is the tray's icon while no profile is enabled, a PNG of 64 by 64
// pixels. It must not be written to.
func TrayIdle() []byte { return trayIdle }

// TrayActive is the tray's icon while a profile is enabled, as TrayIdle.
func TrayActive() []byte { return trayActive }
