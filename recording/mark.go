package recording

import (
	"math/bits"
	"slices"
	"strings"
	"time"

	"labtop/model"
)

// MarkKind is what a mark is of. Several can be joined by |.
type MarkKind uint8

// The kinds of marks.
const (
	// MarkAlert is where an alert began to fire, by the rules that it is played with.
	MarkAlert MarkKind = 1 << iota
	// MarkNote is where somebody made a note.
	MarkNote
	// MarkGap is where messages are missing, up to Until.
	MarkGap
	// MarkLost is where the connection was lost, until Until.
	MarkLost
)

// markKinds are the kinds' words.
var markKinds = []struct {
	kind MarkKind
	word string
}{{MarkAlert, "alert"}, {MarkNote, "note"}, {MarkGap, "gap"}, {MarkLost, "lost connection"}}

// String returns the words of the kinds.
func (k MarkKind) String() string {
	var words []string
	for _, m := range markKinds {
		if k&m.kind != 0 {
			words = append(words, m.word)
		}
	}
	if n := len(words); n > 2 {
		words = []string{strings.Join(words[:n-1], ", "), words[n-1]}
	}
	return strings.Join(words, " or ")
}

// Mark is a moment of a recording worth going to.
type Mark struct {
	Kind MarkKind
	At   time.Time
	// Seen is from when on the lab shows it, where that is after At: silence is noticed by
	// the next tick. Zero is at once.
	Seen time.Time
	// Until is the end of what lasts; zero for what does not, or has no end.
	Until time.Time
	// Severity is that of an alert, as whoever found it counts them.
	Severity int
	// Text is the note, or what is wrong; it comes from outside.
	Text string
}

// shown is from when on the lab shows it.
func (m *Mark) shown() time.Time { return later(m.At, m.Seen) }

// marks are the marks of a recording, by their time.
type marks struct {
	all    []Mark
	counts [8]int // by kind
	// lost is when the connection was lost that is not made again yet.
	lost Mark
}

// mostMarks is how many marks of one kind there are; later ones are left out.
const mostMarks = 2000

// add puts a mark in its place.
func (m *marks) add(mark Mark) {
	kind := mark.Kind.place()
	if m.counts[kind] == mostMarks {
		return
	}
	m.counts[kind]++
	place, _ := slices.BinarySearchFunc(m.all, mark.At, func(m Mark, at time.Time) int {
		if m.At.After(at) {
			return 1
		}
		return -1
	})
	m.all = slices.Insert(m.all, place, mark)
}

// forget lets go what was over by a moment.
func (m *marks) forget(moment time.Time) {
	m.all = slices.DeleteFunc(m.all, func(mark Mark) bool {
		over := mark.At.Before(moment) && !mark.Until.After(moment)
		if over {
			m.counts[mark.Kind.place()]--
		}
		return over
	})
}

// place is the kind's among all kinds.
func (k MarkKind) place() int { return bits.TrailingZeros8(uint8(k)) }

// see makes a mark of an entry that is worth one, which happened at a moment.
func (m *marks) see(e *Entry, moment time.Time) {
	switch e.Kind {
	case GapEntry:
		length := min(max(e.Gap.To.Sub(e.Gap.From), 0), 24*time.Hour)
		m.add(Mark{Kind: MarkGap, At: moment.Add(-length), Until: moment, Text: e.Gap.Reason})
	case NoteEntry:
		m.add(Mark{Kind: MarkNote, At: moment, Text: e.Note})
	case ConnectionEntry:
		m.connection(e.Connection, moment)
	}
}

// connection marks the time without a connection, once it is over.
func (m *marks) connection(c *model.Connection, moment time.Time) {
	switch up := c.State == model.Connected; {
	case !up && c.Connects > 0 && m.lost.At.IsZero():
		m.lost = Mark{Kind: MarkLost, At: moment, Text: c.Problem}
	case up && !m.lost.At.IsZero():
		m.lost.Until = moment
		m.end()
	}
}

// end marks a connection that was not made again.
func (m *marks) end() {
	if !m.lost.At.IsZero() {
		m.add(m.lost)
		m.lost = Mark{}
	}
}

// next is when the lab shows the next mark of the kinds after a moment, or the last one
// before it.
func (m *marks) next(kinds MarkKind, moment time.Time, forward bool) (at time.Time, found bool) {
	for i := range m.all {
		mark := &m.all[i]
		switch shown := mark.shown(); {
		case mark.Kind&kinds == 0:
		case forward && shown.After(moment) && (!found || shown.Before(at)),
			!forward && shown.Before(moment) && (!found || shown.After(at)):
			at, found = shown, true
		}
	}
	return at, found
}
