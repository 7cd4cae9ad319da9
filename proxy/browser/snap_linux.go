package browser

import (
	"context"
	"os/exec"
	"strings"
)

// addSnap adds the browser that is packaged as the snap; nil if it is none of
// the two families.
func addSnap(c *collection, name, bin string) *found {
	b, ok := brandOfSnap(name)
	if !ok {
		return nil
	}
	return c.add(found{
		Browser: Browser{Name: b.name, Kind: b.kind, Channel: b.channel, Path: bin, Sandbox: Snap, App: name},
		key:     "snap:" + name,
		details: func(ctx context.Context) (version, channel string) {
			out, err := exec.CommandContext(ctx, "snap", "list", name).Output()
			if err != nil {
				return "", ""
			}
			return parseSnapList(string(out), name)
		},
	})
}

// parseSnapList reads what "snap list" writes: a line of titles, then one for
// each snap with name, version, revision and the channel that it tracks.
func parseSnapList(text, name string) (version, channel string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] != name {
			continue
		}
		version, _, _ = strings.Cut(fields[1], "-") // the packager's number
		return version, storeChannel(fields[3])
	}
	return "", ""
}

// storeChannel reads a tracked channel such as "latest/stable", "esr/stable" or
// "latest/beta/…".
func storeChannel(tracked string) string {
	parts := strings.Split(tracked, "/")
	if len(parts) < 2 {
		return ""
	}
	if parts[0] == "esr" {
		return ESR
	}
	switch risk := parts[1]; risk {
	case "candidate", "beta":
		return Beta
	case "edge":
		return Nightly
	}
	return ""
}
