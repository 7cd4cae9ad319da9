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

//go:embed contender_mitmproxy.py
var mitmproxyAddon []byte

// mitmproxy is the tool that most people know for this.
func mitmproxy() contender {
	return contender{"mitmproxy", func(b *bench) (*server, error) {
		path, err := exec.LookPath("mitmdump")
		if err != nil {
			return nil, missing{"not installed (Debian: apt-get install mitmproxy)"}
		}
		dir := filepath.Join(b.dir, "mitmproxy")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		addon := filepath.Join(dir, "addon.py")
		if err := os.WriteFile(addon, mitmproxyAddon, 0o600); err != nil {
			return nil, err
		}
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return programServer(addr, exec.Command(path, "--quiet", "--listen-host", host, "--listen-port", port,
			"--set", "confdir="+dir, "--set", "connection_strategy=lazy",
			"--set", "ssl_verify_upstream_trusted_ca="+b.settings.BackendCA, "--scripts", addon))
	}}
}

func mitmproxyVersion() string {
	out, _ := exec.Command("mitmdump", "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimPrefix(first, "Mitmproxy: ")
}
