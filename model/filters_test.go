package model_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		var want []uint64
		connect := func() {
			names := rapid.SliceOfDistinct(rapid.SampledFrom(filters), func(s string) string { return s }).Draw(r, "filters")
			same := len(names) == len(subscribed)
			for i := range names {
				same = same && names[i] == subscribed[i].Filter
			}
			if !same {
				want = make([]uint64, len(names))
			}
			subscribed = make([]model.Subscription, len(names))
			for i, name := range names {
				subscribed[i].Filter = name
			}
			l.SetConnection(model.Connection{State: model.Connected, Subscriptions: subscribed})
		}
		connect()
		for _, topic := range rapid.SliceOfN(rapid.SampledFrom(topics), 0, 60).Draw(r, "messages") {
			l.Apply([]model.Message{{Topic: topic, Payload: []byte("1"), Size: 1, Time: time.Unix(1, 0)}})
			for i, s := range subscribed {
				if model.MatchTopic(s.Filter, topic) {
					want[i]++
				}
			}
			if rapid.IntRange(0, 20).Draw(r, "reconnect") == 0 {
				connect()
			}
		}
		if diff := cmp.Diff(want, l.Status().Received); diff != "" && len(want) > 0 {
			r.Fatalf("received by filter (-want +got):\n%s", diff)
		}
	})
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
