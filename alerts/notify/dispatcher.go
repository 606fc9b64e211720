package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"labtop/alerts"
	"labtop/crash"
	"labtop/safetext"
)

const (
	defaultEvery     = 30 * time.Second
	defaultPerMinute = 10
	// maxError is how many bytes of an error are kept.
	maxError = 300
)

// Sender is a way to tell people. Send returns when the message was handed over,
// or why it was not; it gives up when ctx is done and never takes much longer than
// ten seconds. One goroutine calls it, one call at a time.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// Mirror is a place that shows how the alerts stand. Show takes the latest states
// of some alerts, and returns how many of them, from the first, it has shown or will
// never show; the others are given to it again. One goroutine calls it, one call at
// a time.
type Mirror interface {
	Show(ctx context.Context, states []State) (shown int, err error)
	// Refresh is after how long a state that still holds is to be shown again; 0
	// means never.
	Refresh() time.Duration
	// Leave is called once at the end with what was shown and still holds.
	Leave(ctx context.Context, states []State) error
}

// State is how an alert stands.
type State struct {
	Firing bool
	// Alert is the alert, its texts as they were received but cut.
	Alert alerts.Alert

	key key // with the texts whole, which tell alerts apart
}

// Channel is one configured way to tell. Exactly one of Sender and Mirror is set,
// unless Off is.
type Channel struct {
	// Name is what rules call it, Kind what it is ("webhook"), Where it leads to,
	// without secrets; may be empty.
	Name, Kind, Where string
	Sender            Sender
	Mirror            Mirror
	// Default says that alerts whose rule names no channel are told here.
	Default bool
	// Off says why the channel tells nothing; empty when it does.
	Off string
	// Every is the least time between two messages about one rule, 0 means 30 s;
	// PerMinute is how many messages it sends in a minute at most, 0 means 10.
	// They are for Senders.
	Every     time.Duration
	PerMinute int
}

// Status is how a channel does, for a screen. Its texts are safe to print.
type Status struct {
	Name, Kind, Where string
	// Off says why it tells nothing; empty when it does.
	Off string
	// Sent counts messages, or states shown; Grouped alerts that were told in
	// another's message or overtaken by a later state; Skipped those that it could
	// not tell here (there is no screen); Dropped those that found the queue full;
	// Failed messages, or attempts to show states, that failed for good.
	Sent, Grouped, Skipped, Dropped, Failed uint64
	// Waiting is how many series wait now.
	Waiting int
	// LastSent is when it last succeeded, LastFailed when it last failed; zero for
	// never. LastError says why.
	LastSent, LastFailed time.Time
	LastError            string
}

// Failing says that the last attempt failed.
func (s *Status) Failing() bool { return s.LastFailed.After(s.LastSent) }

// Dispatcher hands alerts to channels. Its methods may be called from any
// goroutine.
type Dispatcher struct {
	channels []*worker
	byName   map[string]*worker
	standard []string // the names of the default ones
	ended    sync.WaitGroup
	// close says to come to an end, cancel to end at once.
	close, cancel context.CancelFunc
}

// New starts a goroutine for each channel. Of two with one name the last counts.
// log is told of failures; nil for nobody.
func New(channels []Channel, log *slog.Logger) *Dispatcher {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	closing, stop := context.WithCancel(context.Background())
	d := &Dispatcher{byName: map[string]*worker{}, close: stop, cancel: cancel}
	for i := range channels {
		w := newWorker(channels[i], log)
		if old := d.byName[w.Name]; old != nil {
			d.channels = slices.DeleteFunc(d.channels, func(c *worker) bool { return c == old })
		}
		d.channels, d.byName[w.Name] = append(d.channels, w), w
	}
	for _, w := range d.channels {
		if w.Default {
			d.standard = append(d.standard, w.Name)
		}
		if w.Off != "" {
			continue
		}
		d.ended.Go(crash.Guarded(w.broke, func() { w.run(ctx, closing) }))
	}
	return d
}

// Tell takes a transition for the channels that its alert names, or for the default
// ones when it names none. It returns at once and keeps nothing of t but copies; it is the engine's OnTransition.
func (d *Dispatcher) Tell(t alerts.Transition) {
	names := t.Alert.Notify
	if len(names) == 0 {
		names = d.standard
	}
	if len(names) == 0 {
		return
	}
	e, ok := newEvent(&t)
	if !ok {
		return
	}
	for i, name := range names {
		if w := d.byName[name]; w != nil && !slices.Contains(names[:i], name) {
			w.take(e, t.Tell)
		}
	}
}

// Status says how each channel does, in the order that New got them.
func (d *Dispatcher) Status() []Status {
	all := make([]Status, 0, len(d.channels))
	for _, w := range d.channels {
		all = append(all, w.status())
	}
	return all
}

// errUnknown is for a channel that there is not.
var errUnknown = errors.New("there is no such channel")

// Test sends a sample to one channel, in the caller's goroutine and without any
// limits. A Mirror shows the sample and then that it is over.
func (d *Dispatcher) Test(ctx context.Context, name string) error {
	w := d.byName[name]
	if w == nil {
		return fmt.Errorf("%w: %q", errUnknown, safetext.CleanMax(name, maxName))
	}
	if w.Off != "" {
		return errors.New(w.Off)
	}
	return w.sample(ctx, time.Now())
}

// Close tells what waits, without retries, and ends the channels: at the latest
// when the time is over, by which what is under way is broken off. After it Tell
// does nothing.
func (d *Dispatcher) Close(within time.Duration) {
	d.close()
	giveUp := crash.Guarded(func(error) {}, d.cancel)
	timer := time.AfterFunc(within, giveUp)
	defer timer.Stop()
	defer d.cancel()
	d.ended.Wait()
}
