package wire

import "fmt"

// ProtocolError says what the broker sent that MQTT 3.1.1 forbids. Its text is
// one line and holds nothing that the broker chose but numbers.
type ProtocolError struct {
	Reason string
	// TLS says that the first bytes are those of a TLS record: the port wants TLS.
	TLS bool
}

// Error returns the reason after "protocol error: ".
func (e *ProtocolError) Error() string { return "protocol error: " + e.Reason }

func protocolErrorf(format string, args ...any) error {
	return &ProtocolError{Reason: fmt.Sprintf(format, args...)}
}
