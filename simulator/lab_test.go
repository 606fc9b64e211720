package simulator_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/simulator"
)

func TestBoardPublishes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/#", 2)
		stop := startLab(t, simulator.Options{Labs: 1, Dial: b.Dial})
		time.Sleep(time.Minute + time.Second)

		temperatures := p.payloads("iotclass/lab1/temperature")
		if len(temperatures) != 13 || len(p.payloads("iotclass/lab1/humidity")) != 13 {
			t.Fatalf("%d temperatures in 61 s, not 13", len(temperatures))
		}
		for _, text := range append(temperatures, p.payloads("iotclass/lab1/humidity")...) {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || len(text) != 6 || !strings.HasPrefix(text, " ") || !strings.HasSuffix(text, "0") || v < 10 || v > 70 {
				t.Errorf("payload %q", text)
			}
		}
		for _, m := range p.about("iotclass/lab1/temperature") {
			if m.QoS != 0 || m.Retained {
				t.Errorf("a reading at QoS %d, retained %v", m.QoS, m.Retained)
			}
		}

		late := listen(t, b, "iotclass/+/status", 1)
		synctest.Wait()
		want := []heard{{"iotclass/lab1/status", "online", 1, true}}
		if diff := cmp.Diff(want, untimed(late.about(""))); diff != "" {
			t.Errorf("retained status (-want +got):\n%s", diff)
		}

		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("shutdown took %v", took)
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"online", "offline"}, p.payloads("iotclass/lab1/status")); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff) // a second offline would be the will
		}
	})
}

func untimed(messages []timed) []heard {
	var out []heard
	for _, m := range messages {
		out = append(out, m.heard)
	}
	return out
}

func TestFirstMessageComesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "#", 0)
		startLab(t, simulator.Demo(b.Dial))
		time.Sleep(100 * time.Millisecond)
		for _, prefix := range []string{"iotclass/lab1/temperature", "home/kitchen/", "devices/node1/sensors"} {
			if len(p.about(prefix)) == 0 {
				t.Errorf("nothing on %s within 100 ms", prefix)
			}
		}
		time.Sleep(5 * time.Second)
		for _, prefix := range []string{"iotclass/lab6/temperature", "home/hall/"} {
			if len(p.about(prefix)) == 0 {
				t.Errorf("nothing on %s within 5 s", prefix)
			}
		}
	})
}

func TestDemoCharacters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/#", 2)
		startLab(t, simulator.Demo(b.Dial))
		time.Sleep(30 * time.Minute)
		synctest.Wait()

		for round := range 5 { // it all comes again
			cycle := time.Duration(round) * 5 * time.Minute
			if hot := above(p.about("iotclass/lab2/temperature"), 30, cycle, cycle+time.Minute); hot < 4 || hot > 9 {
				t.Errorf("lab2 was above 30 °C in %d of 12 readings after %v", hot, cycle)
			}
			if gap := longestGap(p.about("iotclass/lab4/temperature"), cycle, cycle+2*time.Minute); gap < 50*time.Second {
				t.Errorf("lab4 was never silent for longer than %v after %v", gap, cycle)
			}
		}
		if hot := above(p.about("iotclass/lab2/temperature"), 30, time.Minute, 5*time.Minute); hot != 0 {
			t.Errorf("lab2 did not come back from 30 °C")
		}
		status := p.about("iotclass/lab3/status")
		if len(status) < 3 || status[1].Payload != "offline" || status[2].Payload != "online" {
			t.Fatalf("lab3 did not crash and come back: %v", status)
		}
		if off, on := status[1].At.Round(time.Second), status[2].At.Round(time.Second); off != 22*time.Second || on != 45*time.Second {
			t.Errorf("lab3 was away from %v to %v", off, on)
		}
		if got := len(status); got != 17 { // one crash every 4 minutes
			t.Errorf("%d statuses of lab3", got)
		}
		if diff := cmp.Diff([]string{"online"}, p.payloads("iotclass/lab4/status")); diff != "" {
			t.Errorf("silent lab4 lost its connection:\n%s", diff)
		}
		broken := slices.DeleteFunc(p.payloads("iotclass/lab5/temperature"), func(s string) bool { return s != "   nan" })
		if len(broken) != 40 { // 2 of 18 readings
			t.Errorf("%d times nan from lab5", len(broken))
		}
		if got := len(p.payloads("iotclass/lab6/temperature")); got != 60 {
			t.Errorf("%d readings of lab6 in half an hour at 30 s", got)
		}
		for topic, qos := range map[string]byte{"lab1": 0, "lab2": 1, "lab3": 0, "lab4": 0, "lab5": 0, "lab6": 2} {
			for _, m := range p.about("iotclass/" + topic + "/humidity") {
				if m.QoS != qos {
					t.Fatalf("%s at QoS %d, not %d", topic, m.QoS, qos)
				}
			}
		}
	})
}

func above(messages []timed, limit float64, from, to time.Duration) int {
	n := 0
	for _, m := range messages {
		v, err := strconv.ParseFloat(strings.TrimSpace(m.Payload), 64)
		if err == nil && v > limit && m.At >= from && m.At < to {
			n++
		}
	}
	return n
}

func longestGap(messages []timed, from, to time.Duration) time.Duration {
	longest, last := time.Duration(0), from
	for _, m := range messages {
		if m.At >= from && m.At < to {
			longest = max(longest, m.At-last)
			last = m.At
		}
	}
	return longest
}

func TestBoardCommands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/#", 0)
		order := func(text string, retained bool) {
			p.client.Publish("iotclass/lab1/command", 1, retained, text).Wait()
			synctest.Wait()
		}
		order("restart", true) // an old order, kept by the broker
		startLab(t, simulator.Options{Labs: 1, Dial: b.Dial})
		time.Sleep(12 * time.Second)
		if got := len(p.payloads("iotclass/lab1/temperature")); got != 3 {
			t.Errorf("%d readings in 12 s at 5 s", got)
		}
		for _, nonsense := range []string{"", "interval", "interval -1", "interval 0", "interval 3601", "interval 9999999999999", "dance"} {
			order(nonsense, false)
		}
		order(" interval 1\n", false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := len(p.payloads("iotclass/lab1/temperature")); got != 13 {
			t.Errorf("%d readings after 10 s more at 1 s", got)
		}
		order("restart", false)
		time.Sleep(5 * time.Second)
		if diff := cmp.Diff([]string{"online", "offline", "online"}, p.payloads("iotclass/lab1/status")); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	})
}

func TestRoomLight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "home/#", 0)
		startLab(t, simulator.Options{Rooms: 1, Dial: b.Dial})
		time.Sleep(time.Minute)
		synctest.Wait()

		var came, went, on, off time.Duration
		for _, m := range p.about("home/kitchen/") {
			switch m.Topic + " " + m.Payload {
			case "home/kitchen/motion true":
				came = first(came, m.At)
			case "home/kitchen/motion false":
				if came > 0 {
					went = first(went, m.At)
				}
			case "home/kitchen/light/state ON":
				on = first(on, m.At)
			case "home/kitchen/light/state OFF":
				if on > 0 {
					off = first(off, m.At)
				}
			}
		}
		if came == 0 || on != came {
			t.Errorf("motion at %v, light on at %v", came, on)
		}
		if off-went != simulator.LightOffDelay {
			t.Errorf("motion ended at %v, light off at %v", went, off)
		}
		if diff := cmp.Diff([]string{"ON", "OFF"}, p.payloads("home/kitchen/light/command")); diff != "" {
			t.Errorf("commands (-want +got):\n%s", diff)
		}
	})
}

func first(have, t time.Duration) time.Duration {
	if have > 0 {
		return have
	}
	return t
}

func TestRoomObeysByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "home/kitchen/light/state", 0)
		startLab(t, simulator.Options{Rooms: 1, Dial: b.Dial})
		time.Sleep(time.Second) // nobody is there before 3 s
		for _, text := range []string{"ON", "ON", "purple", "off"} {
			p.client.Publish("home/kitchen/light/command", 0, false, text).Wait()
			synctest.Wait()
		}
		if diff := cmp.Diff([]string{"OFF", "ON", "ON", "OFF"}, p.payloads("home/kitchen/light/state")); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		late := listen(t, b, "home/+/light/#", 0)
		synctest.Wait()
		want := []heard{{"home/kitchen/light/state", "OFF", 0, true}}
		if diff := cmp.Diff(want, untimed(late.about(""))); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
	})
}

func TestJSONBoard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "devices/#", 1)
		stop := startLab(t, simulator.Options{JSONBoards: 1, Seed: 7, Dial: b.Dial})
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		got := untimed(p.about(""))
		want := []heard{
			{"devices/node1/lwt", "online", 1, false},
			{"devices/node1/status", `{"state":"online","firmware":"1.4.2"}`, 1, false},
			{"devices/node1/sensors", `{"temperature":21.6,"humidity":46,"battery":87}`, 0, false},
			{"devices/node1/status", `{"state":"offline","firmware":"1.4.2"}`, 1, false},
			{"devices/node1/lwt", "offline", 1, false},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

// deterministic are all special devices but the two that throw each other out:
// who comes first then is up to the broker.
func deterministic() []simulator.Special {
	all := append(simulator.Challenges(), simulator.Chaos()...)
	return slices.DeleteFunc(all, func(s simulator.Special) bool { return s == simulator.Takeover })
}

// record returns what each topic said in a while of a demo.
func record(t *testing.T, specials []simulator.Special, seed uint64, speed float64, d time.Duration) map[string][]timed {
	t.Helper()
	out := make(map[string][]timed)
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "#", 2)
		o := simulator.Demo(b.Dial)
		o.Seed, o.Speed = seed, speed
		o.Specials = specials
		startLab(t, o)
		time.Sleep(d)
		synctest.Wait()
		for _, m := range p.about("") {
			out[m.Topic] = append(out[m.Topic], m)
		}
	})
	return out
}

func TestSameSeedSameMessages(t *testing.T) {
	t.Parallel()
	const d = 4 * time.Minute
	a, again := record(t, deterministic(), 1, 1, d), record(t, deterministic(), 1, 1, d)
	if diff := cmp.Diff(a, again, cmp.AllowUnexported(timed{})); diff != "" {
		t.Errorf("the same seed differs (-first +second):\n%s", diff)
	}
	other := record(t, nil, 2, 1, d)
	for _, topic := range []string{"iotclass/lab1/temperature", "home/kitchen/motion", "devices/node1/sensors"} {
		if len(a[topic]) == 0 || cmp.Equal(a[topic], other[topic], cmp.AllowUnexported(timed{})) {
			t.Errorf("%s: another seed says the same", topic)
		}
	}
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	slow := record(t, simulator.Challenges(), 1, 1, 5*time.Minute)
	fast := record(t, simulator.Challenges(), 1, 10, 30*time.Second)
	for topic, messages := range slow {
		if strings.Contains(topic, "/light/") {
			continue // the last of them may be under way
		}
		if len(fast[topic]) < len(messages)-1 {
			t.Fatalf("%s: %d messages at speed 10, %d at speed 1", topic, len(fast[topic]), len(messages))
		}
		for i, m := range fast[topic][:len(messages)-1] {
			if m.heard != messages[i].heard || (10*m.At-messages[i].At).Abs() > time.Millisecond {
				t.Fatalf("%s: %v at speed 10, %v at speed 1", topic, m, messages[i])
			}
		}
	}
}

// flaky is a dial function whose connections can be cut and refused.
type flaky struct {
	b *simulator.Broker

	mu    sync.Mutex // mu guards the fields below
	down  error
	conns []net.Conn
	dials int
}

func (f *flaky) dial(ctx context.Context) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dials++
	if f.down != nil {
		return nil, f.down
	}
	conn, err := f.b.Dial(ctx)
	f.conns = append(f.conns, conn)
	return conn, err
}

func (f *flaky) tries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dials
}

func (f *flaky) set(down error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
	for _, conn := range f.conns {
		_ = conn.Close()
	}
	f.conns = nil
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/#", 0)
		f := &flaky{b: b}
		var events []string
		stop := startLab(t, simulator.Options{Labs: 1, Dial: f.dial, OnEvent: func(e simulator.Event) {
			events = append(events, e.String())
		}})
		time.Sleep(7 * time.Second)
		f.set(errors.New("no route to host"))
		time.Sleep(10 * time.Minute)
		if tries := f.tries(); tries < 15 || tries > 60 {
			t.Errorf("%d attempts in 10 minutes", tries)
		}
		before := len(p.payloads("iotclass/lab1/temperature"))
		f.set(nil)
		time.Sleep(time.Minute)
		if n := len(p.payloads("iotclass/lab1/temperature")) - before; n < 3 || n > 13 {
			t.Errorf("%d readings in the minute after: it must not make up for what it missed", n)
		}
		if diff := cmp.Diff([]string{"online", "offline", "online"}, p.payloads("iotclass/lab1/status")); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if events[0] != "lab1: connected" || !strings.HasPrefix(events[1], "lab1: connection lost: ") ||
			events[2] != "lab1: cannot connect: no route to host" || events[len(events)-1] != "lab1: connected" {
			t.Errorf("events: %q", events)
		}
	})
}

func TestRunFailsWhenNothingEverConnected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		answer     string // to CONNECT; empty: the dial fails
	}{
		{"dial", "lab1: connection refused", ""},
		{"password", "lab1: the broker refused the connection: bad user name or password (code 4)", "\x20\x02\x00\x04"},
		{"not authorised", "lab1: the broker refused the connection: not authorised (code 5)", "\x20\x02\x00\x05"},
		{"undefined", "lab1: the broker refused the connection: for a reason that MQTT 3.1.1 does not know (code 66)", "\x20\x02\x00\x42"},
		{"not MQTT", "lab1: the answer to CONNECT is not MQTT 3.1.1", "HTTP/1.1 400 Bad Request"},
		{"cut", "lab1: wait for CONNACK: unexpected EOF", "\x20\x02"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lab, err := simulator.New(simulator.Options{Labs: 5, Dial: func(context.Context) (net.Conn, error) {
					if test.answer == "" {
						return nil, errors.New("connection refused")
					}
					client, broker := net.Pipe()
					go func() {
						_, _ = broker.Read(make([]byte, 1024))
						_, _ = broker.Write([]byte(test.answer))
						_ = broker.Close()
					}()
					return client, nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := lab.Run(ctx); err == nil || err.Error() != test.want {
					t.Errorf("Run: %v, want %s", err, test.want)
				}
			})
		})
	}
}

func TestShutdownWithADeadBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answered := make(chan net.Conn, 1)
		lab, err := simulator.New(simulator.Options{Labs: 1, Dial: func(context.Context) (net.Conn, error) {
			client, broker := net.Pipe()
			go func() { // accepts, and never reads again
				_, _ = broker.Read(make([]byte, 1024))
				_, _ = broker.Write([]byte("\x20\x02\x00\x00"))
				answered <- broker
			}()
			return client, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- lab.Run(ctx) }()
		broker := <-answered
		cancel()
		began := time.Now()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("shutdown took %v", took)
		}
		_ = broker.Close()
	})
}

// TestDeviceAlwaysReads lets a broker write much more than a device's queue
// takes while the device itself waits for the broker to read.
func TestDeviceAlwaysReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		written := make(chan error, 1)
		startLab(t, simulator.Options{Rooms: 1, Dial: func(context.Context) (net.Conn, error) {
			client, broker := net.Pipe()
			t.Cleanup(func() { _ = broker.Close() })
			go func() {
				_, _ = broker.Read(make([]byte, 1024))
				const order = "\x30\x05\x00\x01xON"
				_, err := broker.Write([]byte("\x20\x02\x00\x00" + strings.Repeat(order, 1000)))
				written <- err
			}()
			return client, nil
		}})
		began := time.Now()
		if err := <-written; err != nil || time.Since(began) > time.Second {
			t.Errorf("the broker could write after %v: %v", time.Since(began), err)
		}
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	dial := func(context.Context) (net.Conn, error) { return nil, errors.New("none") }
	tests := []struct {
		name string
		o    simulator.Options
		ok   bool
	}{
		{"demo", simulator.Demo(dial), true},
		{"one of each", simulator.Options{Labs: 1, Rooms: 1, JSONBoards: 1, Dial: dial}, true},
		{"specials alone", simulator.Options{Specials: []simulator.Special{simulator.Crash, simulator.JSON}, Dial: dial}, true},
		{"unknown special", simulator.Options{Labs: 1, Specials: []simulator.Special{"crahs"}, Dial: dial}, false},
		{"special twice", simulator.Options{Specials: []simulator.Special{"flap", "flap"}, Dial: dial}, false},
		{"no dial", simulator.Options{Labs: 1}, false},
		{"nothing", simulator.Options{Dial: dial}, false},
		{"negative", simulator.Options{Labs: -1, Rooms: 3, Dial: dial}, false},
		{"too many", simulator.Options{Rooms: simulator.MaxDevices + 1, Dial: dial}, false},
		{"backwards", simulator.Options{Labs: 1, Speed: -1, Dial: dial}, false},
		{"too fast", simulator.Options{Labs: 1, Speed: 2 * simulator.MaxSpeed, Dial: dial}, false},
		{"negative interval", simulator.Options{Labs: 1, Interval: -time.Second, Dial: dial}, false},
		{"short interval", simulator.Options{Labs: 1, Interval: time.Microsecond, Dial: dial}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := simulator.New(test.o); (err == nil) != test.ok {
				t.Errorf("New: %v", err)
			}
		})
	}
}
