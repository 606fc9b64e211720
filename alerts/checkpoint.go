package alerts

import (
	"slices"
	"unsafe"

	"labtop/model"
)

// Checkpoint is of model.Watcher.
func (e *Engine) Checkpoint() (state any, bytes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.copied(e.rules)
}

// Restore is of model.Watcher. What people did since the checkpoint is gone too.
func (e *Engine) Restore(state any) {
	restored, _ := state.(*facts).copied(e.rules)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.facts, e.out = *restored, nil
	e.change(true)
}

// copier copies facts. A struct is copied whole, so that a number that is added to it is
// not forgotten, and what it points to is copied once, unless nobody ever changes it.
type copier struct {
	rules    []*rule // of the engine that the copy is for
	devices  map[*device]*device
	series   map[*series]*series
	trackers map[*tracker]*tracker
	bytes    int
}

// copied returns a copy for an engine with these rules that shares nothing that
// changes, and its size in bytes, roughly.
func (f *facts) copied(rules []*rule) (*facts, int) {
	c := copier{
		rules:    rules,
		devices:  make(map[*device]*device, len(f.devices)),
		series:   make(map[*series]*series, len(f.series)),
		trackers: make(map[*tracker]*tracker, f.trackers),
	}
	n := *f
	n.devices, n.series, n.byID = mapped(&c, f.devices, c.device), mapped(&c, f.series, c.oneSeries), mapped(&c, f.byID, c.tracker)
	n.hooks = copyOf(&c, f.hooks)
	for i, h := range n.hooks {
		n.hooks[i] = hook{series: c.oneSeries(h.series), device: c.device(h.device)}
	}
	n.timers = c.list(f.timers)
	n.asleep, n.missing, n.active = c.list(f.asleep), c.list(f.missing), c.list(f.active)
	n.log.ring = copyOf(&c, f.log.ring)
	return &n, c.bytes
}

func (c *copier) device(d *device) *device {
	return once(c, c.devices, d, func(n *device) {
		n.active, n.trackers, n.silences = c.list(d.active), c.list(d.trackers), c.list(d.silences)
	})
}

func (c *copier) oneSeries(s *series) *series {
	return once(c, c.series, s, func(n *series) {
		n.device = c.device(s.device)
		n.all, n.trackers, n.always, n.silences = c.list(s.all), c.list(s.trackers), c.list(s.always), c.list(s.silences)
		n.interval = one(c, s.interval)
	})
}

func (c *copier) tracker(t *tracker) *tracker {
	return once(c, c.trackers, t, func(n *tracker) {
		n.rule = c.rules[t.rule.index]
		n.device, n.series = c.device(t.device), c.oneSeries(t.series)
		n.slope, n.sameness, n.fall, n.growth = one(c, t.slope), one(c, t.sameness), one(c, t.fall), one(c, t.growth)
		if n.alert = one(c, t.alert); n.alert != nil {
			n.alert.text = copyOf(c, t.alert.text)
		}
	})
}

func (c *copier) list(trackers []*tracker) []*tracker {
	copies := copyOf(c, trackers)
	for i, t := range copies {
		copies[i] = c.tracker(t)
	}
	return copies
}

// once returns the copy of what v points to, which fill completes when it is made; nil
// for nil.
func once[T any](c *copier, made map[*T]*T, v *T, fill func(*T)) *T {
	if n := made[v]; n != nil || v == nil {
		return n
	}
	n := one(c, v)
	made[v] = n
	fill(n)
	return n
}

// one returns a copy of *v; nil for nil.
func one[T any](c *copier, v *T) *T {
	if v == nil {
		return nil
	}
	n := *v
	c.bytes += int(unsafe.Sizeof(n))
	return &n
}

// copyOf returns a copy of a slice; nil for nil.
func copyOf[S ~[]T, T any](c *copier, s S) S {
	c.bytes += len(s) * int(unsafe.Sizeof(*new(T)))
	return slices.Clone(s)
}

// mapped returns a map with the copies of the values.
func mapped[K comparable, T any](c *copier, m map[K]*T, one func(*T) *T) map[K]*T {
	n := make(map[K]*T, len(m))
	for k, v := range m {
		n[k] = one(v)
	}
	c.bytes += len(m) * int(unsafe.Sizeof(*new(K))+unsafe.Sizeof(uintptr(0)))
	return n
}

var _ model.Watcher = (*Engine)(nil)
