package recipe

import (
	"regexp"
	"strings"
	"testing"
)

func TestPortable(t *testing.T) {
	for expression, want := range map[string]string{
		`^/api/`:                        `^/api/`,
		`http://(a|b)\.example\.com`:    `http://(?:[ab])\.example\.com`,
		`(?i)Shop\d+`:                   `[Ss][Hh][Oo][Pp][0-9]+`,
		`(?P<port>:\d{2,5})?`:           `(?::[0-9]{2,5})?`,
		`\Qa.b"'` + "`" + `#$\E`:        `a\.b\x22\x27\x60\x23\x24`,
		`[^/:]+`:                        `[^\x2f\x3a]+`,
		`[[:alpha:]]`:                   `[A-Za-z]`,
		`\pL`:                           `[A-Za-z]`,
		`\PL`:                           `[^A-Za-z]`,
		`[α-ω]`:                         `[^\s\S]`,
		`(?s).`:                         `[\s\S]`,
		`(?:a*)*`:                       `(?:a*)*`,
		`(?:a+?){2,}?`:                  `(?:a+?){2,}?`,
		`(?:^)*b`:                       `(?:)b`,
		`a|b c|\{\}`:                    `a|b\x20c|\x7b\x7d`,
		`x\z`:                           `x$`,
		`\bx\B`:                         `\bx\B`,
		`\x{2028}`:                      `[^\s\S]`,
		`https://[a-z]+(-\w+)?\.test/?`: `https://[a-z]+(?:-[0-9A-Z_a-z]+)?\.test/?`,
	} {
		if got, err := portable(expression); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", expression, got, err, want)
		}
	}
	if _, err := portable(`a(`); err == nil {
		t.Error("a broken expression passes")
	}
}

// harmless is what stands unchanged in a quoted text of any of the languages,
// but for slashes and backslashes.
var harmless = regexp.MustCompile(`^[A-Za-z0-9:/_~%=,@.()\[\]*+?|^${}\\-]*$`)

// What comes out finds the same in ASCII as what went in, and can't end a
// literal.
func FuzzPortable(f *testing.F) {
	for _, seed := range []string{
		`^/api/`, `(?i)sHop\d+`, `[^/:]+|x`, `(a|b)*?c{2,3}`, `\bx\B$`, "\"'`#${}", `(?:^)*b`, `\PL`, `(?U)a+`, `(?m)^x$`, `[\x00-\x{10FFFF}]`, `[^\x00-\x{10FFFF}]`,
	} {
		f.Add(seed, "http://localhost:3000")
		f.Add(seed, "/api/x?\"'`#${}")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		before, err := regexp.Compile(expression)
		if err != nil || len(expression) > 200 {
			return
		}
		for i := range len(text) { // the wire has neither
			if text[i] > 0x7e || text[i] < ' ' {
				return
			}
		}
		got, err := portable(expression)
		if err != nil {
			t.Fatal(err)
		}
		if !harmless.MatchString(got) {
			t.Fatalf("%q became %q, which can end a literal", expression, got)
		}
		after, err := regexp.Compile(got)
		if err != nil {
			if strings.Contains(err.Error(), "invalid repeat count") || strings.Contains(err.Error(), "expression nests too deeply") {
				return
			}
			t.Fatalf("%q became %q: %v", expression, got, err)
		}
		if before.MatchString(text) != after.MatchString(text) {
			t.Fatalf("%q finds something in %q: %t; as %q: %t", expression, text, before.MatchString(text), got, after.MatchString(text))
		}
	})
}
