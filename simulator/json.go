package simulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// jsonBoard is a board that publishes JSON: devices/<id>/sensors with all its
// readings, devices/<id>/status as a document, and its will on devices/<id>/lwt.
type jsonBoard struct {
	topic   string
	climate *climate
	reading tick
	// clock is the board's own clock, as it puts it into each message; nil: it
	// has none.
	clock func(at time.Duration) time.Time
}

// The battery of a jsonBoard runs down from batteryFull % to batteryLow % and
// is then charged.
const (
	batteryFull    = 87
	batteryLow     = 12
	batteryPerHour = 1.5
)

func newJSONBoard(id string, start, interval time.Duration, rng *rand.Rand) *jsonBoard {
	return &jsonBoard{topic: "devices/" + id, climate: newClimate(rng), reading: tick{next: start, every: interval}}
}

func (b *jsonBoard) lwt(word string) message {
	return message{topic: b.topic + "/lwt", payload: word, qos: 1, retained: true}
}

func (b *jsonBoard) status(state string) message {
	payload := fmt.Sprintf(`{"state":%q,"firmware":"1.4.2"}`, state)
	return message{topic: b.topic + "/status", payload: payload, qos: 1, retained: true}
}

func (b *jsonBoard) will() *message {
	will := b.lwt("offline")
	return &will
}

func (b *jsonBoard) filters() []string   { return nil }
func (b *jsonBoard) hello() []message    { return []message{b.lwt("online"), b.status("online")} }
func (b *jsonBoard) farewell() []message { return []message{b.status("offline"), b.lwt("offline")} }
func (b *jsonBoard) due() time.Duration  { return b.reading.next }

func (b *jsonBoard) step(now time.Duration) deed {
	at := b.reading.take(now)
	temperature, humidity := b.climate.at(at, 0)
	battery := batteryFull - math.Mod(at.Hours()*batteryPerHour, batteryFull-batteryLow)
	payload := fmt.Sprintf(`"temperature":%.1f,"humidity":%.0f,"battery":%.0f}`, temperature, humidity, battery)
	if b.clock == nil {
		payload = "{" + payload
	} else {
		payload = fmt.Sprintf(`{"time":%q,`, b.clock(at).UTC().Format(time.RFC3339)) + payload
	}
	return deed{messages: []message{{topic: b.topic + "/sensors", payload: payload}}}
}

func (b *jsonBoard) command(time.Duration, string, string) deed { return deed{} }
