package cli

import (
	"github.com/spf13/cobra"

	"corsage/ui/demo"
)

func (env Env) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Starts a backend, a page and a profile to try it all on",
		Args:  noArguments(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), demo.Options{Log: env.log(), Out: env.Stdout})
		},
	}
}
