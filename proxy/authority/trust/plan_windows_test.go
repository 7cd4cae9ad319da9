package trust

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What the Command Prompt makes of a line are the command's arguments.
func TestQuoteForTheCommandPrompt(t *testing.T) {
	if os.Getenv("CORSAGE_TEST_ARGUMENTS") != "" {
		fmt.Print(strings.Join(os.Args[2:], "\n"))
		os.Exit(0)
	}
	t.Setenv("CORSAGE_TEST_ARGUMENTS", "1")
	args := []string{`C:\Users\A & B\ca.pem`, `C:\Users\A&B\ca.pem`, `C:\a^b(c)\`, `C:\Łódź,x;y=z\`, `C:\100%\x`, "Root", "", `C:\it's\x y\`}
	cmd := exec.Command("cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /d /s /c "` + quote(append([]string{os.Args[0], "-test.run=^TestQuoteForTheCommandPrompt$"}, args...)) + `"`}
	out, err := cmd.CombinedOutput()
	if got := strings.Split(string(out), "\n"); err != nil || !slices.Equal(got, args) {
		t.Errorf("got %q: %v", got, err)
	}
}
