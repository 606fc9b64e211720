package model

import "time"

// Query asks for the lines that fit on a screen.
type Query struct {
	Order Order
	// Version changes whenever Order does, so that Order need not be compared.
	Version uint64
	// Cursor is the line that the viewer has chosen; Move is how many lines it
	// moves from there, down when positive.
	Cursor Key
	Move   int
	// Top is the first visible line of the last page, Height how many fit.
	Top, Height int
	// Trend is how many columns each line's trend has; 0 means none.
	Trend int
	// Chart asks for the detail of the cursor's metric; nil means none.
	Chart *ChartQuery
}

// ChartQuery asks for the history of the cursor's metric, or of its device's
// first metric with numbers when the cursor is on none.
type ChartQuery struct {
	// Range is the time shown, up to Until; 0 means all there is.
	Range time.Duration
	// Until is the right end; zero means now.
	Until time.Time
	// Columns is how many slices the time is cut into.
	Columns int
	// Overlay names further metrics to draw.
	Overlay []Key
	// Messages is how many of the topic's last messages are wanted.
	Messages int
}

// Line is one line of the list of devices.
type Line struct {
	// Device is shared by the lines of one device.
	Device *Device
	// Metric is nil where a device has fewer metrics than lines.
	Metric *Metric
	Trend  []Column
	// Index is the line's place in its device's group of Size lines.
	Index, Size int
	Folded      bool
	Starred     bool
	// Hidden counts the metrics that a folded device does not show.
	Hidden int
}

// Page is what a viewer shows: a copy that belongs to the viewer.
type Page struct {
	Lines []Line
	// Top is the first line's place in the whole list of Total lines, Cursor
	// the place of Key's line, -1 when the list is empty.
	Top, Total, Cursor int
	Key                Key
	// Shown counts the devices in the list.
	Shown  int
	Status Status
	Detail *Detail
}

// Status is what the header shows.
type Status struct {
	// Now is the store's clock, Revision its state.
	Now        time.Time
	Revision   uint64
	Connection Connection
	// Received is what each of the connection's subscriptions has brought. It is as
	// long as Connection.Subscriptions.
	Received []Receipt
	// Losses are the last times without a connection after the first one, the newest
	// last. Nobody changes them.
	Losses      []Loss
	Counters    Counters
	Source      SourceStats
	Tally       Tally
	PerSec      float64
	LastMessage time.Time
	// BytesPerSec is how many bytes come each second of late, as Source counts them.
	BytesPerSec float64
	// LogKept is how many messages are kept whole for the log, LogGone how many
	// no longer are.
	LogKept, LogGone uint64
}

// Detail is everything about one metric.
type Detail struct {
	Device Device
	Metric Metric
	// From and To are the ends of the time axis.
	From, To time.Time
	Series   []Series
	// Messages are the topic's last ones, the newest first. The very last is
	// always among them, its payload perhaps cut.
	Messages []Message
	// Start is the time of the oldest reading that is still kept; zero when
	// there is none.
	Start time.Time
}

// Series is one line of a chart. The first is the detail's own metric.
type Series struct {
	Device  Device
	Metric  Metric
	Columns []Column
}

// Read makes the page that q asks for. It may be called by the goroutine that
// owns the view.
func (v *View) Read(q Query) Page {
	for {
		if p, ok := v.read(&q); ok {
			return p
		}
	}
}

// read makes the page, unless the store was restored meanwhile: what is listed is
// not in it any more.
func (v *View) read(q *Query) (p Page, ok bool) {
	v.rebuild(q.Order, q.Version)
	height := clamp(q.Height, 0, v.lines)
	top := v.move(q.Cursor, q.Move, q.Top, height)
	p = Page{Top: top, Total: v.lines, Cursor: v.cursor, Key: v.key(v.cursor), Shown: len(v.entries)}

	s := v.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if v.restored != s.restored {
		return Page{}, false
	}
	p.Status = s.status()
	p.Lines = v.copyLines(top, height, max(q.Trend, 0))
	if q.Chart != nil {
		p.Detail = s.detail(p.Key, q.Chart)
	}
	return p, true
}

// move puts the view's cursor on the line of k and moves it by n lines. It
// returns the first visible line: as near to top as shows the cursor.
func (v *View) move(k Key, n, top, height int) int {
	line := v.find(k)
	if line < 0 {
		line = max(v.cursor, 0) // what was chosen is gone: stay about there
	}
	v.cursor = -1
	if v.lines > 0 {
		// The sum of a line and a huge move must not overflow.
		v.cursor = clamp(line+clamp(n, -v.lines, v.lines), 0, v.lines-1)
	}
	visible := max(height, 1)
	top = clamp(top, v.cursor-visible+1, v.cursor)
	return clamp(top, 0, max(v.lines-visible, 0))
}

// clamp forces n into lo..hi; lo wins when they cross.
func clamp(n, lo, hi int) int { return max(min(n, hi), lo) }

// Status returns what the header shows. Any goroutine may call it.
func (s *Store) Status() Status {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.status()
}

func (s *Store) status() Status {
	return Status{
		Now: stamp(s.now), Revision: s.changes.Revision(), Connection: s.connection, Received: s.filters.received(s.now),
		Losses: s.losses, Counters: s.counters, Source: s.source, Tally: s.tally,
		PerSec: s.rate.perSec(time.Duration(s.now-s.lastLive), totalWindow), LastMessage: stamp(s.lastMessage),
		BytesPerSec: s.bytes.perSec(),
		LogKept:     uint64(s.recent.n), LogGone: s.recent.gone(),
	}
}

// copyLines copies the visible lines, under the store's lock.
func (v *View) copyLines(top, height, trend int) []Line {
	lines := make([]Line, 0, height)
	metrics := make([]Metric, 0, height)
	columns := make([]Column, trend*height)
	for i := v.at(top); i < len(v.entries) && len(lines) < height; i++ {
		e := &v.entries[i]
		first, size := int(e.line), v.end(i)-int(e.line)
		device := v.store.deviceCopy(e.device)
		device.Ambiguous = e.ambiguous
		for j := max(top-first, 0); j < size && len(lines) < height; j++ {
			line := Line{Device: &device, Index: j, Size: size, Folded: e.folded, Starred: e.starred}
			if j < len(e.metrics) {
				metrics = append(metrics, v.store.metricCopy(e.metrics[j]))
				line.Metric = &metrics[len(metrics)-1]
				if trend > 0 && line.Metric.Value.Plottable() {
					line.Trend, columns = columns[:trend:trend], columns[trend:]
					v.store.trend(e.metrics[j], line.Trend)
				}
			}
			if e.folded {
				line.Hidden = max(len(e.metrics)-1, 0)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// Detail gathers everything about the metric that k names, or about the first
// metric with numbers of the device that it names; nil when there is none. Any
// goroutine may call it.
func (s *Store) Detail(k Key, q ChartQuery) *Detail {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.detail(k, &q)
}

// detail gathers everything about the metric that k names, under the lock; nil
// when there is none.
func (s *Store) detail(k Key, q *ChartQuery) *Detail {
	m := s.lookup(k)
	if m == nil {
		return nil
	}
	d := &Detail{Device: s.deviceCopy(m.topic.device), Metric: s.metricCopy(m)}
	start, to := m.history.start(), s.now
	if !q.Until.IsZero() {
		to = nanos(q.Until)
	}
	from := to - int64(q.Range)
	if q.Range == 0 {
		from = to - int64(time.Minute)
		if start != 0 {
			from = min(from, start)
		}
	}
	d.Start, d.From, d.To = stamp(start), stamp(from), stamp(to)
	d.Series = append(d.Series, s.series(m, from, to, q.Columns))
	for _, k := range q.Overlay {
		if o := s.lookup(k); o != nil && o != m {
			d.Series = append(d.Series, s.series(o, from, to, q.Columns))
		}
	}
	d.Messages = s.recent.of(m.topic.name, q.Messages)
	if len(d.Messages) == 0 && q.Messages > 0 {
		d.Messages = append(d.Messages, m.topic.last())
	}
	return d
}

func (s *Store) series(m *metric, from, to int64, columns int) Series {
	c := Series{Device: s.deviceCopy(m.topic.device), Metric: s.metricCopy(m), Columns: make([]Column, max(columns, 0))}
	m.history.columns(c.Columns, from, to+1, patience(m.topic.learned()))
	return c
}

// lookup finds the metric that k names, or the first metric with numbers of
// the device.
func (s *Store) lookup(k Key) *metric {
	d := s.byID.find(k.Device)
	if d == nil || len(d.metrics) == 0 {
		return nil
	}
	if k.Topic == "" {
		for _, m := range d.metrics {
			if m.value().Plottable() {
				return m
			}
		}
		return d.metrics[0]
	}
	for _, m := range d.metrics {
		if m.topic.name == k.Topic && m.path == k.Path {
			return m
		}
	}
	return nil
}
