package alerts

import (
	"math"

	"labtop/model"
)

// hook is what an observation is of: a series or a device.
type hook struct {
	series *series
	device *device
}

// hang gives a hook its number.
func (e *Engine) hang(h hook) uint32 {
	e.hooks = append(e.hooks, h)
	return uint32(len(e.hooks))
}

// device is a device that was heard of.
type device struct {
	name     string
	key      model.Key
	presence model.Presence
	heard    bool       // live
	active   []*tracker // those of it and of its metrics that have an alert
	trackers []*tracker // of the device itself
	silences []*tracker // silence rules on its metrics
	back     int64      // when it came back last
	expected bool       // a rule waits for it to speak
}

// series is a metric that a rule watches.
type series struct {
	device   *device
	key      model.Key
	metric   string
	unit     string
	all      []*tracker
	trackers []*tracker // those about readings
	always   []*tracker // those of rules that are not steady
	busy     int        // those of the others whose condition holds
	// No limit of the others is passed from low to high.
	low, high float64
	silences  []*tracker // those about silence
	deaf      bool       // one of them must look at the next message
	interval  *model.Interval
	last      int64 // when the last live reading came
	numbers   bool  // a live reading was a number

	// Of words: what was said last, and what was stored last.
	words        bool   // a rule looks at them
	said, stored uint64 // hashes; 0 before any
	saidLive     bool   // what was said last came live
	keeps        bool   // the stored word was once the last live one
}

// WatchDevice is of model.Watcher.
func (e *Engine) WatchDevice(s model.Subject) uint32 {
	if len(e.rules) == 0 {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.full() && e.devices[s.Key.Device] == nil && !e.expects(&s) && !e.watches(&s) {
		return 0 // nothing of it will ever be watched, and there may be very many
	}
	d := e.device(&s)
	for _, r := range e.rules {
		if r.matches(&s) {
			if t := e.track(r, d, nil); t != nil {
				d.trackers = append(d.trackers, t)
			}
		}
	}
	return e.hang(hook{device: d})
}

// device finds or makes the device of a subject.
func (e *Engine) device(s *model.Subject) *device {
	d := e.devices[s.Key.Device]
	if d == nil {
		d = &device{name: s.Name, key: model.Key{Device: s.Key.Device}, presence: model.Unknown, expected: e.expects(s)}
		e.devices[s.Key.Device] = d
	}
	return d
}

// expects says whether a rule waits for a device to speak.
func (e *Engine) expects(s *model.Subject) bool {
	for _, r := range e.rules {
		if r.expects(s.Key.Device, s.Name) {
			return true
		}
	}
	return false
}

// WatchMetric is of model.Watcher.
func (e *Engine) WatchMetric(s model.Subject) uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ignored(s.Key.Topic) {
		return 0
	}
	if !e.watches(&s) && !e.expects(&s) {
		return 0
	}
	d := e.device(&s)
	se := &series{device: d, key: s.Key, metric: s.Metric, low: math.Inf(-1), high: math.Inf(1)}
	for _, r := range e.rules {
		if !r.matches(&s) {
			continue
		}
		if t := e.track(r, d, se); t != nil {
			se.add(t)
			se.words = se.words || r.kind == Equals || r.kind == Not
			if r.kind == NoData {
				d.silences = append(d.silences, t)
			}
		}
	}
	if len(se.all) == 0 && !d.expected {
		return 0
	}
	e.series[s.Key] = se
	return e.hang(hook{series: se})
}

// add makes the rule of a tracker look at the series.
func (s *series) add(t *tracker) {
	if s.all = append(s.all, t); t.rule.kind != NoData {
		s.trackers = append(s.trackers, t)
	}
	switch {
	case t.rule.kind == NoData:
		s.silences, s.deaf = append(s.silences, t), true
		if t.rule.learns && s.interval == nil {
			s.interval = &model.Interval{}
		}
		return
	case !t.rule.steady:
		s.always = append(s.always, t)
		return
	}
	for _, c := range t.rule.tests {
		if c != nil {
			s.low, s.high = max(s.low, c.low), min(s.high, c.high)
		}
	}
}

// watches says whether a rule is about a subject and there is room to watch it.
func (e *Engine) watches(s *model.Subject) bool {
	for _, r := range e.rules {
		if !r.matches(s) {
			continue
		}
		if !e.full() {
			return true
		}
		e.counts.Unwatched++
	}
	return false
}

func (e *Engine) ignored(topic string) bool {
	for _, filter := range e.options.Ignore {
		if model.MatchTopic(filter, topic) {
			return true
		}
	}
	return false
}

// full says that nothing more can be watched.
func (e *Engine) full() bool { return int(e.trackers) >= e.options.Watched }

// track makes the tracker of a rule on a series, or on a device when se is nil.
// It returns nil when there are too many.
func (e *Engine) track(r *rule, d *device, se *series) *tracker {
	if e.full() {
		e.counts.Unwatched++
		return nil
	}
	e.trackers++
	t := &tracker{rule: r, device: d, series: se, order: e.trackers, place: -1}
	switch r.kind {
	case Rate:
		t.slope = &slope{}
	case Stuck:
		t.sameness = &sameness{}
	case FallsBy:
		t.fall = &fall{}
	case Grows:
		t.growth = &growth{}
	}
	return t
}

// Observe is of model.Watcher.
func (e *Engine) Observe(seen []model.Observation) {
	e.mu.Lock()
	for i := range seen {
		o := &seen[i]
		e.advance(o.At)
		if h := e.hooks[o.Hook-1]; h.series != nil {
			e.reading(h.series, o)
		} else {
			e.presence(h.device, o)
		}
	}
	e.deliver()
}
