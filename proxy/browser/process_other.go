//go:build !linux

package browser

import "os/exec"

// endWithParent does nothing: the system has no such thing, or sees to it
// otherwise.
func endWithParent(*exec.Cmd) {}
