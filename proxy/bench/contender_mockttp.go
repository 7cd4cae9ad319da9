//go:build bench

package main

import (
	_ "embed"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed contender_mockttp.js
var mockttpScript []byte

// mockttp is the engine of HTTP Toolkit. It takes part where -npm names a folder
// in which it was installed.
func mockttp() contender {
	return contender{"mockttp", func(b *bench) (*server, error) {
		node, err := exec.LookPath("node")
		if err != nil {
			return nil, missing{"it needs node"}
		}
		module := filepath.Join(b.npm, "node_modules", "mockttp")
		if _, err := os.Stat(module); b.npm == "" || err != nil {
			return nil, missing{"not installed (npm install mockttp in a folder, and -npm names it)"}
		}
		if module, err = filepath.Abs(module); err != nil {
			return nil, err
		}
		script := filepath.Join(b.dir, "mockttp.js")
		if err := os.WriteFile(script, mockttpScript, 0o600); err != nil {
			return nil, err
		}
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		_, backendPort, err := net.SplitHostPort(b.backend.addr)
		if err != nil {
			return nil, err
		}
		return programServer(addr, exec.Command(node, script, module, port, b.settings.Pair, b.settings.BackendCA, backendPort))
	}}
}

// mockttpVersion is that of the package in dir, with node's.
func mockttpVersion(dir string) string {
	version, err := exec.Command("node", "-p", "require(process.argv[1]).version + ' on node ' + process.version",
		filepath.Join(dir, "node_modules", "mockttp", "package.json")).Output()
	if dir == "" || err != nil {
		return ""
	}
	return strings.TrimSpace(string(version))
}
