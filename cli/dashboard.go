package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"labtop/model"
	"labtop/monitor"
	"labtop/ui"
	"labtop/ui/termwriter"
)

// runDashboard runs the live dashboard, as plain text where there is no screen
// to draw on.
func runDashboard(ctx context.Context, a *app, c *Config, _ []string) error {
	return a.dashboard(ctx, c, nil)
}

// dashboard shows the broker that dial connects to, or the config's when dial
// is nil.
func (a *app) dashboard(ctx context.Context, c *Config, dial func(context.Context) (net.Conn, error)) error {
	lab, err := newLive(c, dial)
	if err != nil {
		return err
	}
	if dial != nil {
		lab.name = "demo lab"
	}
	if c.Plain || !a.env.StdoutTerminal || a.env.get("TERM") == "dumb" {
		return a.plain(ctx, c, lab)
	}
	return a.screen(ctx, c, lab)
}

// screen runs the dashboard on the terminal until the user quits, a signal
// comes, or the lab cannot be watched any more. The terminal is restored before
// it returns.
func (a *app) screen(ctx context.Context, c *Config, lab *live) error {
	ended, stop := lab.watch(ctx)
	writer := termwriter.New(a.env.Stdout, termwriter.Options{})
	quit := make(chan struct{})
	dashboard := ui.New(ui.Options{
		Store: lab.store, Source: lab.name, System: lab.system,
		Decimals: declaredDecimals(c), Theme: c.Theme, ASCII: c.ASCII, FPS: c.FPS, Mouse: !c.NoMouse,
		Retry: lab.source.RetryNow, Done: quit,
		Repaint: writer.NeedsRepaint, Busy: func() bool { return writer.Pending() > busyTerminal },
	})
	program := tea.NewProgram(dashboard, a.programOptions(c, writer)...)
	go func() {
		select {
		case <-ended: // by ctx, or because it failed
			program.Quit()
		case <-writer.Done(): // the terminal is gone
			program.Quit()
		case <-quit:
		}
	}()
	_, err := program.Run()
	close(quit)
	closeErr := writer.Close()
	watchErr := stop()
	switch {
	case watchErr != nil:
		return a.crashed(watchErr)
	case dashboard.Interrupted():
		return &exitError{code: ExitInterrupted}
	case err != nil:
		return fmt.Errorf("the screen ended: %w", err)
	case closeErr != nil && ctx.Err() == nil:
		return fmt.Errorf("writing to the terminal: %w", closeErr)
	}
	return nil
}

// busyTerminal is how many bytes may wait for the terminal before pictures are
// left out: about two large ones, so that a slow line shows what is new.
const busyTerminal = 32 << 10

// programOptions leave the signals to main and the terminal to the writer.
func (a *app) programOptions(c *Config, writer *termwriter.Writer) []tea.ProgramOption {
	options := []tea.ProgramOption{
		tea.WithInput(a.env.Stdin), tea.WithOutput(writer),
		tea.WithoutSignalHandler(), tea.WithFPS(c.FPS),
	}
	if c.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	return options
}

// crashed keeps the stack of a panic in a file, since the terminal is no place
// for it, and says where.
func (a *app) crashed(err error) error {
	crash, ok := errors.AsType[*monitor.PanicError](err)
	if !ok {
		return err
	}
	f, fileErr := os.CreateTemp("", "labtop-crash-*.txt")
	if fileErr != nil {
		return fmt.Errorf("%w (and its details could not be kept: %w)", err, fileErr)
	}
	_, writeErr := fmt.Fprintf(f, "%s\n%v\n\n%s", readVersion(), err, crash.Stack)
	if err := errors.Join(writeErr, f.Close()); err != nil {
		return fmt.Errorf("%w (and its details could not be kept: %w)", crash, err)
	}
	return fmt.Errorf("%w; please report it with %s", err, f.Name())
}

// plainInterval is how often the plain text is written while messages come.
const plainInterval = time.Second

// plain writes the state as text, again whenever it has changed, until ctx is
// done or nobody reads.
func (a *app) plain(ctx context.Context, c *Config, lab *live) error {
	ended, stop := lab.watch(ctx)
	ticker := time.NewTicker(plainInterval)
	defer ticker.Stop()
	var shown plainMark
	for {
		select {
		case <-ended:
			return stop()
		case <-ticker.C:
		}
		status := lab.store.Status()
		mark := markOf(status)
		if mark == shown {
			continue
		}
		if shown != (plainMark{}) {
			_, _ = fmt.Fprintln(a.env.Stdout)
		}
		shown = mark
		if err := ui.WritePlain(a.env.Stdout, lab.store.Devices(lab.system), status, ui.PlainOptions{ASCII: c.ASCII, Live: true, Decimals: declaredDecimals(c)}); err != nil {
			return errors.Join(fmt.Errorf("writing the text: %w", err), stop())
		}
	}
}

// plainMark is what makes a new text worth writing: not the time alone.
type plainMark struct {
	messages uint64
	state    model.ConnectionState
	problem  string
	tally    model.Tally
}

func markOf(s model.Status) plainMark {
	return plainMark{
		messages: s.Counters.Messages, state: s.Connection.State,
		problem: s.Connection.Problem, tally: s.Tally,
	}
}
