package health

import (
	"strings"
	"time"
)

// of is what a node says in one slot.
func of(s slot) func(*node) value {
	return func(n *node) value { return n.values[s] }
}

// either is what the node says in the first of two slots in which it says anything.
func (n *node) either(a, b slot) value {
	if v := n.values[a]; v.at != 0 {
		return v
	}
	return n.values[b]
}

// clients are the connected ones. VerneMQ's older versions tell only how often sockets
// were opened and closed.
func (n *node) clients() value {
	v := n.either(connectionsLive, connections)
	opened, closed := n.values[socketsOpened], n.values[socketsClosed]
	if v.at == 0 && opened.at != 0 && closed.at != 0 && opened.number >= closed.number {
		v = value{number: opened.number - closed.number, at: min(opened.at, closed.at)}
	}
	return v
}

// sessions are the clients and those whose sessions are stored, which EMQX counts among
// its connections: it tells the live ones apart.
func (n *node) sessions() value {
	if n.values[connectionsLive].at != 0 {
		return n.either(clientsTotal, connections)
	}
	return n.values[clientsTotal]
}

func (n *node) mostClients() value { return n.either(connectionsLiveMost, connectionsMost) }

// counted is a total and the average for a minute that is told beside it; a zero value
// is not told.
type counted struct{ total, minute value }

func (n *node) counted(total, minute slot) counted {
	return counted{n.values[total], n.values[minute]}
}

// messages are PUBLISH packets, and packets those of any type: mochi counts the former
// where Mosquitto and the wiki count the latter.

func (n *node) messagesReceived() counted {
	if n.isMochi() {
		return n.counted(anyReceived, nothing)
	}
	return n.counted(messagesReceived, messagesReceivedMinute)
}

func (n *node) messagesSent() counted {
	if n.isMochi() {
		return n.counted(anySent, nothing)
	}
	return n.counted(messagesSent, messagesSentMinute)
}

func (n *node) packetsReceived() counted {
	if n.grammar == community && !n.isMochi() {
		return n.counted(anyReceived, anyReceivedMinute)
	}
	return n.counted(packetsReceived, nothing)
}

func (n *node) packetsSent() counted {
	if n.grammar == community && !n.isMochi() {
		return n.counted(anySent, anySentMinute)
	}
	return n.counted(packetsSent, nothing)
}

func (n *node) bytesReceived() counted { return n.counted(bytesReceived, bytesReceivedMinute) }
func (n *node) bytesSent() counted     { return n.counted(bytesSent, bytesSentMinute) }
func (n *node) dropped() counted       { return n.counted(n.drops(), droppedMinute) }

// rate is how fast it grows; not offered when the total has not been said again for three
// times as long as it took before.
func (c *counted) rate(heard int64) Rate {
	switch v := &c.total; {
	case c.minute.at != 0:
		return Rate{Figure{c.minute.number / 60, stamp(c.minute.at)}, time.Minute, true}
	case v.over != 0 && heard-v.since <= 3*v.over:
		return Rate{Figure{v.perSec, stamp(v.since)}, time.Duration(v.over), false}
	}
	return Rate{}
}

func (n *node) isMochi() bool { return n.kind() == Mochi }

// kind is the family of the node's broker: what its texts say, else what its names do.
func (n *node) kind() Family {
	said := strings.ToLower(n.version + " " + n.description)
	switch {
	case strings.HasPrefix(said, "mosquitto"):
		return Mosquitto
	case strings.Contains(said, "hivemq"):
		return HiveMQ
	case n.family == "" && n.grammar == clustered && (strings.Contains(said, "emq") || strings.Contains(n.topic, "/emqx@")):
		return EMQX
	}
	return n.family
}

// longestUptime is the longest that is believed, in seconds: a hundred years.
const longestUptime = 100 * 365 * 86400

// uptime is for how long the node has been up, in seconds.
func (n *node) uptime() value {
	v := n.values[uptime]
	if millis := n.values[uptimeMillis]; v.at == 0 && millis.at != 0 {
		v = value{number: millis.number / 1000, at: millis.at}
	}
	if v.number > longestUptime {
		return value{}
	}
	return v
}
