package alerts

// log keeps the last transitions: a ring that grows to its bound.
type log struct {
	ring  []Transition
	most  int
	head  int // the oldest, once the ring is full
	total uint64
}

func newLog(most int) log { return log{most: most} }

func (l *log) add(t Transition) {
	l.total++
	if len(l.ring) < l.most {
		l.ring = append(l.ring, t)
		return
	}
	l.ring[l.head] = t
	if l.head++; l.head == len(l.ring) {
		l.head = 0
	}
}

// newest is the i-th of the transitions, the newest being the first.
func (l *log) newest(i int) *Transition {
	i = l.head - 1 - i
	if i < 0 {
		i += len(l.ring)
	}
	return &l.ring[i]
}

func (l *log) gone() uint64 { return l.total - uint64(len(l.ring)) }

// step notes a transition of the tracker's alert, which is as it is after it.
func (e *Engine) step(t *tracker, at int64, from State, was Severity, tell bool, why string) {
	tr := Transition{
		Seq: e.log.total + 1, Time: stamp(at), From: from, To: t.alert.state, Was: was,
		Alert: e.copyOf(t), Tell: tell, Reason: why,
	}
	e.log.add(tr)
	if e.options.OnTransition != nil {
		e.out = append(e.out, tr)
	}
	e.change(true)
}

// change says that readers see something new; with reorder the order of the
// active alerts may be another.
func (e *Engine) change(reorder bool) {
	e.sorted = e.sorted && !reorder
	e.changes.Tell()
}
