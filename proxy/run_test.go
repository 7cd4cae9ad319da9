package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func runFlow() *Flow {
	h := http.Header{"A": {"1"}, "Origin": {"http://localhost:3000"}}
	return &Flow{
		Rule: &Rule{}, URL: &url.URL{Scheme: "https", Host: "dev.example.com", Path: "/"},
		Received: h.Clone(), Request: &http.Request{Method: http.MethodGet, Header: h},
	}
}

func TestRunOrder(t *testing.T) {
	var ran []string
	note := func(s string) func(*Flow) { return func(*Flow) { ran = append(ran, s) } }
	mods := []Modifier{
		{Name: "a", Request: note("a>"), Response: note("<a")},
		{Name: "b"},
		{Name: "c", Request: func(f *Flow) { ran = append(ran, "c>"); f.Answer(http.StatusNoContent, "test") }, Response: note("<c")},
		{Name: "d", Request: note("d>"), Response: note("<d")},
	}
	f := runFlow()
	if err := f.RunRequest(mods); err != nil {
		t.Fatal(err)
	}
	if err := f.RunResponse(mods); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ran, " "); got != "a> c> <d <c <a" {
		t.Error(got)
	}
	if c := f.Changes(); len(c) != 1 || c[0].Toggle != "c" || c[0].Header != ":status" || c[0].After[0] != "204 No Content" {
		t.Errorf("%+v", c)
	}
}

func TestRunPanic(t *testing.T) {
	f := runFlow()
	err := f.RunRequest([]Modifier{
		{Name: "fine", Request: func(f *Flow) { f.SetRequest("A", "test", "2"); f.SetRequest("B", "test", "new") }},
		{Name: "broken", Request: func(f *Flow) {
			f.SetRequest("A", "test", "3")
			f.SetRequest("A", "test")
			f.SetRequest("B", "test")
			f.SetRequest("C", "test", "x")
			f.Answer(http.StatusTeapot, "test")
			f.SetResponse("D", "test", "x")
			panic("no reason")
		}},
		{Name: "after", Request: func(f *Flow) { f.SetRequest("E", "test", "y") }},
	})
	if err == nil || !strings.Contains(err.Error(), "toggle broken") || !strings.Contains(err.Error(), "no reason") || !strings.Contains(err.Error(), "run_test.go") {
		t.Errorf("the error should name the toggle, the cause and the place: %v", err)
	}
	if f.Response != nil {
		t.Error("the broken modifier's answer was kept")
	}
	want := http.Header{"A": {"2"}, "B": {"new"}, "E": {"y"}, "Origin": {"http://localhost:3000"}}
	if len(f.Request.Header) != len(want) {
		t.Errorf("%v", f.Request.Header)
	}
	for name, v := range want {
		if !slices.Equal(f.Request.Header[name], v) {
			t.Errorf("%s: %q, want %q", name, f.Request.Header[name], v)
		}
	}
	var toggles []string
	for _, c := range f.Changes() {
		toggles = append(toggles, c.Toggle)
	}
	if !slices.Equal(toggles, []string{"fine", "fine", "after"}) {
		t.Error(toggles)
	}

	f.Response = &http.Response{StatusCode: 200, Header: http.Header{"X": {"1"}}}
	err = f.RunResponse([]Modifier{
		{Name: "first", Response: func(f *Flow) { f.SetResponse("Y", "test", "1") }},
		{Name: "broken", Response: func(f *Flow) { f.SetResponse("X", "test"); panic("again") }},
	})
	if err == nil || f.Response.Header.Get("X") != "1" || f.Response.Header.Get("Y") != "1" {
		t.Errorf("%v: %v", err, f.Response.Header)
	}
}

func TestSetNotesOnce(t *testing.T) {
	f := runFlow()
	values := []string{"1"}
	f.SetRequest("a", "test", values...) // as it was
	f.SetRequest("none", "test")         // not there
	if c := f.Changes(); len(c) != 0 {
		t.Errorf("nothing changed, noted: %+v", c)
	}
	values = []string{"2"}
	f.SetRequest("a", "test", values...)
	values[0] = "later"
	if c := f.Changes(); len(c) != 1 || c[0].After[0] != "2" || c[0].Before[0] != "1" || c[0].Header != "A" {
		t.Errorf("%+v", c)
	}
}
