package session

import "testing"

// A lifetime is by the wall clock, which goes on while the machine sleeps.
func TestLifetimesAreWallClock(t *testing.T) {
	s := NewStore()
	u := mustParse("https://dev.example.com/")
	s.Learn("B", u, nil, []string{"s=1; Max-Age=60"})
	s.LearnSent("B", u, []string{"t=1"})
	if all := s.All()["B"]; len(all) != 2 {
		t.Fatalf("held: %v", all)
	}
	for _, c := range s.All()["B"] {
		if c.Expires != c.Expires.Round(0) || c.Created != c.Created.Round(0) {
			t.Errorf("%s is made at %v and ends at %v, by a clock that stops in a sleep", c.Name, c.Created, c.Expires)
		}
	}
}
