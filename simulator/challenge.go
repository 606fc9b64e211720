package simulator

import (
	"math"
	"time"
)

// changeStep is by how much the temperature must differ from what was published
// last before an onChange board publishes again, in °C.
const changeStep = 0.5

// onChange is a board that publishes only what is new: when the temperature has
// moved by changeStep from what it said last. Both readings are then retained,
// so that who subscribes later knows them too, and said again after each
// connect, because the broker may have lost them.
type onChange struct {
	*board
	said []message
	at   float64 // the temperature of what was said, in °C
}

func (o *onChange) hello() []message { return append(o.board.hello(), o.said...) }

func (o *onChange) step(now time.Duration) deed {
	at := o.reading.take(now)
	o.measure(at)
	if o.said != nil && tenths(math.Abs(o.temperature-o.at)) < changeStep {
		return deed{}
	}
	o.said, o.at = o.report(at), o.temperature
	for i := range o.said {
		o.said[i].retained = true
	}
	return deed{messages: o.said}
}

// A lithium cell runs down from cellFull to cellEmpty and is then charged.
const (
	cellFull    = 4.20 // V
	cellEmpty   = 3.30 // V
	cellPerHour = 0.10 // V
)

// cellVoltage is what a battery board measures of its battery, in V.
func cellVoltage(at time.Duration) float64 {
	return cellFull - math.Mod(at.Hours()*cellPerHour, cellFull-cellEmpty)
}
