package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is the columns that a help text uses at most.
const helpWidth = 80

// help writes the help of a command to stdout: what it does, its commands, its
// flags, and the common flags by group. Housekeeping commands need none of the
// latter, so their help only points to them.
func (a *app) help(cmd *cobra.Command, _ []string) {
	var b strings.Builder
	heading := func(title string) { fmt.Fprintf(&b, "\n%s\n", a.bold(title)) }
	b.WriteString(cmp.Or(cmd.Long, cmd.Short) + "\n")
	heading("Usage")
	fmt.Fprintf(&b, "  %s\n", useLine(cmd))
	if cmd.Example != "" {
		heading("Examples")
		b.WriteString(cmd.Example + "\n")
	}
	writeCommands(&b, heading, cmd)
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { own.AddFlag(f) })
	if own.HasAvailableFlags() {
		heading("Flags")
		b.WriteString(own.FlagUsagesWrapped(helpWidth))
	}
	if topLevel(cmd).GroupID == housekeeping {
		b.WriteString("\nThe common flags are in labtop --help.\n")
	} else {
		for title, flags := range commonFlags() {
			heading(title)
			b.WriteString(flags.FlagUsagesWrapped(helpWidth))
		}
		b.WriteString("\nEvery common flag has an environment variable: --log-file is LABTOP_LOG_FILE.\n" +
			"The password comes from LABTOP_PASSWORD, --password-file or --password-prompt.\n")
	}
	_, _ = io.WriteString(a.env.Stdout, b.String())
}

func writeCommands(b *strings.Builder, heading func(string), cmd *cobra.Command) {
	titles := map[string]string{"": "Commands"}
	ids := []string{""}
	for _, g := range cmd.Groups() {
		titles[g.ID], ids = g.Title, append(ids, g.ID)
	}
	for _, id := range ids {
		subs := slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool {
			return c.GroupID != id || !c.IsAvailableCommand()
		})
		if len(subs) == 0 {
			continue
		}
		heading(titles[id])
		for _, sub := range subs {
			fmt.Fprintf(b, "  %-12s %s\n", sub.Name(), sub.Short)
		}
	}
}

// topLevel returns the command below the root that cmd belongs to.
func topLevel(cmd *cobra.Command) *cobra.Command {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	return cmd
}

func useLine(cmd *cobra.Command) string {
	use := cmd.CommandPath() + strings.TrimPrefix(cmd.Use, cmd.Name())
	if cmd.HasAvailableSubCommands() {
		if cmd.HasParent() {
			return use + " COMMAND"
		}
		return use + " [COMMAND] [flags]"
	}
	return use + " [flags]"
}

// bold marks a heading where the terminal can.
func (a *app) bold(title string) string {
	if !a.env.StdoutTerminal || a.env.get("NO_COLOR") != "" || a.env.get("TERM") == "dumb" {
		return title
	}
	return "\x1b[1m" + title + "\x1b[0m"
}
