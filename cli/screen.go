package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"labtop/alerts/notify"
	"labtop/crash"
	"labtop/model/decode"
	"labtop/ui"
	"labtop/ui/termwriter"
)

// watched is what the dashboard shows: a lab that is watched live, or a recording.
type watched interface {
	// fill tells the dashboard what it shows.
	fill(o *ui.Options)
	// watch keeps it going. ended is closed when it cannot go on; stop ends it and
	// returns why it ended early, if it did.
	watch(ctx context.Context) (ended <-chan struct{}, stop func() error)
	// show says that there is a screen; nil, that there is none any more.
	show(screen notify.Terminal)
}

// screen runs the dashboard on the terminal until the user quits, a signal
// comes, or the lab cannot be watched any more. The terminal is restored before
// it returns.
func (a *app) screen(ctx context.Context, c *Config, lab watched, terminal term.File, keyboard io.Reader) error {
	ended, stop := lab.watch(ctx)
	writer := termwriter.New(terminal, termwriter.Options{})
	lab.show(writer)
	quit := make(chan struct{})
	options := ui.Options{
		Decimals: declaredDecimals(c), Theme: c.Theme, ASCII: a.ascii(c), FPS: c.FPS, Mouse: !c.NoMouse,
		MaxPayload: c.Limits.Payload, MaxRead: decode.MaxRead, MaxValues: decode.DefaultLeaves, Queue: c.Limits.Queue,
		Done:    quit,
		Repaint: writer.NeedsRepaint, Busy: func() bool { return writer.Pending() > busyTerminal },
	}
	lab.fill(&options)
	dashboard := ui.New(options)
	// Bubble Tea gets no more of the terminal than a writer: it would take over
	// the signals, and any size that the terminal claims.
	size := sizeOf(terminal)
	profile := colorprofile.Detect(writer, a.env.Environ())
	if c.NoColor || strings.HasPrefix(a.env.get("TERM"), "vt") { // DEC's terminals had bold and reverse
		profile = colorprofile.ASCII
	}
	var program *tea.Program
	stops := stops{writer: writer}
	program = tea.NewProgram(guarded{dashboard, a.fail},
		tea.WithInput(keyboard), tea.WithOutput(output{writer, a.fail}),
		tea.WithWindowSize(size.Width, size.Height), tea.WithColorProfile(profile),
		tea.WithoutSignalHandler(), tea.WithFPS(c.FPS),
		tea.WithFilter(func(_ tea.Model, msg tea.Msg) (_ tea.Msg) {
			defer crash.Catch(a.fail)
			return stops.filter(byCharacter(msg), program)
		}))
	go crash.Guarded(a.fail, func() {
		followTerminal(quit, time.Second/time.Duration(c.FPS),
			func() { program.Send(sizeOf(terminal)) },
			func() { program.Send(continuedMsg{}) })
	})()
	go crash.Guarded(a.fail, func() {
		select {
		case <-ended: // by ctx, or because it failed
			program.Quit()
		case <-writer.Done(): // the terminal is gone
			program.Quit()
		case <-quit:
		}
	})()
	_, err := program.Run()
	close(quit)
	lab.show(nil)
	closeErr := giveBack(ctx, writer)
	watchErr := stop()
	switch {
	case crash.In(closeErr) != nil:
		return closeErr
	case watchErr != nil:
		return watchErr
	case dashboard.Interrupted():
		return &exitError{code: ExitInterrupted}
	case err != nil:
		return fmt.Errorf("the screen ended: %w", err)
	case closeErr != nil && ctx.Err() == nil:
		return fmt.Errorf("writing to the terminal: %w", closeErr)
	}
	return nil
}

// giveBack ends the writer. After a panic nobody knows what Bubble Tea could still
// write, so the terminal is given back without it.
func giveBack(ctx context.Context, writer *termwriter.Writer) error {
	if crash.Cause(ctx) != nil {
		return writer.Restore()
	}
	return writer.Close()
}

// byCharacter keeps the renderer counting cells character by character, as the
// dashboard does, on terminals that offer to count by clusters (mode 2027) too.
func byCharacter(msg tea.Msg) tea.Msg {
	if report, ok := msg.(tea.ModeReportMsg); ok && report.Mode == ansi.ModeUnicodeCore {
		return nil
	}
	return msg
}

// busyTerminal is how many bytes may wait for the terminal before pictures are
// left out. A terminal that keeps up has none; on a line of 64 kbit/s what waits is
// how old the screen is.
const busyTerminal = 1 << 10

// terminal is where the dashboard is drawn; ok is false when it is plain text, because
// there is no screen, or it was asked for.
func (a *app) terminal(c *Config) (terminal term.File, ok bool) {
	terminal, ok = a.env.Stdout.(term.File)
	return terminal, ok && !c.Plain && a.env.StdoutTerminal && a.env.get("TERM") != "dumb"
}

// keyboard is stdin, or the terminal itself when stdin is something else.
func (a *app) keyboard() (io.Reader, error) {
	if a.env.StdinTerminal {
		return a.env.Stdin, nil
	}
	keyboard, _, err := tea.OpenTTY()
	if err != nil {
		return nil, errors.New("the dashboard needs a keyboard: run it in a terminal, or use --plain")
	}
	return keyboard, nil
}

// sizeOf is the size of the terminal, no larger than what is drawn: a terminal
// can claim any size, and the renderer keeps several cells for each.
func sizeOf(terminal term.File) tea.WindowSizeMsg {
	width, height, err := term.GetSize(terminal.Fd())
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	return tea.WindowSizeMsg{Width: min(width, ui.MaxWidth), Height: min(height, ui.MaxHeight)}
}
