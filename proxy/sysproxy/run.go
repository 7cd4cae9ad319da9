package sysproxy

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// commandPatience bounds one command of the system's.
const commandPatience = 15 * time.Second

// runner runs a command in the C locale, with env in addition to this process's,
// and returns what it writes to stdout.
type runner func(ctx context.Context, env []string, name string, args ...string) (string, error)

// run is the runner that really runs them.
func run(ctx context.Context, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandPatience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		why := strings.Join(strings.Fields(errs.String()+" "+out.String()), " ")
		return out.String(), fmt.Errorf("'%s %s': %w: %s", name, strings.Join(args, " "), err, why[:min(len(why), 300)])
	}
	return out.String(), nil
}
