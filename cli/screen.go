package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"labtop/alerts/notify"
	"labtop/crash"
	"labtop/model/decode"
	"labtop/ui"
	"labtop/ui/painter"
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
func (a *app) screen(ctx context.Context, c *Config, lab watched, terminal term.File, keyboard *keyboard) error {
	if err := keyboard.raw(); err != nil {
		return err
	}
	defer keyboard.restore()
	ended, stop := lab.watch(ctx)
	writer := termwriter.New(terminal, termwriter.Options{})
	lab.show(writer)
	quit := make(chan struct{})
	options := ui.Options{
		Decimals: declaredDecimals(c), Theme: c.Theme, Profile: a.colours(c, writer), ASCII: a.ascii(c), FPS: c.FPS,
		MaxPayload: c.Limits.Payload, MaxRead: decode.MaxRead, MaxValues: decode.DefaultLeaves, Queue: c.Limits.Queue,
		Done: quit,
	}
	lab.fill(&options)
	dashboard := ui.New(options)
	shown := painter.NewModel(dashboard, writer, painter.Options{
		Title: "labtop", Mouse: !c.NoMouse, AskSynchronized: a.maySynchronize(), FPS: c.FPS,
	})
	// Bubble Tea gets nothing of the terminal but its keys: it would take over the
	// signals, any size that the terminal claims, and all of its renderer's work. Without
	// that its ticker is of no use, and beats as seldom as it can.
	var program *tea.Program
	follow := followTerminal(quit, time.Second/time.Duration(c.FPS),
		func() { program.Send(tea.WindowSizeMsg{}) },
		func() { program.Send(continuedMsg{}) })
	size := sizeOf(terminal)
	stops := stops{writer: writer, shown: shown, keyboard: keyboard}
	program = tea.NewProgram(guarded{shown, a.fail},
		tea.WithInput(keyboard.input), tea.WithOutput(io.Discard), tea.WithoutRenderer(), tea.WithFPS(1),
		tea.WithWindowSize(size.Width, size.Height), tea.WithoutSignalHandler(),
		tea.WithFilter(func(_ tea.Model, msg tea.Msg) (_ tea.Msg) {
			defer crash.Catch(a.fail)
			if _, ok := msg.(tea.WindowSizeMsg); ok { // as it is by now: Bubble Tea's first may come late
				msg = sizeOf(terminal)
			}
			return stops.filter(msg, program)
		}))
	go crash.Guarded(a.fail, follow)()
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
	keyboard.restore()
	closeErr := giveBack(ctx, shown, writer)
	watchErr := stop()
	switch {
	case crash.In(closeErr) != nil:
		return closeErr
	case watchErr != nil:
		return watchErr
	case dashboard.Interrupted():
		return &exitError{code: ExitInterrupted}
	}
	return endOfScreen(ctx, err, closeErr)
}

// endOfScreen says what is wrong with the end of a dashboard that nobody interrupted, by
// the errors of the program and of the writer, if anything is.
func endOfScreen(ctx context.Context, programErr, closeErr error) error {
	switch {
	case errors.Is(errors.Join(programErr, closeErr), syscall.EIO): // a line that was hung up says it before the signal comes
		return &exitError{code: 128 + int(syscall.SIGHUP)}
	case programErr != nil:
		return fmt.Errorf("the screen ended: %w", programErr)
	case closeErr != nil && ctx.Err() == nil:
		return fmt.Errorf("writing to the terminal: %w", closeErr)
	}
	return nil
}

// giveBack ends the writer. After a panic nobody knows what the last picture was cut off
// at, so the terminal is given back without it.
func giveBack(ctx context.Context, shown *painter.Model, writer *termwriter.Writer) error {
	if crash.Cause(ctx) != nil {
		return writer.Restore()
	}
	shown.Leave()
	return writer.Close()
}

// colours says which colours the terminal has.
func (a *app) colours(c *Config, terminal io.Writer) colorprofile.Profile {
	if c.NoColor || strings.HasPrefix(a.env.get("TERM"), "vt") { // DEC's terminals had bold and reverse
		return colorprofile.ASCII
	}
	return colorprofile.Detect(terminal, a.env.Environ())
}

// maySynchronize says whether the terminal may be asked if it can show pictures as a
// whole: a console and Apple's print the question, and of one behind SSH nobody knows.
func (a *app) maySynchronize() bool {
	name := a.env.get("TERM")
	for _, known := range []string{"ghostty", "wezterm", "alacritty", "kitty", "rio"} {
		if strings.Contains(name, known) {
			return true
		}
	}
	console := name == "linux" || strings.HasPrefix(name, "vt")
	apple := strings.Contains(a.env.get("TERM_PROGRAM"), "Apple")
	return a.env.get("WT_SESSION") != "" || !console && !apple && a.env.get("SSH_TTY") == ""
}

// terminal is where the dashboard is drawn; ok is false when it is plain text, because
// there is no screen, or it was asked for.
func (a *app) terminal(c *Config) (terminal term.File, ok bool) {
	terminal, ok = a.env.Stdout.(term.File)
	return terminal, ok && !c.Plain && a.env.StdoutTerminal && a.env.get("TERM") != "dumb"
}

// sizeOf is the size of the terminal, no larger than what is drawn: a terminal
// can claim any size, and a picture has several bytes for each cell.
func sizeOf(terminal term.File) tea.WindowSizeMsg {
	width, height, err := term.GetSize(terminal.Fd())
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	return tea.WindowSizeMsg{Width: min(width, ui.MaxWidth), Height: min(height, ui.MaxHeight)}
}
