package browser

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// UnknownError says that no browser found goes by the name.
type UnknownError struct {
	Name string
	Have []string // the titles of those that were found
}

func (e *UnknownError) Error() string {
	if len(e.Have) == 0 {
		return fmt.Sprintf("no browser %q was found, nor any other: install Chromium, Chrome, Edge, Brave or Firefox, or give a browser's path", e.Name)
	}
	return fmt.Sprintf("no browser %q was found: there is %s; or give a browser's path", e.Name, strings.Join(e.Have, ", "))
}

// Match returns the browser that a person means by name: one whose title, program,
// version or packaging has all of its words, in any case, such as "firefox",
// "chrome beta" or "firefox snap". Of several it is one that can be opened,
// with exactly that title if there is one, else the stable channel's first. A path names
// the browser there, whether it is in the list or not.
func Match(ctx context.Context, list []Browser, name string) (Browser, error) {
	if strings.ContainsAny(name, `/\`) {
		path, err := filepath.Abs(name)
		if err != nil {
			return Browser{}, fmt.Errorf("find the browser %s: %w", name, err)
		}
		for _, b := range list {
			if b.Path == path && b.Sandbox != Flatpak {
				return b, nil
			}
		}
		if there := at(ctx, path); len(there) > 0 {
			return there[0], nil
		}
		return Browser{}, fmt.Errorf("%s is no program of a browser of Chromium's or Firefox' family", path)
	}
	words := strings.Fields(strings.ToLower(name))
	var best *Browser
	for i, b := range list {
		if text := b.words(); len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		if best == nil || worth(b, name) > worth(*best, name) {
			best = &list[i]
		}
	}
	if best == nil {
		return Browser{}, &UnknownError{Name: name, Have: Titles(list)}
	}
	return *best, nil
}

// words are what a browser may be called by.
func (b Browser) words() string {
	return strings.ToLower(strings.Join([]string{b.Title(), filepath.Base(b.Path), b.Version, string(b.Sandbox), b.App}, " "))
}

// worth ranks browsers that go by the same name.
func worth(b Browser, name string) (rank int) {
	if b.Obstacle == "" {
		rank += 4
	}
	if strings.EqualFold(b.Title(), strings.Join(strings.Fields(name), " ")) {
		rank += 2
	}
	if b.Channel == Stable {
		rank++
	}
	return rank
}
