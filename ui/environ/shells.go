package environ

import (
	"fmt"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Shell is how a kind of shell is told of variables.
type Shell struct {
	Name string
	// Use and Undo are what a person types, for 'corsage env' and 'corsage env
	// --unset'.
	Use, Undo string

	set, unset, comment string // formats
	quote               func(string) (string, error)
}

// Shells are those that can be told, the first for all that are like sh.
func Shells() []Shell {
	return []Shell{
		{
			Name: "sh", Use: `eval "$(corsage env)"`, Undo: `eval "$(corsage env --unset)"`,
			set: "export %s=%s;", unset: "unset %s;", comment: "# %s",
			quote: func(s string) (string, error) { return shellescape.Quote(s), nil },
		},
		{
			Name: "fish", Use: "corsage env --shell fish | source", Undo: "corsage env --shell fish --unset | source",
			set: "set -gx %s %s;", unset: "set -e %s;", comment: "# %s",
			quote: fishQuote,
		},
		{
			Name: "powershell", Use: "corsage env --shell powershell | Out-String | Invoke-Expression",
			Undo: "corsage env --shell powershell --unset | Out-String | Invoke-Expression",
			set:  "$env:%s = %s", unset: "Remove-Item -ErrorAction Ignore env:%s", comment: "# %s",
			quote: powershellQuote,
		},
		{
			Name: "cmd", Use: "FOR /f \"tokens=*\" %i IN ('corsage env --shell cmd') DO @%i",
			Undo: "FOR /f \"tokens=*\" %i IN ('corsage env --shell cmd --unset') DO @%i",
			set:  `SET "%s=%s"`, unset: `SET "%s="`, comment: "REM %s",
			quote: cmdQuote,
		},
	}
}

// ShellNamed returns the shell of a name; the error says which there are.
func ShellNamed(name string) (Shell, error) {
	var all []string
	for _, s := range Shells() {
		if s.Name == name {
			return s, nil
		}
		all = append(all, s.Name)
	}
	return Shell{}, fmt.Errorf("%q is no shell that is known: it must be %s; bash, zsh, dash and ksh are like sh", name, strings.Join(all, ", "))
}

// ShellAt returns the shell that the program at path is, such as that in the
// variable SHELL: sh unless it is known to be another.
func ShellAt(path string) Shell {
	base := strings.ToLower(filepath.Base(strings.ReplaceAll(path, `\`, "/")))
	base = strings.TrimSuffix(base, ".exe")
	if base == "pwsh" {
		base = "powershell"
	}
	if s, err := ShellNamed(base); err == nil {
		return s
	}
	return Shells()[0]
}

// Text returns lines that unset and then set the variables in the shell, and
// below them the comments: above, they would hide all else from who forgets the quotes
// in eval "$(...)", which makes one line of all.
func (s Shell) Text(set []Variable, unset []string, comments ...string) (string, error) {
	var b strings.Builder
	for _, name := range unset {
		fmt.Fprintf(&b, s.unset+"\n", name)
	}
	for _, v := range set {
		value, err := s.quote(v.Value)
		if err != nil {
			return "", fmt.Errorf("%s=%q: %w", v.Name, v.Value, err)
		}
		fmt.Fprintf(&b, s.set+"\n", v.Name, value)
	}
	for _, c := range comments {
		fmt.Fprintf(&b, s.comment+"\n", strings.Join(strings.Fields(c), " "))
	}
	return b.String(), nil
}

// fishQuote: between single quotes fish knows two escapes.
// https://fishshell.com/docs/current/language.html#quotes
func fishQuote(s string) (string, error) {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'", nil
}

// powershellQuote: a quote is doubled, and typographic ones are quotes too.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func powershellQuote(s string) (string, error) {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s) + "'", nil
}

// cmdQuote: the whole assignment stands in quotes, and what ends those can't be
// written. Percent signs stay, since FOR takes lines as they are.
func cmdQuote(s string) (string, error) {
	if strings.ContainsAny(s, "\"\r\n") {
		return "", fmt.Errorf("cmd can't be told of a quote or a line break: use --shell powershell")
	}
	return s, nil
}
