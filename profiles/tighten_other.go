//go:build !unix

package profiles

import "io/fs"

// tighten does nothing: Go's mode bits don't reflect Windows' access lists, and
// files in a user's own folders are closed to other users by inheritance.
func tighten(string) (was fs.FileMode) { return 0 }
