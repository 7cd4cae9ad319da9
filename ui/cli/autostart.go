package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"corsage/ui/autostart"
)

// autostartCommand switches whether the app starts at login.
func (env Env) autostartCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "autostart",
		Short: "Switches whether Corsage starts when you log in",
		Long:  "Switches whether Corsage starts when you log in: in the tray, without a window, with the profiles enabled that were.",
		Args:  noCommand,
		RunE:  needCommand,
	}
	sub := func(name, short string, do func(*autostart.Login) error) {
		cmd.AddCommand(&cobra.Command{
			Use: name, Short: short, Args: noArguments(""),
			RunE: func(*cobra.Command, []string) error {
				l, err := autostart.Open()
				if err != nil {
					return err
				}
				return do(l)
			},
		})
	}
	sub("on", "Has Corsage start at each login, without a window", func(l *autostart.Login) error {
		if env.Headless {
			return errors.New("this build has no windows (it was built with -tags headless), so it can't start at login: have 'corsage serve' started as a service of your system instead")
		}
		return l.Enable()
	})
	sub("off", "Has it start no longer", func(l *autostart.Login) error { return l.Disable() })
	sub("status", "Prints whether it starts", env.autostartStatus)
	return cmd
}

func (env Env) autostartStatus(l *autostart.Login) error {
	s, err := l.State()
	if err != nil {
		return err
	}
	text := "off"
	if s.On {
		text = "on (" + printable(s.Where) + ")"
	}
	if s.Note != "" {
		text += ": " + printable(s.Note)
	}
	_, err = fmt.Fprintln(env.Stdout, text)
	return err
}
