package model_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/health"
	"labtop/model"
)

// TestBroker: what the broker says of itself is part of the store's state: it goes back
// with it, moves with the clock, and needs no room among the topics.
func TestBroker(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{BrokerClients: 10, Topics: 1})
	l.say(1, "d/1/x", "1")
	l.SetConnection(model.Connection{State: model.Connected, Since: at(1), Connects: 1})
	l.say(2, "$SYS/broker/clients/connected", "8", retained)
	l.say(2, "$SYS/broker/load/bytes/received", "100")
	l.say(12, "$SYS/broker/load/bytes/received", "300")
	want := health.Report{
		Heard: at(12), Nodes: 1, Limit: 10, Clients: health.Figure{Value: 8, At: at(2)},
		Bytes: health.Traffic{Received: health.Counter{
			Total: health.Figure{Value: 300, At: at(12)},
			Rate:  health.Rate{Figure: health.Figure{Value: 20, At: at(12)}, Over: 10 * time.Second},
		}},
	}
	check := func(when string, s *model.Store, want health.Report) {
		t.Helper()
		if diff := cmp.Diff(want, s.Broker()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("live", l.Store, want)

	whole, sketch := l.Checkpoint(), l.Sketch()
	l.say(22, "$SYS/broker/load/bytes/received", "50")
	l.say(22, "$SYS/broker/connection/b/state", "1")
	l.say(22, "$SYS/broker/version", "mosquitto version 2")
	for _, c := range []model.Checkpoint{whole, sketch, sketch.WithHistory(l.Checkpoint())} {
		other := newLab(t, model.Limits{BrokerClients: 10, Topics: 1})
		other.Restore(c)
		check("gone back", other.Store, want)
	}
	l.Restore(whole)
	check("gone back in place", l.Store, want)

	l.Shift(time.Hour)
	want.Heard, want.Clients.At = want.Heard.Add(time.Hour), want.Clients.At.Add(time.Hour)
	bytes := &want.Bytes.Received
	bytes.Total.At, bytes.Rate.At = bytes.Total.At.Add(time.Hour), bytes.Rate.At.Add(time.Hour)
	check("the clock was set", l.Store, want)

	l.SetConnection(model.Connection{State: model.Waiting, Since: at(4000)})
	check("the connection is lost", l.Store, want)
	l.SetConnection(model.Connection{State: model.Connected, Since: at(4001), Connects: 2})
	l.say(4002, "$SYS/VerneMQ@h/retain/messages", "4")
	check("another broker answers", l.Store, health.Report{
		Heard: at(4002), Family: health.VerneMQ, Nodes: 1, Limit: 10, Retained: health.Figure{Value: 4, At: at(4002)},
	})
}
