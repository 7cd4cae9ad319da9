package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// ShowProblem shows why Corsage does not start, where nobody may be looking at a
// terminal. Closing the window quits the app.
func ShowProblem(a fyne.App, title, text string) fyne.Window {
	w := a.NewWindow("Corsage")
	heading := widget.NewLabel(title)
	heading.TextStyle.Bold = true
	label := widget.NewLabel(sentence(text))
	label.Wrapping, label.Selectable = fyne.TextWrapWord, true // it names commands
	end := widget.NewButton("Close", a.Quit)
	end.Importance = widget.HighImportance
	icon := container.NewVBox(widget.NewIcon(theme.NewWarningThemedResource(theme.WarningIcon())))
	w.SetContent(margin(12, 12, 16, 16, container.NewBorder(heading, container.NewBorder(nil, nil, nil, end), icon, nil, label)))
	w.SetCloseIntercept(a.Quit)
	w.Resize(fyne.NewSize(520, 170))
	w.CenterOnScreen()
	w.Show()
	return w
}
