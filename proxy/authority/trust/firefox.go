package trust

import (
	"strings"

	"gopkg.in/ini.v1"
)

// firefoxProfile is one that a profiles.ini names.
type firefoxProfile struct {
	name     string
	path     string // with slashes where it is relative
	relative bool   // to the file's folder
}

// parseProfiles reads a profiles.ini. Of what can't be read it returns nothing.
func parseProfiles(text []byte) []firefoxProfile {
	file, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment: true, SkipUnrecognizableLines: true, IgnoreContinuation: true, PreserveSurroundedQuote: true,
	}, text)
	if err != nil {
		return nil
	}
	var all []firefoxProfile
	for _, section := range file.Sections() {
		if !strings.HasPrefix(section.Name(), "Profile") || section.Key("Path").Value() == "" {
			continue
		}
		p := firefoxProfile{name: section.Key("Name").Value(), path: section.Key("Path").Value(), relative: section.Key("IsRelative").Value() == "1"}
		if p.name == "" {
			p.name = p.path
		}
		all = append(all, p)
	}
	return all
}
