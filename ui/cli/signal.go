package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// UntilSignal returns a context that ends with ctx, and when the program is asked to
// end: by Ctrl-C, by SIGTERM, or by SIGHUP, as its terminal is closed. A program that
// was started with SIGHUP ignored, as by nohup, outlives the terminal. Call stop when
// finished.
func UntilSignal(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	return signal.NotifyContext(ctx, ends...)
}
