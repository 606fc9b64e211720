package ui_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"labtop/model"
	"labtop/ui"
)

// fakePlayer is a player that stands as a test put it, and writes down what it is
// asked for.
type fakePlayer struct {
	mu       sync.Mutex
	playback ui.Playback
	timeline func(buckets int) ui.Timeline
	store    *model.Store
	alerts   ui.Alerts
	lacks    ui.Stretch
	asked    []string
	noteErr  error

	revision uint64
	changed  chan struct{}
}

func newFakePlayer(store *model.Store) *fakePlayer {
	return &fakePlayer{store: store, changed: make(chan struct{})}
}

// set changes how the player stands.
func (p *fakePlayer) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.revision++
	close(p.changed)
	p.changed = make(chan struct{})
}

// ask writes down a wish, and grants it.
func (p *fakePlayer) ask(grant func(), format string, args ...any) {
	p.set(func() {
		p.asked = append(p.asked, fmt.Sprintf(format, args...))
		grant()
	})
}

func (p *fakePlayer) Playback() ui.Playback {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.playback
}

func (p *fakePlayer) State() (*model.Store, ui.Alerts, ui.Stretch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.store, p.alerts, p.lacks
}

func (p *fakePlayer) Timeline(buckets int) ui.Timeline {
	if p.timeline == nil {
		return ui.Timeline{Density: make([]uint64, buckets)}
	}
	return p.timeline(buckets)
}

func (p *fakePlayer) Changed() (<-chan struct{}, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed, p.revision
}

func (p *fakePlayer) Play(on bool) {
	p.ask(func() { p.playback.Playing = on }, "play %v", on)
}

func (p *fakePlayer) SetSpeed(speed float64) {
	p.ask(func() { p.playback.Speed = speed }, "speed %v", speed)
}

func (p *fakePlayer) Seek(to time.Time) {
	p.ask(func() { p.playback.At = to }, "seek %s", to.UTC().Format("15:04:05"))
}

func (p *fakePlayer) Step(device string) {
	p.ask(func() { p.playback.Playing = false }, "step %q", device)
}

func (p *fakePlayer) Jump(kinds ui.MarkKind, forward bool) {
	p.ask(func() {}, "jump %d %v", kinds, forward)
}

func (p *fakePlayer) Loop(on bool) {
	p.ask(func() { p.playback.Loop = on }, "loop %v", on)
}

func (p *fakePlayer) AddNote(text string) error {
	p.ask(func() {}, "note %q", text)
	return p.noteErr
}

// wishes are what was asked for since the last call.
func (p *fakePlayer) wishes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// replay is a screen on a recorded session.
func replay(t testing.TB, p *fakePlayer, width, height int, edit ...func(*ui.Options)) *screen {
	t.Helper()
	return newScreen(t, &lab{p.store, t}, width, height, append(edit, func(o *ui.Options) {
		o.Session.Source, o.Session.Player, o.Session.Lacks = "lab.mcap", p, p.lacks
	})...)
}
