package simulator

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// LightOffDelay is how long after the last motion a room's light goes off.
const LightOffDelay = 30 * time.Second

// room is the course's smart home, with a motion sensor and a light. The rules
// are:
//
//   - home/<room>/motion says "true" when somebody comes and "false" when the
//     sensor sees nobody any more, and repeats it, so that a quiet room can be
//     told from a dead sensor;
//   - home/<room>/light/command takes ON and OFF from anybody, and is answered
//     with the retained home/<room>/light/state;
//   - motion turns a dark room's light on, and LightOffDelay after the motion
//     ended it turns it off, both with a command as anybody would give it.
type room struct {
	topic         string
	rng           *rand.Rand
	repeat        tick // of the motion sensor's state
	motion, light bool
	enter, exit   time.Duration // the present visit, or else the next one
	// darkAt is when the light is to go off by itself; zero: never.
	darkAt time.Duration
}

// newRoom returns a room; i counts the rooms from 0 and puts their first
// visits apart.
func newRoom(name string, i int, start, interval time.Duration, rng *rand.Rand) *room {
	r := &room{topic: "home/" + name, rng: rng, repeat: tick{next: start, every: 2 * interval}}
	r.visit(start + 3*time.Second + time.Duration(i%6)*9*time.Second)
	return r
}

// visit plans somebody's stay of a few seconds.
func (r *room) visit(enter time.Duration) {
	r.enter = enter
	r.exit = enter + between(r.rng, 4*time.Second, 9*time.Second)
}

func between(rng *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(rng.Int64N(int64(most-least))).Truncate(time.Millisecond)
}

func (r *room) state() message {
	payload := "OFF"
	if r.light {
		payload = "ON"
	}
	return message{topic: r.topic + "/light/state", payload: payload, retained: true}
}

func (r *room) motionNow() message {
	return message{topic: r.topic + "/motion", payload: strconv.FormatBool(r.motion)}
}

func (r *room) order(word string) message {
	return message{topic: r.commandTopic(), payload: word}
}

func (r *room) commandTopic() string { return r.topic + "/light/command" }

func (r *room) will() *message      { return nil }
func (r *room) filters() []string   { return []string{r.commandTopic()} }
func (r *room) hello() []message    { return []message{r.state()} }
func (r *room) farewell() []message { return nil }

func (r *room) due() time.Duration {
	due := min(r.repeat.next, r.edge())
	if r.darkAt > 0 {
		due = min(due, r.darkAt)
	}
	return due
}

// edge is when somebody comes or goes next.
func (r *room) edge() time.Duration {
	if r.motion {
		return r.exit
	}
	return r.enter
}

// step does one thing at a time, in the order of their times.
func (r *room) step(now time.Duration) deed {
	switch r.due() {
	case r.repeat.next:
		r.repeat.take(now)
		return deed{messages: []message{r.motionNow()}}
	case r.edge():
		if r.motion {
			return r.leave(now)
		}
		return r.come()
	default:
		r.darkAt = 0
		return deed{messages: []message{r.order("OFF")}}
	}
}

func (r *room) come() deed {
	r.motion = true
	r.darkAt = 0
	out := []message{r.motionNow()}
	if !r.light {
		out = append(out, r.order("ON"))
	}
	return deed{messages: out}
}

func (r *room) leave(now time.Duration) deed {
	r.motion = false
	if r.light {
		r.darkAt = r.exit + LightOffDelay
	}
	// Counted from now if the room was cut off for longer than the visit.
	r.visit(max(r.exit+between(r.rng, 45*time.Second, 2*time.Minute), now))
	return deed{messages: []message{r.motionNow()}}
}

// command turns the light on or off, and answers with the state.
func (r *room) command(_ time.Duration, _, payload string) deed {
	switch strings.ToUpper(strings.TrimSpace(payload)) {
	case "ON":
		r.light = true
	case "OFF":
		r.light = false
		r.darkAt = 0
	default:
		return deed{}
	}
	return deed{messages: []message{r.state()}}
}
