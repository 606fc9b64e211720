package health_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/health"
)

func TestMalformedFigures(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "-1", "-0", "+5", "NaN", "nan", "Inf", "1e9", "0x10", "many", "5 clients", "1,000", "1_000", "12.5", "٣",
		"9007199254740993", "99999999999999999999", strings.Repeat("9", 400), `{"count":5}`, "\x00", "5\x1b[2J",
	} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			var tracker health.Tracker
			tracker.Hear("$SYS/broker/clients/connected", []byte(bad), base, false)
			if got := tracker.Report(10); got.Clients.Offered() || got.Load().Offered() || got.Nodes != 0 {
				t.Errorf("%q is read: %+v", bad, got)
			}
			hear(t, &tracker, "1 - broker/clients/connected 5")
			tracker.Hear("$SYS/broker/clients/connected", []byte(bad), base+2e9, false)
			if got := tracker.Report(0); got.Clients != figure(5, 1) {
				t.Errorf("after %q: %+v, want the last good figure", bad, got.Clients)
			}
		})
	}
}

func TestUptimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want float64
		ok   bool
	}{
		{"0 seconds", 0, true},
		{"1 second", 1, true},
		{"640136 seconds", 640136, true},
		{"23", 23, true},
		{" 23 seconds\n", 23, true},
		{"8 minutes", 480, true},
		{"1 hours, 2 minutes, 3 seconds", 3723, true},
		{"2 days,3 hours, 4 minutes, 5 seconds", 183845, true},
		{"0 days, 2 hours, 15 minutes, 30 seconds", 8130, true},
		{text: ""},
		{text: ","},
		{text: "seconds"},
		{text: "-5 seconds"},
		{text: "5 parsecs"},
		{text: "5 seconds ago"},
		{text: "NaN"},
		{text: "9007199254740992 days"},
		{text: "9007199254740992"},
		{text: "1T11:32:21"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			var tracker health.Tracker
			tracker.Hear("$SYS/broker/uptime", []byte(tt.text), base, false)
			want := health.Figure{}
			if tt.ok {
				want = figure(tt.want, 0)
			}
			if got := tracker.Report(0).Uptime; got != want {
				t.Errorf("%q is %+v, want %+v", tt.text, got, want)
			}
		})
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	const bytes = "broker/load/bytes/received "
	tests := []struct {
		name string
		said string
		want health.Counter
	}{
		{"one total is no rate", "0 - " + bytes + "100", total(100, 0)},
		{"two are", "0 - " + bytes + "100\n10 - " + bytes + "300", made(300, 10, 20, 10)},
		{"nobody knows when a stored one was said", "0 r " + bytes + "100\n1 - " + bytes + "300", total(300, 1)},
		{"a stored one between two has no part in it", "0 - " + bytes + "100\n9 r " + bytes + "290\n10 - " + bytes + "300", made(300, 10, 20, 10)},
		{"a broker that started anew has none yet", "0 - " + bytes + "100\n10 - " + bytes + "50", total(50, 10)},
		{"and then one of its own", "0 - " + bytes + "100\n10 - " + bytes + "50\n20 - " + bytes + "60", made(60, 20, 1, 10)},
		{
			"what was held up on the way is measured from before",
			"0 - " + bytes + "100\n10 - " + bytes + "200\n20 - " + bytes + "300\n20.1 - " + bytes + "400",
			health.Counter{
				Total: figure(400, 20.1), Rate: made(300, 20, 10, 10).Rate,
			},
		},
		{"one that comes late is not the state", "10 - " + bytes + "300\n5 - " + bytes + "100", total(300, 10)},
		{
			"a total that is not said any more has no rate",
			"0 - " + bytes + "100\n10 - " + bytes + "300\n60 - broker/uptime 70", total(300, 10),
		},
		{
			"a broker that started anew is known by its uptime too",
			"0 - broker/uptime 90\n0 - " + bytes + "100\n60 - broker/uptime 5\n60 - " + bytes + "300", total(300, 60),
		},
		{"an average for a minute is none for a second", "0 - broker/load/bytes/received/1min 600.00", health.Counter{
			Rate: health.Rate{Figure: figure(10, 0), Over: 60e9, Told: true},
		}},
		{"an average for longer is another", "0 - broker/load/bytes/received/5min 600.00", health.Counter{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var tracker health.Tracker
			hear(t, &tracker, tt.said)
			if diff := cmp.Diff(tt.want, tracker.Report(0).Bytes.Received, approximately); diff != "" {
				t.Errorf("bytes received (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFakeSys(t *testing.T) {
	t.Parallel()
	var tracker health.Tracker
	hear(t, &tracker, `
		0 - foo/bar 5
		0 - broker 5
		0 - broker/ 5
		0 - broker//clients/connected 5
		0 - broker/clients/connected/x 5
		0 - Broker/clients/connected 5
		0 - brokers 5
		0 - brokers/x 5
		0 - brokers/x/stats [1,2]
		0 - brokers/x/stats {"connections.count":"5","connections.max":-1}
		0 - /clients/total 5
		0 - brokers//uptime 5
		0 - broker/connection//state 1
		0 - broker/connection/x/state up`)
	tracker.Hear("$SYSTEM/broker/clients/connected", []byte("5"), base, false)
	tracker.Hear("lab/$SYS/broker/clients/connected", []byte("5"), base, false)
	tracker.Hear("$SYS", []byte("5"), base, false)
	if diff := cmp.Diff(health.Report{}, tracker.Report(0)); diff != "" {
		t.Errorf("of fake topics (-want +got):\n%s", diff)
	}
}

// TestBounds: whoever may publish below $SYS makes the tracker keep no more than so much,
// and what the broker said stays.
func TestBounds(t *testing.T) {
	t.Parallel()
	var tracker health.Tracker
	hear(t, &tracker, "0 - broker/clients/connected 5")
	for i := range 1000 {
		hear(t, &tracker, fmt.Sprintf(`
			1 - brokers/n%[1]d/stats/connections/count 1
			1 - n%[1]d@h/socket/open 1
			1 - broker/connection/b%[1]d/state 1
			1 - %[2]s/uptime 9`, i, strings.Repeat("x", 4000)))
	}
	r := tracker.Report(0)
	if r.Nodes != 32 || len(r.Bridges) != 64 || r.Clients.Value != 5+16 {
		t.Errorf("%d nodes, %d bridges, %v clients", r.Nodes, len(r.Bridges), r.Clients.Value)
	}
	tracker.Hear("$SYS/broker/version", []byte(strings.Repeat("v", 9000)+"\x1b[2J"), base, true)
	if v := tracker.Report(0).Version; len(v) != 128 {
		t.Errorf("a version of %d bytes", len(v))
	}
	tracker.Hear("$SYS/broker/version", []byte("1\x1b]0;x\a\u202e"), base, true)
	if v := tracker.Report(0).Version; strings.ContainsAny(v, "\x1b\a\u202e") {
		t.Errorf("the version is %q", v)
	}
}

func TestNodesThatLeave(t *testing.T) {
	t.Parallel()
	var tracker health.Tracker
	hear(t, &tracker, `
		0 - brokers/a/stats/connections/count 10
		0 - brokers/b/stats/connections/count 20
		299 - brokers/b/stats/connections/count 20`)
	if got := tracker.Report(0).Clients; got != figure(30, 0) {
		t.Errorf("of both: %+v", got)
	}
	hear(t, &tracker, `301 - brokers/b/stats/connections/count 21`)
	if got := tracker.Report(0); got.Clients != figure(21, 301) || got.Nodes != 1 {
		t.Errorf("after five minutes: %+v", got)
	}
	hear(t, &tracker, `302 - brokers/a/stats/connections/count 3`)
	if got := tracker.Report(0).Clients; got != figure(24, 301) {
		t.Errorf("when it is back: %+v", got)
	}
	tracker.Lost(at(310).UnixNano())
	if got := tracker.Report(0).Clients.Value; got != 24 {
		t.Errorf("while there is no connection: %v", got)
	}
	hear(t, &tracker, `315 r broker/clients/connected 2`)
	if got := tracker.Report(0); got.Clients != figure(2, 315) {
		t.Errorf("of the broker that is reached then: %+v", got)
	}
}

// TestDroppedOfTwoNames: a broker that tells both figures drops each message once.
func TestDroppedOfTwoNames(t *testing.T) {
	t.Parallel()
	var tracker health.Tracker
	dropped := hear(t, &tracker, `
		0 - broker/publish/messages/dropped 5
		0 - broker/messages/dropped 50
		10 - broker/messages/dropped 60
		10 - broker/publish/messages/dropped 7`)
	if got := tracker.Report(0).Dropped.Total; dropped != 2 || got != figure(7, 10) {
		t.Errorf("%d more were dropped, of %+v", dropped, got)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	var tracker health.Tracker
	if r := tracker.Report(10); r.Load().Offered() {
		t.Errorf("a load of %+v without clients", r.Load())
	}
	hear(t, &tracker, "4 - broker/clients/connected 8")
	if r := tracker.Report(10); r.Load() != figure(80, 4) {
		t.Errorf("8 of 10 is a load of %+v", r.Load())
	}
	if r := tracker.Report(0); r.Load().Offered() {
		t.Errorf("a load of %+v without a limit", r.Load())
	}
}
