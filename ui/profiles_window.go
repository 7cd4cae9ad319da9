package ui

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// profilesSize is what the Profiles window opens with; it is usable below it.
var profilesSize = fyne.NewSize(960, 680)

// profileListWidth is the width of the list; all that is left is the editor's.
const profileListWidth = 256

// profilesWindow lists the profiles on the left and edits the chosen one on the
// right. Switches act at once; text is written when its field is left or Enter
// is pressed, and only if it is right. It belongs to the UI goroutine; what
// touches the disk runs in the background, one after the other.
type profilesWindow struct {
	ui      *UI
	window  fyne.Window
	content *fyne.Container
	hitch   *widget.RichText // what keeps the store from working in full

	items  []profiles.Item
	list   *profileList
	right  *fyne.Container // the editor, the form for a new profile, or nothing
	editor *profileEditor  // of the chosen profile; nil where none is
	adding *newProfile     // the form; nil while it isn't open
	chosen string          // file of the chosen profile
	drafts map[string]*draft
	undo   *undoBar

	jobs []job
	busy bool
}

// job is a piece of work on the disk, and what follows it on the UI goroutine.
type job struct {
	work func() error
	done func(error)
}

// newProfilesWindow makes the window; UI.ShowProfiles shows it.
func newProfilesWindow(u *UI) fyne.Window {
	return openProfiles(u).window
}

func openProfiles(u *UI) *profilesWindow {
	p := &profilesWindow{
		ui: u, window: u.App.NewWindow("Profiles – Corsage"),
		right: container.NewStack(), drafts: map[string]*draft{},
	}
	p.list, p.undo = newProfileList(p), newUndoBar(p)
	create := widget.NewButtonWithIcon("New profile", theme.ContentAddIcon(), p.add)
	p.hitch = wrapped(styleWrong, " ")
	left := container.NewBorder(margin(8, 8, 8, 8, create), p.hitch, nil, nil, p.list.widget)
	side := container.NewBorder(nil, nil, nil, widget.NewSeparator(), container.New(minWidth(profileListWidth), left))
	p.content = container.NewBorder(nil, p.undo.box, side, nil, p.right)
	p.window.SetContent(p.content)
	p.window.SetPadded(false)
	p.window.Resize(profilesSize)
	u.OnProfiles(p.refresh)
	p.refresh()
	return p
}

// refresh shows what the store holds now.
func (p *profilesWindow) refresh() {
	p.items = p.ui.Store.Items()
	setText(p.hitch, styleWrong, sentence(messageOf(p.ui.Store.Err())))
	at := slices.IndexFunc(p.items, func(i profiles.Item) bool { return i.File == p.chosen })
	switch {
	case at >= 0:
	case len(p.items) == 0:
		p.chosen = ""
		if p.adding == nil {
			p.add()
		}
	default:
		at, p.chosen = 0, p.items[0].File
	}
	if p.adding != nil {
		at = -1
	}
	p.list.refresh(at)
	p.showRight()
}

// showRight puts the fitting page into the right half and brings it up to date.
func (p *profilesWindow) showRight() {
	var page fyne.CanvasObject
	switch {
	case p.adding != nil:
		page = p.adding.page
	case p.chosen == "":
		page = container.NewStack()
	default:
		item := p.item(p.chosen)
		if p.editor == nil || p.editor.file != item.File || p.editor.readable != (item.Profile != nil) {
			p.editor = newProfileEditor(p, item)
		} else {
			p.editor.update(item)
		}
		page = p.editor.page
	}
	if len(p.right.Objects) != 1 || p.right.Objects[0] != page {
		p.right.Objects = []fyne.CanvasObject{page}
		p.right.Refresh()
	}
}

// item is the item of a file; it has no Profile where there is none.
func (p *profilesWindow) item(file string) profiles.Item {
	for _, i := range p.items {
		if i.File == file {
			return i
		}
	}
	return profiles.Item{File: file}
}

// choose opens the profile of file in the editor.
func (p *profilesWindow) choose(file string) {
	if p.chosen == file && p.adding == nil {
		return
	}
	p.adding, p.chosen = nil, file
	p.refresh()
}

// chooseName opens the profile with a name, such as one just made.
func (p *profilesWindow) chooseName(name string) {
	p.adding = nil
	for _, i := range p.ui.Store.Items() {
		if i.Profile != nil && i.Profile.Name == name {
			p.chosen = i.File
		}
	}
	p.refresh()
}

// draftOf is the draft of a file, made where there is none yet.
func (p *profilesWindow) draftOf(item profiles.Item) *draft {
	d := p.drafts[item.File]
	if d == nil {
		d = newDraft(item.File, item.Profile)
		p.drafts[item.File] = d
	}
	d.others = d.others[:0]
	for _, i := range p.items {
		if i.Profile != nil && i.File != item.File {
			d.others = append(d.others, i.Profile.Name)
		}
	}
	return d
}

// nameOf is the name under which the store knows a file now. It may be called
// from any goroutine.
func nameOf(s *profiles.Store, file string) (profiles.Profile, error) {
	for _, i := range s.Items() {
		if i.File != file {
			continue
		}
		if i.Err != nil || i.Profile == nil {
			return profiles.Profile{}, fmt.Errorf("%s has an error and is not overwritten: correct the file first", file)
		}
		return cloneProfile(i.Profile), nil
	}
	return profiles.Profile{}, fmt.Errorf("%s is gone: it was removed or renamed outside", file)
}

// enqueue runs work off the UI goroutine, after all work queued before, then
// done and a refresh on it.
func (p *profilesWindow) enqueue(work func() error, done func(error)) {
	p.jobs = append(p.jobs, job{work, done})
	p.next()
}

func (p *profilesWindow) next() {
	if p.busy || len(p.jobs) == 0 {
		return
	}
	j := p.jobs[0]
	p.jobs, p.busy = p.jobs[1:], true
	p.ui.Background(func(context.Context) error { return j.work() }, func(err error) {
		p.busy = false
		j.done(err)
		p.refresh()
		p.next()
	})
}

// failed shows an error in a dialog, if there is one.
func (p *profilesWindow) failed(err error) {
	if err != nil {
		p.ui.FailIn(p.window, err)
	}
}

// setEnabled is what the switch in the list does.
func (p *profilesWindow) setEnabled(item profiles.Item, on bool) {
	name := item.Profile.Name
	p.enqueue(func() error { return p.ui.Store.SetEnabled(name, on) }, p.failed)
}

// duplicate copies the profile of file and opens the copy.
func (p *profilesWindow) duplicate(file string) {
	var name string
	p.enqueue(func() error {
		now, err := nameOf(p.ui.Store, file)
		if err != nil {
			return err
		}
		name, err = p.ui.Store.Duplicate(now.Name)
		return err
	}, func(err error) {
		if err != nil {
			p.failed(err)
			return
		}
		p.chooseName(name)
	})
}

// remove deletes the profile of file and offers to undo that.
func (p *profilesWindow) remove(item profiles.Item) {
	var undo func() error
	name := item.Profile.Name
	p.enqueue(func() (err error) {
		undo, err = p.ui.Store.Delete(name)
		return err
	}, func(err error) {
		if err != nil {
			p.failed(err)
			return
		}
		delete(p.drafts, item.File)
		p.offer("Deleted “"+name+"”.", func() {
			p.enqueue(undo, func(err error) {
				if err != nil {
					p.failed(err)
					return
				}
				p.chooseName(name)
			})
		})
	})
}
