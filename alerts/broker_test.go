package alerts_test

import (
	"fmt"
	"strconv"
	"testing"

	"labtop/alerts"
	"labtop/model"
)

// newBrokerBench is a bench with the built-in rules and a limit of clients.
func newBrokerBench(t *testing.T, limit int) *bench {
	t.Helper()
	b := newBench(t, alerts.Defaults()...)
	b.feed(model.Limits{BrokerClients: limit})
	b.connection(0, model.Connected, 1)
	return b
}

// TestBrokerClients: the share of the limit is watched whatever the broker calls its
// clients, and of a broker that says only what has changed as soon as it is known.
func TestBrokerClients(t *testing.T) {
	t.Parallel()
	const mosquitto = "$SYS/broker/clients/connected"
	tests := []struct {
		name  string
		limit int
		say   func(b *bench)
		want  []string
	}{
		{"up and down", 100, func(b *bench) {
			for i, n := range []string{"79", "80", "94", "95", "90", "91", "76", "75"} {
				b.say(float64(10*i), mosquitto, n, "")
			}
		}, []string{
			"10 broker-clients broker/clients inactive→firing warning tell",
			"30 broker-clients broker/clients firing→firing critical was warning tell",
			"40 broker-clients broker/clients firing→firing warning was critical tell",
			"70 broker-clients broker/clients firing→resolved warning tell",
		}},
		{"no limit is known", 0, func(b *bench) { b.say(1, mosquitto, "1000000", "") }, nil},
		{"stored, as it is when labtop comes", 10, func(b *bench) { b.say(1, mosquitto, "8", "r") }, []string{
			"1 broker-clients broker/clients inactive→firing warning tell",
		}},
		{"EMQX, a cluster", 100, func(b *bench) {
			b.say(1, "$SYS/brokers/a@h/stats/connections/count", "60", "")
			b.say(2, "$SYS/brokers/b@h/stats/connections/count", "36", "")
		}, []string{"2 broker-clients broker/clients inactive→firing critical tell"}},
		{"VerneMQ", 10, func(b *bench) {
			b.say(1, "$SYS/VerneMQ@127.0.0.1/socket/open", "108", "")
			b.say(2, "$SYS/VerneMQ@127.0.0.1/socket/close", "100", "")
		}, []string{"2 broker-clients broker/clients inactive→firing warning tell"}},
		{"RMQTT", 10, func(b *bench) {
			b.say(1, "$SYS/brokers/1/stats", `{"connections.count":9}`, "")
		}, []string{"1 broker-clients broker/clients inactive→firing warning tell"}},
		{"malformed", 10, func(b *bench) {
			for _, n := range []string{"-9", "NaN", "1e9", "99999999999999999999"} {
				b.say(1, mosquitto, n, "")
			}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBrokerBench(t, tt.limit)
			tt.say(b)
			b.want(tt.want...)
		})
	}
}

// TestBrokerRestarted: a restart is told once, at the time of what shows it, also when it
// is a stored uptime after the connection was made again.
func TestBrokerRestarted(t *testing.T) {
	t.Parallel()
	b := newBrokerBench(t, 0)
	b.say(1, "$SYS/broker/uptime", "500 seconds", "r")
	b.say(10, "$SYS/broker/uptime", "510 seconds", "")
	b.connection(15, model.Waiting, 1)
	b.say(18, "$SYS/broker/uptime", "2 seconds", "r")
	b.connection(18, model.Connected, 2)
	for s := 28; s < 700; s += 10 {
		b.say(float64(s), "$SYS/broker/uptime", fmt.Sprint(s-16, " seconds"), "")
	}
	b.want(
		"18 broker-restarted broker/uptime inactive→pending warning",
		"18 broker-restarted broker/uptime pending→firing warning tell",
		"618 broker-restarted broker/uptime firing→resolved warning tell",
	)
	if a := b.seen[1].Alert; a.Summary != "gone back by over 5 s" || a.Text != "2" {
		t.Errorf("the alert says %q, with %q", a.Summary, a.Text)
	}
}

// TestBrokerNotRestarted: a new connection, a clock that was set at the broker, a second
// node and a broker that has just begun are no restarts.
func TestBrokerNotRestarted(t *testing.T) {
	t.Parallel()
	b := newBrokerBench(t, 0)
	b.say(1, "$SYS/broker/uptime", "0 seconds", "r")
	b.say(10, "$SYS/broker/uptime", "9 seconds", "")
	b.connection(12, model.Waiting, 1)
	b.connection(14, model.Connected, 2)
	b.say(14, "$SYS/broker/uptime", "9 seconds", "r")
	b.say(20, "$SYS/broker/uptime", "19 seconds", "")
	b.say(30, "$SYS/broker/uptime", "17", "")
	b.say(40, "$SYS/brokers/a@h/uptime", "1 days,2 hours, 3 minutes, 4 seconds", "")
	b.say(41, "$SYS/brokers/b@h/uptime", "3 minutes, 4 seconds", "")
	b.say(100, "$SYS/brokers/a@h/uptime", "1 days,2 hours, 4 minutes, 4 seconds", "")
	b.say(101, "$SYS/brokers/b@h/uptime", "4 minutes, 4 seconds", "")
	b.want()
}

// TestBrokerDropped: it fires while the broker drops messages, and ends though Mosquitto
// says the figure again only when it has changed. A node that joins drops nothing.
func TestBrokerDropped(t *testing.T) {
	t.Parallel()
	b := newBrokerBench(t, 0)
	const dropped = "$SYS/broker/publish/messages/dropped"
	b.say(0, dropped, "7", "r")
	for s := 10; s < 300; s += 10 {
		b.say(float64(s), "$SYS/broker/uptime", strconv.Itoa(s), "")
		switch s {
		case 50:
			b.say(50.1, dropped, "17", "")
		case 60:
			b.say(60.1, dropped, "20", "")
		case 250:
			b.say(250.1, dropped, "0", "") // it counts anew
		}
	}
	b.say(301, "$SYS/VerneMQ@a/queue/message/drop", "1000", "")
	b.say(302, "$SYS/VerneMQ@b/queue/message/drop", "5000", "")
	b.say(361, "$SYS/VerneMQ@a/queue/message/drop", "1000", "")
	b.say(362, "$SYS/VerneMQ@b/queue/message/drop", "5000", "")
	b.want(
		"50.1 broker-dropped broker/dropped inactive→firing warning tell",
		"130 broker-dropped broker/dropped firing→resolved warning tell",
	)
}

// TestBrokerRetained: stored messages that grow without end are told of after an hour,
// and not the broker's own topics that come in its first minutes, a class that comes, or
// a figure that goes up and down.
func TestBrokerRetained(t *testing.T) {
	t.Parallel()
	const mosquitto = "$SYS/broker/retained messages/count"
	tests := []struct {
		name  string
		count func(second int) int
		want  []string
	}{
		{"without end", func(s int) int { return 53 + s/60 }, []string{
			"3600 broker-retained broker/retained inactive→firing warning tell",
		}},
		{"it ends", func(s int) int { return 53 + min(s, 5000)/60 }, []string{
			"3600 broker-retained broker/retained inactive→firing warning tell",
			"6000 broker-retained broker/retained firing→resolved warning tell",
		}},
		{"in the broker's first minutes", func(s int) int { return 40 + min(s, 120)/9 }, nil},
		{"a class comes", func(s int) int { return 53 + min(max(s-1800, 0), 900) }, nil},
		{"up and down", func(s int) int { return 53 + s%1500 }, nil},
		{"one in a thousand an hour", func(s int) int { return 100_000 + s/36 }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBrokerBench(t, 0)
			last := 0
			for s := 0; s < 8000; s += 10 {
				b.say(float64(s), "$SYS/broker/uptime", strconv.Itoa(s), "")
				if n := tt.count(s); n != last { // as Mosquitto does
					b.say(float64(s), mosquitto, strconv.Itoa(n), "")
					last = n
				}
			}
			b.want(tt.want...)
		})
	}
}

// TestBrokerFigures: rules of other figures, and what they do not match.
func TestBrokerFigures(t *testing.T) {
	t.Parallel()
	b := newBench(t,
		alerts.Rule{Name: "many", Broker: "subscriptions", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 10}},
		alerts.Rule{Name: "gone", Broker: "uptime", Critical: &alerts.Condition{Kind: alerts.NoData, After: 30e9}},
		alerts.Rule{Name: "all", Metric: "*", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 10}},
		alerts.Rule{Name: "raw", Topic: "$SYS/#", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 1000}})
	b.connection(0, model.Connected, 1)
	b.say(1, "$SYS/broker/subscriptions/count", "11", "")
	b.say(2, "$SYS/broker/clients/connected", "5000", "")
	b.say(3, "$SYS/broker/uptime", "9", "")
	b.tick(100)
	b.want(
		"1 many broker/subscriptions inactive→firing warning tell",
		"2 raw clients/connected inactive→firing warning tell",
		"33 gone broker/uptime inactive→firing critical tell",
	)
}
