package django

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"corsage/profiles"
)

var update = flag.Bool("update", false, "write the expectations of testdata anew; read the difference before you commit it")

// TestImport runs testdata/*.txtar: a settings file and what becomes of it. The
// comment may have the line "url: URL", of the backend.
func TestImport(t *testing.T) {
	for _, file := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, url, _ := strings.Cut(string(ar.Comment), "\nurl: ")
			got := told(ar.Files[0].Data, strings.TrimSpace(url))
			if *update {
				ar.Files = []txtar.File{ar.Files[0], {Name: "profile", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(ar.Files[1].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func cases(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	return files
}

func told(src []byte, url string) string {
	made, err := Import("settings.py", src, url)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	p := made.Profile
	fmt.Fprintf(&b, "%s: %s %s\n", p.Name, p.Backends[0].URL, p.Backends[0].Path)
	for _, o := range p.Origins {
		fmt.Fprintln(&b, "origin", o)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Toggles)) {
		fmt.Fprintln(&b, name, p.Toggles[name])
	}
	if p.CSRF != (profiles.CSRF{}) {
		fmt.Fprintln(&b, "csrf", p.CSRF)
	}
	fmt.Fprintln(&b, "taken", strings.Join(made.Taken, " "))
	for _, l := range made.Left {
		fmt.Fprintln(&b, l.Error())
	}
	return b.String()
}

// FuzzImport: whatever the file says, a profile that comes of it is valid, and
// every word about it has a line of the file.
func FuzzImport(f *testing.F) {
	for _, file := range cases(f) {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ar.Files[0].Data, "https://dev.example.com")
	}
	f.Fuzz(func(t *testing.T, src []byte, url string) {
		made, err := Import("settings.py", src, url)
		if err != nil {
			var wrong profiles.Errors
			if errors.As(err, &wrong) && wrong[0].File != "settings.py" {
				t.Errorf("%v: names no file", err)
			}
			return
		}
		if err := made.Profile.Validate(); err != nil {
			t.Errorf("made an invalid profile: %v", err)
		}
		for _, l := range made.Left {
			if l.Message == "" || l.Line < 0 || l.Line > 1+strings.Count(string(src), "\n")+strings.Count(string(src), "\r") {
				t.Errorf("%+v", l)
			}
			if len(made.Profile.Origins) == 0 && slices.Contains(made.Taken, l.Field) {
				t.Errorf("%s is taken over and is not", l.Field)
			}
		}
	})
}
