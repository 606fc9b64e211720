package painter

import (
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Terminal is what a [Model] writes to. It never blocks, but for Free.
type Terminal interface {
	io.Writer
	// Pending is how many bytes the terminal has not taken yet.
	Pending() int
	// Free waits until at most that many are left, or nothing is written any more. It
	// is called in a goroutine of its own.
	Free(most int)
	// NeedsRepaint says once that bytes were lost.
	NeedsRepaint() bool
}

// Options are what a [Model] needs to know.
type Options struct {
	// Title is the window's title.
	Title string
	// Mouse asks for clicks and the wheel.
	Mouse bool
	// AskSynchronized asks the terminal whether it can show pictures as a whole. Those
	// that have never heard of the question may print it.
	AskSynchronized bool
	// FPS is the most pictures a second, and one more: what a key changes does not wait
	// behind what a message has changed.
	FPS int
}

// Model is a model of Bubble Tea that shows another one on a terminal, in the place of
// Bubble Tea's renderer: give the program tea.WithoutRenderer. It shows the content of the
// other's View, after each Update. A tea.RawMsg goes to the terminal as it is. The other
// methods belong to Bubble Tea's loop too, or are for when that has ended.
type Model struct {
	model    tea.Model
	terminal Terminal
	opts     Options
	painter  Painter
	shown    string    // the last picture that was painted
	height   int       // of the terminal
	due      time.Time // when the next picture is due, if they come at full speed
	last     time.Time // when the last one was written
	asked    time.Time // when the user did something last
	slow     time.Time // until when the terminal counts as slow
	waiting  bool      // a freeMsg will come
}

// freeMsg says that the terminal takes the next picture, and how long it took none.
type freeMsg struct{ after time.Duration }

// busy is how many bytes may wait for the terminal before pictures are left out. A
// terminal that keeps up has none; on a line of 64 kbit/s what waits is how old the
// screen is.
const busy = 1 << 10

// A terminal that takes nothing for longer than slowAfter is behind a slow line, on whose
// way there is more that nobody can see. For slowFor it is given one picture in slowFrame,
// so that the line is free when the user asks for something: what follows within answer
// is drawn at full speed.
const (
	slowAfter = 100 * time.Millisecond
	slowFor   = 30 * time.Second
	slowFrame = time.Second
	answer    = 300 * time.Millisecond
)

// NewModel returns a Model that shows model on terminal.
func NewModel(model tea.Model, terminal Terminal, opts Options) *Model {
	return &Model{model: model, terminal: terminal, opts: opts}
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	m.enter()
	if m.opts.AskSynchronized {
		m.write(ansi.RequestModeSynchronizedOutput)
	}
	return m.model.Init()
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case freeMsg:
		m.waiting = false
		if msg.after > slowAfter {
			m.slow = time.Now().Add(slowFor)
		}
		return m, m.paint()
	case tea.KeyPressMsg, tea.MouseMsg, tea.PasteMsg:
		m.asked = time.Now()
	case tea.RawMsg:
		m.write(fmt.Sprint(msg.Msg))
		return m, nil
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeSynchronizedOutput {
			m.painter.Synchronized = msg.Value == ansi.ModeReset
		}
	case tea.WindowSizeMsg: // terminals differ in what they then show
		m.height = msg.Height
		m.forget()
	case tea.ResumeMsg:
		m.enter()
		m.forget()
	}
	var cmd tea.Cmd
	m.model, cmd = m.model.Update(msg)
	return m, tea.Batch(cmd, m.paint())
}

// View implements tea.Model. Bubble Tea shows nothing.
func (m *Model) View() tea.View { return tea.View{} }

// paint shows the model's picture, now or when the terminal and the time have come.
func (m *Model) paint() tea.Cmd {
	if m.terminal.NeedsRepaint() {
		m.forget()
	}
	picture := m.model.View().Content
	if picture == m.shown {
		return nil
	}
	now, frame := time.Now(), time.Second/time.Duration(m.opts.FPS)
	early := m.due.Add(-frame).Sub(now)
	if now.Before(m.slow) && now.Sub(m.asked) > answer {
		early = max(early, m.last.Add(slowFrame).Sub(now))
	}
	if early > 0 || m.terminal.Pending() > busy {
		return m.free(early)
	}
	if m.due.Before(now) {
		m.due = now
	}
	m.due, m.last = m.due.Add(frame), now
	m.shown = picture
	_, _ = m.terminal.Write(m.painter.Paint(picture)) // its owner learns of its end
	return nil
}

// free waits for a time and until the terminal is free, unless that is waited for already.
func (m *Model) free(after time.Duration) tea.Cmd {
	if m.waiting {
		return nil
	}
	m.waiting = true
	terminal := m.terminal
	return func() tea.Msg {
		time.Sleep(after)
		began := time.Now()
		terminal.Free(busy)
		return freeMsg{time.Since(began)}
	}
}

func (m *Model) forget() {
	m.painter.Forget()
	m.shown = ""
}

func (m *Model) write(sequence string) { _, _ = io.WriteString(m.terminal, sequence) }

// enter takes the terminal: its alternate screen without a cursor, pasted text as such,
// the mouse, the title.
func (m *Model) enter() {
	m.write(ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable + ansi.SetModeBracketedPaste)
	if m.opts.Mouse {
		m.write(ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr)
	}
	m.write(ansi.SetWindowTitle(m.opts.Title))
}

// Leave gives the terminal back, until a tea.ResumeMsg or for good. Where there is no
// alternate screen the picture stays, and what follows begins below it.
func (m *Model) Leave() {
	m.write(ansi.SetWindowTitle(""))
	if m.opts.Mouse {
		m.write(ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr)
	}
	m.write(ansi.ResetModeBracketedPaste + ansi.CursorPosition(1, m.height) + "\r\n" +
		ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable)
}
