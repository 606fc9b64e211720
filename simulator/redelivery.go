package simulator

import (
	"sync/atomic"

	"github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// redelivery is the mochi hook that sends the messages of one topic to each
// subscriber twice. It is called by the goroutines that write to the clients.
type redelivery struct {
	mqtt.HookBase
	topic atomic.Pointer[string] // nil: none
}

// ID returns the hook's name.
func (*redelivery) ID() string { return "redelivery" }

// Provides says which events the hook follows.
func (*redelivery) Provides(event byte) bool { return event == mqtt.OnPacketSent }

// OnPacketSent sends a message at QoS 1 again, with the same packet identifier
// and the DUP flag (MQTT 3.1.1 section 4.4).
func (r *redelivery) OnPacketSent(client *mqtt.Client, p packets.Packet, _ []byte) {
	topic := r.topic.Load()
	if topic == nil || p.TopicName != *topic || p.FixedHeader.Type != packets.Publish ||
		p.FixedHeader.Qos != 1 || p.FixedHeader.Dup {
		return
	}
	p.FixedHeader.Dup = true
	_ = client.WritePacket(p) // the client's reader sees why it ends
}

// Redeliver makes the broker send each message of a topic at QoS 1 twice to each
// subscriber, the second time marked DUP and with the same packet identifier, as
// if the acknowledgement had come late. It takes the place of the topic before;
// an empty topic ends it.
func (b *Broker) Redeliver(topic string) {
	if topic == "" {
		b.again.topic.Store(nil)
		return
	}
	b.again.topic.Store(&topic)
}
