//go:build !headless

package desktop

import "fyne.io/fyne/v2"

// preferences are what fyne's own dialogs remember, such as the folder of the last
// file, until the app ends. They take the place of fyne's, which are for apps with
// an ID. Those dialogs use these four methods alone; the UI goroutine does.
type preferences struct {
	fyne.Preferences // nil
	strings          map[string]string
	ints             map[string]int
}

func newPreferences() *preferences {
	return &preferences{strings: make(map[string]string), ints: make(map[string]int)}
}

func (p *preferences) String(key string) string           { return p.strings[key] }
func (p *preferences) SetString(key string, value string) { p.strings[key] = value }
func (p *preferences) Int(key string) int                 { return p.ints[key] }
func (p *preferences) SetInt(key string, value int)       { p.ints[key] = value }
