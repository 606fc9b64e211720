package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"labtop/recording"
)

func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page (roff)",
		Example: "  labtop man | man -l -",
		GroupID: housekeeping,
		Args:    noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.print(manualPage(cmd.Root()))
		},
	}
}

// page is a manual page that is being written, in the macros of man(7).
type page string

// manualPage makes the page from the commands and the table of settings. It
// holds no date, so that the same labtop always prints the same page.
func manualPage(root *cobra.Command) string {
	p := new(page)
	p.macro("TH", "LABTOP", "1", "", "labtop", "")
	p.macro("SH", "NAME")
	p.text(root.Name() + " - " + root.Short)
	p.macro("SH", "SYNOPSIS")
	p.text("labtop [COMMAND] [flags]")
	p.macro("SH", "DESCRIPTION")
	p.text(root.Long)
	p.macro("SH", "COMMANDS")
	p.commands(root)
	for title, flags := range commonFlags() {
		p.macro("SH", strings.ToUpper(title))
		p.flags(flags)
	}
	p.macro("SH", "ENVIRONMENT")
	each(settings(), func(s *setting) {
		if s.is(onEnv) {
			p.entry(s.variable(), s.help)
		}
	})
	p.entry("NO_COLOR", "no colours, unless the config says otherwise")
	p.macro("SH", "FORMATS OF RECORDINGS AND LOGS")
	for _, f := range recording.Formats() {
		text := f.About
		if words := lacked(f.Lacks); len(words) > 0 {
			text += ", which does not tell " + listed(words)
		}
		p.entry(f.Name, text)
	}
	p.macro("SH", "FILES")
	p.entry("~/.config/labtop/config.yaml", "the config; labtop config init writes one")
	p.macro("SH", "EXIT STATUS")
	for _, e := range exitStatus() {
		p.entry(strconv.Itoa(e.code), e.meaning)
	}
	return string(*p)
}

// exitStatus tells what the exit codes mean.
func exitStatus() []struct {
	code    int
	meaning string
} {
	return []struct {
		code    int
		meaning string
	}{
		{ExitOK, "it did what was asked"},
		{ExitFailure, "it failed while running"},
		{ExitUsage, "the command line or the config is wrong"},
		{ExitAlert, "an alert fired"},
		{ExitUnreachable, "the broker could not be reached"},
		{ExitInterrupted, "it was interrupted; 128 plus the number of any other signal"},
	}
}

// commands writes the commands below cmd that do something themselves.
func (p *page) commands(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		switch {
		case !sub.IsAvailableCommand():
		case sub.HasAvailableSubCommands():
			p.commands(sub)
		default:
			p.entry(strings.TrimSuffix(useLine(sub), " [flags]"), sub.Short)
			own := sub.LocalNonPersistentFlags()
			if own.HasAvailableFlags() {
				p.macro("RS")
				p.flags(own)
				p.macro("RE")
			}
		}
	}
}

func (p *page) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name, usage := pflag.UnquoteUsage(f)
		term := strings.TrimSpace("--" + f.Name + " " + name)
		if f.Shorthand != "" {
			term = "-" + f.Shorthand + ", " + term
		}
		if !slices.Contains([]string{"", "false", "0", "0s"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		p.entry(term, usage)
	})
}

// entry writes a term with its explanation.
func (p *page) entry(term, text string) {
	p.macro("TP")
	p.macro("B", term)
	p.text(text)
}

func (p *page) macro(name string, args ...string) {
	words := []string{"." + name}
	for _, arg := range args {
		words = append(words, `"`+strings.ReplaceAll(escapeRoff(arg), `"`, `\(dq`)+`"`)
	}
	p.line(strings.Join(words, " "))
}

// text writes a line; \& keeps a leading dot or quote from being a macro.
func (p *page) text(text string) { p.line(`\&` + escapeRoff(text)) }

func (p *page) line(line string) { *p += page(line + "\n") }

func escapeRoff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}
