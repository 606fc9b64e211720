package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// app is what the commands share.
type app struct {
	env Environment
	// fail ends the command with a panic of a goroutine that nobody waits for an error
	// of, see [crash.Guarded]. Other errors it must not get.
	fail  func(error)
	flags map[string]*flagValue
}

// action is a command's work, with the config that it was given.
type action func(ctx context.Context, a *app, c *Config, args []string) error

// commands are the constructors of all commands, in the order of the help.
func commands() []func(*app) *cobra.Command {
	return []func(*app) *cobra.Command{
		newDemo,
		newSnapshot,
		newLog,
		newRecord,
		newReplay,
		newExport,
		newImport,
		newPublish,
		newRetained,
		newDecommission,
		newDoctor,
		newPlan,
		newSimulate,
		newAlertsCommand,
		newConfig,
		newVersion,
		newCompletion,
		newMan,
	}
}

// housekeeping groups the commands that need no broker.
const housekeeping = "housekeeping"

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "labtop",
		Short:         "Top for an MQTT lab",
		Long:          "Top for an MQTT lab: every device's readings, live, in the terminal.",
		Example:       "  labtop -b mqtt://lab-pi -t 'iotclass/#'",
		Args:          noCommand,
		RunE:          a.connecting(runDashboard),
		Version:       readVersion().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version")
	a.flags = map[string]*flagValue{}
	for _, g := range settings() {
		if !g.local {
			addFlags(root.PersistentFlags(), g.settings, a.flags)
		}
	}
	root.PersistentFlags().SortFlags = false
	a.addRecording(root)
	root.SetFlagErrorFunc(commandError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(&cobra.Group{ID: housekeeping, Title: "Housekeeping"})
	root.SetHelpFunc(a.help)
	root.SetHelpCommand(newHelp())
	for _, construct := range commands() {
		root.AddCommand(construct(a))
	}
	a.completeSettings(root)
	return root
}

// configured makes a command's function from an action: it loads the config
// first.
func (a *app) configured(run action) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.warnOfVariables()
		c, err := a.loader().load()
		if err != nil {
			return err
		}
		c.fitMemory()
		return run(cmd.Context(), a, c, args)
	}
}

// connecting is configured for commands that log in to a broker: it also finds
// the password and looks at the files that TLS needs.
func (a *app) connecting(run action) func(*cobra.Command, []string) error {
	return a.configured(func(ctx context.Context, a *app, c *Config, args []string) error {
		if err := a.findSecrets(ctx, c); err != nil {
			return err
		}
		return run(ctx, a, c, args)
	})
}

// findSecrets does so for the config of a command that logs in, and tells what it
// warns of.
func (a *app) findSecrets(ctx context.Context, c *Config) error {
	warnings, err := c.findSecrets(ctx, a.ask)
	for _, w := range warnings {
		a.warn(w)
	}
	return err
}

func (a *app) loader() *loader {
	return &loader{lookup: a.env.LookupEnv, flags: a.flags}
}

// warn writes a warning for people.
func (a *app) warn(text string) { say(a.env.Stderr, "warning: "+text) }

// warnInsecure warns of a broker that anybody can pretend to be. The screens say so
// themselves.
func (a *app) warnInsecure(c *Config) {
	if c.Insecure && c.encrypted() {
		a.warn("the broker's certificate is not verified (--insecure)")
	}
}

// noCommand refuses arguments of a command that has none, or only commands.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return usagef("%s takes no argument, got %s; remove it", cmd.CommandPath(), quote(args[0]))
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	hint := didYouMean(args[0], names)
	if hint == "" {
		hint = "; see " + cmd.CommandPath() + " --help"
	}
	return usagef("unknown command %s%s", quote(args[0]), hint)
}

// commandError is flagError, unless the command before the flag is the one that
// is wrong: then the flag may be right.
func commandError(cmd *cobra.Command, err error) error {
	if before := cmd.Flags().Args(); cmd.HasAvailableSubCommands() && len(before) > 0 {
		return noCommand(cmd, before)
	}
	return flagError(cmd, err)
}

// atMostOne accepts one argument, called what, or none.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s takes one %s, got %s too; remove it", cmd.CommandPath(), what, quote(args[1]))
		}
		return nil
	}
}

// newHelp is `labtop help COMMAND`.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Show the help of a command",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noCommand(cmd.Root(), args)
			}
			if err := target.Help(); err != nil {
				return fmt.Errorf("writing the help: %w", err)
			}
			return nil
		},
	}
}
