package profiles

import (
	"bytes"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"corsage/proxy"
)

// alter carries the lines of a change section out on a profile: "name TEXT",
// "toggle NAME on", "backend add URL [PATH]", "backend remove N", "backend N
// FIELD [VALUE]", "proxy [URL]", "origins [ORIGIN...]", "csrf COOKIE HEADER" with - for
// empty, "headers [PATH NAME VALUE]", "keep-session on".
func alter(t *testing.T, p *Profile, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		word := strings.Fields(line)
		rest := func(n int) string { return strings.Join(word[min(n, len(word)):], " ") }
		switch {
		case word[0] == "name":
			p.Name = rest(1)
		case word[0] == "toggle":
			p.Set(word[1], word[2] == "on")
		case word[0] == "proxy":
			p.Proxy = rest(1)
		case word[0] == "headers":
			p.Headers = nil
			if len(word) > 1 {
				p.Headers = []HeaderEdit{{Path: word[1], Request: proxy.FieldEdits{Set: []proxy.Field{{Name: word[2], Value: rest(3)}}, Remove: []string{"X-Old"}}}}
			}
		case word[0] == "keep-session":
			p.KeepSession = word[1] == "on"
		case word[0] == "origins":
			p.Origins = word[1:]
		case word[0] == "csrf":
			p.CSRF = CSRF{strings.Trim(word[1], "-"), strings.TrimPrefix(word[2], "- ")}
		case word[1] == "add":
			p.Backends = append(p.Backends, Backend{URL: word[2], Path: rest(3)})
		case word[0] == "backend":
			n, err := strconv.Atoi(word[len(word)-1])
			if word[1] != "remove" {
				n, err = strconv.Atoi(word[1])
			}
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			b := &p.Backends[n]
			switch field := word[2]; {
			case word[1] == "remove":
				p.Backends = append(p.Backends[:n:n], p.Backends[n+1:]...)
			case field == "url":
				b.URL = rest(3)
			case field == "path":
				b.Path = rest(3)
			case field == "upstream":
				b.Upstream = rest(3)
			case field == "host":
				b.Host = rest(3)
			case field == "server-name":
				b.ServerName = rest(3)
			case field == "certificate":
				b.Certificate = rest(3)
			case field == "key":
				b.Key = rest(3)
			case field == "insecure":
				b.Insecure = rest(3) == "on"
			default:
				t.Fatalf("unknown change %q", line)
			}
		default:
			t.Fatalf("unknown change %q", line)
		}
	}
}

// Each case is a text, a change and the text after it. One whose comment says
// "reversible" is byte for byte as before once the change is taken back.
func TestEdit(t *testing.T) {
	for _, file := range files(t, "testdata/edit/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			section := make(map[string][]byte)
			for _, f := range archive.Files {
				section[f.Name] = f.Data
			}
			before := section["before"]
			old, _, err := Parse("before", before)
			if err != nil {
				t.Fatal(err)
			}
			want := old.Clone()
			alter(t, want, string(section["change"]))
			got, err := edit(before, want)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files[len(archive.Files)-1].Data = got
				golden(t, file, txtar.Format(archive))
			}
			if !bytes.Equal(got, section["after"]) && !*update {
				t.Errorf("got\n%s\nwant\n%s", got, section["after"])
			}
			if p, _, err := Parse("after", got); err != nil || !p.same(want) {
				t.Errorf("it means %+v (%v), not %+v", p, err, want)
			}
			if strings.Contains(string(archive.Comment), "reversible") {
				back, err := edit(got, old)
				if err != nil || !bytes.Equal(back, before) {
					t.Errorf("taken back (%v):\n%s", err, back)
				}
			}
			// the same with other line ends, with a mark, and without the last line's end
			for name, form := range map[string]func([]byte) []byte{
				"CRLF": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) },
				"BOM":  func(b []byte) []byte { return append(bytes.Clone(bom), b...) },
				"end":  func(b []byte) []byte { return bytes.TrimSuffix(b, []byte("\n")) },
			} {
				formed, err := edit(form(before), want)
				if err != nil || !bytes.Equal(formed, form(got)) {
					t.Errorf("%s (%v): got\n%q\nwant\n%q", name, err, formed, form(got))
				}
			}
		})
	}
}

// Aliases that stand for themselves, or for more than fits into memory.
func TestEditBombs(t *testing.T) {
	for name, text := range map[string]string{
		"itself": "name: Shop\nb: &b\n- {url: https://a.test, x: *b}\nbackends: *b\n",
		"laughs": "name: Shop\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e\n- {url: https://a.test, x: *d}\nbackends: *e\n",
	} {
		p, _, err := Parse(name, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p.Backends[0].Path = "^/x"
		if _, err := edit([]byte(text), p); !errors.Is(err, errUneditable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
