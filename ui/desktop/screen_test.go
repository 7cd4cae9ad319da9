//go:build !headless && linux

package desktop

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"corsage/ui"
)

// shot is the screen in shades of grey, with the sums that finding needs.
type shot struct {
	picture    image.Image
	w, h       int
	grey       []float32
	sum, sumsq []float64 // of all above and left, (w+1)*(h+1)
}

// shoot takes a screenshot; the root window's, as an eye sees it.
func (s *session) shoot(t *testing.T) *shot {
	t.Helper()
	out, err := s.command("import", "-window", "root", "png:-").Output()
	if err != nil {
		t.Fatalf("take a screenshot: %v", err)
	}
	picture, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return newShot(picture)
}

func newShot(picture image.Image) *shot {
	b := picture.Bounds()
	s := &shot{picture: picture, w: b.Dx(), h: b.Dy()}
	s.grey = make([]float32, s.w*s.h)
	s.sum, s.sumsq = make([]float64, (s.w+1)*(s.h+1)), make([]float64, (s.w+1)*(s.h+1))
	for y := range s.h {
		for x := range s.w {
			g := float64(color.GrayModel.Convert(picture.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y)
			s.grey[y*s.w+x] = float32(g)
			i := (y+1)*(s.w+1) + x + 1
			s.sum[i] = g + s.sum[i-1] + s.sum[i-s.w-1] - s.sum[i-s.w-2]
			s.sumsq[i] = g*g + s.sumsq[i-1] + s.sumsq[i-s.w-1] - s.sumsq[i-s.w-2]
		}
	}
	return s
}

func (s *shot) area(sums []float64, x, y, w, h int) float64 {
	n := s.w + 1
	return sums[(y+h)*n+x+w] - sums[y*n+x+w] - sums[(y+h)*n+x] + sums[y*n+x]
}

// keep writes the screenshot into the folder that CORSAGE_SCREENSHOTS names,
// else into one that goes with the test.
func (s *shot) keep(t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv("CORSAGE_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, s.picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// find looks for a text as the app draws it, whatever its colours, and returns
// where it is and how alike (1 is the same): the best place by normalised
// cross-correlation.
func (s *shot) find(t *testing.T, text string, style fyne.TextStyle) (at image.Point, likeness float64) {
	t.Helper()
	return s.search(drawn(t, text, style))
}

// seen is the likeness from which on a text is there. The app's own drawing
// scores 0.9999, another digit in it 0.98 or less.
const seen = 0.995

func (s *shot) search(mask *shot) (at image.Point, likeness float64) {
	n := float64(mask.w * mask.h)
	mean := mask.sum[len(mask.sum)-1] / n
	norm := mask.sumsq[len(mask.sumsq)-1] - n*mean*mean
	centred := make([]float32, len(mask.grey))
	for i, g := range mask.grey {
		centred[i] = g - float32(mean)
	}
	for y := 0; y+mask.h <= s.h; y++ {
		for x := 0; x+mask.w <= s.w; x++ {
			total := s.area(s.sum, x, y, mask.w, mask.h)
			spread := s.area(s.sumsq, x, y, mask.w, mask.h) - total*total/n
			if spread < n*9 { // next to one colour
				continue
			}
			if score := s.correlate(centred, mask, x, y, 2) * 2 / math.Sqrt(norm*spread); score < 0.5 && score > -0.5 {
				continue // every other line tells already
			}
			if score := math.Abs(s.correlate(centred, mask, x, y, 1)) / math.Sqrt(norm*spread); score > likeness {
				at, likeness = image.Pt(x+mask.w/2, y+mask.h/2), score
			}
		}
	}
	return at, likeness
}

func (s *shot) correlate(centred []float32, mask *shot, x, y, step int) float64 {
	var sum float32
	for my := 0; my < mask.h; my += step {
		row := s.grey[(y+my)*s.w+x:]
		line := centred[my*mask.w : (my+1)*mask.w]
		for mx, v := range line {
			sum += v * row[mx]
		}
	}
	return float64(sum)
}

// drawn is a text as the app draws it, white on black.
func drawn(t *testing.T, text string, style fyne.TextStyle) *shot {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme())
	object := canvas.NewText(text, color.White)
	object.TextSize = ui.NewTheme().Size(theme.SizeNameText)
	object.TextStyle = style
	c := software.NewCanvas()
	c.SetContent(container.NewStack(canvas.NewRectangle(color.Black), container.NewPadded(object)))
	c.SetPadded(false)
	c.Resize(c.Content().MinSize())
	return newShot(crop(c.Capture()))
}

// crop cuts away the border around what is drawn: all in the corner's colour.
func crop(picture image.Image) image.Image {
	ground := color.GrayModel.Convert(picture.At(0, 0))
	box := image.Rectangle{}
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if color.GrayModel.Convert(picture.At(x, y)) != ground {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return picture.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(box.Inset(-1).Intersect(b))
}

// await waits until a text is on the screen, and returns where.
func (s *session) await(t *testing.T, text string, style fyne.TextStyle) (at image.Point) {
	t.Helper()
	best := 0.0
	mask := drawn(t, text, style)
	defer func() {
		if best < seen {
			s.shoot(t).keep(t, "failed")
			t.Logf("%q was at best %.2f alike", text, best)
		}
	}()
	eventually(t, fmt.Sprintf("%q is on the screen", text), func() bool {
		at, best = s.shoot(t).search(mask)
		return best >= seen
	})
	return at
}

// blossoms counts the pixels of the active icon's petals in the panel, which is
// at the foot of the screen, and returns their middle.
func (s *shot) blossoms() (n int, at image.Point) {
	for y := s.h - 32; y < s.h; y++ {
		for x := range s.w {
			r, g, b, _ := s.picture.At(x, y).RGBA()
			if r, g, b = r>>8, g>>8, b>>8; r > 150 && b > 180 && g < 140 {
				n++
				at = at.Add(image.Pt(x, y))
			}
		}
	}
	if n > 0 {
		at = at.Div(n)
	}
	return n, at
}

// click clicks a mouse button somewhere.
func (s *session) click(t *testing.T, at image.Point, button int) {
	t.Helper()
	cmd := s.command("xdotool", "mousemove", fmt.Sprint(at.X), fmt.Sprint(at.Y), "click", fmt.Sprint(button))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v: %s", err, out)
	}
}

// changedFrom is the share of pixels that differ from another screenshot's.
func (s *shot) changedFrom(other *shot) float64 {
	n := 0
	for i, g := range s.grey {
		if g != other.grey[i] {
			n++
		}
	}
	return float64(n) / float64(len(s.grey))
}
