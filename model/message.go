package model

import "time"

// Message is one MQTT PUBLISH as it was received, live or from a recording.
type Message struct {
	// Topic is the topic name byte for byte; it may hold anything, invalid
	// UTF-8 and control characters included.
	Topic string
	// Payload is never changed after the message was made. It is cut at the
	// payload cap; Size tells the true length.
	Payload []byte
	// Size is the payload's true length in bytes, greater than len(Payload)
	// when the payload was cut.
	Size int
	// Properties are those of MQTT 5; nil when there are none.
	Properties *Properties
	// Time is when the message was received, or its recorded time in a replay.
	Time time.Time
	// QoS is the quality of service of this delivery, 0 to 2.
	QoS byte
	// Retained says that the broker had stored the message and sent it because
	// of a new subscription (MQTT 3.1.1 section 3.3.1.3). Such a message is
	// state, not an event: it says nothing about when the device spoke.
	Retained bool
	// Dup says that the broker may have sent the message before
	// (MQTT 3.1.1 section 3.3.1.1).
	Dup bool
	// Known says that the message came before a recording began, which tells it as what
	// was known then: it sets values and presences as it did, and is counted nowhere.
	Known bool
}

// Truncated says whether the payload was cut at the payload cap.
func (m *Message) Truncated() bool { return m.Size > len(m.Payload) }

// state says whether the message tells how things stand, not that something happens.
func (m *Message) state() bool { return m.Retained || m.Known }

// empty says whether the message has no payload at all.
func (m *Message) empty() bool { return len(m.Payload) == 0 && m.Size == 0 }

// Batch is what a source hands over at once, in order of arrival.
type Batch struct {
	// Connection, when not nil, is the connection's state from here on. It
	// comes before the messages of the same batch.
	Connection *Connection
	Messages   []Message
}

// ConnectionState is what the connection to the broker is doing.
type ConnectionState uint8

// The states of a connection.
const (
	// Connecting: an attempt is under way (dial, TLS, CONNECT, SUBSCRIBE).
	Connecting ConnectionState = iota
	// Connected: the broker has answered CONNECT and every SUBSCRIBE.
	Connected
	// Waiting: an attempt failed or the connection was lost; the next attempt
	// is at Connection.NextTry.
	Waiting
	// Closed: the source has ended and will not come back.
	Closed
)

// String returns the state's word as the JSON formats use it.
func (s ConnectionState) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Connected:
		return "connected"
	case Waiting:
		return "waiting"
	case Closed:
		return "closed"
	}
	return "unknown"
}

// Connection is the state of the connection to the broker at one moment. It is
// never changed once it was handed over.
type Connection struct {
	State ConnectionState
	// Since is when the state was entered.
	Since time.Time
	// Problem says in one line, safe to print, why there is no connection; empty when
	// nothing is wrong. It stays while the next attempt is under way.
	Problem string
	// Hint says what to do about Problem; may be empty.
	Hint string
	// NextTry is when the next attempt starts; zero unless State is Waiting.
	NextTry time.Time
	// Attempts counts the attempts that failed since the last connection.
	Attempts int
	// Connects counts the connections made since the start: 2 means that the
	// connection was lost once and made again.
	Connects int
	// Broker is the URL of the address that is tried or connected, safe to print and
	// without secrets. A broker may have several.
	Broker string
	// ClientID is the MQTT client identifier in use.
	ClientID string
	// Insecure says that the broker's certificate is not verified.
	Insecure bool
	// Link is how the present connection was made, or the last one when there is none
	// now; nil when there was none, or when it is not known.
	Link *Link
	// Subscriptions are the filters, in the order in which they were asked for.
	Subscriptions []Subscription
}

// Subscription is one topic filter and what the broker said to it.
type Subscription struct {
	Filter string
	// Requested is the QoS asked for, 0 to 2.
	Requested byte
	// Granted is the QoS granted; meaningless unless Answered and not Refused.
	Granted byte
	// Answered says that the broker has answered on the present connection.
	Answered bool
	// Error is empty, or says in one line why the filter brings no messages.
	Error string
}

// Forgotten says that the broker has not kept the session over an interruption, though it
// was asked to: what was sent meanwhile is lost.
func (c *Connection) Forgotten() bool {
	return c.State == Connected && c.Connects > 1 && c.Link != nil && c.Link.Persistent && !c.Link.Present
}

// Refused says whether the broker refused the filter.
func (s Subscription) Refused() bool { return s.Answered && s.Error != "" }

// Downgraded says whether the broker granted a lower QoS than was asked for.
func (s Subscription) Downgraded() bool {
	return s.Answered && s.Error == "" && s.Granted < s.Requested
}

// SourceStats are counters that a source keeps; they only grow.
type SourceStats struct {
	// Stalls counts how often the source had to wait because the owner had not
	// taken earlier batches. Nothing is lost by it: TCP holds the broker back.
	Stalls uint64
	// Bytes counts the bytes received, protocol overhead included.
	Bytes uint64
	// Repeats counts the messages that were left out because they had come before:
	// QoS 2 proves that (MQTT 3.1.1 section 4.3.3).
	Repeats uint64
	// LastByte is when the last byte arrived; zero when none has.
	LastByte time.Time
	// Pings is how long the broker took to answer the last PINGREQs, 60 at most, of the
	// present or last connection; the newest is the last. Nobody changes it.
	Pings []time.Duration
	// Silent is how long the broker has answered nothing although it was asked
	// for a sign of life; 0 while all is well and when there is no connection.
	Silent time.Duration
	// Presence says in one line, safe to print, why others do not hear of labtop's own
	// presence; empty when they do, or when it says nothing of itself.
	Presence string
}
