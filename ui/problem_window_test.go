package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestProblemLook draws the window; CORSAGE_SCREENSHOTS names a folder to look at it.
func TestProblemLook(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(NewTheme())
	w := ShowProblem(a, "Corsage is running already", "Corsage is running as process 4711, but does not answer: 'kill -CONT 4711' lets it go on if it was stopped, 'kill -KILL 4711' ends it; then try again.")
	defer w.Close()
	w.Resize(fyne.NewSize(520, 170))
	shoot(t, w.Canvas(), "problem")
	if need := w.Content().MinSize(); need.Height > 170 || need.Width > 520 {
		t.Errorf("it needs %v", need)
	}
}
