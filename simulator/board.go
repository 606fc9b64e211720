package simulator

import (
	"fmt"
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
}

// newBoard returns the board of a lab whose first reading is at start.
func newBoard(lab string, c character, start, interval time.Duration, rng *rand.Rand) *board {
	b := &board{topic: "iotclass/" + lab, char: c, climate: newClimate(rng)}
	if c.interval > 0 {
		interval = c.interval
	}
	b.reading = tick{next: start, every: interval}
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

func (b *board) hello() []message    { return []message{b.status("online")} }
func (b *board) farewell() []message { return []message{b.status("offline")} }
func (b *board) due() time.Duration  { return b.reading.next }

// step takes a reading.
func (b *board) step(now time.Duration) deed {
	at := b.reading.take(now)
	if b.char.away.has(at) {
		return b.crash(b.char.away.end(at))
	}
	temperature, humidity := b.climate.at(at, b.char.extra(at))
	if b.char.silent.has(at) {
		return deed{}
	}
	if b.char.broken.has(at) {
		temperature, humidity = math.NaN(), math.NaN()
	}
	return deed{messages: []message{
		{topic: b.topic + "/temperature", payload: dtostrf(temperature), qos: b.char.qos},
		{topic: b.topic + "/humidity", payload: dtostrf(humidity), qos: b.char.qos},
	}}
}

// crash drops the connection until back, when the next reading is due.
func (b *board) crash(back time.Duration) deed {
	b.reading.next = back
	return deed{crash: true, back: back}
}

// command obeys an order, and takes no notice of what it does not understand.
func (b *board) command(now time.Duration, payload string) deed {
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

// jsonBoard is a board that publishes JSON: devices/<id>/sensors with all its
// readings, devices/<id>/status as a document, and its will on devices/<id>/lwt.
type jsonBoard struct {
	topic   string
	climate *climate
	reading tick
}

// The battery of a jsonBoard runs down from batteryFull % to batteryLow % and
// is then charged.
const (
	batteryFull    = 87
	batteryLow     = 12
	batteryPerHour = 1.5
)

func newJSONBoard(id string, start, interval time.Duration, rng *rand.Rand) *jsonBoard {
	return &jsonBoard{topic: "devices/" + id, climate: newClimate(rng), reading: tick{next: start, every: 2 * interval}}
}

func (b *jsonBoard) lwt(word string) message {
	return message{topic: b.topic + "/lwt", payload: word, qos: 1, retained: true}
}

func (b *jsonBoard) status(state string) message {
	payload := fmt.Sprintf(`{"state":%q,"firmware":"1.4.2"}`, state)
	return message{topic: b.topic + "/status", payload: payload, qos: 1, retained: true}
}

func (b *jsonBoard) hello() []message    { return []message{b.lwt("online"), b.status("online")} }
func (b *jsonBoard) farewell() []message { return []message{b.status("offline"), b.lwt("offline")} }
func (b *jsonBoard) due() time.Duration  { return b.reading.next }

func (b *jsonBoard) step(now time.Duration) deed {
	at := b.reading.take(now)
	temperature, humidity := b.climate.at(at, 0)
	battery := batteryFull - math.Mod(at.Hours()*batteryPerHour, batteryFull-batteryLow)
	payload := fmt.Sprintf(`{"temperature":%.1f,"humidity":%.0f,"battery":%.0f}`, temperature, humidity, battery)
	return deed{messages: []message{{topic: b.topic + "/sensors", payload: payload}}}
}

func (b *jsonBoard) command(time.Duration, string) deed { return deed{} }
