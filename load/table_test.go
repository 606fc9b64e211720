//go:build linux

package load_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"labtop/testkit/blast"
	"labtop/testkit/mosquitto"
)

// TestTable measures everything once more, without room for a busy machine, and
// writes one table to the file that LABTOP_BENCH names: `make bench`.
func TestTable(t *testing.T) {
	file := os.Getenv("LABTOP_BENCH")
	if file == "" {
		t.Skip("LABTOP_BENCH names no file for the table; run make bench")
	}
	tb := &table{t: t}
	tb.row("what", "figure", "of paho's", "bar")
	tb.row("---", "---", "---", "---")
	tb.receivers(0, 1_000_000, "1.3 × paho, mosquitto_sub")
	tb.receivers(1, 60_000, "1 × paho")
	tb.receivers(2, 30_000, "1 × paho")
	tb.recording()
	tb.keys()
	tb.memory(100_000, "150 MiB")
	tb.memory(1_000_000, "256 MiB")
	tb.quiet()
	if err := os.WriteFile(file, []byte(tb.text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// table is one in Markdown.
type table struct {
	t    *testing.T
	text strings.Builder
}

func (tb *table) row(cells ...string) {
	line := "| " + strings.Join(cells, " | ") + " |\n"
	tb.text.WriteString(line)
	tb.t.Log(line)
}

// rounds is how often each receiver has its turn.
const rounds = 3

// receivers measures the peers and labtop by turns on the same stream.
func (tb *table) receivers(qos byte, messages int, bar string) {
	all := []receiver{
		plainPaho(), guardedPaho(), mosquittoSub(),
		labtopTo("labtop log to /dev/null", "log"), labtopTo("labtop --plain to /dev/null", "--plain"), labtopDashboard(),
	}
	rates := make([][]float64, len(all))
	for range rounds {
		for i, r := range all {
			if i != 2 || mosquittoSubHere() {
				rates[i] = append(rates[i], rate(tb.t, r, blast.Stream{Messages: messages, QoS: qos}))
			}
		}
	}
	for i, r := range all {
		name, figure, ratio, held := fmt.Sprintf("QoS %d: %s", qos, r.name), "not installed", "", ""
		if len(rates[i]) > 0 {
			figure = fmt.Sprintf("%.0f messages a second", median(rates[i]))
			ratio = fmt.Sprintf("%.2f", median(rates[i])/median(rates[0]))
		}
		if i == len(all)-1 {
			held = bar
		}
		tb.row(name, figure, ratio, held)
	}
}

// recording measures what a recording costs, and what makes one of a log.
func (tb *table) recording() {
	tb.row("recording, messages as fast as TCP takes them", compare(tb.t, 5, blast.Stream{Messages: 5_000_000}).String(), "", "0.8 of the rate, 30 bytes")
	tb.row("import of 175 MB of mosquitto_sub -v", fmt.Sprintf("%.0f MB a second", imported(tb.t)), "", "100 MB a second")
	tb.row("recording, messages 10 000 a second", compare(tb.t, 1, blast.Stream{Messages: 100_000, Rate: 10_000}).String(), "", "0.9 of the rate, 30 bytes")
}

// keys measures keys while messages come as fast as TCP takes them, and while
// 200 000 come each second.
func (tb *table) keys() {
	for _, rate := range []int{0, 200_000} {
		name, messages := "as fast as TCP takes them", 20_000_000
		if rate > 0 {
			name, messages = "200 000 a second", rate*10
		}
		s := blast.Send(tb.t, blast.Stream{Messages: messages, Rate: rate})
		d := open(tb.t, 120, 40, "-b", s.Addr, "-t", "#")
		d.await(0, "messages")
		var keys []time.Duration
		for !isDone(s) {
			keys = append(keys, d.key())
		}
		elapsed, err := s.Elapsed()
		if err != nil {
			tb.t.Fatal(err)
		}
		_, most := d.memory()
		tb.row("key to terminal, messages "+name, fmt.Sprintf("p50 %v, p99 %v of %d", percentile(keys, 50), percentile(keys, 99), len(keys)), "", "p99 100 ms")
		tb.row("memory, messages "+name, fmt.Sprintf("%.0f MiB at most, at %.0f messages a second", most, float64(s.Total())/elapsed.Seconds()), "", "150 MiB")
		d.quit()
	}
}

func (tb *table) memory(topics int, bar string) {
	s := blast.Send(tb.t, blast.Stream{Messages: 3 * topics, Topics: topics})
	d := open(tb.t, 120, 40, "-b", s.Addr, "-t", "#")
	if _, err := s.Elapsed(); err != nil {
		tb.t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // the list is made anew once more
	_, most := d.memory()
	tb.row(fmt.Sprintf("memory, %d topics of two a board", topics), fmt.Sprintf("%.0f MiB at most", most), "", bar)
	d.quit()
}

// quiet measures pictures, the start, and what an open dashboard costs.
func (tb *table) quiet() {
	f := frame(tb.t)
	tb.row("a picture of 200x60, all rows changed", fmt.Sprintf("%.1f ms of processor, %d bytes", f.changed.Seconds()*1000, f.bytes), "", "4 ms")
	tb.row("a second of unchanged pictures, at 60 a second", fmt.Sprintf("%.1f ms of processor", f.unchanged.Seconds()*1000), "", "about nothing")
	b := mosquitto.Start(tb.t)
	for _, start := range []struct{ name, addr string }{{"a broker", b.Addr}, {"no broker", nobody(tb.t)}} {
		var all []time.Duration
		for range 5 {
			all = append(all, firstFrame(tb.t, start.addr))
		}
		tb.row("first picture, "+start.name, fmt.Sprint(percentile(all, 50)), "", "100 ms")
	}
	for _, lab := range []struct {
		name, addr string
		height     int
		bar        string
	}{
		{"no messages", b.Addr, 40, "nearly nothing"},
		{"the course's lab, five boards each 5 s", course(tb.t), 40, "1 %"},
		{"forty rows once a second", fortyRows(tb.t), 45, "4 096 bytes a second"},
	} {
		u := cost(tb.t, lab.addr, 120, lab.height, 3*time.Second, 10*time.Second)
		tb.row("open dashboard, "+lab.name, fmt.Sprintf("%.2f %% of a core, %.0f bytes a second", u.cpu, u.bytes), "", lab.bar)
	}
}
