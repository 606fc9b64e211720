//go:build linux

package load_test

import (
	"net"
	"testing"
	"time"

	"labtop/testkit/blast"
	"labtop/testkit/mosquitto"
	"labtop/testkit/stopwatch"
)

// nobody is an address where nobody listens.
func nobody(tb testing.TB) string {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// firstFrame is how long the program takes from its start to its first picture.
func firstFrame(tb testing.TB, addr string) time.Duration {
	tb.Helper()
	d := open(tb, 120, 40, "-b", addr)
	d.await(0, "help")
	took := stopwatch.Since(d.began)
	d.quit()
	return took
}

// TestFirstFrame starts labtop with a broker there and with none: the first picture
// comes at once.
func TestFirstFrame(t *testing.T) {
	b := mosquitto.Start(t)
	for name, addr := range map[string]string{"broker": b.Addr, "no broker": nobody(t)} {
		t.Run(name, func(t *testing.T) {
			var all []time.Duration
			for range 5 {
				all = append(all, firstFrame(t, addr))
			}
			if took := percentile(all, 50); took > slow(100*time.Millisecond) {
				t.Errorf("%v", took)
			} else {
				t.Log(took)
			}
		})
	}
}

// use is what a dashboard costs over a time.
type use struct {
	cpu   float64 // per cent of a core
	bytes float64 // a second to the terminal
}

// cost runs a dashboard on a sender for a time, the first of it not counted.
func cost(tb testing.TB, addr string, width, height int, warm, span time.Duration) use {
	tb.Helper()
	d := open(tb, width, height, "-b", addr, "-t", "#")
	d.await(0, "messages")
	time.Sleep(warm) // what is measured is a time
	cpu, bytes, began := d.cpu(), d.written(), time.Now()
	time.Sleep(span)
	took := time.Since(began).Seconds()
	u := use{(d.cpu() - cpu).Seconds() / took * 100, float64(d.written()-bytes) / took}
	d.quit()
	return u
}

// course is a lab of five boards that speak every five seconds.
func course(tb testing.TB) string {
	tb.Helper()
	return blast.Send(tb, blast.Stream{Topics: 10, Rate: 2}).Addr
}

// fortyRows is a lab of forty topics that speak once a second.
func fortyRows(tb testing.TB) string {
	tb.Helper()
	return blast.Send(tb, blast.Stream{Topics: 40, Rate: 40}).Addr
}

// TestQuiet holds what the dashboard costs while little happens, or nothing: it is
// left open all day. The bars for the processor are at least ten times what a quiet
// machine shows.
func TestQuiet(t *testing.T) {
	tests := []struct {
		name          string
		addr          func(testing.TB) string
		height        int
		percent, most float64 // of a core, and bytes a second
	}{
		{"no messages", func(tb testing.TB) string { return mosquitto.Start(tb).Addr }, 40, 2, 100},
		{"the course's lab", course, 40, 5, 1500},
		{"forty rows once a second", fortyRows, 45, 20, 4096},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := cost(t, tt.addr(t), 120, tt.height, 2*time.Second, 5*time.Second)
			t.Logf("%.2f %% of a core, %.0f bytes a second", u.cpu, u.bytes)
			if u.cpu > tt.percent || u.bytes > tt.most {
				t.Errorf("%.2f %% of a core and %.0f bytes a second, want at most %.0f %% and %.0f", u.cpu, u.bytes, tt.percent, tt.most)
			}
		})
	}
}

// slowLine is what a line of 64 kbit/s takes, in bytes a second.
const slowLine = 8000

// TestSlowTerminal lets 20 000 messages a second come while the terminal takes 8 000 bytes
// a second: what a key changes is seen in about two seconds, and the messages are
// received no slower.
func TestSlowTerminal(t *testing.T) {
	s := blast.Send(t, blast.Stream{Messages: 200_000, Rate: 20_000})
	d := openSlow(t, slowLine, 120, 40, "-b", s.Addr, "-t", "#")
	d.await(0, "messages")
	d.key() // behind the first picture, which is a whole one
	var keys []time.Duration
	for !isDone(s) {
		keys = append(keys, d.key())
	}
	elapsed, err := s.Elapsed()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys, p50 %v, the slowest %v; %v for 10 s of messages", len(keys), percentile(keys, 50), percentile(keys, 100), elapsed)
	if took := percentile(keys, 50); took > 2*time.Second+stopwatch.Room {
		t.Errorf("a key took %v", took)
	}
	if elapsed > 15*time.Second {
		t.Errorf("%v for 10 s of messages: the terminal held them back", elapsed)
	}
}
