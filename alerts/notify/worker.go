package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"labtop/alerts"
	"labtop/crash"
	"labtop/safetext"
)

// The keys of the log's lines.
const (
	keyChannel = "channel"
	keyReason  = "reason"
)

// retries are the pauses before a message is tried again.
var retries = [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}

// worker is a channel with its queue and its goroutine.
type worker struct {
	Channel
	log *slog.Logger
	// more has an element when something new waits.
	more chan struct{}

	mu     sync.Mutex // guards all below; held for memory copies only
	closed bool
	inbox  *inbox // of a Sender
	board  *board // of a Mirror
	counts Status
}

func newWorker(c Channel, log *slog.Logger) *worker {
	if c.Every <= 0 {
		c.Every = defaultEvery
	}
	if c.PerMinute <= 0 {
		c.PerMinute = defaultPerMinute
	}
	w := &worker{Channel: c, log: log, more: make(chan struct{}, 1)}
	switch {
	case c.Off != "":
	case c.Mirror != nil:
		w.board = newBoard(c.Mirror.Refresh())
	case c.Sender != nil:
		w.inbox = newInbox(c.Every, c.PerMinute)
	default:
		w.Off = "it leads nowhere"
	}
	return w
}

// take queues an event. tell is false for one that people are not to hear of.
func (w *worker) take(e event, tell bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.Off != "":
		if tell {
			w.counts.Skipped++
		}
	case w.closed:
		w.counts.Dropped++
	case w.board != nil:
		w.counted(w.board.add(e, tell, time.Now()))
	case tell:
		w.counted(w.inbox.add(e, time.Now()))
	case !e.firing:
		w.inbox.forget(e.key)
	}
}

// counted counts what became of an event, and wakes the goroutine for it.
func (w *worker) counted(o outcome) {
	switch o {
	case queued:
		select {
		case w.more <- struct{}{}:
		default:
		}
	case grouped:
		w.counts.Grouped++
	case dropped:
		w.counts.Dropped++
	case ignored:
	}
}

// status is a copy of the counts.
func (w *worker) status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.counts
	s.Name, s.Kind, s.Where, s.Off = safetext.Clean(w.Name), w.Kind, safetext.Clean(w.Where), safetext.Clean(w.Off)
	switch {
	case w.inbox != nil:
		s.Waiting = len(w.inbox.order)
	case w.board != nil:
		s.Waiting = len(w.board.order)
	}
	return s
}

// run tells what is queued until closing is done; then it tells the rest, until
// ctx is done.
func (w *worker) run(ctx, closing context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(w.pause(time.Now()))
		select {
		case <-closing.Done():
			w.finish(ctx)
			return
		case <-w.more:
			continue // it may be due before the timer
		case <-timer.C:
		}
		if w.board != nil {
			w.show(ctx, closing)
		} else {
			w.tell(ctx, closing)
		}
	}
}

// pause is how long nothing is due.
func (w *worker) pause(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var at time.Time
	var ok bool
	if w.board != nil {
		at, ok = w.board.due()
	} else {
		at, ok = w.inbox.due()
	}
	if !ok {
		return time.Hour
	}
	return max(at.Sub(now), 0)
}

// tell makes a message of what may be told now and sends it.
func (w *worker) tell(ctx, closing context.Context) {
	if m := w.message(false); m != nil {
		w.report(m, w.retry(ctx, closing, m))
	}
}

// message takes what may be told now from the queue; all of it when all is set.
func (w *worker) message(all bool) *Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if at, ok := w.inbox.due(); !ok || !all && now.Before(at) {
		return nil
	}
	return w.inbox.take(now, all)
}

// retry sends a message, again after a pause when that may help. It stops when
// closing is done.
func (w *worker) retry(ctx, closing context.Context, m *Message) error {
	err := w.send(ctx, m)
	for _, pause := range retries {
		if err == nil || !temporary(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-closing.Done():
			timer.Stop()
			return err
		}
		err = w.send(ctx, m)
	}
	return err
}

// send hands a message over. A panic becomes an error: a notifier is no reason for
// the dashboard to end.
func (w *worker) send(ctx context.Context, m *Message) error {
	return crash.Guard(func() error { return w.Sender.Send(ctx, m) })
}

// report counts what became of a message.
func (w *worker) report(m *Message, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.counts.Sent++
		w.counts.Grouped += uint64(len(m.lines) - 1)
		w.counts.LastSent = time.Now()
	case errors.Is(err, ErrNoScreen):
		w.counts.Skipped += uint64(len(m.lines))
	default:
		w.inbox.untold(m)
		w.failed(err)
	}
}

// failed counts a failure; the caller holds mu.
func (w *worker) failed(err error) {
	w.counts.Failed++
	w.counts.LastFailed = time.Now()
	w.counts.LastError = safetext.CleanMax(err.Error(), maxError)
	w.log.Warn("a notification failed", keyChannel, safetext.Clean(w.Name), keyReason, w.counts.LastError)
}

// broke turns the channel off: a mistake of ours in its goroutine is no reason for
// the dashboard to end.
func (w *worker) broke(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed(err)
	w.Off = w.counts.LastError
	w.log.Error("a channel ended", keyChannel, safetext.Clean(w.Name), keyReason, w.Off)
}

// finish tells what still waits, once.
func (w *worker) finish(ctx context.Context) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	if w.board != nil {
		w.leave(ctx)
		return
	}
	if m := w.message(true); m != nil {
		w.report(m, w.send(ctx, m))
	}
}

// sample is what `alerts test-notify` sends.
func (w *worker) sample(ctx context.Context, now time.Time) error {
	a := alerts.Alert{
		ID: 1, Rule: "test-notify", State: alerts.Firing, Severity: alerts.Warning, Since: now, Fired: now,
		Series:  alerts.Series{Device: "labtop", Name: "labtop"},
		Summary: "a sample of a notification: nothing is wrong",
	}
	if w.Mirror == nil {
		return w.send(ctx, newMessage(now, []line{{kind: fires, alert: a, fired: 1}}, tally{}))
	}
	if _, err := w.showStates(ctx, []State{{Firing: true, Alert: a, key: keyOf(&a)}}); err != nil {
		return err
	}
	a.State, a.Ended = alerts.Resolved, now.Add(time.Millisecond)
	_, err := w.showStates(ctx, []State{{Alert: a, key: keyOf(&a)}})
	return err
}

// temporaryError is an error after which it makes sense to try again.
type temporaryError struct{ err error }

func (t *temporaryError) Error() string { return t.err.Error() }
func (t *temporaryError) Unwrap() error { return t.err }

func temporary(err error) bool {
	_, ok := errors.AsType[*temporaryError](err)
	return ok
}
