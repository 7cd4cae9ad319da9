package instance

import (
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"corsage/profiles"
)

func TestReport(t *testing.T) {
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	good := &profiles.Profile{Name: "Site"}
	fault := func(s string) error {
		if s == "" {
			return nil
		}
		return errors.New(s)
	}
	known := map[string]string{}
	for _, c := range []struct {
		name    string
		profile *profiles.Profile
		fault   string
		want    string // in the log, which gets nothing where this is empty
	}{
		{"in order", good, "", ""},
		{"goes bad", good, "line 3", "last good version stays in use"},
		{"as bad as before", good, "line 3", ""},
		{"bad in another way", good, "line 4", "line 4"},
		{"corrected", good, "", "in order again"},
		{"still in order", good, "", ""},
		{"bad from the start", nil, "line 1", "not used until it is corrected"},
	} {
		out.Reset()
		known = report([]profiles.Item{{Profile: c.profile, File: "site.yaml", Err: fault(c.fault)}}, known, log)
		if got := out.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: logged %q, want %q", c.name, got, c.want)
		}
	}
	if got := report(nil, known, log); !maps.Equal(got, map[string]string{}) {
		t.Errorf("a file that is gone has the faults %v", got)
	}
}

func TestUnknownProfileError(t *testing.T) {
	for _, c := range []struct {
		name string
		have []string
		want string
	}{
		{"Shop", nil, `no profile is named "Shop": there is none yet; make one in the window, or write its file into the profiles folder`},
		{"shop", []string{"Blog", "Shop"}, `no profile is named "shop": did you mean "Shop"?`},
		{"Bank", []string{"Blog", "Shop"}, `no profile is named "Bank": there is "Blog", "Shop"`},
	} {
		if got := (&UnknownProfileError{Name: c.name, Have: c.have}).Error(); got != c.want {
			t.Errorf("%q of %q: %s, want %s", c.name, c.have, got, c.want)
		}
	}
}
