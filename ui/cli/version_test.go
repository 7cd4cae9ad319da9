package cli

import (
	"os"
	"regexp"
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	const metadata = "[Details]\nVersion = \"1.2.3\"\n"
	stamped := func(version, commit, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: modified},
		}}
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		name, metadata string
		info           *debug.BuildInfo
		want           string // empty: an error
	}{
		{"a release", metadata, stamped("v1.2.3", commit, "false"), "1.2.3"},
		{"a commit", metadata, stamped("v0.0.0-20261125084513-0123456789ab", commit, "false"), "1.2.3+0123456789ab"},
		{"a commit after the release", metadata, stamped("v1.2.4-0.20261125084513-0123456789ab", commit, "false"), "1.2.3+0123456789ab"},
		{"a release with changes", metadata, stamped("v1.2.3+dirty", commit, "true"), "1.2.3+0123456789ab.dirty"},
		{"another version's tag", metadata, stamped("v1.2.2", commit, "false"), "1.2.3+0123456789ab"},
		{"no commit", metadata, &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "1.2.3+devel"},
		{"nothing stamped", metadata, nil, "1.2.3+devel"},
		{"no version", "[Details]\nName = \"Corsage\"\n", nil, ""},
		{"no metadata", "", nil, ""},
		{"not TOML", "Version: 1.2.3", nil, ""},
	} {
		got, err := version(c.metadata, c.info)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

// What a release is called has to be a version for all that read it: the go
// command's tags, Debian's packages and Windows' version resources.
func TestVersionOfThisProgram(t *testing.T) {
	metadata, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := version(string(metadata), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\+devel$`).MatchString(got) {
		t.Errorf("FyneApp.toml: %q is no version of three numbers", got)
	}
}
