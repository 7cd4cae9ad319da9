package instance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"corsage/profiles"
)

// addressFile is the file in the state folder with the address of the proxy that
// was used last: browsers may be set to it. There is none as long as that has
// always been DefaultListen.
const addressFile = "proxy-address"

// maxAddress is the most that is read of the file, in bytes.
const maxAddress = 100

// lastAddress returns the address that the file of the state folder holds, "" if
// there is none. It fails if what the file holds is no address of a port of this
// machine; the file is then of no use.
func lastAddress(dir string) (string, error) {
	path := filepath.Join(dir, addressFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAddress))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	address := strings.TrimSuffix(string(text), "\n")
	checked, err := ParseListen(address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if checked != address || strings.HasSuffix(checked, ":0") {
		return "", fmt.Errorf("%s: %q is not as Corsage writes it", path, address)
	}
	return checked, nil
}

// keepAddress makes address the one that lastAddress returns.
func keepAddress(dir, address string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for the proxy's address: %w", err)
	}
	return profiles.WriteFile(filepath.Join(dir, addressFile), []byte(address+"\n"), 0o600)
}
