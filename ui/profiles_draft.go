package ui

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"corsage/profiles"
	"corsage/proxy"
)

// draft is one profile as it stands in the editor: what the file says, and on
// top of it what was typed and isn't in the file yet, because it is wrong or
// its field still has the focus. Nothing typed is lost when the file changes
// from outside: see rebase. It belongs to the UI goroutine.
type draft struct {
	file     string
	base     profiles.Profile // as the file has it
	name     string
	backends []row[profiles.Backend]
	origins  []row[string] // without "null"
	null     bool          // whether the opaque origin is allowed
	proxy    string
	csrf     profiles.CSRF
	keep     bool     // whether the held session outlives the app
	moved    bool     // the file changed under something typed
	others   []string // names of the other profiles
}

// row is one entry of a list and the file's version of it.
type row[T comparable] struct {
	now  T
	base T
	kept bool // the file has this row, as base
}

func rowsOf[T comparable](list []T) []row[T] {
	rows := make([]row[T], len(list))
	for i, v := range list {
		rows[i] = row[T]{now: v, base: v, kept: true}
	}
	return rows
}

func valuesOf[T comparable](rows []row[T]) []T {
	list := make([]T, len(rows))
	for i, r := range rows {
		list[i] = r.now
	}
	return list
}

func newDraft(file string, p *profiles.Profile) *draft {
	d := &draft{file: file}
	d.reset(p)
	return d
}

// reset forgets what was typed.
func (d *draft) reset(p *profiles.Profile) {
	d.base = cloneProfile(p)
	list, null := splitNull(originsOf(p))
	d.name, d.proxy, d.csrf, d.null, d.moved = p.Name, p.Proxy, p.CSRF, null, false
	d.keep = p.KeepSession
	d.backends, d.origins = rowsOf(p.Backends), rowsOf(list)
}

// profile is the draft as a whole, right or wrong.
func (d *draft) profile() profiles.Profile {
	p := cloneProfile(&d.base)
	p.Name, p.Proxy, p.CSRF, p.KeepSession = d.name, d.proxy, d.csrf, d.keep
	p.Backends = valuesOf(d.backends)
	p.Origins = joinNull(valuesOf(d.origins), d.null)
	return p
}

// savable is the part of the draft that can be written: what is wrong is
// replaced by the file's own version of it, or left out where the file has none.
// wrong holds a message for each field that is, by its path ("backends[0].url").
func (d *draft) savable() (p profiles.Profile, wrong map[string]string) {
	p = d.profile()
	wrong = d.wrong(&p)
	if len(wrong) == 0 {
		return p, wrong
	}
	if badField(wrong, "name") {
		p.Name = d.base.Name
	}
	if badField(wrong, "proxy") {
		p.Proxy = d.base.Proxy
	}
	if badField(wrong, "csrf") {
		p.CSRF = d.base.CSRF
	}
	if badField(wrong, "backends") {
		p.Backends = goodRows(d.backends, "backends", wrong)
	}
	if badField(wrong, "origins") {
		p.Origins = joinNull(goodRows(d.origins, "origins", wrong), d.null)
	}
	if len(d.wrong(&p)) > 0 {
		p = cloneProfile(&d.base)
	}
	return p, wrong
}

// wrong is fieldErrors, and a name that another profile has.
func (d *draft) wrong(p *profiles.Profile) map[string]string {
	wrong := fieldErrors(filepath.Dir(d.file), p)
	if slices.Contains(d.others, p.Name) && wrong["name"] == "" {
		wrong["name"] = "another profile is called " + strconv.Quote(p.Name) + ": choose a different name"
	}
	return wrong
}

// goodRows leaves out the rows that wrong names, or takes the file's version of them.
func goodRows[T comparable](rows []row[T], list string, wrong map[string]string) []T {
	var good []T
	for i, r := range rows {
		switch {
		case !badField(wrong, indexed(list, i)):
			good = append(good, r.now)
		case r.kept:
			good = append(good, r.base)
		}
	}
	return good
}

// toSay drops from wrong what stands at rows that were only just added: an empty
// field is no mistake yet.
func (d *draft) toSay(wrong map[string]string) map[string]string {
	say := maps.Clone(wrong)
	quiet := func(list string, i int, fresh bool) {
		if fresh {
			maps.DeleteFunc(say, func(path, _ string) bool { return badField(map[string]string{path: ""}, indexed(list, i)) })
		}
	}
	for i, r := range d.backends {
		quiet("backends", i, !r.kept && r.now == profiles.Backend{})
	}
	for i, r := range d.origins {
		quiet("origins", i, !r.kept && r.now == "")
	}
	return say
}

// dirty reports whether something stands in the editor that the file lacks.
func (d *draft) dirty() bool {
	p := d.profile()
	return !sameFields(&p, &d.base)
}

// saved notes that p, which savable returned with wrong, is on its way to the
// file. If it doesn't get there, call failed.
func (d *draft) saved(p *profiles.Profile, wrong map[string]string) {
	d.base = cloneProfile(p)
	list, _ := splitNull(originsOf(p))
	keepRows(d.backends, p.Backends, "backends", wrong)
	keepRows(d.origins, list, "origins", wrong)
	if len(wrong) == 0 {
		d.moved = false
	}
}

// failed notes that the file still says p: what saved took for written is
// typed text again.
func (d *draft) failed(p *profiles.Profile) {
	d.base = cloneProfile(p)
	list, _ := splitNull(originsOf(p))
	loseRows(d.backends, p.Backends)
	loseRows(d.origins, list)
}

func loseRows[T comparable](rows []row[T], file []T) {
	for i := range rows {
		r := &rows[i]
		switch {
		case i < len(file):
			r.base, r.kept = file[i], true
		default:
			r.kept = false
		}
	}
}

func keepRows[T comparable](rows []row[T], saved []T, list string, wrong map[string]string) {
	n := 0
	for i := range rows {
		r := &rows[i]
		if badField(wrong, indexed(list, i)) && !r.kept {
			continue
		}
		if n < len(saved) {
			r.base, r.kept = saved[n], true
		}
		n++
	}
}

// rebase takes the file's new content in and keeps what was typed: a field that
// was left alone follows the file, one with text of its own keeps it.
func (d *draft) rebase(p *profiles.Profile) {
	if sameFields(p, &d.base) {
		d.base = cloneProfile(p) // toggles
		return
	}
	list, null := splitNull(originsOf(p))
	oldList, oldNull := splitNull(originsOf(&d.base))
	d.name = follow(d, d.name, d.base.Name, p.Name)
	d.proxy = follow(d, d.proxy, d.base.Proxy, p.Proxy)
	d.csrf.Cookie = follow(d, d.csrf.Cookie, d.base.CSRF.Cookie, p.CSRF.Cookie)
	d.csrf.Header = follow(d, d.csrf.Header, d.base.CSRF.Header, p.CSRF.Header)
	d.null = follow(d, d.null, oldNull, null)
	d.keep = follow(d, d.keep, d.base.KeepSession, p.KeepSession)
	d.backends = followRows(d, d.backends, d.base.Backends, p.Backends)
	d.origins = followRows(d, d.origins, oldList, list)
	d.base = cloneProfile(p)
}

// follow is a merge of three: mine where I changed it, else theirs.
func follow[T comparable](d *draft, mine, base, theirs T) T {
	switch {
	case mine == base:
		return theirs
	case theirs != base && theirs != mine:
		d.moved = true
	}
	return mine
}

// followRows merges a list. Where its shape changed outside, what was typed
// stays as a row of its own below the file's.
func followRows[T comparable](d *draft, mine []row[T], base, theirs []T) []row[T] {
	if slices.Equal(base, theirs) {
		return mine
	}
	kept := 0
	for _, r := range mine {
		if r.kept {
			kept++
		}
	}
	if kept == len(theirs) {
		merged, n := slices.Clone(mine), 0
		for i := range merged {
			if r := &merged[i]; r.kept {
				r.now, r.base = follow(d, r.now, r.base, theirs[n]), theirs[n]
				n++
			}
		}
		return merged
	}
	merged := rowsOf(theirs)
	for _, r := range mine {
		if (!r.kept || r.now != r.base) && !slices.Contains(theirs, r.now) {
			merged = append(merged, row[T]{now: r.now})
			d.moved = d.moved || r.kept
		}
	}
	return merged
}

// merge puts into theirs, the file as it stands when writing, what mine changed
// against base. Toggles are written by themselves and stay as they are.
func merge(base, mine, theirs *profiles.Profile) profiles.Profile {
	p := cloneProfile(theirs)
	if mine.Name != base.Name {
		p.Name = mine.Name
	}
	if mine.Proxy != base.Proxy {
		p.Proxy = mine.Proxy
	}
	if !slices.Equal(mine.Backends, base.Backends) {
		p.Backends = slices.Clone(mine.Backends)
	}
	if !slices.Equal(originsOf(mine), originsOf(base)) {
		p.Origins = slices.Clone(mine.Origins)
	}
	if mine.CSRF.Cookie != base.CSRF.Cookie {
		p.CSRF.Cookie = mine.CSRF.Cookie
	}
	if mine.CSRF.Header != base.CSRF.Header {
		p.CSRF.Header = mine.CSRF.Header
	}
	if mine.KeepSession != base.KeepSession {
		p.KeepSession = mine.KeepSession
	}
	return p
}

// sameFields compares all but toggles, which act at once and have no draft.
func sameFields(a, b *profiles.Profile) bool {
	return a.Name == b.Name && a.Proxy == b.Proxy && a.CSRF == b.CSRF && a.KeepSession == b.KeepSession &&
		slices.Equal(a.Backends, b.Backends) && slices.Equal(originsOf(a), originsOf(b))
}

func cloneProfile(p *profiles.Profile) profiles.Profile { return *p.Clone() }

// originsOf is what the profile allows, the default spelt out.
func originsOf(p *profiles.Profile) []string {
	return p.AllowedOrigins()
}

// splitNull takes the opaque origin out: it has a switch of its own.
func splitNull(list []string) (rest []string, null bool) {
	rest = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == opaque })
	return rest, len(rest) < len(list)
}

// joinNull is the reverse; nil where the list is the default, so that the file
// needn't name it.
func joinNull(list []string, null bool) []string {
	if null {
		return append(slices.Clone(list), opaque)
	}
	if slices.Equal(list, proxy.DefaultOrigins()) {
		return nil
	}
	return slices.Clone(list)
}

// opaque is how an opaque origin is serialised (HTML, "serialization of an origin").
const opaque = "null"
