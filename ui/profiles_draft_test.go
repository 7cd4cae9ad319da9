package ui

import (
	"slices"
	"testing"

	"corsage/profiles"
	"corsage/proxy"
)

func shop() *profiles.Profile {
	return &profiles.Profile{
		Name:     "Shop",
		Backends: []profiles.Backend{{URL: "https://a.example.com"}, {URL: "https://b.example.com"}},
	}
}

// Each case types something, then the file changes; want is what the editor
// holds afterwards.
func TestRebaseKeepsWhatWasTyped(t *testing.T) {
	for _, c := range []struct {
		name    string
		typed   func(*draft)
		outside func(*profiles.Profile)
		want    func(*profiles.Profile)
		moved   bool
	}{
		{
			"nothing typed: all follows the file",
			func(*draft) {},
			func(p *profiles.Profile) {
				p.Name = "Store"
				p.Backends = p.Backends[1:]
				p.Origins = []string{"http://x:1", "null"}
				p.CSRF.Cookie = "xsrf"
			},
			func(p *profiles.Profile) {
				p.Name = "Store"
				p.Backends = p.Backends[1:]
				p.Origins = []string{"http://x:1", "null"}
				p.CSRF.Cookie = "xsrf"
			}, false,
		},
		{
			"another field changes",
			func(d *draft) { d.backends[0].now.URL = "typed" },
			func(p *profiles.Profile) { p.Name = "Store" },
			func(p *profiles.Profile) { p.Name = "Store"; p.Backends[0].URL = "typed" }, false,
		},
		{
			"another row changes",
			func(d *draft) { d.backends[0].now.URL = "typed" },
			func(p *profiles.Profile) { p.Backends[1].Path = "^/api/" },
			func(p *profiles.Profile) { p.Backends[0].URL = "typed"; p.Backends[1].Path = "^/api/" }, false,
		},
		{
			"the same field changes",
			func(d *draft) { d.backends[0].now.URL = "typed" },
			func(p *profiles.Profile) { p.Backends[0].URL = "https://c.example.com" },
			func(p *profiles.Profile) { p.Backends[0].URL = "typed" }, true,
		},
		{
			"the same name is typed inside and outside",
			func(d *draft) { d.name = "Store" },
			func(p *profiles.Profile) { p.Name = "Store" },
			func(p *profiles.Profile) { p.Name = "Store" }, false,
		},
		{
			"a row is added outside: what was typed becomes a row below",
			func(d *draft) { d.backends[0].now.URL = "typed" },
			func(p *profiles.Profile) {
				p.Backends = append(p.Backends, profiles.Backend{URL: "https://c.example.com"})
			},
			func(p *profiles.Profile) {
				p.Backends = append(p.Backends, profiles.Backend{URL: "https://c.example.com"}, profiles.Backend{URL: "typed"})
			}, true,
		},
		{
			"the row is removed outside",
			func(d *draft) { d.backends[0].now.URL = "typed" },
			func(p *profiles.Profile) { p.Backends = p.Backends[1:] },
			func(p *profiles.Profile) { p.Backends = append(p.Backends[1:], profiles.Backend{URL: "typed"}) }, true,
		},
		{
			"a new row survives",
			func(d *draft) { d.origins = append(d.origins, row[string]{now: "http://ty"}) },
			func(p *profiles.Profile) { p.Name = "Store" },
			func(p *profiles.Profile) { p.Name = "Store"; p.Origins = append(proxy.DefaultOrigins(), "http://ty") }, false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDraft("shop.yaml", shop())
			c.typed(d)
			theirs, want := shop(), shop()
			c.outside(theirs)
			c.want(want)
			d.rebase(theirs)
			got := d.profile()
			if !sameFields(&got, want) {
				t.Errorf("the editor holds %+v, want %+v", got, *want)
			}
			if d.moved != c.moved {
				t.Errorf("moved is %v", d.moved)
			}
			if !sameFields(&d.base, theirs) {
				t.Errorf("base is %+v, want the file's %+v", d.base, *theirs)
			}
		})
	}
}

func TestSavableIsWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		name  string
		typed func(*draft)
		want  func(*profiles.Profile)
		wrong []string
	}{
		{"all right", func(d *draft) { d.name = "Store" }, func(p *profiles.Profile) { p.Name = "Store" }, nil},
		{
			"a wrong row keeps the file's version, the rest is saved",
			func(d *draft) { d.backends[0].now.URL = "x://"; d.backends[1].now.Path = "^/a" },
			func(p *profiles.Profile) { p.Backends[1].Path = "^/a" },
			[]string{"backends[0].url"},
		},
		{
			"a wrong new row is left out",
			func(d *draft) {
				d.name = "Store"
				d.backends = append(d.backends, row[profiles.Backend]{now: profiles.Backend{URL: "c"}})
			},
			func(p *profiles.Profile) { p.Name = "Store" },
			[]string{"backends[2].url"},
		},
		{
			"each wrong origin is named",
			func(d *draft) {
				d.origins = []row[string]{{now: "http://x:1"}, {now: "*"}, {now: "/(/"}}
			},
			func(p *profiles.Profile) { p.Origins = []string{"http://x:1"} },
			[]string{"origins[1]", "origins[2]"},
		},
		{"an empty name", func(d *draft) { d.name = " " }, func(*profiles.Profile) {}, []string{"name"}},
		{"another's name", func(d *draft) { d.name = "Taken" }, func(*profiles.Profile) {}, []string{"name"}},
		{"no backend", func(d *draft) { d.backends = nil }, func(*profiles.Profile) {}, []string{"backends"}},
		{"a CA file that is missing", func(d *draft) { d.backends[0].now.CA = "no.pem" }, func(*profiles.Profile) {}, []string{"backends[0].ca"}},
		{"a bad path", func(d *draft) { d.backends[0].now.Path = "(" }, func(*profiles.Profile) {}, []string{"backends[0].path"}},
		{"a bad upstream", func(d *draft) { d.backends[0].now.Upstream = "10.0.0.5" }, func(*profiles.Profile) {}, []string{"backends[0].upstream"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDraft("shop.yaml", shop())
			d.others = []string{"Taken"}
			c.typed(d)
			want := shop()
			c.want(want)
			got, wrong := d.savable()
			if !sameFields(&got, want) {
				t.Errorf("saves %+v, want %+v", got, *want)
			}
			var paths []string
			for path, message := range wrong {
				paths = append(paths, path)
				if message == "" {
					t.Errorf("no message at %s", path)
				}
			}
			if slices.Sort(paths); !slices.Equal(paths, c.wrong) {
				t.Errorf("wrong at %q, want %q", paths, c.wrong)
			}
		})
	}
}

// What another program wrote between the last look and the write stays.
func TestMergeChangesOnlyWhatWasTyped(t *testing.T) {
	base, mine, theirs := shop(), shop(), shop()
	mine.Name = "Store"
	mine.CSRF.Header = "X-Token"
	theirs.Backends = theirs.Backends[:1]
	theirs.Toggles = map[string]bool{"cookie-httponly": true}
	theirs.CSRF.Cookie = "xsrf"
	got := merge(base, mine, theirs)
	want := profiles.Profile{Name: "Store", Backends: theirs.Backends, CSRF: profiles.CSRF{Cookie: "xsrf", Header: "X-Token"}}
	if !sameFields(&got, &want) || !got.Toggles["cookie-httponly"] {
		t.Errorf("merged to %+v", got)
	}
}

func TestDefaultOriginsAreNotSpeltOut(t *testing.T) {
	for _, c := range []struct {
		list []string
		null bool
		want []string
	}{
		{proxy.DefaultOrigins(), false, nil},
		{proxy.DefaultOrigins(), true, append(proxy.DefaultOrigins(), "null")},
		{[]string{"http://x:1"}, false, []string{"http://x:1"}},
		{nil, true, []string{"null"}},
	} {
		if got := joinNull(c.list, c.null); !slices.Equal(got, c.want) {
			t.Errorf("joinNull(%q, %v) is %q, want %q", c.list, c.null, got, c.want)
		}
	}
}

func TestExcerptMarksTheLine(t *testing.T) {
	text := "one\ntwo\nthree\n\tfour\nfive\n"
	for _, c := range []struct {
		line int
		want string
	}{
		{1, ">   1  one\n    2  two"},
		{4, "    2  two\n    3  three\n>   4      four\n    5  five"},
		{5, "    3  three\n    4      four\n>   5  five"},
		{9, ""},
	} {
		if got := excerptOf(text, c.line); got != c.want {
			t.Errorf("line %d:\n%s\nwant\n%s", c.line, got, c.want)
		}
	}
}

func TestFieldMessagesAreSentences(t *testing.T) {
	for _, c := range []struct{ label, message, want string }{
		{"Name", "is empty: give the profile a name", "Name is empty: give the profile a name."},
		{"", "is empty", "It is empty."},
		{"URL", `"x" has no scheme: write https://x`, `"x" has no scheme: write https://x.`},
		{"URL", "", ""},
	} {
		f := &field{label: c.label}
		if got := f.say(c.message); got != c.want {
			t.Errorf("%q: %q says %q, want %q", c.label, c.message, got, c.want)
		}
	}
}
