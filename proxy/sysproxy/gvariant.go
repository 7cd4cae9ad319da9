package sysproxy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/godbus/dbus/v5"
)

// quoteVariant writes a string as GLib prints one in GVariant's text format.
func quoteVariant(s string) string {
	quote := `'`
	if strings.Contains(s, quote) {
		quote = `"`
	}
	return quote + strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(s) + quote
}

func quoteVariantList(list []string) string {
	if len(list) == 0 {
		return "@as []"
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quoteVariant(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// parseVariantString reads a string in GVariant's text format.
func parseVariantString(text string) (string, error) {
	var s string
	err := parseVariant(text, "s", &s)
	return s, err
}

// parseVariantList reads a list of strings in GVariant's text format.
func parseVariantList(text string) ([]string, error) {
	var list []string
	err := parseVariant(strings.TrimPrefix(text, "@as "), "as", &list)
	return list, err
}

// shapes are those of a string and a list of strings. The library below is given
// nothing else, since there is text on which it never ends.
func shapes() map[string]*regexp.Regexp {
	one := `(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`
	return map[string]*regexp.Regexp{
		"s":  regexp.MustCompile(`^` + one + `$`),
		"as": regexp.MustCompile(`^\[(?:` + one + `(?:, ?` + one + `)*)?\]$`),
	}
}

func parseVariant(text, signature string, into any) (err error) {
	if !shapes()[signature].MatchString(text) {
		return fmt.Errorf("%q is no value of GSettings", text)
	}
	defer func() {
		if p := recover(); p != nil { // the library's way of refusing some broken text
			err = fmt.Errorf("%q is no value of GSettings: %v", text, p)
		}
	}()
	sig, err := dbus.ParseSignature(signature)
	if err != nil {
		return err
	}
	v, err := dbus.ParseVariant(text, sig)
	if err != nil {
		return fmt.Errorf("%q is no value of GSettings: %w", text, err)
	}
	return v.Store(into)
}
