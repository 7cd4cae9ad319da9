package browser

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// registered is a program that Windows' registry lists as a browser: a key below
// SOFTWARE\Clients\StartMenuInternet, or one below App Paths.
type registered struct {
	name    string // as people know it; "" for App Paths
	command string // how to start it, perhaps quoted and with arguments
	progID  string // what https addresses are associated with, where it is chosen
}

// commandProgram is the program of a command in the registry, which is quoted or
// ends with .exe.
func commandProgram(command string) string {
	command = strings.TrimSpace(command)
	if quoted, ok := strings.CutPrefix(command, `"`); ok {
		program, _, _ := strings.Cut(quoted, `"`)
		return program
	}
	if at := strings.Index(strings.ToLower(command), ".exe"); at >= 0 {
		return command[:at+len(".exe")]
	}
	return command
}

// findRegistered returns the browsers among what the registry lists and the
// programs at paths. standard is the ProgID that https addresses are
// associated with. Paths have backslashes.
func findRegistered(ctx context.Context, list []registered, paths []string, standard string) []Browser {
	for _, p := range paths {
		list = append(list, registered{command: `"` + p + `"`})
	}
	c := new(collection)
	for _, r := range list {
		program := commandProgram(r.command)
		info, err := os.Stat(program)
		if err != nil || info.IsDir() {
			continue
		}
		b, known := brandOfExecutable(program)
		dir := program[:strings.LastIndexAny(program, `\/`)+1]
		if !known {
			kind, ok := familyAtWindows(dir)
			if !ok || r.name == "" {
				continue
			}
			b = brand{name: strings.TrimPrefix(r.name, "Mozilla "), kind: kind}
		}
		f := found{key: strings.ToLower(program), Browser: Browser{Name: b.name, Kind: b.kind, Channel: b.channel, Path: program}}
		f.details = func(context.Context) (version, channel string) {
			if b.kind == Firefox {
				return mozillaDetails(dir)
			}
			return newestFolder(dir), ""
		}
		if have := c.add(f); standard != "" && r.progID == standard {
			have.Default = true
		}
	}
	return c.browsers(ctx)
}

// familyAtWindows tells a family by the files in the program's folder: those of
// Chromium are in one with the version as its name.
func familyAtWindows(dir string) (Kind, bool) {
	if kind, ok := familyAt(filepath.Join(dir, "program")); ok {
		return kind, true
	}
	if v := newestFolder(dir); v != "" {
		return familyAt(filepath.Join(dir, v, "program"))
	}
	return 0, false
}

var versionFolder = regexp.MustCompile(`^\d+(\.\d+){3}$`)

// newestFolder is the highest version that has a folder in dir; "" for none.
// After an update the former one stays until the browser is closed.
func newestFolder(dir string) string {
	entries, _ := os.ReadDir(dir)
	newest := ""
	for _, e := range entries {
		if e.IsDir() && versionFolder.MatchString(e.Name()) && (newest == "" || versionLess(newest, e.Name())) {
			newest = e.Name()
		}
	}
	return newest
}

// versionLess compares versions of the same number of decimal fields.
func versionLess(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		if x[i] == y[i] {
			continue
		}
		if len(x[i]) != len(y[i]) {
			return len(x[i]) < len(y[i])
		}
		return x[i] < y[i]
	}
	return len(x) < len(y)
}

// nameOf is what a program is called that nothing else names.
func nameOf(path string) string {
	name := path[strings.LastIndexAny(path, `\/`)+1:]
	return strings.TrimSuffix(name, filepath.Ext(name))
}
