package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"howett.net/plist"
)

// bundleInfo is what the Info.plist of a macOS bundle says of a program.
type bundleInfo struct {
	ID         string `plist:"CFBundleIdentifier"`
	Name       string `plist:"CFBundleName"`
	Display    string `plist:"CFBundleDisplayName"`
	Executable string `plist:"CFBundleExecutable"`
	Version    string `plist:"CFBundleShortVersionString"`
	URLTypes   []struct {
		Schemes []string `plist:"CFBundleURLSchemes"`
	} `plist:"CFBundleURLTypes"`
}

// parseBundleInfo reads an Info.plist, as text or binary.
func parseBundleInfo(text []byte) (bundleInfo, error) {
	var info bundleInfo
	if _, err := plist.Unmarshal(text, &info); err != nil {
		return info, fmt.Errorf("read Info.plist: %w", err)
	}
	return info, nil
}

// opensPages reports whether the bundle says that it opens https addresses.
func (i bundleInfo) opensPages() bool {
	for _, t := range i.URLTypes {
		if slices.Contains(t.Schemes, "https") {
			return true
		}
	}
	return false
}

// findBundles returns the browsers among the bundles (folders *.app) at paths.
// standard is the identifier of the program that links open in.
func findBundles(ctx context.Context, paths []string, standard string) []Browser {
	c := new(collection)
	for _, path := range paths {
		text, err := readText(filepath.Join(path, "Contents", "Info.plist"))
		if err != nil {
			continue
		}
		info, err := parseBundleInfo(text)
		if err != nil || info.Executable == "" {
			continue
		}
		b, known := brandOfBundle(info.ID)
		if !known {
			kind, ok := familyOfBundle(path)
			if !ok || !info.opensPages() {
				continue
			}
			b = brand{name: info.Display, kind: kind}
			if b.name == "" {
				b.name = info.Name
			}
			if b.name == "" {
				b.name = strings.TrimSuffix(filepath.Base(path), ".app")
			}
		}
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		f := found{key: real, Browser: Browser{
			Name: b.name, Kind: b.kind, Channel: b.channel, Version: info.Version,
			Path:    filepath.Join(path, "Contents", "MacOS", info.Executable),
			Default: standard != "" && strings.EqualFold(info.ID, standard),
		}}
		if b.kind == Firefox {
			f.details = func(context.Context) (version, channel string) {
				version, channel = mozillaDetails(filepath.Join(path, "Contents", "Resources"))
				if version == "" {
					version = info.Version
				}
				return version, channel
			}
		}
		c.add(f)
	}
	return c.browsers(ctx)
}

// familyOfBundle tells a program's family by what is in its bundle.
func familyOfBundle(path string) (Kind, bool) {
	if _, err := os.Stat(filepath.Join(path, "Contents", "Resources", "application.ini")); err == nil {
		return Firefox, true
	}
	frameworks, _ := filepath.Glob(filepath.Join(path, "Contents", "Frameworks", "*Framework.framework"))
	for _, f := range frameworks {
		if strings.HasPrefix(filepath.Base(f), "Electron ") {
			return 0, false
		}
		for _, at := range []string{"Resources", "Versions/Current/Resources"} {
			if _, err := os.Stat(filepath.Join(f, at, "icudtl.dat")); err == nil {
				return Chromium, true
			}
		}
	}
	return 0, false
}

// parseDefaultHandler returns the identifier of the program that opens https
// addresses, from LaunchServices' property list; "" if the user chose none.
func parseDefaultHandler(text []byte) (string, error) {
	var list struct {
		Handlers []struct {
			Scheme string `plist:"LSHandlerURLScheme"`
			All    string `plist:"LSHandlerRoleAll"`
		} `plist:"LSHandlers"`
	}
	if _, err := plist.Unmarshal(text, &list); err != nil {
		return "", fmt.Errorf("read LaunchServices' handlers: %w", err)
	}
	for _, h := range list.Handlers {
		if h.Scheme == "https" {
			return h.All, nil
		}
	}
	return "", nil
}

// spotlightQuery is what mdfind is asked for: all bundles of known browsers,
// wherever they lie.
func spotlightQuery() string {
	var terms []string
	for _, b := range brands() {
		if b.bundle != "" {
			terms = append(terms, fmt.Sprintf(`kMDItemCFBundleIdentifier == "%s"`, b.bundle))
		}
	}
	return strings.Join(slices.Compact(terms), " || ")
}

// bundleOf is the bundle that a path is in, or is itself.
func bundleOf(path string) string {
	if at := strings.Index(path, ".app/"); at >= 0 {
		return path[:at+len(".app")]
	}
	return path
}
