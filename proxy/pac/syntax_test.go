package pac

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The file is ECMAScript 3, for WinHTTP's JScript and other engines of its age,
// whatever the system's setting was.
func TestFileIsOldJavaScript(t *testing.T) {
	modules, err := filepath.Abs("../../ui/e2e/testdata/node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(modules, "acorn")); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Node or the tests' packages for it are missing: run .ci/setup --tests")
		}
		t.Skip("Node or the tests' packages for it are missing: run .ci/setup --tests")
	}
	parse := func(text []byte) string {
		cmd := exec.Command(node, "testdata/es3.mjs", modules)
		cmd.Stdin = bytes.NewReader(text)
		out, err := cmd.CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		return string(out)
	}
	by, err := new(Chain).ByPAC("data:", "function FindProxyForURL(url) { return `${url}` } // of today")
	if err != nil {
		t.Fatal(err)
	}
	manual := mustChain(t, Setting{HTTP: "a.test:1", SOCKS: "s.test", Except: []string{"<local>", "http://*a-b*:80", ".a.test", "10.0.0.0/8", "2001:db8::/32"}})
	hosts := []Host{{"https", "dev.test", "443"}, {"http", "*.test", "*"}}
	for name, chain := range map[string]*Chain{"none": nil, "manual": manual, "PAC": by, "unusable": manual.Without(errNoFunction)} {
		if said := parse(File("127.0.0.1:8899", hosts, chain)); said != "" {
			t.Errorf("%s: %s", name, said)
		}
	}
	for _, later := range []string{"let a;", "var a = {class: 1};", "a.trim();", "var a = {b: 1,};"} {
		if said := parse([]byte(later)); strings.TrimSpace(said) == "" {
			t.Errorf("%s passes for old JavaScript", later)
		}
	}
}
