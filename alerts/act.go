package alerts

import (
	"math"
	"time"
)

// forever is the end of a silence that lasts until the alert is resolved.
const forever = math.MaxInt64

// UntilResolved is the duration of such a silence.
const UntilResolved = time.Duration(math.MaxInt64)

// What people do takes effect at once and is a transition of its own in the log,
// from a state to the same one. Any goroutine may call the methods below. They say
// whether there is an active alert with the id.

// Acknowledge notes that somebody has seen the alert. It stays so until the alert
// is resolved, over lost connections too; that it gets worse is told all the same.
func (e *Engine) Acknowledge(id uint64) bool {
	return e.act(id, "acknowledged", func(t *tracker) {
		if t.alert.acknowledged == 0 {
			t.alert.acknowledged = e.now
		}
	})
}

// Silence makes the alert tell nobody for a while, from now by the engine's clock:
// also when it is resolved meanwhile and comes again. UntilResolved ends with the
// alert. When the silence ends and the alert fires, people are told.
func (e *Engine) Silence(id uint64, d time.Duration) bool {
	return e.act(id, "silenced", func(t *tracker) {
		t.silenced = forever
		if d < UntilResolved {
			t.silenced = e.now + int64(max(d, 0))
			if t.silenced < e.now {
				t.silenced = forever
			}
		}
	})
}

// Unsilence ends a silence.
func (e *Engine) Unsilence(id uint64) bool {
	return e.act(id, "no longer silenced", func(t *tracker) { t.silenced = 0 })
}

// act does something to an alert. People are told of what they missed by a silence
// when its end comes, by the owner.
func (e *Engine) act(id uint64, why string, do func(*tracker)) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.byID[id]
	if t == nil {
		return false
	}
	do(t)
	a := t.alert
	e.step(t, e.now, a.state, a.severity, false, why)
	if t.place < 0 || t.wake > e.now {
		e.wakeAt(t, e.now)
	}
	return true
}
