package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// loginPage is where Django sends those who aren't logged in.
const loginPage = "/accounts/login/"

// storySteps is what each step of the story must give, whichever browser,
// cookie setting and kind of backend it is told in.
var storySteps = []struct {
	step   string
	status int
	path   string // the answer's own, "" for no redirect
	body   string // is in the body
}{
	{step: "me before", status: 200, path: loginPage, body: "<form method=post>"},
	{step: "csrf", status: 200, body: `{"csrfToken": "`},
	{step: "login", status: 200, body: `{"user": "ada"}`},
	{step: "csrf after login", status: 200, body: `{"csrfToken": "`},
	{step: "me", status: 200, body: `{"user": "ada"}`},
	{step: "write", status: 201, body: `{"name": "milk", "text": "two"}`},
	{step: "put", status: 200, body: `"three"`},
	{step: "patch", status: 200, body: `"three litres"`},
	{step: "read", status: 200, body: `{"notes": {"milk": "three litres"}}`},
	{step: "delete", status: 204},
	{step: "read after delete", status: 200, body: `{"notes": {}}`},
	{step: "log out", status: 200, body: `{"user": null}`},
	{step: "me after", status: 200, path: loginPage, body: "<form method=post>"},
	{step: "write after", status: 200, path: loginPage, body: "<form method=post>"},
}

func (s *stage) story(t *testing.T, k kind) {
	base := k.base("dev")
	checkStory(t, base, run[[]answer](t, s.page, "story", accountAt(base)))
	logged := s.corsage.waitExchange(t, "POST", base+"/logout")
	if logged.Relation != "allowed" || !slices.Contains(logged.Applied, "allow-origin") {
		t.Errorf("the log has the logout as %s", logged.raw)
	}
}

// checkStory holds the story's steps, told with the backend at base, to the table.
func checkStory(t testing.TB, base string, got []answer) {
	t.Helper()
	for _, fault := range storyFaults(base, got) {
		t.Error(fault)
	}
}

// storyFaults are the differences of the story's steps to the table.
func storyFaults(base string, got []answer) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if len(got) != len(storySteps) {
		fault("the story has %d steps, want %d", len(got), len(storySteps))
		return faults
	}
	for i, want := range storySteps {
		step := got[i]
		switch {
		case step.Step != want.step:
			fault("step %d is %q, want %q", i, step.Step, want.step)
		case step.Error != "", step.Status != want.status:
			fault("%s: %s; want %d", want.step, step, want.status)
		case !strings.Contains(step.Body, want.body):
			fault("%s: body %q, want %q in it", want.step, step.Body, want.body)
		case step.Redirected != (want.path != ""):
			fault("%s: redirected is %t, at %s", want.step, step.Redirected, step.URL)
		case !strings.HasPrefix(step.URL, base+want.path):
			fault("%s: the answer is from %s, want %s", want.step, step.URL, base+want.path)
		}
	}
	return faults
}

// profileOff turns the profile off and on again in the running Corsage.
func (s *stage) profileOff(t *testing.T, k kind) {
	token := "off-" + k.name + "-" + s.mode.name
	url := k.direct + "/echo?token=" + token
	if got := call(t, s.page, url); got.Status != 200 {
		t.Fatalf("profile on: %s", got)
	}
	arrived := len(k.django.seen(t, token))

	s.corsage.run(t, "profile", "disable", k.profile)
	if got := call(t, s.page, url); !got.refused() {
		t.Errorf("profile off: %s; want the browser's refusal", got)
	}
	if now := len(k.django.seen(t, token)); now != arrived+1 {
		t.Errorf("profile off: %d requests arrived, want 1, or the refusal proves nothing", now-arrived)
	}

	s.corsage.run(t, "profile", "enable", k.profile)
	if got := call(t, s.page, url); got.Status != 200 {
		t.Errorf("profile on again: %s", got)
	}
}

// noHeldSession tells the story with relaxed cookies alone, which do where the
// browser lets third parties keep any; a foreign page rides on them no more
// than on a held session.
func (s *stage) noHeldSession(t *testing.T) {
	base := "https://cookies.corsage.test"
	checkStory(t, base, run[[]answer](t, s.page, "story", accountAt(base)))
	s.rideFrom(t, base, s.world.https, "relaxed-"+s.mode.name)
}

// tokenByHeader writes without ever reading the token from a body.
func (s *stage) tokenByHeader(t *testing.T) {
	base := "https://dev.corsage.test"
	s.logIn(t, base)
	for _, got := range run[[]answer](t, s.page, "tokenByHeader", map[string]string{"base": base}) {
		want := 201
		if got.Step == "read" {
			want = 200
		}
		if got.Status != want {
			t.Errorf("%s: %s; want %d", got.Step, got, want)
		}
	}
	s.logOut(t, base)
}
