package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"labtop/subscriber"
	"labtop/ui"
)

// stepWriter prints an examination as text, step by step. After an error it prints
// nothing more.
type stepWriter struct {
	out   io.Writer
	err   error
	ascii bool
	// colour says that the terminal shows colours; width is where lines are wrapped, 0
	// for nowhere.
	colour bool
	width  int
}

func (a *app) newStepWriter(c *Config) *stepWriter {
	w := &stepWriter{out: a.env.Stdout, ascii: a.ascii(c)}
	if terminal, ok := a.env.Stdout.(term.File); ok && a.env.StdoutTerminal {
		w.width = max(sizeOf(terminal).Width, 60)
		w.colour = !c.NoColor && a.env.get("NO_COLOR") == "" && a.env.get("TERM") != "dumb"
	}
	return w
}

// The columns: a sign and a word for the state, the step's name, and the text.
const (
	wordColumn = 7
	nameColumn = 9
	textIndent = 2 + 2 + wordColumn + 2 + nameColumn + 2
)

// names are what people call the steps.
var stepNames = map[string]string{
	subscriber.StepDNS: "DNS", subscriber.StepTCP: "TCP", subscriber.StepTLS: "TLS", subscriber.StepWebSocket: "WebSocket",
	subscriber.StepConnect: "CONNECT", subscriber.StepSubscribe: "SUBSCRIBE", subscriber.StepSystem: "$SYS",
	subscriber.StepRetained: "retained", subscriber.StepPing: "ping", subscriber.StepProbe: "probe",
}

// timed are the steps whose time says something of the broker.
func timed(name string) bool {
	switch name {
	case subscriber.StepDNS, subscriber.StepTCP, subscriber.StepTLS, subscriber.StepWebSocket, subscriber.StepConnect:
		return true
	}
	return false
}

// head begins the report of the n-th address, from 0 on.
func (w *stepWriter) head(b subscriber.Broker, n int) {
	if n > 0 {
		w.line("", 0)
	}
	w.line("labtop doctor: "+b.String(), 0)
	w.line("", 0)
}

// step prints a step with its parts and what to do.
func (w *stepWriter) step(s subscriber.Step) {
	text := s.Text
	if timed(s.Name) && (s.State == subscriber.StepOK || s.State == subscriber.StepWarning) {
		text += fmt.Sprintf(" (%.1f ms)", inMS(s.Took))
	}
	first := fmt.Sprintf("  %s %-*s  %-*s  ", w.sign(s.State), wordColumn, s.State, nameColumn, stepNames[s.Name])
	w.hang(w.paint(s.State, first), text, textIndent)
	remedy := ""
	for _, f := range s.Findings {
		w.hang(strings.Repeat(" ", textIndent)+w.paint(f.State, w.sign(f.State)+" "), f.Text, textIndent+2)
		if f.Remedy != remedy { // the same one for many is said once
			w.remedy(f.Remedy, textIndent+2)
		}
		remedy = f.Remedy
	}
	w.remedy(s.Remedy, textIndent)
}

// end says how it stands as a whole.
func (w *stepWriter) end(x *subscriber.Examination) {
	counts := map[subscriber.StepState]int{}
	failed := ""
	for i := range x.Steps {
		if counts[x.Steps[i].State]++; x.Steps[i].State == subscriber.StepFailed && failed == "" {
			failed = stepNames[x.Steps[i].Name]
		}
	}
	text := "All is well."
	switch {
	case failed != "":
		text = "It fails at " + failed + "."
	case counts[subscriber.StepWarning] == 1:
		text = "It works, with a warning."
	case counts[subscriber.StepWarning] > 1:
		text = fmt.Sprintf("It works, with %d warnings.", counts[subscriber.StepWarning])
	}
	w.line("", 0)
	w.line(text, 0)
}

func (w *stepWriter) sign(state subscriber.StepState) string {
	skipped, well, warning, failed := ui.ReportSigns(w.ascii)
	return [...]string{skipped, well, warning, failed}[state]
}

// paint gives the text of our own the colour of a state.
func (w *stepWriter) paint(state subscriber.StepState, text string) string {
	if !w.colour {
		return text
	}
	return [...]string{"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"}[state] + text + "\x1b[0m"
}

func (w *stepWriter) remedy(text string, indent int) {
	if text != "" {
		w.hang(strings.Repeat(" ", indent)+w.arrow()+" ", text, indent+ansi.StringWidth(w.arrow())+1)
	}
}

func (w *stepWriter) arrow() string {
	if w.ascii {
		return "->"
	}
	return "→"
}

// hang prints a text after its beginning; further lines are indented.
func (w *stepWriter) hang(first, text string, indent int) {
	if w.ascii {
		text = ui.ASCII(text)
	}
	if w.width > 0 {
		text = ansi.Wrap(text, w.width-indent, " ")
	}
	w.line(first+text, indent)
}

// line prints a line, or the lines that it was wrapped to.
func (w *stepWriter) line(text string, indent int) {
	if w.err == nil {
		_, w.err = io.WriteString(w.out, strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))+"\n")
	}
}
