package model

import (
	"slices"
	"sort"
	"strings"
)

// LogView is one viewer's list of the messages that the store still keeps
// whole, filtered. It belongs to one goroutine at a time; the store that it
// reads is shared. It takes in what is new with each read, so that a read costs
// what has come since the last one, not what is kept.
type LogView struct {
	store    *Store
	version  uint64
	match    logMatcher
	shifted  int64        // the store's, at the last read
	restored uint64       // the store's, at the last read
	held     []LogMessage // without a gap in their numbers, the oldest first
	found    []uint64     // the numbers of those that the filter matches
}

// LogMessage is a message with its number: the first that the store took in is
// 1, and none is left out.
type LogMessage struct {
	Number uint64
	Message
}

// LogQuery asks for the messages that fit on a screen.
type LogQuery struct {
	// Filter is a list of words, all of which must hold: a valid topic filter
	// with wildcards matches the topic, any other word is part of the topic or of
	// the payload, ASCII letter case ignored. Version changes whenever it does.
	Filter  string
	Version uint64
	// Cursor is the number of the chosen message; 0 follows the newest. Move is how
	// many messages the cursor moves from there, to newer ones when positive.
	Cursor uint64
	Move   int
	// Top is the number of the first visible message of the last page, Height how
	// many fit.
	Top    uint64
	Height int
	// Hold takes in nothing new and lets nothing go, so that the list stands
	// still, unless the store was restored: then it holds what that has kept. What
	// it holds on to is bounded as the store's own is.
	Hold bool
}

// LogPage is what a viewer shows: a copy that belongs to the viewer. Payloads
// are shared; nobody changes them.
type LogPage struct {
	Messages []LogMessage
	// First is the place of the first of Messages in the whole list of Total
	// messages, Chosen the place of the cursor's, -1 when the list is empty.
	First, Total, Chosen int
	// Cursor is the number of the chosen message, 0 when it is the newest and new
	// ones are followed.
	Cursor uint64
	Status Status
}

// NewLogView makes a view of the store's messages.
func NewLogView(s *Store) *LogView { return &LogView{store: s} }

// Read makes the page that q asks for. It may be called by the goroutine that
// owns the view.
func (v *LogView) Read(q LogQuery) LogPage {
	p, fresh := v.take(q.Hold)
	if q.Version != v.version {
		v.version, v.match = q.Version, newLogMatcher(q.Filter)
		v.found, fresh = v.found[:0], v.held
	}
	for i := range fresh {
		if v.match.matches(&fresh[i].Message) {
			v.found = append(v.found, fresh[i].Number)
		}
	}
	height := clamp(q.Height, 0, len(v.found))
	p.Total = len(v.found)
	p.Chosen = v.move(q.Cursor, q.Move)
	p.First = clamp(v.place(q.Top), p.Chosen-max(height, 1)+1, p.Chosen)
	p.First = clamp(p.First, 0, p.Total-height)
	p.Messages = make([]LogMessage, height)
	for i := range p.Messages {
		p.Messages[i] = v.held[v.found[p.First+i]-v.held[0].Number]
	}
	if p.Chosen < p.Total-1 {
		p.Cursor = v.found[p.Chosen]
	}
	return p
}

// take takes in what is new, which it returns, and lets go what the store no
// longer keeps.
func (v *LogView) take(hold bool) (p LogPage, fresh []LogMessage) {
	s, shifted := v.store, int64(0)
	s.reading(func() {
		r := &s.recent
		shifted = s.shifted
		p.Status = s.status()
		if v.restored != s.restored {
			v.restored, v.held, v.found, hold = s.restored, nil, nil, false
		}
		next := uint64(1)
		if len(v.held) > 0 {
			next = v.held[len(v.held)-1].Number + 1
		}
		if !hold {
			fresh = r.since(max(next, r.gone()+1))
		}
	})
	v.shift(shifted)
	if hold {
		return p, nil
	}
	old := sort.Search(len(v.held), func(i int) bool { return v.held[i].Number > p.Status.LogGone })
	clear(v.held[:old]) // they hold on to the payloads
	v.held = append(v.held[old:], fresh...)
	v.found = v.found[v.place(p.Status.LogGone+1):]
	return p, fresh
}

// place is the place of the first found message whose number is at least n.
func (v *LogView) place(n uint64) int {
	i, _ := slices.BinarySearch(v.found, n)
	return i
}

// move is the place of the cursor after a move, -1 when the list is empty.
func (v *LogView) move(cursor uint64, by int) int {
	last := len(v.found) - 1
	at := last
	if cursor != 0 {
		at = min(v.place(cursor), last)
	}
	if last < 0 {
		return -1
	}
	return clamp(at+clamp(by, -len(v.found), len(v.found)), 0, last)
}

// logMatcher is a filter of the log made ready.
type logMatcher struct {
	filters []string
	texts   []string // in lower case
}

func newLogMatcher(filter string) logMatcher {
	var m logMatcher
	for _, word := range strings.Fields(filter) {
		if isFilter(word) {
			m.filters = append(m.filters, word)
		} else {
			m.texts = append(m.texts, lowerASCII(word))
		}
	}
	return m
}

func (m *logMatcher) matches(message *Message) bool {
	for _, filter := range m.filters {
		if !MatchTopic(filter, message.Topic) {
			return false
		}
	}
	for _, text := range m.texts {
		if !containsFold(message.Topic, text) && !containsFold(message.Payload, text) {
			return false
		}
	}
	return true
}

// containsFold says whether s contains a text in lower case, ASCII letter case
// ignored.
func containsFold[T string | []byte](s T, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		j := 0
		for j < len(lower) && lowerByte(s[i+j]) == lower[j] {
			j++
		}
		if j == len(lower) {
			return true
		}
	}
	return false
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerByte(b[i])
	}
	return string(b)
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
