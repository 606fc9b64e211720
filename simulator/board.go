package simulator

import (
	"cmp"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

const (
	// restartTime is how long a board needs to start again.
	restartTime = 3 * time.Second
	// slowestCommand is the longest interval that a board takes as an order.
	slowestCommand = time.Hour
)

// board is the course's ESP32 with a DHT22. It publishes
// iotclass/<lab>/temperature and /humidity, keeps iotclass/<lab>/status at
// "online" or, by its will, "offline", and obeys two orders on
// iotclass/<lab>/command: "interval SECONDS" and "restart".
type board struct {
	topic   string
	char    character
	climate *climate
	reading tick

	started  time.Duration // when it was last switched on
	readings int           // since then
	// temperature and humidity are the last that were measured.
	temperature, humidity float64
}

// newBoard returns the board of a lab whose first reading is at start.
func newBoard(lab string, c character, start, interval time.Duration, rng *rand.Rand) *board {
	b := &board{topic: "iotclass/" + lab, char: c, climate: newClimate(rng), started: start}
	b.reading = tick{next: start, every: cmp.Or(c.interval, interval)}
	if c.drift != 0 {
		b.climate.waves = append(b.climate.waves, wave{amplitude: c.drift, period: driftPeriod})
	}
	if c.hot.length > 0 {
		b.climate.mean = refTemperature + 1 // so that the heat passes 30 °C, whatever the seed
	}
	return b
}

// status is the retained message about the board's presence, and its will.
func (b *board) status(word string) message {
	return message{topic: b.topic + "/status", payload: word, qos: 1, retained: true}
}

func (b *board) will() *message {
	will := b.status("offline")
	return &will
}

func (b *board) filters() []string   { return []string{b.topic + "/command"} }
func (b *board) hello() []message    { return []message{b.status("online")} }
func (b *board) farewell() []message { return []message{b.status("offline")} }
func (b *board) due() time.Duration  { return b.reading.next }

// step takes a reading.
func (b *board) step(now time.Duration) deed {
	at := b.reading.take(now)
	if b.char.away.has(at) {
		return b.crash(b.char.away.end(at))
	}
	b.measure(at)
	if b.char.silent.has(at) {
		return deed{}
	}
	return deed{messages: b.report(at)}
}

// measure reads the sensor.
func (b *board) measure(at time.Duration) {
	b.readings++
	temperature, humidity := b.climate.at(at, b.char.extra(at))
	switch {
	case b.char.stuck.has(at) && b.readings > 1:
	case b.char.broken.has(at):
		b.temperature, b.humidity = math.NaN(), math.NaN()
	default:
		b.temperature, b.humidity = temperature, humidity
	}
}

// report is what the board publishes of its last reading.
func (b *board) report(at time.Duration) []message {
	out := []message{
		{topic: b.topic + "/temperature", payload: dtostrf(b.temperature), qos: b.char.qos, again: b.char.again},
		{topic: b.topic + "/humidity", payload: dtostrf(b.humidity), qos: b.char.qos},
	}
	if b.char.counts {
		out = append(out,
			message{topic: b.topic + "/uptime_s", payload: strconv.Itoa(int((at - b.started).Seconds()))},
			message{topic: b.topic + "/readings", payload: strconv.Itoa(b.readings)})
	}
	if b.char.battery {
		out = append(out, message{topic: b.topic + "/battery_V", payload: dtostrf(cellVoltage(at)), qos: 2})
	}
	return out
}

// crash drops the connection until back, when the next reading is due.
func (b *board) crash(back time.Duration) deed {
	b.reading.next = back
	b.started, b.readings = back, 0
	d := deed{crash: errCrashed, back: back}
	if b.char.death != nil {
		d.crash = b.char.death
	}
	if b.char.lastWords {
		d.messages = b.farewell()
	}
	return d
}

// command obeys an order, and takes no notice of what it does not understand.
func (b *board) command(now time.Duration, _, payload string) deed {
	if strings.TrimSpace(payload) == "restart" {
		return b.crash(now + restartTime)
	}
	word, count, _ := strings.Cut(strings.TrimSpace(payload), " ")
	seconds, err := strconv.Atoi(count)
	every := time.Duration(seconds) * time.Second
	if word == "interval" && err == nil && seconds > 0 && every <= slowestCommand {
		b.reading = tick{next: now + every, every: every}
	}
	return deed{}
}
