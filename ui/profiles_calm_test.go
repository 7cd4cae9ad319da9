package ui

import (
	"sync"
	"testing"

	"fyne.io/fyne/v2"
)

// calmUI is a testUI whose UI goroutine is the test's: what others send there
// with fyne.Do waits for settle, as it waits for the event loop in the app.
// fyne's own test driver runs it at once, wherever it comes from.
type calmUI struct {
	*testUI
	queue *uiQueue
}

func calm(t *testing.T, u *testUI) *calmUI {
	t.Helper()
	u.settle()
	q := &uiQueue{}
	app := fyne.CurrentApp()
	fyne.SetCurrentApp(&queuedApp{App: app, driver: &queuedDriver{Driver: app.Driver(), queue: q}})
	t.Cleanup(func() { fyne.SetCurrentApp(app) })
	return &calmUI{testUI: u, queue: q}
}

// settle waits for the work in the background, and does what it left for the UI
// goroutine, until there is no more of either.
func (c *calmUI) settle() {
	for {
		c.running.Wait()
		todo := c.queue.take()
		if len(todo) == 0 {
			return
		}
		for _, f := range todo {
			f()
		}
	}
}

type uiQueue struct {
	mu   sync.Mutex
	todo []func()
}

func (q *uiQueue) take() []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	todo := q.todo
	q.todo = nil
	return todo
}

type queuedApp struct {
	fyne.App
	driver fyne.Driver
}

func (a *queuedApp) Driver() fyne.Driver { return a.driver }

type queuedDriver struct {
	fyne.Driver
	queue *uiQueue
}

func (d *queuedDriver) DoFromGoroutine(f func(), _ bool) {
	d.queue.mu.Lock()
	defer d.queue.mu.Unlock()
	d.queue.todo = append(d.queue.todo, f)
}
