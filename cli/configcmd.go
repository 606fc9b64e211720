package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"labtop/safetext"
)

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Write, check and show the config",
		GroupID: housekeeping,
		Args:    noCommand,
		RunE: func(*cobra.Command, []string) error {
			return usagef("config needs a command: init, check, show or path")
		},
	}
	cmd.AddCommand(newConfigInit(a), newConfigCheck(a), newConfigShow(a), newConfigPath(a))
	return cmd
}

func newConfigPath(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print which config file is read",
		Args:  noCommand,
		RunE: func(*cobra.Command, []string) error {
			f, err := a.usualConfig()
			if err != nil {
				return err
			}
			return a.print(f.path + "\n")
		},
	}
}

// usualConfig returns the config file that commands without a word about it
// read.
func (a *app) usualConfig() (*configFile, error) {
	l := a.loader()
	f, err := l.configPath(l.flagLayer(), l.envLayer(settings()))
	if err == nil && f.path == "" {
		return nil, usagef("there is no home directory; name the config file with --config")
	}
	return f, err
}

// print writes a result to stdout.
func (a *app) print(text string) error {
	if _, err := fmt.Fprint(a.env.Stdout, text); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// printJSON writes a result to stdout as one JSON object.
func (a *app) printJSON(result any) error {
	encoder := json.NewEncoder(a.env.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

func newConfigShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Print every setting and where it comes from",
		Args:  noCommand,
		RunE:  a.configured(showConfig),
	}
}

// showConfig prints one line a setting: name, value, origin.
func showConfig(_ context.Context, a *app, c *Config, _ []string) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	each(settings(), func(s *setting) {
		value := safetext.Clean(s.show(c))
		if value == "" {
			value = "-"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.name, value, safetext.Clean(c.origins[s.name].place))
	})
	_ = w.Flush() // a strings.Builder takes everything
	return a.print(b.String())
}

func newConfigCheck(a *app) *cobra.Command {
	var l look
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a config file and all its profiles",
		Long: "Check a config file and all its profiles, and the rules of --rules. With --from or\n" +
			"--for it also tells which series each alert rule would match: those of recorded\n" +
			"messages, or those that the broker's devices report now.",
		Example: "  labtop config check\n  labtop config check --rules rules.yaml --from lesson.ndjson\n  labtop config check --for 10s",
		Args:    atMostOne("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if l.wait < 0 || cmd.Flags().Changed("for") && l.wait == 0 {
				return usagef("--for: %s is no time to look; give a duration such as 10s", l.wait)
			}
			if l.from != "" && l.wait > 0 {
				return usagef("--from and --for exclude each other; remove one")
			}
			if len(args) == 1 {
				return a.checkConfig(cmd.Context(), &configFile{path: args[0], named: "config check"}, l)
			}
			f, err := a.usualConfig()
			if err != nil {
				return err
			}
			return a.checkConfig(cmd.Context(), f, l)
		},
	}
	l.log.addFlags(cmd.Flags(), "log-")
	cmd.Flags().StringVar(&l.from, "from", "", "tell what the rules match of these recorded messages (`FILE`)")
	cmd.Flags().DurationVar(&l.wait, "for", 0, "tell what the rules match of what the broker sends in this `DURATION`")
	return cmd
}

// checkConfig loads the file alone, without flags and environment, then once
// more for each of its profiles.
func (a *app) checkConfig(ctx context.Context, f *configFile, l look) error {
	home := func(name string) (string, bool) {
		if name != "HOME" && name != "USERPROFILE" {
			return "", false
		}
		return a.env.LookupEnv(name)
	}
	names, err := readConfigFile(f)
	if err != nil {
		return usageError(err)
	}
	if !f.found {
		if rules := a.flags["rules"]; rules.texts != nil || l.wanted() {
			c, err := (&loader{lookup: home, flags: map[string]*flagValue{"rules": rules}}).load()
			if err != nil {
				return err
			}
			return a.checked(ctx, "no config file", c, l)
		}
		return a.print("ok: no config file at " + safetext.Clean(f.path) + "; the defaults apply; labtop config init writes one\n")
	}
	var top *Config
	var warned []string
	for _, profile := range append([]string{""}, names.profileNames()...) {
		c, err := a.fileToCheck(home, f.path, profile).load()
		if err != nil {
			return err
		}
		_, warnings, err := c.checkSecrets()
		if err != nil {
			return err
		}
		more, err := c.checkChannelFiles()
		if err != nil {
			return err
		}
		for _, w := range append(warnings, more...) {
			if !slices.Contains(warned, w) {
				warned = append(warned, w)
				a.warn(w)
			}
		}
		if top == nil {
			top = c
		}
	}
	return a.checked(ctx, f.path, top, l)
}

// checked tells that a config is right, and what its rules would match.
func (a *app) checked(ctx context.Context, name string, c *Config, l look) error {
	if err := a.print("ok: " + safetext.Clean(name) + ": " + safetext.Clean(summary(c)) + "\n"); err != nil || !l.wanted() {
		return err
	}
	if l.wait > 0 { // where to look is not only the file's to say
		flags := maps.Clone(a.flags)
		if c.File != "" {
			flags["config"] = &flagValue{texts: []string{c.File}}
		}
		whole, err := (&loader{lookup: a.env.LookupEnv, flags: flags}).load()
		if err != nil {
			return err
		}
		c = whole
	}
	return a.tellMatches(ctx, c, l)
}

// fileToCheck loads a file with one of its profiles, and the rules that the command
// line names.
func (a *app) fileToCheck(lookup func(string) (string, bool), path, profile string) *loader {
	l := fileAlone(lookup, path, profile)
	l.flags["rules"] = a.flags["rules"]
	return l
}

// fileAlone loads a file with one of its profiles, "" for none.
func fileAlone(lookup func(string) (string, bool), path, profile string) *loader {
	return &loader{lookup: lookup, flags: map[string]*flagValue{
		"config":  {texts: []string{path}},
		"profile": {texts: []string{profile}},
	}}
}

// summary tells in a few words what a config says.
func summary(c *Config) string {
	text := fmt.Sprintf("broker %s, %s", c.brokers(), count(len(c.Filters), "topic filter"))
	if n := len(c.Profiles); n > 0 {
		text += fmt.Sprintf(", %s (%s)", count(n, "profile"), strings.Join(c.Profiles, ", "))
	}
	if c.Rules != nil {
		text += ", " + count(len(c.Rules), "alert rule")
	}
	return text
}
