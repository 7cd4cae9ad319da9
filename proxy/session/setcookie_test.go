package session

import (
	"strings"
	"testing"
)

var setCookies = []struct {
	line, name, value string
	with, without     string // SameSite=None put in, SameSite taken out
}{
	{"a=1", "a", "1", "a=1; SameSite=None", "a=1"},
	{"a=1; Path=/; SameSite=Lax; Secure", "a", "1", "a=1; Path=/; SameSite=None; Secure", "a=1; Path=/; Secure"},
	{"a=1; samesite=none", "a", "1", "a=1; samesite=none", "a=1"},
	{"a=1;SAMESITE = strict ;Priority=High", "a", "1", "a=1; SameSite=None;Priority=High", "a=1;Priority=High"},
	{"a=1; SameSite", "a", "1", "a=1; SameSite=None", "a=1"},
	{"a=1; SameSite=None; SameSite=Lax; x", "a", "1", "a=1; SameSite=None; x", "a=1; x"},
	{"a=1; SameSite=None; SameSite=None", "a", "1", "a=1; SameSite=None", "a=1"},
	{"a=1; Path=/;", "a", "1", "a=1; Path=/; SameSite=None;", "a=1; Path=/;"},
	{"a=1;;; ", "a", "1", "a=1; SameSite=None;;; ", "a=1;;; "},
	{" a = b c ; Secure", "a", "b c", " a = b c ; Secure; SameSite=None", " a = b c ; Secure"},
	{`a="x; y"`, "a", `"x`, `a="x; y"; SameSite=None`, `a="x; y"`},
	{"a=b=c==", "a", "b=c==", "a=b=c==; SameSite=None", "a=b=c=="},
	{"SameSite=Lax", "SameSite", "Lax", "SameSite=Lax; SameSite=None", "SameSite=Lax"},
	{"novalue; SameSite=Lax", "", "novalue", "novalue; SameSite=None", "novalue"},
	{"=nameless", "", "nameless", "=nameless; SameSite=None", "=nameless"},
	{"a=1; Path=/SameSite=Lax", "a", "1", "a=1; Path=/SameSite=Lax; SameSite=None", "a=1; Path=/SameSite=Lax"},
	{"a=1; XSameSite=Lax; SameSite2=Lax", "a", "1", "a=1; XSameSite=Lax; SameSite2=Lax; SameSite=None", "a=1; XSameSite=Lax; SameSite2=Lax"},
	{"", "", "", "; SameSite=None", ""},
	{";", "", "", "; SameSite=None;", ";"},
}

func TestSetCookie(t *testing.T) {
	for _, tt := range setCookies {
		c := ParseSetCookie(tt.line)
		if c.String() != tt.line || c.Name() != tt.name || c.Value() != tt.value {
			t.Errorf("%q: %q is named %q with value %q", tt.line, c, c.Name(), c.Value())
		}
		if got := c.With("SameSite", "None").String(); got != tt.with {
			t.Errorf("%q with SameSite=None: %q, want %q", tt.line, got, tt.with)
		}
		if got := c.Without("SameSite").String(); got != tt.without {
			t.Errorf("%q without SameSite: %q, want %q", tt.line, got, tt.without)
		}
		if c.String() != tt.line {
			t.Errorf("%q was edited in place: %q", tt.line, c)
		}
	}
}

func TestSetCookieAttr(t *testing.T) {
	c := ParseSetCookie("a=1; path=/x; Secure; PATH = /y ")
	if v, ok := c.Attr("Path"); v != "/y" || !ok {
		t.Errorf("Path: %q, %v", v, ok)
	}
	if v, ok := c.Attr("secure"); v != "" || !ok {
		t.Errorf("Secure: %q, %v", v, ok)
	}
	if _, ok := c.Attr("Domain"); ok {
		t.Error("there is no Domain")
	}
	if got := c.With("Secure", "").String(); got != c.String() {
		t.Errorf("Secure was there: %q", got)
	}
	if got := ParseSetCookie("a=1; Secure=yes").With("Secure", "").String(); got != "a=1; Secure" {
		t.Errorf("Secure with a value: %q", got)
	}
}

func FuzzSetCookie(f *testing.F) {
	for _, tt := range setCookies {
		f.Add(tt.line, "SameSite", "None")
		f.Add(tt.line, "Secure", "")
	}
	count := func(c SetCookie, name string) (n int) {
		for _, a := range c.attrs {
			if have, _ := attr(a); strings.EqualFold(have, name) {
				n++
			}
		}
		return n
	}
	f.Fuzz(func(t *testing.T, line, name, value string) {
		c := ParseSetCookie(line)
		if c.String() != line {
			t.Fatalf("%q became %q", line, c)
		}
		if name == "" || strings.ContainsAny(name, ";= \t") || strings.ContainsAny(value, "; \t") {
			return
		}
		with, without := c.With(name, value), c.Without(name)
		for _, edited := range []SetCookie{with, without} {
			if edited.Name() != c.Name() || edited.Value() != c.Value() || edited.pair != c.pair {
				t.Errorf("%q lost its name or value: %q", line, edited)
			}
			if again := ParseSetCookie(edited.String()); again.String() != edited.String() {
				t.Errorf("%q reads as %q", edited, again)
			}
			if got := edited.Without(name).String(); got != without.String() {
				t.Errorf("%q: the other attributes changed: %q, %q", line, got, without)
			}
		}
		if v, _ := with.Attr(name); !strings.EqualFold(v, value) || count(with, name) != 1 {
			t.Errorf("%q with %s=%s: %q", line, name, value, with)
		}
		if with.With(name, value).String() != with.String() {
			t.Errorf("%q: a second With changes %q", line, with)
		}
		if count(without, name) != 0 {
			t.Errorf("%q without %s: %q", line, name, without)
		}
	})
}
