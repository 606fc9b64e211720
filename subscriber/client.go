package subscriber

import "labtop/subscriber/wire"

// client is what a session needs of an MQTT library. It speaks through the guard, which
// takes the messages and every answer that counts.
type client interface {
	// connect sends CONNECT and waits for the CONNACK, or until the guard is closed.
	connect() error
	// subscribe asks for filters. One goroutine at a time may call it.
	subscribe(filters []Filter) []receipt
	// publish sends a message. It may be called by any goroutine, and waits for the
	// network, not for the broker.
	publish(m Publication) receipt
	// window is how many messages of QoS 1 and 2 the broker takes at once.
	window() int
	// close says good-bye, if there was a CONNACK, and waits until nothing of the client
	// goes on. It may be called once connect has returned.
	close()
}

// receipt is what becomes of a packet that the broker is to answer.
type receipt interface {
	// Done is closed when it has, or never will.
	Done() <-chan struct{}
	// Error is why it did not take the packet over; nil when it did.
	Error() error
}

// newClient makes the client of a session, and what knows the identifiers of its
// subscriptions.
func (s *session) newClient(password string) (client, func(uint32) string) {
	if s.options.V5 {
		c := newClient5(s, password)
		return c, c.filter
	}
	return newClient4(s, password), nil
}

// refusal is the broker's answer to CONNECT when that is a refusal, else nil.
func refusal(said *wire.ConnAck, v5 bool) error {
	switch {
	case said == nil || said.Code == 0:
		return nil
	case v5 && !said.Older:
		return &reasonError{said.Answer}
	}
	return connackError(said.Code)
}
