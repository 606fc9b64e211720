package simulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Special names a device that a lab has only when it is asked for. On the broker
// the device bears the same name. There are two kinds: [Challenges] solve the lab
// course's challenges, [Chaos] does wrong on purpose.
type Special string

// The course's challenges.
const (
	OnChange Special = "on-change"
	Battery  Special = "battery"
	JSON     Special = "json"
	Dimmer   Special = "dimmer"
	Schedule Special = "schedule"
)

// What goes wrong in labs.
const (
	Crash        Special = "crash"
	OfflineTwice Special = "offline-twice"
	EarlyClose   Special = "early-close"
	Ghost        Special = "ghost"
	Duplicates   Special = "duplicates"
	Skew         Special = "skew"
	Garbage      Special = "garbage"
	Flap         Special = "flap"
	Takeover     Special = "takeover"
	Reboot       Special = "reboot"
	Silent       Special = "silent"
	Spike        Special = "spike"
	Stuck        Special = "stuck"
)

// recipe is how to make a special device.
type recipe struct {
	name Special
	// below is the first level of its topics.
	below string
	about string
	make  func(m *making) behaviour
	// twins is how many devices with the same client identifier there are,
	// less one.
	twins int
}

// making is what a special device is made of.
type making struct {
	name            string
	start, interval time.Duration
	// pace is between two readings of a device that does wrong, second a second
	// of real time; both are the lab's time.
	pace, second time.Duration
	epoch        time.Time
	rng          *rand.Rand
}

// board makes a board of the course.
func (m *making) board(interval time.Duration, c character) *board {
	return newBoard(m.name, c, m.start, interval, m.rng)
}

// wrong makes a board that does wrong at its own pace.
func (m *making) wrong(c character) behaviour { return m.board(m.pace, c) }

// paces is a window of so many paces.
func (m *making) paces(first, length, every int) window {
	return windowOf(m.pace, first, length, every)
}

func windowOf(unit time.Duration, first, length, every int) window {
	return window{
		first: time.Duration(first) * unit, length: time.Duration(length) * unit, every: time.Duration(every) * unit,
	}
}

func challenges() []recipe {
	return []recipe{
		{
			name: OnChange, below: "iotclass", about: "publishes when the temperature has moved by 0.5 °C, retained",
			make: func(m *making) behaviour {
				return &onChange{board: m.board(m.interval, character{qos: 1, drift: 2})}
			},
		},
		{
			name: Battery, below: "iotclass", about: "publishes its battery's voltage too, at QoS 2",
			make: func(m *making) behaviour { return m.board(m.interval, character{battery: true}) },
		},
		{
			name: JSON, below: "devices", about: "publishes all its readings in one JSON message",
			make: func(m *making) behaviour { return newJSONBoard(m.name, m.start, m.interval, m.rng) },
		},
		{
			name: Dimmer, below: "home", about: "a light with brightness; light/brightness/set takes 0 to 100",
			make: func(m *making) behaviour { return newDimmer(m.name, m.start) },
		},
		{
			name: Schedule, below: "home", about: "a light that is on from " + evenings().String() + " of the lab's day",
			make: func(m *making) behaviour {
				hour, minute, second := m.epoch.Clock()
				clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
				return newScheduled(m.name, m.start, clock)
			},
		},
	}
}

func chaos() []recipe {
	return []recipe{
		{
			name: Crash, below: "iotclass", about: "crashes without a good-bye: its will says offline",
			make: func(m *making) behaviour { return m.wrong(character{away: m.paces(4, 2, 6)}) },
		},
		{
			name: OfflineTwice, below: "iotclass", about: "says offline and then dies, so that its will says it again",
			make: func(m *making) behaviour {
				return m.wrong(character{away: m.paces(4, 2, 6), death: errLastWords, lastWords: true})
			},
		},
		{
			name: EarlyClose, below: "iotclass", about: "closes its socket before its own offline: the will fires instead",
			make: func(m *making) behaviour {
				return m.wrong(character{away: m.paces(4, 2, 6), death: errEarlyClose})
			},
		},
		{
			name: Ghost, below: "iotclass", about: "was removed, and leaves a retained online behind for good",
			make: func(m *making) behaviour { return &ghost{m.board(m.pace, character{})} },
		},
		{
			name: Duplicates, below: "iotclass", about: "sends each temperature twice, the second time marked DUP",
			make: func(m *making) behaviour { return m.wrong(character{qos: 1, again: true}) },
		},
		{
			name: Skew, below: "devices", about: "its clock is hours fast, runs backwards, and is in 1970 at times",
			make: func(m *making) behaviour {
				b := newJSONBoard(m.name, m.start, m.pace, m.rng)
				b.clock = wrongClock(m.epoch)
				return b
			},
		},
		{
			name: Garbage, below: "iotclass", about: "half its temperatures are binary, cut JSON, nan, empty or huge",
			make: func(m *making) behaviour { return &garbled{board: m.board(m.pace, character{})} },
		},
		{
			name: Flap, below: "iotclass", about: "connects, and drops the connection after 3 seconds",
			make: func(m *making) behaviour {
				return m.board(m.second, character{away: windowOf(m.second, 3, 2, 5), death: errFlap})
			},
		},
		{
			name: Takeover, below: "iotclass", about: "two boards with one client id, which throw each other out",
			make: func(m *making) behaviour { return m.wrong(character{}) }, twins: 1,
		},
		{
			name: Reboot, below: "iotclass", about: "reboots again and again; uptime and counters begin anew",
			make: func(m *making) behaviour {
				return m.wrong(character{away: m.paces(5, 1, 6), death: errReboot, counts: true})
			},
		},
		{
			name: Silent, below: "iotclass", about: "stays connected and publishes nothing for a while",
			make: func(m *making) behaviour { return m.wrong(character{silent: m.paces(4, 8, 12)}) },
		},
		{
			name: Spike, below: "iotclass", about: "one reading of six is 80 °C",
			make: func(m *making) behaviour { return m.wrong(character{spike: m.paces(3, 1, 6)}) },
		},
		{
			name: Stuck, below: "iotclass", about: "gives the same reading again and again for a while",
			make: func(m *making) behaviour { return m.wrong(character{stuck: m.paces(3, 12, 18)}) },
		},
	}
}

// Challenges are the devices that solve the course's challenges.
func Challenges() []Special { return names(challenges()) }

// Chaos are the devices that do wrong on purpose.
func Chaos() []Special { return names(chaos()) }

func names(recipes []recipe) []Special {
	out := make([]Special, len(recipes))
	for i := range recipes {
		out[i] = recipes[i].name
	}
	return out
}

// find returns the recipe of a special device; nil when there is none.
func (s Special) find() *recipe {
	all := append(challenges(), chaos()...)
	i := slices.IndexFunc(all, func(r recipe) bool { return r.name == s })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// About says in a line of at most 64 characters what the device does; empty for
// an unknown name.
func (s Special) About() string {
	if r := s.find(); r != nil {
		return r.about
	}
	return ""
}

// Topic is the topic below which the device publishes, "iotclass/crash"; empty
// for an unknown name.
func (s Special) Topic() string {
	if r := s.find(); r != nil {
		return r.below + "/" + string(s)
	}
	return ""
}

// checkSpecials refuses unknown names and names that are there twice.
func checkSpecials(specials []Special) error {
	for i, s := range specials {
		switch {
		case s.find() == nil:
			return fmt.Errorf("no device is called %q", s)
		case slices.Contains(specials[:i], s):
			return fmt.Errorf("the device %s is there twice", s)
		}
	}
	return nil
}

// addSpecial adds a special device and its twins, i of n.
func (l *Lab) addSpecial(s Special, i, n int) {
	r := s.find()
	second := max(time.Millisecond, time.Duration(l.options.Speed*float64(time.Second)))
	pace := max(chaosInterval, time.Duration(float64(chaosLeast)*l.options.Speed))
	wrong := slices.Contains(Chaos(), s)
	for twin := range r.twins + 1 {
		m := &making{
			name: string(s), interval: l.options.Interval, pace: pace, second: second,
			start: l.startOf(i, n, 90*time.Millisecond) + time.Duration(twin)*pace,
			epoch: l.options.Epoch, rng: l.random(fmt.Sprintf("%s %d", s, twin)),
		}
		if s == Ghost {
			m.start = 0 // it was there before everybody
		}
		d := l.add(m.name, m.start, r.make(m))
		d.chaos = wrong
		d.retry = l.random(fmt.Sprintf("%s %d retry", s, twin))
		if r.twins > 0 {
			d.rest = takeoverRest
		}
		if s == Ghost {
			d.leaves = s.Topic() + "/status"
		}
	}
}
