package health

import (
	"iter"
	"strings"
)

// figure is one that rules can watch by a word. What the nodes of a cluster count since
// their starts is watched node by node: a sum would jump when a node joins.
type figure struct {
	word, unit string
	from       uint64 // the slots that it is made of, a bit for each
	whole      func(*Report) Figure
	node       func(*node) value
}

func bits(all ...slot) (set uint64) {
	for _, s := range all {
		set |= 1 << s
	}
	return set
}

var figures = [...]figure{
	{word: "clients", from: ofClients, whole: func(r *Report) Figure { return r.Clients }},
	{word: "clients_percent", unit: "%", from: ofClients, whole: (*Report).Load},
	{word: "sessions", from: ofClients | bits(clientsTotal), whole: func(r *Report) Figure { return r.Sessions }},
	{word: "retained", from: bits(retained), whole: func(r *Report) Figure { return r.Retained }},
	{word: "subscriptions", from: bits(subscriptions), whole: func(r *Report) Figure { return r.Subscriptions }},
	{word: "heap", unit: "B", from: bits(heap), whole: func(r *Report) Figure { return r.Heap }},
	{word: "uptime", unit: "s", from: bits(uptime, uptimeMillis), node: (*node).uptime},
	{word: "dropped", from: bits(dropped, droppedPublishes), node: total((*node).dropped)},
	{word: "messages_received", from: ofMessages, node: total((*node).messagesReceived)},
	{word: "messages_sent", from: ofMessages, node: total((*node).messagesSent)},
	{word: "bytes_received", unit: "B", from: bits(bytesReceived), node: total((*node).bytesReceived)},
	{word: "bytes_sent", unit: "B", from: bits(bytesSent), node: total((*node).bytesSent)},
}

var (
	ofClients  = bits(connections, connectionsLive, socketsOpened, socketsClosed)
	ofMessages = bits(anyReceived, anySent, messagesReceived, messagesSent)
)

func total(of func(*node) counted) func(*node) value {
	return func(n *node) value { return of(n).total }
}

// Figures are the words of the figures that can be watched.
func Figures() []string {
	words := make([]string, len(figures))
	for i, f := range figures {
		words[i] = f.word
	}
	return words
}

// Told is a figure that a message told, or told again.
type Told struct {
	// Word is one of Figures, Name what it is called beside its unit, which is empty for
	// a count.
	Word, Name, Unit string
	// Node is what the topics of the node begin with, "$SYS/brokers/<node>"; Whole for a
	// figure of the whole broker.
	Node  string
	Value float64
}

// Whole stands for the whole broker where a device or a node is named.
const Whole = "$SYS"

// Told are the figures that the message told that was heard last, with so many clients as
// the limit.
func (t *Tracker) Told(s Said, limit int) iter.Seq[Told] {
	return func(yield func(Told) bool) {
		if s.told == 0 {
			return
		}
		n, r := &t.nodes[s.node], t.Report(limit)
		for i := range figures {
			f := &figures[i]
			if s.told&f.from == 0 {
				continue
			}
			told := Told{Word: f.word, Name: strings.TrimSuffix(f.word, "_percent"), Unit: f.unit, Node: Whole}
			if f.node != nil {
				v := f.node(n)
				told.Node, told.Value = n.topic, v.number
				if v.at == 0 {
					continue
				}
			} else {
				v := f.whole(&r)
				told.Value = v.Value
				if !v.Offered() {
					continue
				}
			}
			if !yield(told) {
				return
			}
		}
	}
}
