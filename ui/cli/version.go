package cli

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
)

func (env Env) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Prints the version",
		Args:  noArguments(""),
		RunE: func(*cobra.Command, []string) error {
			version, err := env.version()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Stdout, "corsage %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// version is this program's.
func (env Env) version() (string, error) {
	info, _ := debug.ReadBuildInfo()
	v, err := version(env.Metadata, info)
	if err != nil {
		return "", fmt.Errorf("reading the version from FyneApp.toml, as it was when this program was built: %w", err)
	}
	return v, nil
}

// version is what FyneApp.toml, whose text metadata is, calls it. Where the go
// command did not stamp info with the tag of that release, the commit follows
// as build metadata (Semantic Versioning 2.0.0, section 10), or "devel" where
// it stamped none, and ".dirty" if files differed from it.
func version(metadata string, info *debug.BuildInfo) (string, error) {
	var app struct {
		Details struct{ Version string }
	}
	if _, err := toml.Decode(metadata, &app); err != nil {
		return "", err
	}
	release := app.Details.Version
	if release == "" {
		return "", errors.New("the section Details has no Version")
	}
	if info == nil {
		return release + "+devel", nil
	}
	if info.Main.Version == "v"+release {
		return release, nil
	}
	var commit, dirty string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ".dirty"
		}
	}
	return release + "+" + cmp.Or(commit, "devel") + dirty, nil
}
