package capture

import "slices"

// Report is what was found in a capture, as far as it was read.
type Report struct {
	// Connections counts those of MQTT, Joined those of them that were under way when
	// the capture began, Guessed those of which it is not known which version of MQTT
	// they speak.
	Connections, Joined, Guessed int
	// Encrypted counts the connections with TLS, Ports are the ports of some of them.
	// They cannot be read. WebSocket counts those over a WebSocket that cannot be read to
	// their end: they were refused, are compressed, or are none.
	Encrypted int
	Ports     []uint16
	WebSocket int
	// Forgotten counts the connections that were forgotten to bound the memory.
	Forgotten int
	// Messages counts the messages that were read. Copies and Repeats were left out:
	// what the broker sent on, and what came again with QoS 2. Nameless were left out
	// because the capture lacks what their topic alias stands for.
	Messages, Copies, Repeats, Nameless uint64
	// Stored counts the messages that were sent to be stored by the broker.
	Stored uint64
	// Gaps counts the places where connections have bytes that the capture lacks,
	// Missing these bytes as far as their number is known, Skipped those that belong to
	// no packet that was found, Broken what is no packet of MQTT's where one must be.
	Gaps                     int
	Missing, Skipped, Broken uint64
	// Fragments counts the pieces of packets that were cut up on their way, which are
	// not read, and Short the packets that were captured in part. Links counts the
	// frames of links of which nothing is known, Link is the type of the first.
	Fragments, Short, Links uint64
	Link                    int
	// Cut says that the capture ends in the middle of a frame, Damaged that lengths in
	// it contradict each other, so that nothing more was read.
	Cut, Damaged bool
}

// found counts a connection by what it carries, which s has told.
func (r *Report) found(c *connection, s *stream) {
	const mostPorts = 4
	switch c.carries {
	case mqtt:
		r.Connections++
		if !s.whole {
			r.Joined++
		}
	case encrypted:
		r.Encrypted++
		if port := c.ends[c.broker].port; len(r.Ports) < mostPorts && !slices.Contains(r.Ports, port) {
			r.Ports = append(r.Ports, port)
		}
	case webSocket:
		r.WebSocket++
	case unknown, other:
	}
}

// unknownLink counts a frame of a link type.
func (r *Report) unknownLink(link int) {
	if r.Links++; r.Links == 1 {
		r.Link = link
	}
}
