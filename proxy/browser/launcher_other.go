//go:build !windows

package browser

// launcherArgs are for Firefox' launcher process, which is known on Windows only.
func launcherArgs() []string { return nil }
