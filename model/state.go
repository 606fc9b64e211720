package model

import (
	"time"

	"labtop/safetext"
)

// State is how a metric stands.
type State uint8

// The states of a metric.
const (
	StateOK State = iota
	// StateStale: silent for longer than its patience, or not heard since the
	// connection was lost.
	StateStale
)

// String returns the state's word as the JSON formats use it.
func (s State) String() string {
	if s == StateStale {
		return "stale"
	}
	return "ok"
}

// Device is a copy of what is known of a device at one moment.
type Device struct {
	ID, Name string
	// Ambiguous says that another device in the same list has the same name,
	// letter case ignored.
	Ambiguous bool
	Presence  Presence
	// PresenceSince is when labtop learned of the presence; zero when it is
	// unknown and always was. PresenceRetained says that it was told by a stored
	// message, so that it may be older than that.
	PresenceSince    time.Time
	PresenceRetained bool
	// LastSeen is when the device last spoke; zero when only stored messages
	// came. Heard counts those too.
	LastSeen time.Time
	Heard    time.Time
	// Interval is how often the device speaks, 0 while it is not known. Stale
	// says that it was silent for too long. Both are as of the last Tick.
	Interval time.Duration
	Stale    bool
	// System says that it is the broker itself ($SYS).
	System  bool
	Metrics int
}

// Hearsay says that only a stored message tells the presence: the device has not spoken,
// and may have been gone for years.
func (d *Device) Hearsay() bool { return d.PresenceRetained && d.LastSeen.IsZero() }

// Metric is a copy of what is known of a metric at one moment.
type Metric struct {
	Topic, Path string
	// Name is the metric's name, Label its longer name for people.
	Name, Label string
	// Value is the last reading, from ValueTime; NoValue when there never was
	// one. When Condition is not Fine a later message held none.
	Value     Value
	ValueTime time.Time
	Condition Condition
	// Text is what was received last, made safe to print.
	Text string
	// Time is when the last message came.
	Time     time.Time
	QoS      byte
	Retained bool
	// Written is when the topic's last message was published by what its payload says; it
	// is zero unless it was a stored one that tells.
	Written time.Time
	// Properties are those of the last message (MQTT 5), as far as they are kept; nil for
	// none, or when the topic has said something else since.
	Properties *Properties
	Dup        uint64
	Count      uint64
	// PerSec is how often the topic speaks, messages a second, stored ones not
	// counted.
	PerSec float64
	// Interval is how often the topic speaks, 0 while it is not known.
	Interval time.Duration
	// Plotted is how many live readings Min, Max and Mean are made of; they
	// mean nothing when it is 0.
	Plotted        uint64
	Min, Max, Mean float64
	Unit           string
	// Decimals is how many the sender writes, 0 to 3.
	Decimals int
	State    State
	Presence bool // the topic tells the device's presence
}

// Key names a metric, or a device when Topic is empty.
type Key struct{ Device, Topic, Path string }

// The methods below read under the store's lock.

func (s *Store) deviceCopy(d *device) Device {
	return Device{
		ID: d.id, Name: d.name,
		Presence: d.presence, PresenceSince: stamp(d.presenceSince), PresenceRetained: d.presenceRetained,
		LastSeen: stamp(d.seen), Heard: stamp(d.heard),
		Interval: d.interval, Stale: s.stale(d),
		System: d.system, Metrics: len(d.metrics),
	}
}

func (s *Store) metricCopy(m *metric) Metric {
	t := m.topic
	var properties *Properties
	if m.at == t.at {
		properties = t.properties
	}
	return Metric{
		Topic: t.name, Path: m.path, Name: m.name(), Label: m.label,
		Value: m.value(), ValueTime: stamp(m.valueAt), Condition: m.condition, Text: safetext.CleanBytes(m.raw),
		Time: stamp(m.at), QoS: m.flags.qos(), Retained: m.flags.retained(), Written: stamp(t.written), Properties: properties, Dup: uint64(t.dup), Count: m.count,
		PerSec: t.perSec(s.now), Interval: t.learned(),
		Plotted: m.plotted, Min: m.min, Max: m.max, Mean: m.mean,
		Unit: s.units.names[m.unit], Decimals: int(m.decimals), State: s.state(m), Presence: t.class == PresenceTopic,
	}
}

// state says whether a metric is stale, by the clock and not by messages.
func (s *Store) state(m *metric) State {
	limit := m.topic.patience(s.limits.StaleAfter)
	silent := limit > 0 && s.now-m.at > int64(limit)
	if silent || s.unconfirmed(m.at) {
		return StateStale
	}
	return StateOK
}

// unconfirmed says that what was heard at a time has not been heard again since the
// connection was lost: nobody knows whether it is still so.
func (s *Store) unconfirmed(at int64) bool { return at < s.lostAt }

// confirmTime is how long after a reconnect devices may take to be heard before
// they count as stale. Most speak, or are told of by a stored message, sooner.
const confirmTime = 10 * time.Second

// stale says whether a device has been silent for too long, by the clock: by
// its own interval or as configured, or not heard since a reconnect.
func (s *Store) stale(d *device) bool {
	return d.stale(s.now, s.limits.StaleAfter) ||
		s.connection.State == Connected && s.unconfirmed(d.heard) && s.now-s.connectedAt > int64(confirmTime)
}
