package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells are those that a script can be had for.
var shells = []string{"bash", "fish", "powershell", "zsh"}

func (env Env) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Prints a script that makes a shell complete corsage's commands",
		Long: "Prints a script by which a shell completes corsage's commands, flags and what they take: names of profiles,\n" +
			"stores, the log's filter and so on. It reads what is there, and starts and makes nothing.\n\n" +
			"  bash        source <(corsage completion bash)   # in ~/.bashrc; needs the package bash-completion\n" +
			"  zsh         corsage completion zsh > \"${fpath[1]}/_corsage\"   # with compinit in ~/.zshrc\n" +
			"  fish        corsage completion fish > ~/.config/fish/completions/corsage.fish\n" +
			"  powershell  corsage completion powershell | Out-String | Invoke-Expression   # in $PROFILE",
		DisableFlagsInUseLine: true,
		ValidArgs:             shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells, args[0]) {
				return usageError{"'corsage completion' needs the name of a shell: " + strings.Join(shells, ", ")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(env.Stdout, true)
			case "fish":
				return root.GenFishCompletion(env.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(env.Stdout)
			}
			return root.GenZshCompletion(env.Stdout)
		},
	}
}

// addCompletions tells each command of the tree what can be completed. What no rule
// is for completes to nothing, since few arguments are files.
func addCompletions(root *cobra.Command) {
	rules := argumentRules()
	visit(root, func(c *cobra.Command) {
		path := strings.TrimPrefix(c.CommandPath(), "corsage ")
		rule, ok := rules[path]
		switch {
		case ok:
			c.ValidArgsFunction = rule
		case c.ValidArgs == nil && c.ValidArgsFunction == nil:
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			rule, ok := flagRules[f.Name]
			if !ok {
				rule = cobra.NoFileCompletions
			}
			_ = c.RegisterFlagCompletionFunc(f.Name, rule) // fails for flags that are not there alone
		})
	})
}

func visit(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		visit(sub, do)
	}
}
