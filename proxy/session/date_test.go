package session

import (
	"net/http"
	"testing"
	"time"
)

var dates = []struct {
	in   string
	want string // RFC 3339, "" for no date
}{
	{"Mon, 07 Dec 2026 08:09:10 GMT", "2026-12-07T08:09:10Z"},
	{"Monday, 07-Dec-26 08:09:10 GMT", "2026-12-07T08:09:10Z"},
	{"Mon Dec  7 08:09:10 2026", "2026-12-07T08:09:10Z"},
	{"Mon, 07-Dec-2026 08:09:10 GMT", "2026-12-07T08:09:10Z"},
	{"7 december 2026 8:9:10", "2026-12-07T08:09:10Z"},
	{"2026 07 Dec 08:09:10", "2026-12-07T08:09:10Z"},
	{"07 Dec 70 08:09:10", "1970-12-07T08:09:10Z"},
	{"07 Dec 69 08:09:10", "2069-12-07T08:09:10Z"},
	{"Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
	{"08:09:10pm 07 Dec 2026", "2026-12-07T08:09:10Z"},
	{"29 Feb 2028 00:00:00", "2028-02-29T00:00:00Z"},
	{"29 Feb 2027 00:00:00", ""},
	{"00 Dec 2026 08:09:10", ""},
	{"32 Dec 2026 08:09:10", ""},
	{"07 Dec 1600 08:09:10", ""},
	{"07 Dec 2026 24:00:00", ""},
	{"07 Dec 2026 08:60:00", ""},
	{"07 Dec 2026 08:00:60", ""},
	{"07 Dec 2026 08:00", ""},
	{"07 Dec 2026", ""},
	{"Dec 2026 08:09:10", ""},
	{"2026-12-07T08:09:10Z", ""},
	{"tomorrow", ""},
	{"0", ""},
	{"", ""},
}

func TestParseDate(t *testing.T) {
	for _, tt := range dates {
		got := ""
		if d, ok := parseDate(tt.in); ok {
			got = d.Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, tt := range dates {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseDate(s)
		if ok && (got.Year() < 1601 || got.Year() > 9999) {
			t.Errorf("%q: %v", s, got)
		}
		if ok {
			if again, ok := parseDate(got.Format(http.TimeFormat)); !ok || !again.Equal(got) {
				t.Errorf("%q: %v is written and read as %v", s, got, again)
			}
		}
	})
}
