package terminal

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Found reports whether there is a terminal to open: macOS comes with one.
func Found() bool { return true }

// Open opens the terminal that the user has for such files, Terminal or iTerm for
// example. It stays open when this process ends.
func Open(ctx context.Context, s Shell) error {
	file := filepath.Join(s.Dir, "Corsage.command")
	if err := os.WriteFile(file, []byte(commandFile(s.command()...)), 0o700); err != nil {
		return fmt.Errorf("writing what the terminal is to run: %w", err)
	}
	if out, err := exec.CommandContext(ctx, "/usr/bin/open", file).CombinedOutput(); err != nil {
		return fmt.Errorf("opening the terminal: %w: %s", err, out)
	}
	return nil
}
