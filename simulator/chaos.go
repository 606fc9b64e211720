package simulator

import (
	"errors"
	"math"
	"strings"
	"time"
)

// The devices that do wrong on purpose have a pace of their own, so that they
// stay bounded whatever the interval and the speed of the lab are.
const (
	// chaosInterval is between two readings, in the lab's time; chaosLeast is the
	// least in real time.
	chaosInterval = 5 * time.Second
	chaosLeast    = time.Second
	// takeoverRest is how long a board that was thrown out waits before it
	// throws the other one out, in real time.
	takeoverRest = 3 * time.Second
)

var (
	errLastWords  = errors.New(`the device said "offline" and then dropped the connection`)
	errEarlyClose = errors.New(`the device closed its socket before it said "offline"`)
	errReboot     = errors.New("the device rebooted")
	errFlap       = errors.New("the link dropped")
)

// ghost is a board that was removed without clearing what it had retained: its
// farewell is the "online" that stays.
type ghost struct{ *board }

func (g *ghost) will() *message          { return nil }
func (g *ghost) filters() []string       { return nil }
func (g *ghost) hello() []message        { return nil }
func (g *ghost) farewell() []message     { return []message{g.status("online")} }
func (g *ghost) step(time.Duration) deed { return deed{gone: true} }

// garbled is a board of which each second temperature is garbage. The humidity
// stays good.
type garbled struct {
	*board
	turn int
}

// hugeBytes is the size of the largest garbage: more than dashboards keep.
const hugeBytes = 3 << 19

// garbage are the payloads that no dashboard can take for a reading, in their
// order: a text, and how often.
func garbage() []struct {
	text  string
	times int
} {
	return []struct {
		text  string
		times int
	}{
		{"\x00\x01\xff\xfe\x80\xc3\x28\x00", 1}, // binary
		{`{"temperature":22.5,"humid`, 1},       // JSON that was cut
		{dtostrf(math.NaN()), 1},
		{"", 1},
		{"\x1b[2J\x1b]0;garbage\a\x1b[31m22.5\r\n\b\x7f\u009b", 1}, // control characters
		{"9", hugeBytes},
	}
}

func (g *garbled) step(now time.Duration) deed {
	d := g.board.step(now)
	g.turn++
	if g.turn%2 == 0 {
		all := garbage()
		next := all[(g.turn/2-1)%len(all)]
		d.messages[0].payload = strings.Repeat(next.text, next.times)
	}
	return d
}

// wrongClock is a clock that is three hours fast and runs backwards. Each fifth
// time it stands at the beginning of 1970, as it does before a board has asked
// for the time.
func wrongClock(epoch time.Time) func(time.Duration) time.Time {
	n := 0
	return func(at time.Duration) time.Time {
		n++
		if n%5 == 0 {
			return time.Unix(0, 0)
		}
		return epoch.Add(3*time.Hour - at)
	}
}
