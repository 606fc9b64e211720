package health_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/health"
)

// said is what a broker says, a line a message: the second, "r" for a stored message or
// "-" for a live one, the topic below $SYS with ~ for a blank, and the payload.
func hear(t testing.TB, tracker *health.Tracker, said string) (dropped uint64) {
	t.Helper()
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields := strings.SplitN(line, " ", 4)
		second, err := time.ParseDuration(fields[0] + "s")
		if err != nil {
			t.Fatal(err)
		}
		payload := ""
		if len(fields) == 4 {
			payload = fields[3]
		}
		s := tracker.Hear("$SYS/"+strings.ReplaceAll(fields[2], "~", " "), []byte(payload), base+int64(second), fields[1] == "r")
		dropped += s.Dropped
	}
	return dropped
}

const base = int64(1_700_000_000e9)

// at is a second of the tests.
func at(second float64) time.Time { return time.Unix(0, base).Add(time.Duration(second * 1e9)) }

func figure(v, second float64) health.Figure { return health.Figure{Value: v, At: at(second)} }

// total is a counter whose rate is not known, told one whose rate the broker told, and
// made one whose rate is made of two totals.
func total(v, second float64) health.Counter { return health.Counter{Total: figure(v, second)} }

func told(v, second, perSec, since float64) health.Counter {
	return health.Counter{Total: figure(v, second), Rate: health.Rate{Figure: figure(perSec, since), Over: time.Minute, Told: true}}
}

func made(v, second, perSec, over float64) health.Counter {
	return health.Counter{Total: figure(v, second), Rate: health.Rate{Figure: figure(perSec, second), Over: time.Duration(over * 1e9)}}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		said string
		want health.Report
	}{
		{"nothing", ``, health.Report{}},
		{
			// As Mosquitto 2.0.11 says it: stored at first, and then what has changed.
			"Mosquitto", `
			0 r broker/version mosquitto version 2.0.11
			0 r broker/uptime 20 seconds
			0 r broker/clients/total 12
			0 r broker/clients/active 10
			0 r broker/clients/connected 10
			0 r broker/clients/maximum 11
			0 r broker/clients/expired 0
			0 r broker/load/messages/received/1min 120.00
			0 r broker/load/messages/received/5min 1.00
			0 r broker/load/messages/sent/1min 240.00
			0 r broker/load/publish/received/1min 60.00
			0 r broker/load/publish/sent/1min 30.00
			0 r broker/load/publish/dropped/1min 0.00
			0 r broker/load/bytes/received/1min 6000.00
			0 r broker/load/bytes/sent/1min 600.00
			0 r broker/messages/stored 53
			0 r broker/messages/received 500
			0 r broker/messages/sent 800
			0 r broker/subscriptions/count 3
			0 r broker/retained~messages/count 53
			0 r broker/heap/current 33336
			0 r broker/heap/maximum 34488
			0 r broker/publish/messages/dropped 0
			0 r broker/publish/messages/received 400
			0 r broker/publish/messages/sent 700
			0 r broker/publish/bytes/received 4000
			0 r broker/bytes/received 9000
			0 r broker/bytes/sent 90000
			8 - broker/uptime 28 seconds
			8 - broker/load/publish/received/1min 66.00
			8 - broker/publish/messages/received 411
			8 r broker/connection/cloud.bridge/state 1
			8 r broker/connection/a/b/state 0`,
			health.Report{
				Heard: at(8), Family: health.Mosquitto, Version: "2.0.11", Nodes: 1,
				Uptime: figure(28, 8), Started: at(-20),
				Clients: figure(10, 0), Sessions: figure(12, 0), MostClients: figure(11, 0),
				Retained: figure(53, 0), OwnRetained: true, Subscriptions: figure(3, 0),
				Messages: health.Traffic{Received: told(411, 8, 1.1, 8), Sent: told(700, 0, .5, 0)},
				Packets:  health.Traffic{Received: told(500, 0, 2, 0), Sent: told(800, 0, 4, 0)},
				Bytes:    health.Traffic{Received: told(9000, 0, 100, 0), Sent: told(90000, 0, 10, 0)},
				Dropped:  told(0, 0, 0, 0),
				Heap:     figure(33336, 0), MostHeap: figure(34488, 0),
				Bridges: []health.Bridge{{Name: "a/b", At: at(8)}, {Name: "cloud.bridge", Up: true, At: at(8)}},
			},
		},
		{
			// mochi says all of it each time, in any order; load/bytes is a total.
			"mochi", `
			0 r broker/load/bytes/received 1000
			0 r broker/messages/received 10
			10 - broker/load/bytes/received 1100
			10 - broker/load/bytes/sent 4000
			10 - broker/messages/received 30
			10 - broker/messages/sent 70
			10 - broker/messages/dropped 4
			10 - broker/messages/inflight 1
			10 - broker/packets/received 90
			10 - broker/packets/sent 95
			10 - broker/version 2.7.9
			10 - broker/time 1700000010
			10 - broker/started 1700000000
			10 - broker/uptime 10
			10 - broker/clients/connected 3
			10 - broker/clients/disconnected 2
			10 - broker/clients/total 5
			10 - broker/clients/maximum 4
			10 - broker/retained 21
			10 - broker/subscriptions 6
			10 - broker/system/memory 4194304
			10 - broker/system/threads 40
			20 - broker/load/bytes/received 1600
			20 - broker/messages/received 50`,
			health.Report{
				Heard: at(20), Family: health.Mochi, Version: "2.7.9", Nodes: 1,
				Uptime: figure(10, 10), Started: at(0),
				Clients: figure(3, 10), Sessions: figure(5, 10), MostClients: figure(4, 10),
				Retained: figure(21, 10), Subscriptions: figure(6, 10),
				Messages: health.Traffic{Received: made(50, 20, 2, 10), Sent: total(70, 10)},
				Packets:  health.Traffic{Received: total(90, 10), Sent: total(95, 10)},
				Bytes:    health.Traffic{Received: made(1600, 20, 50, 10), Sent: total(4000, 10)},
				Dropped:  total(4, 10),
				Heap:     figure(4194304, 10),
			},
		},
		{
			// HiveMQ's extension has the wiki's names, and Mosquitto's averages.
			"HiveMQ", `
			0 r broker/version HiveMQ 4.28.0
			0 - broker/uptime 3600
			0 - broker/clients/connected 7
			0 - broker/clients/maximum 9
			0 - broker/clients/total 8
			0 - broker/messages/retained/count 5
			0 - broker/messages/received 100
			0 - broker/messages/dropped 2
			0 - broker/publish/messages/received 60
			0 - broker/load/bytes/received 5000
			0 - broker/load/bytes/received/1min 600
			0 - broker/subscriptions/count 4
			60 - broker/messages/dropped 14`,
			health.Report{
				Heard: at(60), Family: health.HiveMQ, Version: "HiveMQ 4.28.0", Nodes: 1,
				Uptime: figure(3600, 0), Started: at(-3600),
				Clients: figure(7, 0), Sessions: figure(8, 0), MostClients: figure(9, 0),
				Retained: figure(5, 0), Subscriptions: figure(4, 0),
				Messages: health.Traffic{Received: total(60, 0)},
				Packets:  health.Traffic{Received: total(100, 0)},
				Bytes:    health.Traffic{Received: told(5000, 0, 10, 0)},
				Dropped:  made(14, 60, .2, 60),
			},
		},
		{
			"the wiki's names alone", `
			0 - broker/clients/connected 7
			0 - broker/messages/received 100
			0 - broker/load/bytes/received 5000`,
			health.Report{
				Heard: at(0), Nodes: 1, Clients: figure(7, 0),
				Packets: health.Traffic{Received: total(100, 0)},
				Bytes:   health.Traffic{Received: total(5000, 0)},
			},
		},
		{
			// EMQX 4: connections only; its "max" is the most that there were, its
			// messages/dropped counts those without a subscriber, and its
			// messages/retained those that ever were.
			"EMQX 4", `
			0 r brokers emqx@10.0.0.1
			0 r brokers/emqx@10.0.0.1/version 4.4.19
			0 r brokers/emqx@10.0.0.1/sysdescr EMQ X Broker
			1 - brokers/emqx@10.0.0.1/uptime 1 days,2 hours, 3 minutes, 4 seconds
			0 - brokers/emqx@10.0.0.1/stats/connections/count 40
			0 - brokers/emqx@10.0.0.1/stats/connections/max 55
			0 - brokers/emqx@10.0.0.1/stats/retained/count 12
			0 - brokers/emqx@10.0.0.1/stats/retained/max 13
			0 - brokers/emqx@10.0.0.1/stats/topics/count 9
			0 - brokers/emqx@10.0.0.1/stats/subscriptions/count 90
			0 - brokers/emqx@10.0.0.1/metrics/bytes/received 1000
			0 - brokers/emqx@10.0.0.1/metrics/messages/received 100
			0 - brokers/emqx@10.0.0.1/metrics/messages/qos0/received 90
			0 - brokers/emqx@10.0.0.1/metrics/messages/dropped 77
			0 - brokers/emqx@10.0.0.1/metrics/messages/retained 5000
			0 - brokers/emqx@10.0.0.1/metrics/packets/received 300
			0 - brokers/emqx@10.0.0.1/clients/board/connected {"ts":1625572213873}
			60 - brokers/emqx@10.0.0.1/metrics/messages/received 400`,
			health.Report{
				Heard: at(60), Family: health.EMQX, Version: "4.4.19", Nodes: 1,
				Uptime: figure(93784, 1), Started: at(1 - 93784),
				Clients: figure(40, 0), MostClients: figure(55, 0),
				Retained: figure(12, 0), Subscriptions: figure(90, 0),
				Messages: health.Traffic{Received: made(400, 60, 5, 60)},
				Packets:  health.Traffic{Received: total(300, 0)},
				Bytes:    health.Traffic{Received: total(1000, 0)},
			},
		},
		{
			// EMQX 5 tells the live ones apart; a cluster of two nodes makes one report.
			"EMQX 5, two nodes", `
			0 r brokers/n1@a/version 5.8.0
			0 r brokers/n1@a/sysdescr EMQX
			0 - brokers/n1@a/uptime 1 hours, 0 minutes, 0 seconds
			0 - brokers/n1@a/stats/connections/count 50
			0 - brokers/n1@a/stats/live_connections/count 40
			0 - brokers/n1@a/stats/live_connections/max 44
			0 - brokers/n1@a/stats/retained/count 12
			0 - brokers/n1@a/metrics/messages/received 100
			0 - brokers/n1@a/metrics/delivery/dropped 3
			5 r brokers/n2@b/version 5.8.0
			5 - brokers/n2@b/uptime 30 seconds
			5 - brokers/n2@b/stats/connections/count 8
			5 - brokers/n2@b/stats/live_connections/count 7
			5 - brokers/n2@b/stats/retained/count 12
			5 - brokers/n2@b/metrics/messages/received 10
			60 - brokers/n1@a/metrics/messages/received 700
			65 - brokers/n2@b/metrics/messages/received 130`,
			health.Report{
				Heard: at(65), Family: health.EMQX, Version: "5.8.0", Nodes: 2,
				Uptime: figure(30, 5), Started: at(-25),
				Clients: figure(47, 0), Sessions: figure(58, 0), Retained: figure(12, 0),
				Messages: health.Traffic{Received: health.Counter{
					Total: figure(830, 60), Rate: health.Rate{Figure: figure(12, 60), Over: time.Minute},
				}},
				Dropped: total(3, 0),
			},
		},
		{
			"RMQTT", `
			0 - brokers/1/stats {"connections.count": 5, "connections.max": 9, "sessions.count": 6, "retained.count": 2, "subscriptions.count": 11, "topics.count": 3}
			0 - brokers/1/metrics {"messages.publish": 100, "messages.delivered": 200, "messages.dropped": 0, "client.connect": 9}
			60 - brokers/1/metrics {"messages.publish": 160, "messages.delivered": 200, "messages.dropped": 6}
			61 - brokers/1/metrics {"messages.publish": 1`,
			health.Report{
				Heard: at(60), Family: health.RMQTT, Nodes: 1,
				Clients: figure(5, 0), Sessions: figure(6, 0), MostClients: figure(9, 0),
				Retained: figure(2, 0), Subscriptions: figure(11, 0),
				Messages: health.Traffic{Received: made(160, 60, 1, 60), Sent: made(200, 60, 0, 60)},
				Dropped:  made(6, 60, .1, 60),
			},
		},
		{
			"VerneMQ", `
			0 - VerneMQ@127.0.0.1/socket/open 20
			0 - VerneMQ@127.0.0.1/socket/close 15
			0 - VerneMQ@127.0.0.1/mqtt/publish/received 100
			0 - VerneMQ@127.0.0.1/mqtt/publish/sent 300
			0 - VerneMQ@127.0.0.1/bytes/received 5000
			0 - VerneMQ@127.0.0.1/queue/message/drop 1
			0 - VerneMQ@127.0.0.1/retain/messages 4
			0 - VerneMQ@127.0.0.1/router/subscriptions 8
			0 - VerneMQ@127.0.0.1/system/wallclock 61500
			0 - VerneMQ@127.0.0.1/vm/memory/total 77000000
			20 - VerneMQ@127.0.0.1/mqtt/publish/received 140`,
			health.Report{
				Heard: at(20), Family: health.VerneMQ, Nodes: 1,
				Uptime: figure(61.5, 0), Started: at(-61.5), Clients: figure(5, 0),
				Retained: figure(4, 0), Subscriptions: figure(8, 0), Heap: figure(77000000, 0),
				Messages: health.Traffic{Received: made(140, 20, 2, 20), Sent: total(300, 0)},
				Bytes:    health.Traffic{Received: total(5000, 0)},
				Dropped:  total(1, 0),
			},
		},
		{
			"aedes", `
			0 - 7f8a/uptime 12
			0 - 7f8a/time 2026-01-01T00:00:00.000Z
			0 - 7f8a/clients/total 3
			0 - 7f8a/clients/maximum 4
			0 - 7f8a/messages/publish/sent 50
			0 - 7f8a/memory/heap/current 1000
			0 - 7f8a/memory/heap/maximum 2000
			1 - 7f8a/messages/publish/sent 53`,
			health.Report{
				Heard: at(1), Family: health.Aedes, Nodes: 1, Uptime: figure(12, 0), Started: at(-12),
				Clients: figure(3, 0), MostClients: figure(4, 0), Heap: figure(1000, 0), MostHeap: figure(2000, 0),
				Messages: health.Traffic{Sent: made(53, 1, 3, 1)},
			},
		},
		{
			"NanoMQ has events only", `
			3 - brokers/connected {"client_id":"board","username":"u","ts":1700000000000,"proto_name":"MQTT","keepa
			4 - brokers/disconnected {"client_id":"board"`,
			health.Report{Heard: at(4), Family: health.NanoMQ},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var tracker health.Tracker
			hear(t, &tracker, tt.said)
			got := tracker.Report(0)
			if diff := cmp.Diff(tt.want, got, approximately); diff != "" {
				t.Errorf("the report (-want +got):\n%s", diff)
			}
		})
	}
}

// approximately allows for what floating point loses.
var approximately = cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
