package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Theme is fyne's own with Corsage's accent, text that is darker on light and
// calmer on dark, and a size for desktop screens.
type Theme struct{ fyne.Theme }

// NewTheme returns the app's theme. It follows the desktop's light or dark
// variant.
func NewTheme() *Theme { return &Theme{theme.DefaultTheme()} }

// Color is the colour of that name.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	colors := dark
	if variant == theme.VariantLight {
		colors = light
	}
	if c, ok := colors[name]; ok {
		return c
	}
	return t.Theme.Color(name, variant)
}

// Size is the size of that name.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 13
	case theme.SizeNameSubHeadingText:
		return 17
	case theme.SizeNameCaptionText:
		return 11.5
	case theme.SizeNameInnerPadding:
		return 7
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 5
	}
	return t.Theme.Size(name)
}

func rgb(hex uint32) color.NRGBA { return rgba(hex, 0xff) }

func rgba(hex uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: a}
}

// The texts' contrast to the background is at least 4.5 to 1 (WCAG 2, 1.4.3).
var (
	light = map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:        rgb(0xfcfbfd),
		theme.ColorNameForeground:        rgb(0x26222b),
		theme.ColorNamePlaceHolder:       rgb(0x6b6472),
		theme.ColorNameDisabled:          rgb(0xa39cab),
		theme.ColorNamePrimary:           rgb(0x8a35ad),
		theme.ColorNameHyperlink:         rgb(0x8a35ad),
		theme.ColorNameFocus:             rgba(0x8a35ad, 0x3a),
		theme.ColorNameSelection:         rgba(0x8a35ad, 0x24),
		theme.ColorNameSuccess:           rgb(0x1a7a3c),
		theme.ColorNameWarning:           rgb(0x9a5f00),
		theme.ColorNameError:             rgb(0xc22b2b),
		theme.ColorNameHeaderBackground:  rgb(0xf3f0f5),
		theme.ColorNameInputBackground:   rgb(0xf3f0f5),
		theme.ColorNameInputBorder:       rgb(0xd9d3de),
		theme.ColorNameSeparator:         rgb(0xe4dfe8),
		theme.ColorNameButton:            rgb(0xefebf2),
		theme.ColorNameMenuBackground:    rgb(0xffffff),
		theme.ColorNameOverlayBackground: rgb(0xffffff),
	}
	dark = map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          rgb(0x19171c),
		theme.ColorNameForeground:          rgb(0xece9ef),
		theme.ColorNameForegroundOnPrimary: rgb(0x19171c),
		theme.ColorNamePlaceHolder:         rgb(0xa59eac),
		theme.ColorNameDisabled:            rgb(0x66606c),
		theme.ColorNamePrimary:             rgb(0xcf94ea),
		theme.ColorNameHyperlink:           rgb(0xcf94ea),
		theme.ColorNameFocus:               rgba(0xcf94ea, 0x44),
		theme.ColorNameSelection:           rgba(0xcf94ea, 0x33),
		theme.ColorNameSuccess:             rgb(0x63c583),
		theme.ColorNameWarning:             rgb(0xe9b44c),
		theme.ColorNameError:               rgb(0xff7b72),
		theme.ColorNameHeaderBackground:    rgb(0x222026),
		theme.ColorNameInputBackground:     rgb(0x242128),
		theme.ColorNameInputBorder:         rgb(0x3b3641),
		theme.ColorNameSeparator:           rgb(0x322e37),
		theme.ColorNameButton:              rgb(0x2c2931),
		theme.ColorNameMenuBackground:      rgb(0x28252d),
		theme.ColorNameOverlayBackground:   rgb(0x211e25),
	}
)

// compact is the app's theme with little space around texts, for dense lists.
// It follows the app's theme when that changes.
type compact struct {
	padding, inner float32
	quiet          bool // texts step back
}

// quietly makes the texts in o step back, yet stay readable.
func quietly(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(o, compact{padding: theme.DefaultTheme().Size(theme.SizeNamePadding), inner: 3, quiet: true})
}

func (c compact) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if c.quiet && n == theme.ColorNameForeground {
		n = theme.ColorNamePlaceHolder
	}
	return appTheme().Color(n, v)
}
func (c compact) Font(s fyne.TextStyle) fyne.Resource     { return appTheme().Font(s) }
func (c compact) Icon(n fyne.ThemeIconName) fyne.Resource { return appTheme().Icon(n) }

func (c compact) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNamePadding:
		return c.padding
	case theme.SizeNameInnerPadding:
		return c.inner
	}
	return appTheme().Size(n)
}

func appTheme() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }
