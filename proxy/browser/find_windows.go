package browser

import (
	"context"
	"os"

	"golang.org/x/sys/windows/registry"
)

// find reads what is registered as a browser, for all users and for this one,
// and looks into the usual folders.
func find(ctx context.Context) []Browser {
	var list []registered
	for _, root := range []registry.Key{registry.CURRENT_USER, registry.LOCAL_MACHINE} {
		for _, view := range []uint32{registry.WOW64_64KEY, registry.WOW64_32KEY} {
			list = append(list, startMenuInternet(root, view)...)
			list = append(list, appPaths(root, view)...)
		}
	}
	var paths []string
	for _, b := range brands() {
		for _, dir := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			if at := os.Getenv(dir); at != "" && b.windows != "" {
				paths = append(paths, at+`\`+b.windows)
				if dir == "LocalAppData" { // Opera's installer
					paths = append(paths, at+`\Programs\`+b.windows)
				}
			}
		}
	}
	standard := readString(registry.CURRENT_USER, `Software\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice`, "ProgId", 0)
	return findRegistered(ctx, list, paths, standard)
}

// startMenuInternet reads the programs that registered as browsers
// (learn.microsoft.com, "Start Menu Internet Applications").
func startMenuInternet(root registry.Key, view uint32) []registered {
	const at = `SOFTWARE\Clients\StartMenuInternet`
	var list []registered
	for _, name := range subkeys(root, at, view) {
		key := at + `\` + name
		list = append(list, registered{
			name:    readString(root, key, "", view),
			command: readString(root, key+`\shell\open\command`, "", view),
			progID:  readString(root, key+`\Capabilities\URLAssociations`, "https", view),
		})
	}
	return list
}

// appPaths reads where programs lie that can be started by their names alone.
func appPaths(root registry.Key, view uint32) []registered {
	const at = `SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths`
	var list []registered
	for _, name := range subkeys(root, at, view) {
		list = append(list, registered{command: readString(root, at+`\`+name, "", view)})
	}
	return list
}

func subkeys(root registry.Key, path string, view uint32) []string {
	key, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS|view)
	if err != nil {
		return nil
	}
	defer key.Close()
	names, _ := key.ReadSubKeyNames(-1)
	return names
}

// readString reads a value; "" where there is none.
func readString(root registry.Key, path, name string, view uint32) string {
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE|view)
	if err != nil {
		return ""
	}
	defer key.Close()
	value, _, err := key.GetStringValue(name)
	if err != nil {
		return ""
	}
	if expanded, err := registry.ExpandString(value); err == nil {
		return expanded
	}
	return value
}

// at returns the browser at path, if there is one.
func at(ctx context.Context, path string) []Browser {
	return findRegistered(ctx, []registered{{name: nameOf(path), command: `"` + path + `"`}}, nil, "")
}
