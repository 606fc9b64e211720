package model

import (
	"strings"
	"time"
)

// applyOne takes in one message, under the store's lock.
func (s *Store) applyOne(m *Message, d *decodedMessage) {
	at := nanos(m.Time)
	s.now = max(s.now, at)
	if !m.Known {
		s.countMessage(m, d, at)
	} else if strings.HasPrefix(m.Topic, "$") {
		s.hearBroker(m, at)
	}
	t := d.topic
	if t == nil {
		return
	}
	first := t.at == 0
	cleared := t.observe(m, at)
	t.written = 0
	if !d.Written.IsZero() {
		t.written = nanos(d.Written)
	}
	t.payload = s.keep(t.payload, m.Payload, s.limits.PayloadBytes)
	t.properties = s.keepProperties(t.properties, m.Properties)
	if t.class == Command {
		if first {
			s.commands = append(s.commands, t)
			s.layout++
		}
		return
	}
	if t.device == nil {
		s.attach(t)
	}
	dev := t.device
	dev.heard, dev.spoke = max(dev.heard, at), true
	if !m.Retained {
		dev.seen = max(dev.seen, at)
		dev.reports = dev.reports || t.class != PresenceTopic
	}
	if m.empty() || len(d.Readings) == 0 {
		s.applyNothing(t, m, at, cleared)
	} else {
		s.applyReadings(t, m, at, d.Readings)
	}
	if word := d.Presence; cleared && t.said != Unsaid {
		s.applyPresence(t, Unknown, at, m.Retained, m.state())
	} else if word != Unsaid {
		s.applyPresence(t, word, at, m.Retained, m.state())
	}
}

func (s *Store) countMessage(m *Message, d *decodedMessage, at int64) {
	c := &s.counters
	add := func(counter *uint64, when bool) {
		if when {
			*counter++
		}
	}
	add(&c.Dropped, d.topic == nil)
	s.filters.count(d.topic, m, at)
	if strings.HasPrefix(m.Topic, "$") {
		c.System++
		s.hearBroker(m, at)
		if s.limits.RecentSystem {
			s.remember(m, d.topic)
		}
		return
	}
	s.lastMessage = max(s.lastMessage, at)
	c.Messages++
	add(&c.Retained, m.Retained)
	add(&c.Dup, m.Dup)
	add(&c.Truncated, m.Truncated())
	add(&c.Undecodable, d.Undecodable)
	add(&c.Unread, d.Unread)
	add(&c.Commands, d.topic != nil && d.topic.class == Command)
	c.Skipped += uint64(d.Skipped)
	if !m.Retained {
		if s.lastLive != 0 {
			s.rate.add(time.Duration(at-s.lastLive), totalWindow)
		}
		s.lastLive = max(s.lastLive, at)
	}
	s.remember(m, d.topic)
}

// remember keeps a message whole for a while; t is nil when its topic is not
// tracked.
func (s *Store) remember(m *Message, t *topicState) {
	topic := m.Topic
	if t != nil {
		topic = t.name // one string a topic, not one a message
	}
	s.recent.add(m, topic)
}

// applyPresence takes in what a topic says about its device.
func (s *Store) applyPresence(t *topicState, word Presence, at int64, stored, state bool) {
	d := t.device
	if t.said == Unsaid {
		d.voices = append(d.voices, t)
	}
	s.words++
	t.say(word, s.words, stored)
	known := d.presence != Unknown
	if d.settlePresence(at); known != (d.presence != Unknown) {
		s.layout++ // a line about it comes or goes
	}
	s.seePresence(d, at, state)
}

// attach finds or makes the device of a topic.
func (s *Store) attach(t *topicState) {
	route := t.decoder.Route()
	dev := s.byID.find(route.Device)
	if dev == nil {
		dev = s.rooms.devices.one(&device{id: route.Device, name: route.Name, system: route.Class == System, presence: Unknown})
		s.byID.put(dev)
		s.devices = append(s.devices, dev)
		s.layout++
	}
	dev.topics++
	t.device = dev
}

func (s *Store) applyReadings(t *topicState, m *Message, at int64, readings []Reading) {
	if s.applyMisfit(t, m, at, readings) {
		return
	}
	for i := range readings {
		r := &readings[i]
		metric := s.metric(t, r.Path, r.Value.Kind)
		if metric == nil {
			continue
		}
		if metric.misfit(r) {
			*r = Reading{Path: r.Path, Raw: r.Raw}
		}
		s.applyReading(metric, m, at, r)
	}
}

func (s *Store) applyReading(metric *metric, m *Message, at int64, r *Reading) {
	s.units.note(metric, r)
	s.counters.Evicted += uint64(metric.observe(r, m, at, &s.memory))
	metric.raw = s.keep(metric.raw, r.Raw, maxRaw)
	s.see(metric, m, at, r)
}

// leastText is how many bytes of a text are kept where there is no room for any.
const leastText = 16

// keep copies the first bytes of a text, at most so many, over the one that was kept
// before; fewer when there is no room.
func (s *Store) keep(kept, text []byte, most int) []byte {
	text = text[:min(len(text), most)]
	if room := (len(text) + 7) &^ 7; room > cap(kept) { // as the allocator has it
		if !s.texts.take(int64(room - cap(kept))) {
			room = max(cap(kept), leastText)
		}
		if len(text) > room {
			s.counters.Shortened++
			text = text[:room]
		}
		if room > cap(kept) {
			kept = make([]byte, 0, room)
		}
	}
	return append(kept[:0], text...)
}

// keepProperties are those to keep in place of others: nil for want of room.
func (s *Store) keepProperties(kept, p *Properties) *Properties {
	p = p.within(s.limits.PayloadBytes)
	if !s.texts.take(int64(p.Size() - kept.Size())) {
		s.texts.take(-int64(kept.Size()))
		s.counters.Shortened++
		return nil
	}
	return p
}

// applyNothing takes in a message that holds no reading. Its topic is shown all
// the same.
func (s *Store) applyNothing(t *topicState, m *Message, at int64, cleared bool) {
	if len(t.metrics) == 0 {
		s.metric(t, "", Text)
	}
	for _, metric := range t.metrics {
		switch {
		case cleared:
			metric.condition = Cleared
		case metric.path != "":
			continue
		case m.empty():
			metric.condition = Empty
		default:
			metric.condition = Binary
			s.counters.Evicted += uint64(metric.gap(m, at, &s.memory))
		}
		metric.note(m, at)
		metric.raw = metric.raw[:0]
		s.see(metric, m, at, nil)
	}
}

// metric finds or makes the metric at a place of a topic; nil when the cap is
// reached.
func (s *Store) metric(t *topicState, path string, kind Kind) *metric {
	if m := t.place(path); m != nil {
		return m
	}
	if s.metrics >= s.limits.Metrics {
		s.counters.UntrackedMetrics++
		return nil
	}
	route := t.decoder.Route()
	at := place{path, route.LabelAt(path)}
	if !s.names.take(int64(len(at.label) + len(path))) {
		s.counters.UntrackedMetrics++
		return nil
	}
	m := s.rooms.metrics.one(&metric{topic: t, place: s.known.shared(at)})
	m.rank = rank(m, kind)
	s.metrics++
	if s.watcher != nil {
		m.hook = s.watcher.WatchMetric(Subject{
			Key: Key{route.Device, t.name, path}, Name: t.device.name, Metric: m.name(), Class: t.class,
		})
	}
	t.addMetric(m)
	s.added[t.device] = append(s.added[t.device], m)
	return m
}

// chunkDevices is how many devices are read or written under one lock.
const chunkDevices = 256

// manyMetrics is the number of metrics from which on a device is arranged at
// the next tick, not with each batch.
const manyMetrics = 500

// arrange puts new metrics of devices that have fewer than limit into their
// places. The work is done before the lock is taken.
func (s *Store) arrange(limit int) {
	for d, added := range s.added {
		if len(d.metrics) >= limit {
			continue
		}
		metrics := d.arranged(added)
		s.writing(func() {
			d.metrics = metrics
			s.layout++
		})
		delete(s.added, d)
	}
}
