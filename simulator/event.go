package simulator

import "fmt"

// EventKind is what happened to a device's connection.
type EventKind uint8

// The kinds of events.
const (
	// Connected: the broker accepted the device.
	Connected EventKind = iota
	// Failed: an attempt to connect failed; the device tries again.
	Failed
	// Lost: the connection ended; the device connects again.
	Lost
	// Deaf: the broker refused the subscription to the device's commands.
	Deaf
	// Left: the device is gone for good and has left a retained message behind,
	// on purpose.
	Left
)

// Event is something that happened to a device's connection.
type Event struct {
	// Device is the device's name, "lab1" or "kitchen".
	Device string
	Kind   EventKind
	// Err says why; nil when Kind is Connected or Left.
	Err error
	// Chaos says that the device does wrong on purpose, so that what happens to
	// its connection is no news.
	Chaos bool
	// Topic is where the retained message is when Kind is Left, else empty.
	Topic string
}

// String returns the event as one line.
func (e Event) String() string {
	switch e.Kind {
	case Connected:
		return e.Device + ": connected"
	case Failed:
		return fmt.Sprintf("%s: cannot connect: %v", e.Device, e.Err)
	case Lost:
		return fmt.Sprintf("%s: connection lost: %v", e.Device, e.Err)
	case Deaf:
		return fmt.Sprintf("%s: no commands: %v", e.Device, e.Err)
	case Left:
		return fmt.Sprintf("%s: gone, and %s is left retained", e.Device, e.Topic)
	}
	return e.Device
}
