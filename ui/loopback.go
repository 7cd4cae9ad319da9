package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// loopbackNotice says which backends on this machine only a browser opened from
// here brings to Corsage, with the button for that. Without one it is not there.
type loopbackNotice struct {
	ui     *UI
	box    *fyne.Container
	text   *widget.RichText
	button *widget.Button
}

func newLoopbackNotice(u *UI) *loopbackNotice {
	n := &loopbackNotice{ui: u, text: wrapped(stylePlain, " ")}
	n.button = widget.NewButton("Open a browser", func() {
		if b, ok := u.Browser(); ok {
			u.OpenBrowser(b, "")
		}
	})
	n.box = margin(4, 0, 8, 8, notice(panelInfo, n.text, n.button))
	n.box.Hide()
	return n
}

// show names the backends, or hides the notice where there are none.
func (n *loopbackNotice) show(urls []string) {
	if len(urls) > 0 {
		setText(n.text, stylePlain, describeLoopback(urls)+" "+aliasFor(urls[0]))
		b, ok := n.ui.Browser()
		showIf(ok, n.button)
		if ok {
			n.button.SetText("Open " + b.Title())
		}
	}
	showIf(len(urls) > 0, n.box)
}

// describeLoopback says what browsers do with backends on this machine.
func describeLoopback(urls []string) string {
	most := 2
	named := urls[:min(most, len(urls))]
	what := strings.Join(named, " and ")
	if len(urls) > most {
		what = strings.Join(named, ", ") + " and others"
	}
	are := "is on this machine: a browser of your own sends it"
	if len(urls) > 1 {
		are = "are on this machine: a browser of your own sends them"
	}
	return what + " " + are + " past a PAC file and the system's proxy. One opened from here doesn't."
}

// aliasFor says how a backend on this machine can be reached by any browser.
func aliasFor(url string) string {
	return "Or give it a name in the profile that leads there: url https://dev.test, upstream " + strings.TrimSuffix(url, ":*") + "."
}

// loopbacks are the backends on this machine of all profiles that are on.
func (u *UI) loopbacks() []string {
	var urls []string
	for _, item := range u.Store.Items() {
		if item.Profile == nil || !item.Enabled {
			continue
		}
		for _, url := range item.Profile.Loopback() {
			if !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	return urls
}
