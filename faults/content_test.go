//go:build unix

package faults_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/subscriber"
	"labtop/testkit/binary"
	"labtop/testkit/evilbroker"
	"labtop/testkit/mosquitto"
)

// TestHostileBrokers plays the whole table to the built program: it says what it
// has to say, comes back by itself, and needs little memory. It is not parallel to
// others: it is a load for the machine.
func TestHostileBrokers(t *testing.T) {
	p := start(t, here, "log", "-b", evilbroker.New(t, evilbroker.Named("only a message")).Listen(t))
	p.prints(1)
	calm := p.peakKiB()
	p.interrupt()
	atOnce := make(chan struct{}, 4)
	for _, c := range evilbroker.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			addr := evilbroker.New(t, c, evilbroker.Case{}).Listen(t)
			p := start(t, here, "log", "-b", addr, "-t", "#", "-u", evilbroker.User, "--password-file", secret(t, "right"), "--client-id", evilbroker.ClientID)
			problem, _ := c.Told(addr)
			if c.Ends() {
				p.says(problem)
			}
			p.prints(c.Messages)
			switch {
			case c.Refused:
				p.says("connected; #: refused by the broker")
			case !c.Lasting:
				p.says("connected")
			}
			if rise := p.peakKiB() - calm; rise > 16<<10 {
				t.Errorf("memory rose by %d KiB", rise)
			}
			p.interrupt()
			if out := p.stdout.String(); strings.Count(out, "\n") != c.Messages || strings.ContainsAny(out, "\x1b\x00") || strings.Contains(out, "\u009b") {
				t.Errorf("printed %d lines, want %d: %.500q", strings.Count(out, "\n"), c.Messages, out)
			}
		})
	}
}

// lab is a store with its source and monitor, as labtop has them.
type lab struct {
	store *model.Store
	began time.Time
}

// run runs a lab until the test ends.
func run(t *testing.T, o subscriber.Options) *lab {
	t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{store: model.NewStore(conventions.Decoder, model.Limits{}), began: time.Now()}
	m := monitor.New(subscriber.New(o), l.store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l
}

// until waits until the state is as wanted.
func (l *lab) until(t *testing.T, what string, wanted func(model.Status) bool) model.Status {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		s := l.store.Status()
		if wanted(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("never %s: %+v", what, s)
		}
		time.Sleep(5 * time.Millisecond) // a reader looks at its own pace
	}
}

// TestRetainedFlood connects to a broker that has 100 000 messages stored.
func TestRetainedFlood(t *testing.T) {
	const n = 100_000
	b := mosquitto.Start(t, "log_type information")
	fill(t, b, n) // a log of every message would be most of the work
	l := run(t, options(t, b.Addr))
	l.until(t, "got all", func(s model.Status) bool { return s.Counters.Messages >= n })
	took(t, "all of it", l.began, floodTime)
	s := l.until(t, "counted", func(s model.Status) bool { return s.Tally.Topics >= n })
	if s.Counters.Messages != n || s.Counters.Retained != n || s.Tally.Topics != n || s.Counters.Dropped != 0 {
		t.Errorf("%+v, %+v", s.Counters, s.Tally)
	}
	if s.PerSec != 0 || s.Connection.Connects != 1 {
		t.Errorf("%v messages a second, %d connections", s.PerSec, s.Connection.Connects)
	}

	binary.Path(t) // which takes its time to be built
	began := time.Now()
	term := dashboard(t, here, "-b", b.Addr, "-t", "flood/#")
	term.Wait("labtop", "q quit")
	took(t, "first frame", began, time.Second)
	term.Wait("● mqtt://"+b.Addr, "BOARD0")
	took(t, "first devices on the screen", began, 5*time.Second)
	live(t, term)
	term.Wait("100 000 messages", "0 msg/s")
	peak := peakKiB(t, pidOf(t, b.Addr, "flood/#"))
	if t.Logf("memory: %d KiB at most", peak); peak > 210<<10 { // 150 MiB where the collector comes in time
		t.Errorf("%d KiB in memory", peak)
	}
	term.Keys("q")
	term.Wait("ended with 0")
}

// pidOf finds the program that has these arguments among others; 0 where the system does not
// tell.
func pidOf(t *testing.T, args ...string) int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		text, _ := os.ReadFile(line) // it may be gone
		argv := strings.Split(string(text), "\x00")
		if strings.HasSuffix(argv[0], "/labtop") && !slices.ContainsFunc(args, func(a string) bool { return !slices.Contains(argv, a) }) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(line)))
			return pid
		}
	}
	return 0
}

// fill stores messages at a broker, on topics of their own.
func fill(t *testing.T, b *mosquitto.Broker, n int) {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	packets := []byte{0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 4, 'f', 'i', 'l', 'l'}
	for i := range n {
		packets = append(packets, evilbroker.Publish(1, fmt.Sprintf("flood/board%05d/temperature", i), 0, []byte("22.5"))...)
	}
	packets = append(packets, evilbroker.Publish(2, "end", 1, nil)...)
	if _, err := conn.Write(packets); err != nil {
		t.Fatal(err)
	}
	// CONNACK, and the PUBACK that says that everything before it is stored.
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for got, buf := 0, make([]byte, 8); got < 8; {
		k, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += k
	}
}

// TestDuplicates has a broker that sends a message again: it is shown and counted.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	b := evilbroker.New(t, evilbroker.Named("QoS 1, twice"))
	addr := b.Listen(t)
	r := snapshot(t, "-b", addr, "--for", "3s", "-t", "#@1")
	if r.Messages != 3 || r.Counters.Dup != 1 {
		t.Errorf("%+v", r)
	}
	for _, d := range r.Devices {
		for _, m := range d.Metrics {
			if m.Topic == "a" && (m.Count != 2 || m.Dup != 1) {
				t.Errorf("%+v", m)
			}
		}
	}
	p := start(t, here, "log", "--json", "-b", addr, "-t", "#@1")
	p.prints(3)
	p.interrupt()
	if out := p.stdout.String(); strings.Count(out, `"dup":true`) != 1 || strings.Count(out, `"dup":false`) != 2 {
		t.Errorf("it printed %s", out)
	}
}

// TestOverlappingFilters has filters that name the same topics: a message is shown
// once for each time that the broker sends it.
func TestOverlappingFilters(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	publish(t, here, b, "lab/a/temperature", "22.5", "-r")
	p := start(t, here, "log", "-b", b.Addr, "-t", "lab/+/temperature", "-t", "lab/a/+", "-t", "+/a/temperature@1")
	p.says("connected")
	publish(t, here, b, "lab/a/temperature", "23.5")
	publish(t, here, b, "lab/a/temperature", "last")
	if !p.stdout.Wait(patience, func(s string) (string, bool) { return s, strings.Contains(s, "last") }) {
		t.Fatalf("the last message never came: %s", p.stdout)
	}
	p.interrupt()
	if n := strings.Count(p.stdout.String(), "23.5"); n != 1 {
		t.Errorf("shown %d times:\n%s", n, p.stdout)
	}
}

// TestLongTopics has the longest topic that there can be, and one of many levels.
func TestLongTopics(t *testing.T) {
	t.Parallel()
	for name, topic := range map[string]string{
		"bytes":  strings.Repeat("t", 65_535),
		"levels": strings.Repeat("l/", 200) + "temperature",
		"many":   strings.Repeat("/", 65_535),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := evilbroker.New(t, evilbroker.Case{
				Stream: append(evilbroker.Publish(1, topic, 0, []byte("21.5")), evilbroker.Publish(0, "iotclass/lab1/temperature", 0, []byte("22.5"))...),
			}).Listen(t)
			r := snapshot(t, "-b", addr, "--for", "5s", "-t", "#") // topics are counted each second
			found := false
			for _, d := range r.Devices {
				for _, m := range d.Metrics {
					found = found || m.Topic == topic && m.Text == "21.5"
				}
			}
			if !found || r.Topics != 2 {
				t.Errorf("%d topics, found %v", r.Topics, found)
			}
			term := dashboard(t, here, "-b", addr, "-t", "#")
			term.Wait("LAB1", "22.5 °C", "21.5", "2 messages")
			live(t, term)
			term.Keys("G")
			term.Keys("Enter")
			term.Keys("g")
			term.Wait("2 messages")
			term.Keys("q")
			term.Wait("ended with 0")
		})
	}
}
