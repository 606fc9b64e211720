package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// lamp is a light that obeys home/<name>/light/command and keeps the retained
// home/<name>/light/state.
type lamp struct {
	topic string
	// level is the brightness in %, 0 when it is off; last is what it is when
	// the light is turned on again.
	level, last int
}

func newLamp(name string) lamp { return lamp{topic: "home/" + name + "/light", last: 100} }

func (l *lamp) will() *message      { return nil }
func (l *lamp) farewell() []message { return nil }

func (l *lamp) state() message {
	payload := "OFF"
	if l.level > 0 {
		payload = "ON"
	}
	return message{topic: l.topic + "/state", payload: payload, retained: true}
}

// turn sets the brightness in %.
func (l *lamp) turn(level int) {
	l.level = level
	if level > 0 {
		l.last = level
	}
}

// obey does what a payload on the command topic says, and whether it says
// anything.
func (l *lamp) obey(payload string) bool {
	switch strings.ToUpper(strings.TrimSpace(payload)) {
	case "ON":
		l.turn(l.last)
	case "OFF":
		l.turn(0)
	default:
		return false
	}
	return true
}

// dimmer is a lamp that also obeys home/<name>/light/brightness/set, a whole
// number of per cent, and answers with the retained …/light/brightness. Once in
// a while somebody turns the knob.
type dimmer struct {
	lamp
	knob  tick
	turns int // of the knob so far
}

// knobInterval is between two turns of a dimmer's knob.
const knobInterval = 20 * time.Second

func newDimmer(name string, start time.Duration) *dimmer {
	return &dimmer{lamp: newLamp(name), knob: tick{next: start + knobInterval/2, every: knobInterval}}
}

func (d *dimmer) setTopic() string { return d.topic + "/brightness/set" }

func (d *dimmer) states() []message {
	brightness := message{topic: d.topic + "/brightness", payload: strconv.Itoa(d.level), retained: true}
	return []message{d.state(), brightness}
}

func (d *dimmer) filters() []string  { return []string{d.topic + "/command", d.setTopic()} }
func (d *dimmer) hello() []message   { return d.states() }
func (d *dimmer) due() time.Duration { return d.knob.next }

// step turns the knob, with an order as anybody would give it.
func (d *dimmer) step(now time.Duration) deed {
	d.knob.take(now)
	levels := []int{30, 60, 100, 10, 0}
	level := levels[d.turns%len(levels)]
	d.turns++
	return deed{messages: []message{{topic: d.setTopic(), payload: strconv.Itoa(level)}}}
}

func (d *dimmer) command(_ time.Duration, topic, payload string) deed {
	if topic == d.setTopic() {
		level, err := strconv.Atoi(strings.TrimSpace(payload))
		if err != nil || level < 0 || level > 100 {
			return deed{}
		}
		d.turn(level)
	} else if !d.obey(payload) {
		return deed{}
	}
	return deed{messages: d.states()}
}

// span is a part of the day, as the time since midnight.
type span struct{ from, to time.Duration }

// timetable are the parts of the day in which a light is on; none is over
// midnight, and no two touch.
type timetable []span

func evenings() timetable {
	at := func(hour, minute int) time.Duration {
		return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	}
	return timetable{{at(6, 30), at(8, 0)}, {at(17, 30), at(22, 30)}}
}

// String returns the timetable as "06:30-08:00 17:30-22:30".
func (t timetable) String() string {
	clock := func(d time.Duration) string {
		return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	var spans []string
	for _, s := range t {
		spans = append(spans, clock(s.from)+"-"+clock(s.to))
	}
	return strings.Join(spans, " ")
}

const day = 24 * time.Hour

// at says whether the light is on at a time of the day, and how long it stays so.
func (t timetable) at(clock time.Duration) (on bool, left time.Duration) {
	for _, s := range t {
		switch {
		case clock < s.from:
			return false, s.from - clock
		case clock < s.to:
			return true, s.to - clock
		}
	}
	return false, t[0].from + day - clock
}

// scheduled is a lamp that follows a timetable, which it keeps as the retained
// home/<name>/light/schedule. It obeys orders too, until the timetable's next
// point.
type scheduled struct {
	lamp
	table    timetable
	midnight time.Duration // the lab's time of the midnight before its start
	next     time.Duration
}

// newScheduled returns a lamp that is switched on at start. clock is the time of
// the day at which the lab's time began.
func newScheduled(name string, start, clock time.Duration) *scheduled {
	s := &scheduled{lamp: newLamp(name), table: evenings(), midnight: -clock}
	s.follow(start)
	return s
}

// follow does what the timetable says.
func (s *scheduled) follow(now time.Duration) {
	on, left := s.table.at((now - s.midnight) % day)
	s.turn(0)
	if on {
		s.turn(s.last)
	}
	s.next = now + left
}

func (s *scheduled) filters() []string  { return []string{s.topic + "/command"} }
func (s *scheduled) due() time.Duration { return s.next }

func (s *scheduled) hello() []message {
	table := message{topic: s.topic + "/schedule", payload: s.table.String(), retained: true}
	return []message{table, s.state()}
}

func (s *scheduled) step(now time.Duration) deed {
	s.follow(now)
	return deed{messages: []message{s.state()}}
}

func (s *scheduled) command(_ time.Duration, _, payload string) deed {
	if !s.obey(payload) {
		return deed{}
	}
	return deed{messages: []message{s.state()}}
}
