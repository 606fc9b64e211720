package cli

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagValue keeps what a flag was given, as text: the table of settings reads
// it later, as it reads the other layers.
type flagValue struct {
	setting *setting
	texts   []string
}

// String returns the default, for the help.
func (v *flagValue) String() string { return strings.Join(v.setting.standard, ", ") }

// Type returns the name of the value, for the help.
func (v *flagValue) Type() string {
	if v.setting.arg == "" {
		return "bool"
	}
	return v.setting.arg
}

// Set takes one occurrence of the flag; of a single value the last one counts.
func (v *flagValue) Set(text string) error {
	if !v.setting.shape.many() {
		v.texts = nil
	}
	v.texts = append(v.texts, text)
	return nil
}

// addFlags adds the flags of a group of settings and keeps their values in
// values. Commands that add the same flag share its value.
func addFlags(flags *pflag.FlagSet, settings []setting, values map[string]*flagValue) {
	for i := range settings {
		s := &settings[i]
		if !s.is(onFlag) {
			continue
		}
		v := values[s.name]
		if v == nil {
			v = &flagValue{setting: s}
		}
		f := flags.VarPF(v, s.name, s.short, s.help)
		if s.arg == "" {
			f.NoOptDefVal = "true"
		}
		values[s.name] = v
	}
}

// commonFlags are the flags that all commands have, group by group, with the groups'
// titles.
func commonFlags() iter.Seq2[string, *pflag.FlagSet] {
	return func(yield func(string, *pflag.FlagSet) bool) {
		for _, g := range settings() {
			flags := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
			flags.SortFlags = false
			addFlags(flags, g.settings, map[string]*flagValue{})
			if !g.local && flags.HasFlags() && !yield(g.title, flags) {
				return
			}
		}
	}
}

// flagError puts an error of the flag parser into one line with a remedy.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return usageError(unknownFlag(cmd, unknown))
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usagef("--%s needs a value; write --%s %s", missing.GetFlag().Name, missing.GetFlag().Name, argument(missing.GetFlag()))
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := invalid.GetFlag()
		if f.Value.Type() == "int" {
			return usagef("--%s: %s is not a whole number; write one such as 3", f.Name, quote(invalid.GetValue()))
		}
		return usagef("--%s: %s is not a %s", f.Name, quote(invalid.GetValue()), f.Value.Type())
	}
	return usageError(err)
}

func argument(f *pflag.Flag) string {
	name, _ := pflag.UnquoteUsage(f)
	return strings.ToUpper(name)
}

func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag: -%s; see %s --help", name, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if best := nearest(name, names); best != "" {
		return fmt.Errorf("unknown flag: --%s; did you mean --%s?", name, best)
	}
	return fmt.Errorf("unknown flag: --%s; see %s --help", name, cmd.CommandPath())
}
