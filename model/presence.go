package model

// Presence is whether a device is there.
type Presence uint8

// The presences. Unsaid is for messages that say nothing about it; a device is
// never Unsaid.
const (
	Unsaid Presence = iota
	// Unknown: never said, or said in a word that is in no table.
	Unknown
	Online
	Offline
	// Asleep: away on purpose, as battery devices are most of the time.
	Asleep
)

// String returns the presence's word as the screens and JSON formats use it.
func (p Presence) String() string {
	switch p {
	case Online:
		return "online"
	case Offline:
		return "offline"
	case Asleep:
		return "asleep"
	}
	return "unknown"
}
