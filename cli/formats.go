package cli

import (
	"fmt"
	"slices"
	"strings"

	"labtop/recording"
)

// lacked are the words for what a format does not tell.
func lacked(l recording.Lacks) (words []string) {
	for _, part := range []struct {
		lack recording.Lacks
		word string
	}{
		{recording.LacksTimes, "times"},
		{recording.LacksDates, "dates"},
		{recording.LacksZone, "the time zone"},
		{recording.LacksQoS, "QoS"},
		{recording.LacksRetained, "retained flags"},
		{recording.LacksDup, "dup flags"},
		{recording.LacksBytes, "every payload byte for byte"},
	} {
		if l&part.lack != 0 {
			words = append(words, part.word)
		}
	}
	return words
}

// whatItIs says what a file was found to be, what that does not tell, and what labtop
// puts in the place of times.
func whatItIs(f *recording.File) string {
	text := f.About
	if f.Compression != "" {
		text += " within " + f.Compression
	}
	if words := lacked(f.Lacks); len(words) > 0 {
		text += ", which does not tell " + listed(words)
	}
	const layout = "2006-01-02 15:04:05 -0700"
	switch {
	case f.Lacks&recording.LacksTimes != 0:
		text += fmt.Sprintf("; its messages are placed %s apart from %s on", f.Every, f.Start.Format(layout))
	case f.Lacks&recording.LacksDates != 0:
		text += "; its dates are taken from that of the file's last change, " + f.Start.Format("2006-01-02")
	case f.Lacks&recording.LacksZone != 0:
		text += "; its times are taken for this machine's, " + f.Start.Format("-0700")
	}
	return text
}

// formatTable is a line for each format, as help shows it.
func formatTable() string {
	var b strings.Builder
	for _, f := range recording.Formats() {
		fmt.Fprintf(&b, "  %-18s %s\n", f.Name, f.About)
	}
	return strings.TrimRight(b.String(), "\n")
}

// checkFormat refuses a name of no format; that of what mosquitto_sub -F prints is left
// to who reads it.
func checkFormat(flag, name string) error {
	var names []string
	for _, f := range recording.Formats() {
		names = append(names, f.Name)
	}
	if name == "" || strings.Contains(name, "%") || slices.Contains(names, name) {
		return nil
	}
	return usagef("--%s: %s is none of %s%s", flag, quote(name), strings.Join(names, ", "), didYouMean(name, names))
}
