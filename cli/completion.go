package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print the completion script for " + strings.Join(shells, ", "),
		Example:   "  source <(labtop completion bash)",
		GroupID:   housekeeping,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("completion needs a shell: %s", strings.Join(shells, ", "))
			}
			return atMostOne("SHELL")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.writeCompletion(cmd.Root(), args[0], shells)
		},
	}
}

func (a *app) writeCompletion(root *cobra.Command, shell string, shells []string) (err error) {
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(a.env.Stdout, true)
	case "zsh":
		err = root.GenZshCompletion(a.env.Stdout)
	case "fish":
		err = root.GenFishCompletion(a.env.Stdout, true)
	case "powershell":
		err = root.GenPowerShellCompletionWithDesc(a.env.Stdout)
	default:
		return usagef("unknown shell %s; write one of %s", quote(shell), strings.Join(shells, ", "))
	}
	if err != nil {
		return fmt.Errorf("writing the completion script: %w", err)
	}
	return nil
}

// completeSettings registers what the shell can complete after a common flag:
// the words of the table, and the profiles of the config file. After other flags
// it completes file names.
func (a *app) completeSettings(root *cobra.Command) {
	complete := func(name string, words func() []string) {
		// It fails only for a flag that does not exist; these come from the table.
		_ = root.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words(), cobra.ShellCompDirectiveNoFileComp
		})
	}
	each(settings(), func(s *setting) {
		if s.is(onFlag) && s.words != nil {
			complete(s.name, func() []string { return s.words })
		}
	})
	complete("profile", a.profileNames)
}

// profileNames are the profiles of the config file; none when it cannot be read.
func (a *app) profileNames() []string {
	f, err := a.usualConfig()
	if err != nil {
		return nil
	}
	layers, err := readConfigFile(f)
	if err != nil {
		return nil
	}
	return layers.profileNames()
}
