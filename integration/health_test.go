package integration_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/health"
	"labtop/model"
	"labtop/testkit/evilbroker"
)

// TestHealthOfOurBroker: the embedded broker says how it is, in mochi's words, and its
// totals make rates.
func TestHealthOfOurBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		d := watch(t, broker.Dial, "#", "$SYS/#")
		d.until(model.Connected)
		board := switchOn(t, broker.Dial, "lab1")
		for range 35 {
			board.publish("temperature", "22.5", 0, false)
			time.Sleep(time.Second)
		}
		d.settle()
		r := d.Broker()
		if r.Family != health.Mochi || r.Version == "" || r.Nodes != 1 {
			t.Errorf("family %q, version %q, %d nodes", r.Family, r.Version, r.Nodes)
		}
		for what, f := range map[string]struct {
			health.Figure
			want float64
		}{
			"uptime": {r.Uptime, 30}, "clients": {r.Clients, 2}, "sessions": {r.Sessions, 2},
			"a second": {r.Messages.Received.Rate.Figure, 1}, "dropped": {r.Dropped.Total, 0},
		} {
			if !f.Offered() || f.Value != f.want {
				t.Errorf("%s: %+v, want %v", what, f.Figure, f.want)
			}
		}
		if over := r.Messages.Received.Rate.Over; over != 10*time.Second || r.Messages.Received.Rate.Told {
			t.Errorf("the rate is %+v", r.Messages.Received.Rate)
		}
		if !r.Bytes.Received.Rate.Offered() || !r.Heap.Offered() || r.MostHeap.Offered() {
			t.Errorf("bytes %+v, heap %+v %+v", r.Bytes.Received, r.Heap, r.MostHeap)
		}
	})
}

// TestHealthOfOtherBrokers: what brokers that are not here say comes the whole way, from
// the socket to the report.
func TestHealthOfOtherBrokers(t *testing.T) {
	t.Parallel()
	type said struct{ topic, payload string }
	for name, tt := range map[string]struct {
		said []said
		want health.Report
	}{
		"EMQX": {
			[]said{
				{"brokers/emqx@10.0.0.1/version", "5.8.0"},
				{"brokers/emqx@10.0.0.1/uptime", "1 hours, 0 minutes, 1 seconds"},
				{"brokers/emqx@10.0.0.1/stats/connections/count", "90"},
				{"brokers/emqx@10.0.0.1/stats/connections/max", "95"},
				{"brokers/emqx@10.0.0.1/metrics/messages/dropped", "700"},
			},
			health.Report{
				Family: health.EMQX, Version: "5.8.0", Uptime: health.Figure{Value: 3601},
				Clients: health.Figure{Value: 90}, MostClients: health.Figure{Value: 95},
			},
		},
		"VerneMQ": {
			[]said{
				{"VerneMQ@127.0.0.1/socket/open", "12"},
				{"VerneMQ@127.0.0.1/socket/close", "10"},
				{"VerneMQ@127.0.0.1/retain/messages", "4"},
			},
			health.Report{Family: health.VerneMQ, Clients: health.Figure{Value: 2}, Retained: health.Figure{Value: 4}},
		},
		"HiveMQ": {
			[]said{
				{"broker/version", "HiveMQ 4.28.0"},
				{"broker/uptime", "60"},
				{"broker/clients/connected", "7"},
				{"broker/messages/retained/count", "5"},
				{"broker/load/bytes/received", "nan"},
				{"broker/clients/maximum", "-1"},
			},
			health.Report{
				Family: health.HiveMQ, Version: "HiveMQ 4.28.0", Uptime: health.Figure{Value: 60},
				Clients: health.Figure{Value: 7}, Retained: health.Figure{Value: 5},
			},
		},
		"RMQTT": {
			[]said{{"brokers/1/stats", `{"connections.count":3,"retained.count":1}`}},
			health.Report{Family: health.RMQTT, Clients: health.Figure{Value: 3}, Retained: health.Figure{Value: 1}},
		},
		"none": {[]said{{"broker/clients/connected", "many"}, {"x/y", "1"}}, health.Report{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var stream []byte
				for _, s := range tt.said {
					stream = slices.Concat(stream, evilbroker.Publish(0, "$SYS/"+s.topic, 0, []byte(s.payload)))
				}
				d := watch(t, evilbroker.New(t, evilbroker.Case{Stream: stream}).Dial, "$SYS/#")
				d.until(model.Connected)
				d.settle()
				got := d.Broker()
				when := cmp.Comparer(func(_, _ time.Time) bool { return true })
				tt.want.Nodes = got.Nodes
				if diff := cmp.Diff(tt.want, got, when); diff != "" {
					t.Errorf("the report, but for its times (-want +got):\n%s", diff)
				}
				if got.Clients.Offered() != (tt.want.Clients.Value > 0) {
					t.Errorf("the clients are %+v", got.Clients)
				}
			})
		})
	}
}
