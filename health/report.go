package health

import (
	"slices"
	"strings"
	"time"

	"labtop/safetext"
)

// Family is a kind of broker, as its topics and texts tell; empty when they do not.
type Family string

// The families that are known.
const (
	Mosquitto Family = "Mosquitto"
	EMQX      Family = "EMQX"
	RMQTT     Family = "RMQTT"
	VerneMQ   Family = "VerneMQ"
	HiveMQ    Family = "HiveMQ"
	Mochi     Family = "mochi"
	NanoMQ    Family = "NanoMQ"
	Aedes     Family = "aedes"
)

// Figure is one number that the broker tells, or none.
type Figure struct {
	Value float64
	// At is when the broker said it; zero when it is not offered.
	At time.Time
}

// Offered says whether the broker tells the figure.
func (f Figure) Offered() bool { return !f.At.IsZero() }

// Rate is how fast a total grows.
type Rate struct {
	// Figure is the growth a second.
	Figure
	// Over is the time that it is an average over; Told says that the broker gave the
	// average, and it is not made of two totals.
	Over time.Duration
	Told bool
}

// Counter is a total since the broker's start, and how fast it grows. Each may be
// offered without the other.
type Counter struct {
	Total Figure
	Rate  Rate
}

// Traffic is what clients send to the broker, and what it sends to them.
type Traffic struct{ Received, Sent Counter }

// Bridge is a connection of the broker to another one.
type Bridge struct {
	Name string // safe to print
	Up   bool
	At   time.Time // when the broker said so
}

// Report is what a broker says of itself. The nodes of a cluster make one report. The
// rules are:
//
//   - What each node counts for itself is added up: clients, messages, bytes, memory. A
//     sum is as old as its oldest part.
//   - What each node tells of the whole cluster is the greatest of them: the retained
//     messages, and VerneMQ's subscriptions.
//   - The most clients that there were is not offered: the nodes' maxima are not of one
//     moment.
//   - The uptime is that of the node that started last.
//   - A node that says nothing for five minutes while another one does has left.
type Report struct {
	// Heard is when the broker last said something of itself; zero when it never did.
	Heard   time.Time
	Family  Family
	Version string // safe to print; empty when not offered
	// Nodes is how many nodes tell figures.
	Nodes int
	// Uptime is in seconds, as of its time; Started is when that began, zero when it is
	// not offered.
	Uptime  Figure
	Started time.Time
	// Clients are those that are connected, Sessions those and the stored sessions of
	// others, MostClients the most that ever were connected at a time.
	Clients, Sessions, MostClients Figure
	// Limit is how many clients the broker lets in, as the config says; 0 when that is
	// not known.
	Limit int
	// Retained counts the stored messages. OwnRetained says that the broker's own topics
	// are among them, as Mosquitto has it.
	Retained      Figure
	OwnRetained   bool
	Subscriptions Figure
	// Messages are PUBLISH packets, Packets those of any type.
	Messages, Packets, Bytes Traffic
	// Dropped are the messages that clients should have had and did not get.
	Dropped Counter
	// Heap is the memory in use, in bytes, MostHeap the most that ever was.
	Heap, MostHeap Figure
	Bridges        []Bridge // by name
}

// The shares of the limit of clients from which on there are too many, in per cent.
const (
	WarningPercent  = 80
	CriticalPercent = 95
)

// Load is how many clients are connected for a hundred that the broker lets in; not
// offered when either is not known.
func (r *Report) Load() Figure {
	if r.Limit <= 0 || !r.Clients.Offered() {
		return Figure{}
	}
	return Figure{Value: 100 * r.Clients.Value / float64(r.Limit), At: r.Clients.At}
}

// Forgets says that the broker tells a figure only when it has changed and keeps it for a
// minute, as Mosquitto does: for who came later, one that is not offered may be told again.
func (r *Report) Forgets() bool { return r.Family == Mosquitto }

// Report makes the report. limit is how many clients the broker lets in, 0 when that is
// not known.
func (t *Tracker) Report(limit int) Report {
	r := Report{Limit: limit}
	c := t.live()
	r.Family, r.Version, r.Nodes, r.Heard = c.family(), c.version(), len(c), stamp(c.heard())
	if len(c) == 0 && t.events != 0 {
		r.Family, r.Heard = NanoMQ, stamp(t.events)
	}
	r.Uptime, r.Started = c.uptime()
	r.Clients, r.Sessions, r.MostClients = c.sum((*node).clients), c.sum((*node).sessions), c.alone((*node).mostClients)
	r.Retained, r.Subscriptions = c.greatest(of(retained)), c.sum(of(subscriptions))
	if r.Family == VerneMQ {
		r.Subscriptions = c.greatest(of(subscriptions))
	}
	r.OwnRetained = r.Family == Mosquitto && r.Retained.Offered()
	r.Heap, r.MostHeap = c.sum(of(heap)), c.alone(of(heapMost))
	r.Messages = Traffic{c.counter((*node).messagesReceived), c.counter((*node).messagesSent)}
	r.Packets = Traffic{c.counter((*node).packetsReceived), c.counter((*node).packetsSent)}
	r.Bytes = Traffic{c.counter((*node).bytesReceived), c.counter((*node).bytesSent)}
	r.Dropped = c.counter((*node).dropped)
	for _, b := range t.bridges {
		name := strings.TrimSuffix(strings.TrimPrefix(b.topic, "$SYS/broker/connection/"), "/state")
		r.Bridges = append(r.Bridges, Bridge{Name: safetext.Name(name), Up: b.up, At: stamp(b.at)})
	}
	slices.SortFunc(r.Bridges, func(a, b Bridge) int { return strings.Compare(a.Name, b.Name) })
	return r
}

func stamp(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}
