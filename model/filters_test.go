package model_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"labtop/model"
)

// TestReceivedByFilter holds the counts to what matching each message with
// each filter gives, also for topics that are not tracked and for filters that
// change.
func TestReceivedByFilter(t *testing.T) {
	t.Parallel()
	filters := []string{"#", "a/#", "a/+", "+/b", "a/b", "c/#", "$SYS/#", "$SYS/+/x"}
	topics := []string{"a", "a/b", "a/c", "b/b", "c", "c/d/e", "$SYS/broker/x", "$SYS/x", "z"}
	rapid.Check(t, func(r *rapid.T) {
		l := newLab(t, model.Limits{Topics: rapid.IntRange(1, 12).Draw(r, "topics")})
		var subscribed []model.Subscription
		var want []model.Receipt
		now := 0.0
		connect := func() {
			now++
			names := rapid.SliceOfDistinct(rapid.SampledFrom(filters), func(s string) string { return s }).Draw(r, "filters")
			same := len(names) == len(subscribed)
			for i := range names {
				same = same && names[i] == subscribed[i].Filter
			}
			if !same {
				want = make([]model.Receipt, len(names))
			}
			subscribed = make([]model.Subscription, len(names))
			for i, name := range names {
				subscribed[i].Filter = name
			}
			for i := range want {
				want[i].Fresh = false
			}
			l.SetConnection(model.Connection{State: model.Connecting, Since: at(now), Subscriptions: subscribed})
			l.SetConnection(model.Connection{State: model.Connected, Since: at(now + 0.5), Subscriptions: subscribed})
		}
		connect()
		for _, topic := range rapid.SliceOfN(rapid.SampledFrom(topics), 0, 60).Draw(r, "messages") {
			now++
			m := message(now, topic, "1")
			m.QoS, m.Retained, m.Dup = byte(rapid.IntRange(0, 2).Draw(r, "qos")), rapid.Bool().Draw(r, "retained"), rapid.Bool().Draw(r, "dup")
			l.Apply([]model.Message{m})
			for i, s := range subscribed {
				if model.MatchTopic(s.Filter, topic) {
					w := &want[i]
					w.Messages++
					w.QoS[m.QoS]++
					w.Last, w.Fresh = at(now), true
					if m.Retained {
						w.Retained++
					}
					if m.Dup {
						w.Dup++
					}
				}
			}
			if rapid.IntRange(0, 20).Draw(r, "reconnect") == 0 {
				connect()
			}
		}
		got := l.Status().Received
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Receipt{}, "PerSec")); diff != "" && len(want) > 0 {
			r.Fatalf("received by filter (-want +got):\n%s", diff)
		}
	})
}

// TestRateByFilter: filters that share topics have rates of their own, and what is stored
// has no part in them.
func TestRateByFilter(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.SetConnection(model.Connection{State: model.Connected, Since: at(0), Subscriptions: []model.Subscription{
		{Filter: "#"}, {Filter: "a/#"}, {Filter: "b/#"}, {Filter: "c/#"},
	}})
	for i := range 200 {
		l.say(float64(i)/2, "a/x", "1")
		if i%10 == 0 {
			l.say(float64(i)/2, "b/x", "1")
		}
		l.say(float64(i)/2, "c/x", "1", retained)
	}
	l.tick(100)
	for i, want := range []float64{2.2, 2, 0.2, 0} {
		if got := l.Status().Received[i].PerSec; math.Abs(got-want) > want/20 {
			t.Errorf("filter %d: %.3f messages a second, want %.1f", i, got, want)
		}
	}
	l.tick(100 + 600)
	if got := l.Status().Received[0].PerSec; got > 0.1 {
		t.Errorf("after ten minutes of silence: %.3f messages a second", got)
	}
}

func TestFilterStates(t *testing.T) {
	t.Parallel()
	subscriptions := []model.Subscription{
		{Filter: "a/#", Answered: true},
		{Filter: "b/#", Requested: 1, Answered: true},
		{Filter: "c/#", Answered: true, Error: "refused"},
		{Filter: "d/#"},
	}
	l := newLab(t, model.Limits{})
	states := func() (states []string) {
		status := l.Status()
		for i := range status.Connection.Subscriptions {
			states = append(states, status.Filter(i).String())
		}
		return states
	}
	check := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, states()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	l.SetConnection(model.Connection{State: model.Connecting, Since: at(1), Subscriptions: subscriptions})
	l.say(2, "a/x", "1") // before the SUBACK
	check("connecting", "asked", "asked", "asked", "asked")
	l.SetConnection(model.Connection{State: model.Connected, Since: at(3), Subscriptions: subscriptions})
	check("connected", "receiving", "silent", "refused", "asked")
	l.say(4, "b/x", "1")
	check("a message", "receiving", "receiving", "refused", "asked")
	l.SetConnection(model.Connection{State: model.Waiting, Since: at(5), Subscriptions: subscriptions})
	l.SetConnection(model.Connection{State: model.Connecting, Since: at(6), Subscriptions: subscriptions})
	l.SetConnection(model.Connection{State: model.Connected, Since: at(7), Subscriptions: subscriptions})
	check("connected again", "silent", "silent", "refused", "asked")
	for i, want := range []bool{false, true, false, false} {
		if got := subscriptions[i].Downgraded(); got != want {
			t.Errorf("%s: downgraded %v", subscriptions[i].Filter, got)
		}
	}
}

func TestBrokerDropped(t *testing.T) {
	t.Parallel()
	const mosquitto = "$SYS/broker/publish/messages/dropped"
	tests := []struct {
		name  string
		topic string
		said  []string
		want  uint64
	}{
		{"the first figure is from before our time", mosquitto, []string{"500"}, 0},
		{"what it grows by counts", mosquitto, []string{"500", "500", "512", "600"}, 100},
		{"a broker that started anew counts from 0", mosquitto, []string{"500", "7", "9"}, 9},
		{"the wiki's name", "$SYS/broker/messages/dropped", []string{"0", "3"}, 3},
		{"a mean is no figure", "$SYS/broker/load/publish/dropped/1min", []string{"1", "30"}, 0},
		{"EMQX counts messages without a subscriber too", "$SYS/brokers/n1/metrics/messages/dropped", []string{"1", "30"}, 0},
		{"no number", mosquitto, []string{"5", "many", "-1", "1e9", "99999999999999999999", ""}, 0},
		{"a device cannot say it", "lab/broker/publish/messages/dropped", []string{"1", "30"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			for i, said := range tt.said {
				l.Apply([]model.Message{{Topic: tt.topic, Payload: []byte(said), Size: len(said), Time: time.Unix(int64(i), 0), Retained: i == 0}})
			}
			if got := l.Status().Counters.BrokerDropped; got != tt.want {
				t.Error(fmt.Sprint("dropped ", got, ", want ", tt.want))
			}
		})
	}
}
