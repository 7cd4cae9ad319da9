package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"howett.net/plist"

	"corsage/profiles"
)

// agent is a launchd agent: a property list in the user's folder, which launchd
// reads at login. See launchd.plist(5).
type agent struct{ file string }

// job is what the property list says.
type job struct {
	Label            string
	ProgramArguments []string
	RunAtLoad        bool
	// Disabled is how earlier versions of macOS kept that it was switched off.
	Disabled bool `plist:",omitempty"`
	// ProcessType keeps the system from slowing it down, as it does with agents
	// that no person waits for.
	ProcessType string
	// LimitLoadToSessionType leaves out logins without a screen.
	LimitLoadToSessionType string
}

// newAgent takes the user's home folder.
func newAgent(home string) *agent {
	return &agent{filepath.Join(home, "Library", "LaunchAgents", ID+".plist")}
}

func (a *agent) state() (State, error) {
	s := State{Where: a.file}
	text, err := os.ReadFile(a.file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading what starts at login: %w", err)
	}
	var j job
	if _, err := plist.Unmarshal(text, &j); err != nil {
		return s, fmt.Errorf("reading what starts at login, %s: %w; switching it off and on writes it anew", a.file, err)
	}
	switch {
	case j.Disabled:
		s.Note = "it was switched off in its file"
	case j.RunAtLoad && len(j.ProgramArguments) > 0:
		s.On, s.Note = true, gone(j.ProgramArguments[0])
	}
	return s, nil
}

func (a *agent) enable(program string) error {
	text, err := plist.MarshalIndent(job{
		Label: ID, ProgramArguments: []string{program, hidden}, RunAtLoad: true,
		ProcessType: "Interactive", LimitLoadToSessionType: "Aqua",
	}, plist.XMLFormat, "\t")
	if err != nil {
		return fmt.Errorf("writing what starts at login: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(a.file), 0o755); err != nil {
		return fmt.Errorf("making the folder for what starts at login: %w", err)
	}
	return profiles.WriteFile(a.file, append(text, '\n'), 0o644)
}

func (a *agent) disable() error {
	if err := os.Remove(a.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("taking Corsage from what starts at login: %w", err)
	}
	return nil
}
