package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"corsage/profiles"
	"corsage/profiles/recipe"
	"corsage/proxy/authority/trust"
	"corsage/proxy/browser"
	"corsage/proxy/record/filter"
	"corsage/ui/instance"
)

// completionTime bounds what is asked while somebody waits behind a Tab.
const completionTime = time.Second

// rule completes a word.
type rule = cobra.CompletionFunc

// flagRules say what flags take, by name: a name means the same in all commands.
var flagRules = map[string]rule{
	"browser": words("chromium", "firefox", "webkit"),
	"ca":      files("pem", "crt", "cer"),
	"file":    files("yaml", "yml"),
	"filter":  filterWords,
	"for":     recipes,
	"har":     files("har"),
	"log":     words(logFormats...),
	"origin":  words("http://localhost:3000", "http://localhost:4200", "http://localhost:5173", "http://localhost:8080"),
	"preset":  presets,
	"profile": some(profileNames),
	"shell":   words("cmd", "fish", "powershell", "sh"),
	"store":   some(storeIDs),
}

// argumentRules say what commands take besides flags, by their words.
func argumentRules() map[string]rule {
	return map[string]rule{
		"enable":          more(disabledNames),
		"disable":         more(enabledNames),
		"profile enable":  more(disabledNames),
		"profile disable": more(enabledNames),
		"profile check":   files("yaml", "yml"),
		"profile import":  files("py"),
		"recipe":          once(profileNames),
		"browser":         once(browserNames),
		"env":             programs,
	}
}

// words completes to one of a list.
func words(list ...string) rule {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return starting(slices.Clone(list), begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// files completes to files with one of the extensions.
func files(extensions ...string) rule {
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

// programs leaves it to the shell, which knows files.
func programs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// some completes to one of what list finds.
func some(list func(context.Context) []string) rule {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return starting(found(cmd, list), begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// once does so for the first argument only.
func once(list func(context.Context) []string) rule {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return some(list)(cmd, args, begun)
	}
}

// more does so for each argument, and offers none twice.
func more(list func(context.Context) []string) rule {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		left := slices.DeleteFunc(found(cmd, list), func(name string) bool { return slices.Contains(args, name) })
		return starting(left, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

func found(cmd *cobra.Command, list func(context.Context) []string) []string {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	return list(ctx)
}

// starting keeps those that begin so, in any case.
func starting(list []string, begun string) []string {
	return slices.DeleteFunc(list, func(s string) bool {
		return len(s) < len(begun) || !strings.EqualFold(s[:len(begun)], begun)
	})
}

func profileNames(ctx context.Context) []string {
	return namesThat(ctx, func(instance.Profile) bool { return true })
}

func enabledNames(ctx context.Context) []string {
	return namesThat(ctx, func(p instance.Profile) bool { return p.Enabled })
}

func disabledNames(ctx context.Context) []string {
	return namesThat(ctx, func(p instance.Profile) bool { return !p.Enabled })
}

// namesThat are those of the running corsage that fit; without one, all that are
// stored, whose state is not looked at.
func namesThat(ctx context.Context, fits func(instance.Profile) bool) (names []string) {
	dirs := instance.DefaultDirs()
	list, err := instance.NewClient(dirs).List(ctx)
	if err != nil {
		return profiles.Names(dirs.Profiles.Config)
	}
	for _, p := range list {
		if p.Name != "" && fits(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

func storeIDs(ctx context.Context) (ids []string) {
	for _, s := range trust.Stores(ctx) {
		ids = append(ids, s.ID+"\t"+s.Name)
	}
	return ids
}

func browserNames(ctx context.Context) []string { return browser.Titles(browser.Find(ctx)) }

func recipes(_ *cobra.Command, _ []string, begun string) (list []string, _ cobra.ShellCompDirective) {
	for _, r := range recipe.All() {
		list = append(list, r.Name+"\t"+r.Label)
	}
	return starting(list, begun), cobra.ShellCompDirectiveNoFileComp
}

func presets(_ *cobra.Command, _ []string, begun string) (list []string, _ cobra.ShellCompDirective) {
	for _, p := range profiles.Presets() {
		list = append(list, p.Name+"\t"+p.Label)
	}
	return starting(list, begun), cobra.ShellCompDirectiveNoFileComp
}

// commands are what help knows.
func commands(cmd *cobra.Command, args []string, begun string) (list []string, _ cobra.ShellCompDirective) {
	topic, _, err := cmd.Root().Find(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, c := range topic.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c.Name()+"\t"+c.Short)
		}
	}
	return starting(list, begun), cobra.ShellCompDirectiveNoFileComp
}

// filterWords completes the last word of a filter's expression.
func filterWords(cmd *cobra.Command, _ []string, begun string) (list []string, _ cobra.ShellCompDirective) {
	const going = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if (begun == "" || strings.HasSuffix(begun, " ")) && strings.Count(begun, `"`)%2 == 0 {
		for _, k := range filter.Keys() {
			list = append(list, begun+k.Name+":\t"+k.Help)
		}
		return list, going
	}
	for _, c := range filter.Complete(begun, func(key string) []string { return filterValues(cmd.Context(), key) }) {
		list = append(list, c.Text+"\t"+c.Help)
	}
	return list, going
}

// filterValues are those that Corsage knows of a key without a list of its own.
func filterValues(ctx context.Context, key string) (values []string) {
	switch key {
	case "method":
		return []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	case "profile":
		ctx, cancel := context.WithTimeout(ctx, completionTime)
		defer cancel()
		return profileNames(ctx)
	case "toggle":
		for _, m := range profiles.Catalog() {
			values = append(values, m.Name)
		}
	}
	return values
}
