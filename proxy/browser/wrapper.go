package browser

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// handsOver is the line with which a script becomes another program, its own
// arguments passed on. What depends on variables is not followed.
var handsOver = regexp.MustCompile(`(?m)^\s*exec\s+"?([\w./+-]+)"?\s+"\$@"\s*$`)

// follow returns the file that is run for a program: through symbolic links, and
// through scripts that only start another one, as Ubuntu's /usr/bin/firefox
// starts the snap's and Debian's starts firefox-esr. name is the path by which
// that program is started: the target of links has a name that says less.
func follow(path string) (name, real string, err error) {
	for range 4 {
		real, err = filepath.EvalSymlinks(path)
		if err != nil {
			return "", "", err
		}
		target := scriptTarget(real)
		if target == "" {
			return path, real, nil
		}
		next, err := exec.LookPath(target)
		if err != nil || next == path {
			return path, real, nil
		}
		path = next
	}
	return path, real, nil
}

// scriptTarget is the program that the shell script at path hands over to; "" if
// it is none, or does more than that.
func scriptTarget(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil || !bytes.HasPrefix(text, []byte("#!")) {
		return ""
	}
	all := handsOver.FindAllSubmatch(text, -1)
	if len(all) == 0 {
		return ""
	}
	return string(all[len(all)-1][1])
}
