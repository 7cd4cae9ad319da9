package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"corsage/profiles"
)

// backendsView edits a profile's backends, in the order in which they match.
type backendsView struct {
	e     *profileEditor
	box   *fyne.Container
	rows  []*backendRow
	add   *widget.Button
	wrong *widget.RichText // what is wrong with the list as a whole
	local *loopbackNotice
	open  map[int]bool // rows whose options are shown
}

// backendRow is one backend's fields.
type backendRow struct {
	fields   []*field // URL first
	buttons  []*widget.Button
	more     *widget.Button
	options  *fyne.Container
	insecure *toggleSwitch
}

func (e *profileEditor) backendsSection() fyne.CanvasObject {
	v := &backendsView{e: e, box: stack(0), wrong: wrapped(styleWrong, " "), open: map[int]bool{}, local: newLoopbackNotice(e.p.ui)}
	v.wrong.Hide()
	v.add = flatButton("Add backend", theme.ContentAddIcon(), v.addRow)
	e.backends = v
	v.build()
	return stack(0, section("Backends", "Requests to these addresses go through the profile; the first one that matches decides. Hosts that no enabled profile names are never decrypted.",
		v.add, v.box), v.local.box)
}

// build makes the rows of the draft's backends.
func (v *backendsView) build() {
	list := v.e.d.backends
	v.rows = nil
	var rows []fyne.CanvasObject
	for i := range list {
		r, o := v.row(i)
		v.rows = append(v.rows, r)
		rows = append(rows, o)
	}
	rows = append(rows, v.wrong)
	v.box.Objects = divided(rows...).Objects
	if len(list) > 0 { // no line above the message, which is mostly hidden
		v.box.Objects = slices.Delete(v.box.Objects, len(v.box.Objects)-2, len(v.box.Objects)-1)
	}
	v.box.Refresh()
}

func (v *backendsView) row(i int) (*backendRow, fyne.CanvasObject) {
	e, r := v.e, &backendRow{}
	at := indexed("backends", i)
	text := func(name, label, hint string, get func(*profiles.Backend) *string) *field {
		f := newField(at+"."+name, label, hint, func() *string { return get(&e.d.backends[i].now) }, e.typed, e.commit, e.restore(func() {
			if i < len(e.d.backends) {
				*get(&e.d.backends[i].now) = *get(&e.d.backends[i].base)
			}
		}))
		r.fields = append(r.fields, f)
		return f
	}
	address := text("url", "URL", "https://dev.example.com", func(b *profiles.Backend) *string { return &b.URL })
	path := text("path", "Path", "all paths, or a regular expression such as ^/api/", func(b *profiles.Backend) *string { return &b.Path })
	upstream := text("upstream", "Upstream", "the URL's own host, or connect to https://10.0.0.5", func(b *profiles.Backend) *string { return &b.Upstream })
	host := text("host", "Host header", "the upstream's own for http on this machine, else the URL's", func(b *profiles.Backend) *string { return &b.Host })
	serverName := text("server-name", "TLS name", "the Host header's, or ask for internal.example.com", func(b *profiles.Backend) *string { return &b.ServerName })
	ca := text("ca", "CA file", "the system's, or also trust certs/internal-ca.pem", func(b *profiles.Backend) *string { return &b.CA })
	certificate := text("certificate", "Client cert", "none, or show certs/me.pem to a backend that asks for one", func(b *profiles.Backend) *string { return &b.Certificate })
	key := text("key", "Its key", "in the same file, or in certs/me-key.pem", func(b *profiles.Backend) *string { return &b.Key })
	r.insecure = newSwitch("Don't verify the certificate", e.d.backends[i].now.Insecure, func(on bool) {
		e.d.backends[i].now.Insecure = on
		e.commit()
	})
	insecure := container.NewBorder(nil, nil, nil, container.NewCenter(r.insecure),
		paragraphs(piece(stylePlain, "Don't verify the certificate", false),
			piece(styleHelp, "Anyone between this machine and the backend could then read and change the traffic. Naming the CA file is the safe way.", false)))
	r.options = stack(6, path.box, upstream.box, host.box, serverName.box, ca.box, certificate.box, key.box, insecure)

	r.more = flatButton("", theme.MenuExpandIcon(), func() { v.expand(i, !r.options.Visible()) })
	up := flatButton("", theme.MoveUpIcon(), func() { v.move(i, i-1) })
	down := flatButton("", theme.MoveDownIcon(), func() { v.move(i, i+1) })
	remove := flatButton("", theme.ContentRemoveIcon(), func() { v.remove(i) })
	n := len(e.d.backends)
	enableIf(i > 0, up)
	enableIf(i < n-1, down)
	enableIf(n > 1, remove)
	r.buttons = []*widget.Button{up, down, remove}
	side := container.New(layout.NewCustomPaddedHBoxLayout(0), r.more, up, down, remove)
	head := container.NewBorder(nil, nil, nil, container.NewVBox(side), address.box)
	set := e.d.backends[i].now
	v.expandRow(r, v.open[i] || set != profiles.Backend{URL: set.URL})
	return r, margin(8, 6, 8, 6, stack(6, head, r.options))
}

func (v *backendsView) expandRow(r *backendRow, on bool) {
	if on {
		r.options.Show()
		r.more.SetIcon(theme.MenuDropUpIcon())
		return
	}
	r.options.Hide()
	r.more.SetIcon(theme.MenuDropDownIcon())
}

func (v *backendsView) expand(i int, on bool) {
	v.open[i] = on
	v.expandRow(v.rows[i], on)
}

// show brings the fields to the draft's state.
func (v *backendsView) show(d *draft, good bool) {
	if len(d.backends) != len(v.rows) {
		v.build()
	}
	for i, r := range v.rows {
		b := d.backends[i].now
		for j, s := range []string{b.URL, b.Path, b.Upstream, b.Host, b.ServerName, b.CA, b.Certificate, b.Key} {
			r.fields[j].show(s)
			r.fields[j].enable(good)
		}
		r.insecure.SetOn(b.Insecure)
		enableIf(good, r.insecure)
		enableIf(good && i > 0, r.buttons[0])
		enableIf(good && i < len(v.rows)-1, r.buttons[1])
		enableIf(good && len(v.rows) > 1, r.buttons[2])
	}
	enableIf(good, v.add)
	v.local.show(v.loopback())
}

// loopback are the backends of the draft that are on this machine.
func (v *backendsView) loopback() []string {
	var p profiles.Profile
	for _, b := range v.e.d.backends {
		p.Backends = append(p.Backends, b.now)
	}
	return p.Loopback()
}

// mark says what is wrong with the list, and opens options that hide an error.
func (v *backendsView) mark(wrong map[string]string) {
	setText(v.wrong, styleWrong, wrong["backends"])
	for i, r := range v.rows {
		for _, f := range r.fields[1:] {
			if wrong[f.path] != "" && !r.options.Visible() {
				v.expand(i, true)
			}
		}
		if m := wrong[indexed("backends", i)]; m != "" {
			r.fields[0].mark(m)
		}
	}
}

func (v *backendsView) fields() []*field {
	var all []*field
	for _, r := range v.rows {
		all = append(all, r.fields...)
	}
	return all
}

// addRow adds an empty backend, which is written once it has a good URL.
func (v *backendsView) addRow() {
	v.e.d.backends = append(v.e.d.backends, row[profiles.Backend]{})
	v.build()
	v.e.show()
	v.e.p.window.Canvas().Focus(v.rows[len(v.rows)-1].fields[0].entry)
}

func (v *backendsView) move(from, to int) {
	list := v.e.d.backends
	list[from].now, list[to].now = list[to].now, list[from].now
	v.open[from], v.open[to] = v.open[to], v.open[from]
	v.build()
	v.e.show()
	v.e.commit()
}

func (v *backendsView) remove(i int) {
	v.e.d.backends = slices.Delete(v.e.d.backends, i, i+1)
	clear(v.open)
	v.build()
	v.e.show()
	v.e.commit()
}
