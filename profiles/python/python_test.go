package python

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestRead runs testdata/*.txtar: a source, and what is read of it: names in
// alphabetical order, then what is in doubt, imported and skipped.
func TestRead(t *testing.T) {
	for _, file := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(ar.Files); i += 2 {
				if got, want := told(ar.Files[i].Data), string(ar.Files[i+1].Data); got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", ar.Files[i].Name, got, want)
				}
			}
		})
	}
}

func cases(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return files
}

func told(src []byte) string {
	m, err := Read(src)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.Names)) {
		fmt.Fprintf(&b, "%d %s = %s\n", m.Names[name].Line, name, show(m.Names[name]))
	}
	for _, d := range m.Doubts {
		fmt.Fprintf(&b, "%d %s %s\n", d.Line, d.Name, d.Why)
	}
	for _, i := range m.Imports {
		fmt.Fprintf(&b, "all of %s\n", i)
	}
	for _, row := range m.Skipped {
		fmt.Fprintf(&b, "%d skipped\n", row)
	}
	return b.String()
}

func show(v Value) string {
	switch of := v.Of.(type) {
	case []Value:
		var all []string
		for _, e := range of {
			all = append(all, show(e))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case Regexp:
		return fmt.Sprintf("regexp %q %v", of.Pattern, of.IgnoreCase)
	case Unknown:
		return "<" + of.Why + ">"
	case None:
		return "None"
	case string:
		return fmt.Sprintf("%q", of)
	}
	return fmt.Sprint(v.Of)
}

// Sums that double and double again stay within their bounds.
func TestBounds(t *testing.T) {
	double := "A = ['x']\nS = 'x'\n" + strings.Repeat("A = A + A\nS += S\n", 100)
	m, err := Read([]byte(double))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "S"} {
		if _, ok := m.Names[name].Of.(Unknown); !ok {
			t.Errorf("%s is known", name)
		}
	}
	for name, src := range map[string]string{
		"large":  strings.Repeat("#", maxSource+1),
		"deep":   strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		"binary": "A = 1\n\x00",
		"latin":  "A = 1\n# \xe9\n",
	} {
		var wrong *SyntaxError
		if _, err := Read([]byte(src)); !errors.As(err, &wrong) || wrong.Line < 1 {
			t.Errorf("%s: %v, want a syntax error with its line", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range cases(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			f.Add(part.Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Read(src)
		rows := 1 + bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r"))
		var wrong *SyntaxError
		if err != nil {
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > rows {
				t.Fatalf("%v, of %d lines", err, rows)
			}
			return
		}
		for name, v := range m.Names {
			if v.Line < 1 || v.Line > rows || v.Of == nil {
				t.Errorf("%s: %+v, of %d lines", name, v, rows)
			}
		}
	})
}
