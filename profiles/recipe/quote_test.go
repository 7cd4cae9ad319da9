package recipe

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuote holds each kind of literal to what a reader of its language does:
// it ends where it is meant to end, and says what was put in.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{`a"b`, `a'b`, `\`, `\'`, "#{x} #$x", "a\nb", "\u2028", "😀", "`${x}`", "</script>", "?>"} {
		f.Add(seed)
	}
	doubled := regexp.MustCompile(`^"(?:[^"\\]|\\.)*"$`)
	singled := regexp.MustCompile(`(?s)^'(?:[^'\\]|\\[\\'])*'$`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		for name, quoted := range map[string]string{"python": python(s), "csharp": csharp(s), "java": java(s)} {
			if !doubled.MatchString(quoted) || strings.ContainsFunc(quoted, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%s quotes %q as %s", name, s, quoted)
			}
		}
		for name, quoted := range map[string]string{"python": python(s), "csharp": csharp(s), "go": golang(s)} { // Go reads all three the same
			if back, err := strconv.Unquote(quoted); err != nil || back != s {
				t.Fatalf("%s quotes %q as %s, which is %q, %v", name, s, quoted, back, err)
			}
		}
		if quoted := single(s); !singled.MatchString(quoted) || strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(quoted[1:len(quoted)-1]) != s {
			t.Fatalf("single quotes %q as %s", s, quoted)
		}
		quoted, err := script(s)
		var back string
		if err != nil || json.Unmarshal([]byte(quoted), &back) != nil || back != s || strings.ContainsAny(quoted, "<>\u2028\u2029") {
			t.Fatalf("JavaScript quotes %q as %s, %v", s, quoted, err)
		}
		for _, line := range strings.Split(note("//", plain(s)), "\n") {
			if !strings.HasPrefix(line, "//") || strings.ContainsAny(line, "\r\u0085\u2028\u2029\\?<>") || strings.Contains(line[2:], "*/") {
				t.Fatalf("the comment of %q has the line %q", s, line)
			}
		}
	})
}

func TestJavaQuotes(t *testing.T) {
	for s, want := range map[string]string{
		"a\"\\b": `"a\"\\b"`, "\n": `"\012"`, "ü": `"\u00fc"`, "😀": `"\ud83d\ude00"`, `\u0022`: `"\\u0022"`,
	} {
		if got := java(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestNotes(t *testing.T) {
	long := strings.Repeat("word ", 30)
	got := notes("#", []string{"one", long})
	for i, line := range strings.Split(got, "\n") {
		want := "#  "
		switch i {
		case 0:
			want = "#"
		case 1, 2:
			want = "# - "
		}
		if !strings.HasPrefix(line, want) || len(line) > noteWidth+2 {
			t.Errorf("line %d is %q", i, line)
		}
	}
}
