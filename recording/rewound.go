package recording

import (
	"context"
	"errors"
	"slices"
	"time"

	"labtop/model"
)

// rewound is a buffer while it is played: a medium. It goes on to grow meanwhile, and its
// oldest parts go. The goroutine of Player.Run calls begin, before and what they return.
type rewound struct {
	*Rewind
	p *Player
	// later is a checkpoint of the live lab, made when the segment upTo was there.
	later model.Checkpoint
	upTo  uint64
}

func (m *rewound) begin() (*reel, error) {
	return m.before(m.p.options.At).open()
}

// before is of medium.
func (m *rewound) before(moment time.Time) station { return halt{m.segmentAt(moment), m} }

// halt is the beginning of a segment; nil when there is none.
type halt struct {
	*segment
	m *rewound
}

func (h halt) entries() uint64 {
	if h.segment == nil {
		return 0
	}
	return h.first
}

func (h halt) open() (*reel, error) {
	s := h.segment
	if s == nil {
		return nil, errors.New("nothing was kept to go back to")
	}
	lab, err := h.m.p.options.NewLab(nil)
	if err != nil {
		return nil, err
	}
	r := &reel{feeder: feeder{from: &rewindReader{buffer: h.m.Rewind, segment: s, sketch: h.m.whole}, lab: lab}}
	r.feederState = feederState{
		moment: s.moment, clock: s.start, last: s.start, next: s.start.Add(time.Second), taken: s.first, messages: s.before,
	}
	return r, nil
}

// whole is a segment's sketch with the histories.
func (m *rewound) whole(s *segment) model.Checkpoint {
	if s.number > m.upTo {
		m.upTo = m.newest()
		m.later = m.p.options.Now()
	}
	return s.sketch.WithHistory(m.later)
}

// run tells once a second that there is more.
func (m *rewound) run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.p.change(func() {})
		}
	}
}

func (m *rewound) seen() indexed {
	r := m.Reach()
	return indexed{start: r.Start, end: r.End, whole: true}
}

func (m *rewound) timeline(start, end time.Time, stretches int) Timeline {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := Timeline{Density: make([]uint64, stretches), Marks: slices.Clone(m.marks.all)}
	for _, s := range m.segments {
		for i, n := range s.density.between(start, end, stretches) {
			t.Density[i] += n
		}
	}
	return t
}
