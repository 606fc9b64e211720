package wire

import "fmt"

// ProtocolError says what the broker sent that MQTT forbids. Its text is
// one line and holds nothing that the broker chose but numbers.
type ProtocolError struct {
	Reason string
	// TLS says that the first bytes are those of a TLS record: the port wants TLS.
	TLS bool
}

// Error returns the reason after "protocol error: ".
func (e *ProtocolError) Error() string { return "protocol error: " + e.Reason }

// Disconnected is the broker's DISCONNECT (MQTT 5 section 3.14).
type Disconnected struct{ Answer }

// Error returns the code.
func (e *Disconnected) Error() string { return fmt.Sprintf("DISCONNECT with code 0x%02x", e.Code) }

func protocolErrorf(format string, args ...any) error {
	return &ProtocolError{Reason: fmt.Sprintf(format, args...)}
}
