package trust

import (
	"os/exec"
	"strings"
	"syscall"
)

// quote writes a command as the Command Prompt takes it, and Windows' programs
// take it apart. A percent sign stays as it is, since there nothing keeps it from
// beginning a variable's name.
func quote(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = syscall.EscapeArg(arg)
		if words[i] == arg && strings.ContainsAny(arg, "&|<>()^,;=!@'`") {
			words[i] = `"` + arg + strings.Repeat(`\`, len(arg)-len(strings.TrimRight(arg, `\`))) + `"`
		}
	}
	return strings.Join(words, " ")
}

// hideWindow keeps a console from appearing beside the app's windows.
func hideWindow(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }

// leaveTerminal does nothing: a program has no other way to ask here.
func leaveTerminal(*exec.Cmd) {}
