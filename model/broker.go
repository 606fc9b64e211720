package model

import (
	"strconv"

	"labtop/health"
)

// Broker returns what the broker says of itself. Any goroutine may call it.
func (s *Store) Broker() health.Report {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.broker.Report(s.limits.BrokerClients)
}

// hearBroker takes in one of the broker's own messages, under the store's lock.
func (s *Store) hearBroker(m *Message, at int64) {
	said := s.broker.Hear(m.Topic, m.Payload, at, m.Retained)
	s.counters.BrokerDropped += said.Dropped
	if s.watcher == nil {
		return
	}
	for told := range s.broker.Told(said, s.limits.BrokerClients) {
		s.seeFigure(&told, at, m.state() && !said.Again, m.Dup && !said.Again)
	}
}

// maxFigures is how many of the broker's figures are watched: enough for its nodes, while
// whoever may publish below $SYS can make up others.
const maxFigures = 512

// seeFigure notes an observation of one of the broker's figures, as see does.
func (s *Store) seeFigure(told *health.Told, at int64, stored, dup bool) {
	key := Key{Device: health.Whole, Topic: told.Node, Path: told.Word}
	hook, known := s.figures[key]
	if !known && len(s.figures) < maxFigures {
		hook = s.watcher.WatchMetric(Subject{Key: key, Name: "broker", Metric: told.Name, Class: System, Figure: told.Word})
		s.figures[key] = hook
	}
	if hook == 0 {
		return
	}
	s.seen = append(s.seen, Observation{
		Hook: hook, At: at, Value: Value{Number, told.Value}, Text: figureText(told.Value),
		Unit: told.Unit, Retained: stored, Dup: dup,
	})
}

// figureText writes a figure with one decimal where it is no whole number.
func figureText(v float64) []byte {
	decimals := 1
	if v == float64(int64(v)) {
		decimals = 0
	}
	return strconv.AppendFloat(nil, v, 'f', decimals, 64)
}
