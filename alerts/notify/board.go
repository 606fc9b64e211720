package notify

import (
	"context"
	"slices"
	"time"

	"labtop/crash"
)

const (
	// maxShown is how many alerts one Mirror shows at once.
	maxShown = 10_000
	// showEvery is the least time between two looks at what is to be shown, and
	// showAtOnce how many states are handed over at a time.
	showEvery  = time.Second
	showAtOnce = 256
	// maxBackoff is the longest pause after a failure.
	maxBackoff = 30 * time.Second
)

// board is how the alerts stand for a Mirror, and what it has not been told yet. It
// reads no clock and is not safe for concurrent use.
type board struct {
	refresh time.Duration
	series  map[key]*shownState
	order   []key // what is to be shown, the oldest first
	gone    int   // how many in the order came and went before they were shown
	// next is when it may be shown, refreshed when all of it was shown last.
	next, refreshed time.Time
	backoff         time.Duration
}

// shownState is the latest state of a series.
type shownState struct {
	state State
	// version grows with each change; dirty says that it is in the order.
	version uint64
	dirty   bool
	// shown says that the Mirror may have it: an alert that was never shown need
	// not be taken back.
	shown bool
}

// gone says that the alert came and went before it was shown.
func (s *shownState) gone() bool { return s.version > 0 && !s.state.Firing && !s.shown }

func newBoard(refresh time.Duration) *board {
	return &board{refresh: refresh, series: map[key]*shownState{}}
}

// add takes the new state of a series. An alert that nobody is told of is not
// shown anew, but one that is over is taken back in any case.
func (b *board) add(e event, tell bool, now time.Time) outcome {
	s := b.series[e.key]
	switch {
	case s == nil && (!e.firing || !tell):
		return ignored
	case s == nil && len(b.series) >= maxShown && !b.prune():
		return dropped
	case s == nil:
		s = &shownState{}
		b.series[e.key] = s
	case e.firing && !s.state.Firing && !tell:
		return ignored
	}
	if s.gone() {
		b.gone--
	}
	s.state = State{Firing: e.firing, Alert: e.alert, key: e.key}
	s.version++
	if s.gone() {
		b.gone++
	}
	if s.dirty {
		return grouped
	}
	b.mark(e.key, s)
	b.next = later(b.next, now.Add(gather))
	return queued
}

func (b *board) mark(k key, s *shownState) {
	s.dirty = true
	b.order = append(b.order, k)
}

// due says when there is something to show; false for never.
func (b *board) due() (time.Time, bool) {
	if len(b.order) > 0 {
		return b.next, true
	}
	if b.refresh > 0 && len(b.series) > 0 {
		return later(b.next, b.refreshed.Add(b.refresh)), true
	}
	return time.Time{}, false
}

// batch returns the first states to show, with their keys and versions.
func (b *board) batch(now time.Time) ([]State, []mark) {
	if b.refresh > 0 && !now.Before(b.refreshed.Add(b.refresh)) {
		b.refreshed = now
		for k, s := range b.series {
			if !s.dirty && s.state.Firing {
				b.mark(k, s)
			}
		}
	}
	b.prune()
	n := min(len(b.order), showAtOnce)
	states, marks := make([]State, 0, n), make([]mark, 0, n)
	for _, k := range b.order[:n] {
		s := b.series[k]
		s.shown = true // or may be, when the answer is lost
		states, marks = append(states, s.state), append(marks, mark{k, s.version})
	}
	return states, marks
}

// prune removes what came and went before it was ever shown: it is nothing to show.
// It says whether there was any.
func (b *board) prune() bool {
	if b.gone == 0 {
		return false
	}
	b.gone = 0
	b.order = slices.DeleteFunc(b.order, func(k key) bool {
		gone := b.series[k].gone()
		if gone {
			delete(b.series, k)
		}
		return gone
	})
	return true
}

type mark struct {
	key     key
	version uint64
}

// done notes that the first of a batch were shown. What changed meanwhile is shown
// again.
func (b *board) done(shown []mark, now time.Time, failed bool) {
	var again []key
	for _, m := range shown {
		s := b.series[m.key]
		switch {
		case s.version != m.version:
			again = append(again, m.key)
			continue
		case !s.state.Firing:
			delete(b.series, m.key)
		}
		s.dirty = false
	}
	b.order = append(slices.Delete(b.order, 0, len(shown)), again...)
	b.next = now
	switch {
	case failed:
		b.backoff = min(max(2*b.backoff, time.Second), maxBackoff)
		b.next = now.Add(b.backoff)
		return
	case len(b.order) == len(again): // else the next batch follows at once
		b.next = now.Add(showEvery)
	}
	b.backoff = 0
}

// firing are all alerts that the Mirror may show and that still fire.
func (b *board) firing() []State {
	var states []State
	for _, s := range b.series {
		if s.shown {
			states = append(states, s.state)
		}
	}
	return states
}

// show hands one batch to the Mirror.
func (w *worker) show(ctx, closing context.Context) {
	states, marks := w.batch(false)
	if len(states) == 0 {
		w.shown(nil, 0, nil)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	giveUp := crash.Guarded(w.broke, cancel) // at the end nobody waits for what hangs
	defer context.AfterFunc(closing, giveUp)()
	n, err := w.showStates(ctx, states)
	w.shown(marks[:n], len(states), err)
}

// shown counts what became of a batch of so many states.
func (w *worker) shown(marks []mark, of int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.board.done(marks, now, err != nil)
	if err != nil {
		w.failed(err)
	}
	if refused := err != nil && len(marks) == of; len(marks) > 0 && !refused {
		w.counts.Sent += uint64(len(marks))
		w.counts.LastSent = now
	}
}

// showStates calls Show. A panic becomes an error.
func (w *worker) showStates(ctx context.Context, states []State) (n int, err error) {
	err = crash.Guard(func() (err error) {
		n, err = w.Mirror.Show(ctx, states)
		return err
	})
	return min(max(n, 0), len(states)), err
}

// batch takes the next states to show, if they are due or all is set.
func (w *worker) batch(all bool) ([]State, []mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if at, ok := w.board.due(); !all && (!ok || now.Before(at)) {
		return nil, nil
	}
	return w.board.batch(now)
}

// leave shows what is waiting and lets the Mirror say good-bye.
func (w *worker) leave(ctx context.Context) {
	var err error
	if states, marks := w.batch(true); len(states) > 0 {
		var n int
		n, err = w.showStates(ctx, states)
		w.shown(marks[:n], len(states), err)
	}
	states := w.firing()
	left := crash.Guard(func() error { return w.Mirror.Leave(ctx, states) })
	if left == nil || err != nil { // one failure is told once
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed(left)
}

// firing are the states that the Mirror shows still.
func (w *worker) firing() []State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.board.firing()
}
