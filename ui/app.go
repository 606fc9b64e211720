// Package ui is the dashboard: what a viewer sees of a [model.Store], in a
// terminal or as plain text.
//
// The contract: an [App] is one viewer's root model for Bubble Tea. It pulls:
// at its own pace it asks the store for a copy of the visible lines and draws
// them; nothing is ever pushed to it, so a slow viewer costs nobody anything.
// Update does no I/O, takes no lock and never waits; View returns a picture
// that is already drawn, in the colours that the terminal has. All text from outside is made safe to print before it
// reaches a cell.
package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"labtop/model"
)

// Options is what an App needs to know.
type Options struct {
	// Session is what is looked at first.
	Session Session
	// Recorder records the session to files; nil when nothing can be recorded.
	Recorder Recorder
	// Export writes what a session knows of a metric, or of all of a device, to a new
	// file, and returns its name, and a remark on it. It may wait; nil when there is no place for files.
	Export func(s Session, k model.Key) (file string, err error)
	// Retained clears what the broker keeps; nil when nothing may be published.
	Retained Retained
	// Channels says how the channels do that tell of alerts; nil when there are
	// none. Any goroutine may call it.
	Channels func() []Channel
	// System lists the broker's own topics ($SYS) among the devices.
	System bool
	// Theme is one of ThemeNames, Profile says which colours the terminal has; 0
	// means all. ASCII uses no other characters.
	Theme   string
	Profile colorprofile.Profile
	ASCII   bool
	// Decimals says how many decimals to show, by the metric's name; metrics
	// that are not in it have as many as their senders write.
	Decimals map[string]int
	// FPS is the most pictures a second, 1 to 60; 0 means 30.
	FPS int
	// MaxPayload is the size in bytes above which payloads are cut, Queue how many
	// messages may wait to be taken in; for the help screen, 0 when not known.
	MaxPayload int64
	// MaxRead is the size in bytes above which JSON is not read, MaxValues how many
	// values of a payload are; 0 when it is not known.
	MaxRead, MaxValues int
	Queue              int
	// Retry makes the source connect at once; nil when it cannot. It must not
	// wait.
	Retry func()
	// Rewind goes back to what the session, a live one, has received; nil when that
	// cannot be.
	Rewind Rewinder
	// Done is closed when the program ends, so that nothing waits for the store.
	Done <-chan struct{}
}

// MaxWidth and MaxHeight are the largest screen that is drawn. A terminal can claim any
// size; memory and time must not follow.
const (
	MaxWidth  = 500
	MaxHeight = 200
)

// App is the root model. Bubble Tea owns it; nobody else may touch it.
type App struct {
	opts    Options
	session *looking
	keys    keyMap
	theme   *Theme
	// dark is what is known of the terminal's background.
	dark bool

	width, height int
	devices       *devices
	topics        *topics
	alerts        *alertScreen
	broker        *brokerScreen
	log           *messageLog
	marks         *markScreen
	screen        screen // one of the above
	// live is how the store stands, as of the last page, or later while the
	// screen is paused.
	live model.Status
	seen // as of live

	input     textinput.Model
	prompt    *prompt    // nil unless a text is typed
	silencing *silencing // nil unless it is asked
	clearing  *clearing  // nil unless something is cleared
	helping   bool
	stopped   bool // by Ctrl+C
	helpTop   int
	helpMore  int // lines below those that are shown
	paused    bool
	pausedAt  uint64     // the number of messages then
	reach     Reach      // how far back one could go then
	rewinding bool       // it is being done
	back      *rewinding // nil unless the past is looked at
	notice    *notice    // nil when nothing is said

	reading, waiting bool              // a read, a wait for a change is under way
	stale            bool              // what is read now is out of date already
	asked            bool              // the page that comes is one that a key asked for
	held             []tea.KeyPressMsg // the keys that wait for it
	frame            string
}

// New makes an App that shows the store of the options.
func New(opts Options) *App {
	if opts.FPS <= 0 {
		opts.FPS = 30
	}
	if opts.Profile == colorprofile.Unknown {
		opts.Profile = colorprofile.TrueColor
	}
	a := &App{
		opts:  opts,
		keys:  newKeyMap(),
		dark:  true,
		input: textinput.New(),
	}
	a.devices, a.topics, a.alerts, a.broker, a.log, a.marks = newDevices(a), newTopics(a), newAlertScreen(a), newBrokerScreen(a), newMessageLog(a), newMarkScreen(a)
	a.screen = a.devices
	a.enter(opts.Session)
	if opts.Session.About != "" {
		a.say("4 tells what this log leaves open")
	}
	a.input.Prompt = ""
	a.setTheme()
	return a
}

// Init implements tea.Model.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{a.read()}
	if a.opts.Theme == "" || a.opts.Theme == "auto" {
		cmds = append(cmds, tea.Raw(ansi.RequestBackgroundColor))
	}
	return tea.Batch(cmds...)
}

// Update implements tea.Model. Each kind of message has a method of its own.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case pageMsg:
		cmd = a.handlePage(msg)
	case wakeMsg: // there is nothing new to draw yet
		return a, a.handleWake(msg)
	case fadedMsg:
		a.handleFaded(msg)
	case recordedMsg:
		cmd = a.handleRecorded(msg)
	case rewoundMsg:
		cmd = a.handleRewound(msg)
	case replacedMsg:
		cmd = a.handleReplaced(msg)
	case statusMsg:
		cmd = a.handleStatus(msg)
	case toldMsg:
		cmd = a.handleTold(msg)
	case foundMsg:
		a.handleFound(msg)
	case clearingMsg:
		cmd = a.handleClearing(msg)
	case clearedMsg:
		cmd = a.handleCleared(msg)
	case tea.WindowSizeMsg:
		cmd = a.handleSize(msg)
	case tea.KeyPressMsg:
		cmd = a.handleKey(msg)
	case tea.PasteMsg:
		cmd = a.handlePaste(msg)
	case tea.MouseWheelMsg:
		cmd = a.handleWheel(msg)
	case tea.MouseClickMsg:
		cmd = a.handleClick(msg)
	case tea.MouseMotionMsg:
		cmd = a.handleMotion(msg)
	case tea.BackgroundColorMsg:
		a.dark = msg.IsDark()
		a.setTheme()
	case tea.ResumeMsg:
		cmd = a.read()
	default:
		return a, nil
	}
	a.draw()
	return a, tea.Batch(cmd, a.fade())
}

// View implements tea.Model.
func (a *App) View() tea.View { return tea.NewView(a.frame) }

func (a *App) handleSize(msg tea.WindowSizeMsg) tea.Cmd {
	a.width, a.height = min(max(msg.Width, 0), MaxWidth), min(max(msg.Height, 0), MaxHeight)
	return a.read()
}

func (a *App) setTheme() {
	name := a.opts.Theme
	if name == "" || name == "auto" {
		name = "light"
		if a.dark {
			name = "dark"
		}
	}
	a.theme = newTheme(name, a.opts.Profile)
}

// Interrupted says whether the user ended the program with Ctrl+C. It is for
// when Bubble Tea has ended.
func (a *App) Interrupted() bool { return a.stopped }
