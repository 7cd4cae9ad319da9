//go:build !unix

package profiles

// syncDir does nothing: these systems write a rename to disk by themselves.
func syncDir(string) {}
