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
	waiting  bool      // a freeMsg will come
}

// freeMsg says that the terminal takes the next picture.
type freeMsg struct{}

// busy is how many bytes may wait for the terminal before pictures are left out. A
// terminal that keeps up has none; on a line of 64 kbit/s what waits is how old the
// screen is.
const busy = 1 << 10

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
		return m, m.paint()
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
	if picture == m.shown || m.waiting {
		return nil
	}
	now, frame := time.Now(), time.Second/time.Duration(m.opts.FPS)
	early := m.due.Add(-frame).Sub(now)
	if early > 0 || m.terminal.Pending() > busy {
		m.waiting = true
		return m.free(early)
	}
	if m.due.Before(now) {
		m.due = now
	}
	m.due = m.due.Add(frame)
	m.shown = picture
	_, _ = m.terminal.Write(m.painter.Paint(picture)) // its owner learns of its end
	return nil
}

// free waits for a time and until the terminal is free.
func (m *Model) free(after time.Duration) tea.Cmd {
	terminal := m.terminal
	return func() tea.Msg {
		time.Sleep(after)
		terminal.Free(busy)
		return freeMsg{}
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
