package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"labtop/safetext"
)

func newConfigInit(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init [PATH]",
		Short: "Write a commented config file; - writes it to stdout",
		Args:  atMostOne("PATH"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				if args[0] == "-" {
					return a.print(exampleConfig())
				}
				return a.initConfig(args[0], force)
			}
			f, err := a.usualConfig()
			if err != nil {
				return err
			}
			return a.initConfig(f.path, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite a file that exists")
	return cmd
}

// initConfig writes the example to path, which only the user may read.
func (a *app) initConfig(path string, force bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the config's directory: %w", err)
	}
	err := createFile(path, exampleConfig(), force)
	if errors.Is(err, os.ErrExist) {
		return usagef("%s exists; add --force to overwrite it", path)
	}
	if err != nil {
		return fmt.Errorf("writing the config: %w", err)
	}
	return a.print("wrote " + safetext.Clean(path) + "\n")
}

// createFile writes a file of mode 0600. With force it replaces one that exists,
// as a whole: a failure leaves the old one.
func createFile(path, content string, force bool) error {
	if !force {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(content)
		return errors.Join(err, f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".labtop-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// exampleConfig returns a config file made from the table of settings: every key
// with its help and its default or an example, as comments. It is valid as it
// is, and with every "#" before a key removed.
func exampleConfig() string {
	var b strings.Builder
	b.WriteString("# The config of labtop. Flags and LABTOP_ variables override it.\n" +
		"# Remove the # before a key to set it. labtop config check checks the file.\n")
	for _, g := range settings() {
		section, titled := "", false
		for i := range g.settings {
			s := &g.settings[i]
			if s.key == "" {
				continue
			}
			if !titled {
				fmt.Fprintf(&b, "\n# ---- %s ----\n", g.title)
				titled = true
			}
			parent, key, nested := strings.Cut(s.key, ".")
			indent := "  "
			if !nested {
				parent, key, indent = "", s.key, ""
			}
			if parent != section {
				section = parent // a section stays empty until a key in it is set
				fmt.Fprintf(&b, "\n%s:\n", parent)
			}
			value := s.exampleValue()
			if !strings.HasPrefix(value, "\n") { // lines of its own
				value = " " + value
			}
			fmt.Fprintf(&b, "\n%s# %s\n#%s%s:%s\n", indent, s.help, indent, key, value)
		}
	}
	b.WriteString("\n# ---- Profiles: other values for the keys above, chosen with --profile ----\n" +
		"\n#profiles:\n#  home:\n#    broker: mqtt://homeassistant.local\n#    topics: [\"zigbee2mqtt/#\"]\n")
	return b.String()
}

// exampleValue is the setting's default, or an example, as YAML.
func (s *setting) exampleValue() string {
	switch {
	case s.example != "":
		return s.example
	case s.shape == list:
		return `["` + strings.Join(s.standard, `", "`) + `"]`
	}
	return s.standard[0]
}
