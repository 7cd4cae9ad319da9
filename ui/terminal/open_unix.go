//go:build !darwin && !windows

package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Found reports whether there is a terminal to open.
func Found() bool { return unixCommand(os.Getenv("TERMINAL"), exec.LookPath) != nil }

// Open opens the terminal and returns once it runs; ErrNone where there is none.
// It stays open when this process ends.
func Open(ctx context.Context, s Shell) error {
	args := unixCommand(os.Getenv("TERMINAL"), exec.LookPath, s.command()...)
	if args == nil {
		return ErrNone
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // or Ctrl+C would reach it where corsage runs in a terminal
	// A file takes what it says: a pipe would end it together with this process.
	said, err := os.CreateTemp("", "corsage-terminal-*")
	if err != nil {
		return fmt.Errorf("opening the terminal: %w", err)
	}
	defer said.Close()
	if err := os.Remove(said.Name()); err != nil {
		return fmt.Errorf("opening the terminal: %w", err)
	}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening the terminal: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done: // without one, a process that was there already has opened it
		if err == nil {
			return nil
		}
		text, _ := io.ReadAll(io.NewSectionReader(said, 0, 1000))
		return ended(args[0], err, string(text))
	case <-time.After(failTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
