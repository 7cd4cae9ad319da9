package proxy

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"corsage/proxy/record"
)

// A body is read again from its beginning wherever its first reader stopped,
// unless too much has passed.
func TestReplay(t *testing.T) {
	const limit = record.BodyLimit
	for _, c := range []struct {
		size, read int
		gone       bool
	}{
		{0, 0, false}, {0, 1, false}, {10, 0, false}, {10, 4, false}, {10, 10, false}, {10, 11, false},
		{limit, limit, false}, {limit + 1, limit, false}, {limit + 1, limit + 1, true}, {2 * limit, 10, false},
	} {
		body := strings.Repeat("0123456789", c.size/10+1)[:c.size]
		req := new(http.Request)
		replayable(req, &meter{ReadCloser: io.NopCloser(strings.NewReader(body)), keep: record.BodyLimit})
		if n, _ := io.ReadFull(req.Body, make([]byte, c.read)); n != min(c.read, c.size) {
			t.Fatalf("%+v: read %d", c, n)
		}
		_ = req.Body.Close()
		again, err := req.GetBody()
		if c.gone {
			if !errors.Is(err, errBodyGone) {
				t.Errorf("%+v: %v, want %v", c, err, errBodyGone)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if got, err := io.ReadAll(again); err != nil || string(got) != body {
			t.Errorf("%+v: read %d bytes, %v", c, len(got), err)
		}
	}
}

// A replay that another one has overtaken does not leave bytes out.
func TestReplayOvertaken(t *testing.T) {
	req := new(http.Request)
	replayable(req, &meter{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 2*record.BodyLimit))), keep: record.BodyLimit})
	_, _ = io.ReadFull(req.Body, make([]byte, 10))
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, again); n != 2*record.BodyLimit || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if n, err := io.Copy(io.Discard, req.Body); n != record.BodyLimit-10 || !errors.Is(err, errBodyGone) {
		t.Errorf("the rest is %d bytes, %v", n, err)
	}
}

// The error of a broken upload stays one when it is read again.
func TestReplayBroken(t *testing.T) {
	broken := errors.New("broken")
	req := new(http.Request)
	replayable(req, &meter{ReadCloser: io.NopCloser(io.MultiReader(strings.NewReader("part"), failing{broken})), keep: record.BodyLimit})
	_, _ = io.Copy(io.Discard, req.Body)
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(again); string(got) != "part" || !errors.Is(err, broken) {
		t.Errorf("%q %v", got, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
