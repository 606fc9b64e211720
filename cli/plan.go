package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func newPlan(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Reckon the connections of a lab, or the life of a battery",
		Args:  noCommand,
		RunE: func(*cobra.Command, []string) error {
			return usagef("plan needs a command: connections or battery")
		},
	}
	cmd.AddCommand(newPlanConnections(a), newPlanBattery(a))
	return cmd
}

// thousands writes a number with commas between its thousands, as the course does:
// 1,216.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tenths writes a number of tenths, without a fraction where there is none.
func tenths(n int) string {
	s := thousands(n / 10)
	if n%10 != 0 {
		s += "." + strconv.Itoa(n%10)
	}
	return s
}

// rightAligned writes texts to the right of a column that is as wide as they need.
func rightAligned(texts ...string) []string {
	width := 0
	for _, t := range texts {
		width = max(width, len([]rune(t)))
	}
	aligned := make([]string, len(texts))
	for i, t := range texts {
		aligned[i] = strings.Repeat(" ", width-len([]rune(t))) + t
	}
	return aligned
}
