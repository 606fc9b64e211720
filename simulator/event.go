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
)

// Event is something that happened to a device's connection.
type Event struct {
	// Device is the device's name, "lab1" or "kitchen".
	Device string
	Kind   EventKind
	// Err says why; nil when Kind is Connected.
	Err error
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
	}
	return e.Device
}
