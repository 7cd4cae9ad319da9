package cli

import (
	"github.com/spf13/cobra"

	"corsage/ui/instance"
)

func (env Env) quitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "quit",
		Short: "Ends the running corsage",
		Long: "Ends the running corsage, the tray application or 'corsage serve', and returns when it is gone. Exchanges\n" +
			"under way get a second to come to their end. The exit code is 1 if none was running.",
		Args: noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return instance.NewClient(instance.DefaultDirs()).Quit(cmd.Context())
		},
	}
}
