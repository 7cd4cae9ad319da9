package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// keepHelp says what lies where while the switch is on.
const keepHelp = "Off by default: what the held session holds is forgotten when Corsage ends. On, its cookies lie in a file on this machine that only you can read, " +
	"and logins outlast a restart. Turned off, the file is removed, and so it is when the cookies are cleared or the profile is deleted."

// sessionSection says how long the held session lasts, and leads to its cookies.
func (e *profileEditor) sessionSection() fyne.CanvasObject {
	e.keep = newSwitch("Keep the session", e.d.keep, func(on bool) {
		e.d.keep = on
		e.commit()
		e.show()
	})
	keep := container.NewBorder(nil, nil, nil, container.NewVBox(margin(3, 0, 0, 0, e.keep)),
		paragraphs(piece(styleLabel, "Keep the session when Corsage ends", false), piece(styleHelp, keepHelp, false)))
	show := flatButton("Show cookies", theme.VisibilityIcon(), func() { e.p.ui.ShowCookies(e.item.Profile.Name) })
	return section("Held session", "The backend's cookies, which Corsage holds for each browser and adds where the browser leaves them out.",
		show, margin(2, 2, 8, 8, keep))
}
