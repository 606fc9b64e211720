package health

import (
	"slices"
	"strings"
)

// bridge is a connection between two brokers, as one of them told of it last, at a time in
// nanoseconds since 1970.
type bridge struct {
	topic string
	up    bool
	at    int64
}

// hearBridge takes in the state of a bridge, "$SYS/broker/connection/<name>/state". It
// says whether the topic is of one.
func (t *Tracker) hearBridge(topic, rest string, payload []byte, at int64) bool {
	name, ok := strings.CutPrefix(rest, "connection/")
	if !ok {
		return false
	}
	name, ok = strings.CutSuffix(name, "/state")
	text := strings.TrimSpace(string(payload[:min(len(payload), maxText)]))
	if !ok || name == "" || text != "0" && text != "1" {
		return true
	}
	i := slices.IndexFunc(t.bridges, func(b bridge) bool { return b.topic == topic })
	if i < 0 {
		if i = len(t.bridges); i == maxBridges || len(topic) > maxName {
			return true
		}
		t.bridges = append(t.bridges, bridge{topic: strings.Clone(topic)})
	}
	t.bridges[i].up, t.bridges[i].at = text == "1", at
	return true
}
