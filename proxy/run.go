package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"corsage/proxy/record"
)

// RunRequest runs the request halves of mods in order, until one of them has
// set Response. The error, for the log only, joins the panics of modifiers;
// what a modifier changed before it panicked is taken back.
func (f *Flow) RunRequest(mods []Modifier) error {
	var errs []error
	for i := range mods {
		if f.Response != nil {
			break
		}
		if err := f.run(mods[i].Name, mods[i].Request); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// RunResponse runs the response halves of mods in the reverse order. Response
// must be set. The error is RunRequest's.
func (f *Flow) RunResponse(mods []Modifier) error {
	var errs []error
	for i := len(mods) - 1; i >= 0; i-- {
		if err := f.run(mods[i].Name, mods[i].Response); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Changes returns what was changed so far, in order.
func (f *Flow) Changes() []record.Change { return slices.Clone(f.changes) }

// run calls one half of the toggle's modifier, which may be nil.
func (f *Flow) run(toggle string, half func(*Flow)) (err error) {
	if half == nil {
		return nil
	}
	before, answer := len(f.changes), f.Response
	f.toggle = toggle
	defer func() {
		f.toggle = ""
		if p := recover(); p != nil {
			f.undo(before, answer)
			err = fmt.Errorf("toggle %s failed and was left out of this exchange; please report it with this text: %v\n%s", toggle, p, debug.Stack())
		}
	}()
	half(f)
	return nil
}

// undo takes back the changes from index n on and puts back the answer.
func (f *Flow) undo(n int, answer *http.Response) {
	for _, c := range slices.Backward(f.changes[n:]) {
		var h http.Header
		switch {
		case c.Side == record.Request:
			h = f.Request.Header
		case f.Response != nil && c.Header != ":status":
			h = f.Response.Header
		default:
			continue
		}
		if c.Before == nil {
			delete(h, c.Header)
		} else {
			h[c.Header] = c.Before
		}
	}
	f.changes, f.Response = f.changes[:n], answer
}
