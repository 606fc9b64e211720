package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"labtop/simulator"
)

// simulationSettings choose the special devices of a simulated lab. Only the
// commands that simulate have the flags.
func simulationSettings() []setting {
	return []setting{
		{
			name: "challenge", sources: both, key: "simulation.challenges", arg: "NAME[,NAME...]",
			help: "add devices that solve the course's challenges: names, all or help", example: "[on-change, battery]",
			binding: specials(simulator.Challenges(), func(c *Config) *[]simulator.Special { return &c.Challenges }),
		},
		{
			name: "chaos", sources: both, key: "simulation.chaos", arg: "NAME[,NAME...]",
			help: "add devices that do wrong on purpose: names, all or help", example: "[crash, garbage]",
			binding: specials(simulator.Chaos(), func(c *Config) *[]simulator.Special { return &c.Chaos }),
		},
	}
}

// The words besides the names.
const (
	everySpecial = "all"
	listSpecials = "help"
)

// specials are names of devices, several to an element with commas between
// them. A name that is there twice counts once, an empty one not at all.
func specials(known []simulator.Special, field func(*Config) *[]simulator.Special) binding {
	words := make([]string, len(known))
	for i, s := range known {
		words[i] = string(s)
	}
	return binding{
		shape: list,
		words: append(slices.Clone(words), everySpecial, listSpecials),
		clear: func(c *Config) { *field(c) = nil },
		set: func(c *Config, it item) error {
			for name := range strings.SplitSeq(it.text, ",") {
				name = strings.TrimSpace(name)
				chosen := []simulator.Special{simulator.Special(name)}
				switch {
				case name == "":
					continue
				case name == everySpecial:
					chosen = known
				case !slices.Contains(known, chosen[0]):
					return fmt.Errorf("%s is none of %s, %s%s", quote(name), strings.Join(words, ", "), everySpecial, didYouMean(name, words))
				}
				for _, s := range chosen {
					if list := field(c); !slices.Contains(*list, s) {
						*list = append(*list, s)
					}
				}
			}
			return nil
		},
		show: func(c *Config) string { return joined(*field(c)) },
	}
}

func joined(names []simulator.Special) string {
	texts := make([]string, len(names))
	for i, s := range names {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}

// addSimulation gives a command the flags for special devices. The flags' word
// help lists them instead of running the command.
func (a *app) addSimulation(cmd *cobra.Command) {
	own := simulationSettings()
	addFlags(cmd.Flags(), own, a.flags)
	for i := range own {
		// It fails only for a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(own[i].name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return own[i].words, cobra.ShellCompDirectiveNoFileComp
		})
	}
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, s := range own {
			if slices.Contains(a.flags[s.name].texts, listSpecials) {
				return a.print(specialsTable())
			}
		}
		return run(cmd, args)
	}
}

// specialsTable lists the special devices for people.
func specialsTable() string {
	var b strings.Builder
	for i, kind := range []struct {
		flag  string
		names []simulator.Special
	}{{"--challenge", simulator.Challenges()}, {"--chaos", simulator.Chaos()}} {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s adds devices that bear these names:\n", kind.flag)
		for _, s := range kind.names {
			fmt.Fprintf(&b, "  %-14s%s\n", s, s.About())
		}
	}
	return b.String()
}

// specialDevices are the special devices that a config asks for.
func specialDevices(c *Config) []simulator.Special {
	return slices.Concat(c.Challenges, c.Chaos)
}
