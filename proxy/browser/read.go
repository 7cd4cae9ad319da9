package browser

import (
	"fmt"
	"os"
)

// maxText bounds what is read of a file that describes a program, in bytes.
const maxText = 1 << 20

// readText reads a file that describes a program. What is none, such as a pipe that
// nobody writes to, or is too large for that, is an error.
func readText(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxText {
		return nil, fmt.Errorf("%s is no file of text", path)
	}
	return os.ReadFile(path)
}
