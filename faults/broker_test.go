//go:build unix

package faults_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
	"labtop/testkit/mosquitto"
	"labtop/testkit/toxic"
)

// lasts is how long a connection must stand to count as one.
const lasts = 5 * time.Second

// TestBrokerRestarts ends the broker again and again.
func TestBrokerRestarts(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*mosquitto.Broker){
		"stopped": (*mosquitto.Broker).Stop,
		"killed":  (*mosquitto.Broker).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			o := options(t, b.Addr)
			o.Filters = []subscriber.Filter{{Topic: "lab/#"}, {Topic: "$SYS/broker/version"}}
			w := watch(t, o)
			w.until(model.Connected)
			n := rounds(t)
			for i := range n {
				if n > 5 { // a broker that ends sooner, and goes on doing so, is waited for longer
					w.stand(lasts)
				}
				end(b)
				began := time.Now()
				w.until(model.Waiting)
				took(t, "said to be gone", began, time.Second)
				b.Start()
				began = time.Now()
				c := w.until(model.Connected)
				took(t, "back after the broker", began, 5*time.Second)
				if c.Connects != i+2 {
					t.Errorf("%d connections, want %d", c.Connects, i+2)
				}
				for _, s := range c.Subscriptions {
					if !s.Answered || s.Refused() {
						t.Errorf("%+v", s)
					}
				}
				text := strconv.Itoa(i)
				publish(t, here, b, "lab/round", text)
				w.take("heard "+text, func(batch model.Batch) bool {
					for _, m := range batch.Messages {
						if m.Topic == "lab/round" && string(m.Payload) == text {
							return true
						}
					}
					return false
				})
			}
		})
	}
}

// stand takes batches for a while, in which the connection must not change.
func (w *watched) stand(d time.Duration) {
	w.t.Helper()
	for end := time.After(d); ; {
		select {
		case b := <-w.Batches():
			if b.Connection != nil {
				w.t.Errorf("the connection changed: %+v", b.Connection)
			}
			w.messages = append(w.messages, b.Messages...)
			w.Recycle(b)
		case <-end:
			return
		}
	}
}

// TestFrozenBroker stops the broker in its tracks: the system goes on taking
// packets for it.
func TestFrozenBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	w := watch(t, options(t, b.Addr))
	w.until(model.Connected)
	plain := start(t, here, "--plain", "-b", b.Addr)
	logs(t, b, "Sending SUBACK to ", 2)
	b.Pause()
	began := time.Now()
	if !plain.stdout.Wait(patience, func(s string) (string, bool) {
		return s, strings.Contains(s, "\nNo answer for ") && strings.Contains(s, ": the broker or the network hangs\n")
	}) {
		t.Errorf("the plain text never told that the broker hangs:\n%s", plain.stdout)
	}
	took(t, "said to hang", began, 8*time.Second)
	lost(t, w, "mqtt://"+b.Addr+" stopped answering (keep-alive timed out)")
	b.Resume()
	began = time.Now()
	w.until(model.Connected)
	took(t, "back after the broker", began, 6*time.Second)
}

// TestHalfOpen has a peer that is gone without a word.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	p := toxic.Start(t, evilbroker.New(t).Listen(t))
	w := watch(t, options(t, p.Addr))
	w.until(model.Connected)
	p.Poison(toxic.ToClient, new(toxics.TimeoutToxic))
	p.Poison(toxic.ToBroker, new(toxics.TimeoutToxic))
	lost(t, w, "mqtt://"+p.Addr+" stopped answering (keep-alive timed out)")
	p.Heal()
	began := time.Now()
	w.until(model.Connected)
	took(t, "back after the network", began, 6*time.Second)
}

// lost waits until a source has lost its connection, which was good until now.
func lost(t *testing.T, w *watched, problem string) {
	t.Helper()
	began := time.Now()
	c := w.until(model.Waiting)
	took(t, "lost", began, 20*time.Second)
	if c.Problem != problem || c.Hint == "" {
		t.Errorf("problem %q, hint %q, want %q", c.Problem, c.Hint, problem)
	}
}

// TestReset has a way to the broker on which connections are reset.
func TestReset(t *testing.T) {
	t.Parallel()
	b := evilbroker.New(t)
	p := toxic.Start(t, b.Listen(t))
	w := watch(t, options(t, p.Addr))
	w.until(model.Connected)
	p.Poison(toxic.ToClient, new(toxics.ResetToxic))
	if err := b.Send(evilbroker.Hello); err != nil {
		t.Fatal(err)
	}
	if c := w.until(model.Waiting); c.Problem != "the broker closed the connection" {
		t.Errorf("problem %q", c.Problem)
	}
	p.Heal()
	began := time.Now()
	w.until(model.Connected)
	took(t, "back after the resets", began, 6*time.Second)
}

// TestPoorWays has ways to the broker that are slow, late, or in small pieces:
// everything comes, once and in order, on one connection.
func TestPoorWays(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]toxics.Toxic{
		"late":   &toxics.LatencyToxic{Latency: 300, Jitter: 100},
		"slow":   &toxics.BandwidthToxic{Rate: 20},
		"pieces": &toxics.SlicerToxic{AverageSize: 3, SizeVariation: 2, Delay: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := evilbroker.New(t)
			p := toxic.Start(t, b.Listen(t))
			p.Poison(toxic.ToClient, poison)
			w := watch(t, options(t, p.Addr))
			w.until(model.Connected)
			const n = 500
			for i := range n {
				if err := b.Send(evilbroker.Publish(2, "lab/number", uint16(i+1), []byte(strconv.Itoa(i)))); err != nil {
					t.Fatal(err)
				}
			}
			for i, m := range w.receive(n) {
				if string(m.Payload) != strconv.Itoa(i) {
					t.Fatalf("message %d is %q", i, m.Payload)
				}
			}
			if c := b.Connects(); c != 1 {
				t.Errorf("%d connections", c)
			}
		})
	}
}

// TestVisitors has a config file with a client id, and commands that must not put the
// program out which runs with it.
func TestVisitors(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "broker: mqtt://" + b.Addr + "\nclient_id: desk\nclean_session: false\ntopics: [lab/#]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, here, "log", "--config", file)
	p.says("connected")
	for _, args := range [][]string{{"publish", "lab/x", "1", "--qos", "1"}, {"snapshot", "--for", "2s"}, {"publish", "lab/x", "2", "--qos", "1"}} {
		if code := start(t, here, append(args, "--config", file)...).wait(); code != 0 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
	p.prints(2)
	logs(t, b, " as desk-", 3)
	if logged := b.Log(); strings.Count(logged, " as desk (") != 1 || strings.Count(logged, " as desk-") != 3 ||
		strings.Count(logged, "c1,") != 3 {
		t.Errorf("the broker's log has other clients than expected:\n%s", logged)
	}
	if code := start(t, here, "publish", "lab/x", "3", "--config", file, "--client-id", "desk").wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	logs(t, b, " as desk (", 2) // as it was asked for
}

// TestSameClientID has two clients with one id: they must not take the connection
// from each other for ever.
func TestSameClientID(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	o := options(t, b.Addr)
	o.ClientID = "twin"
	first := watch(t, o)
	first.until(model.Connected)
	second := watch(t, o)
	told := make(chan model.Connection, 1)
	follow := func(w *watched) {
		for batch := range w.Batches() {
			if c := batch.Connection; c != nil && c.State == model.Waiting && c.NextTry.Sub(c.Since) >= 30*time.Second {
				select {
				case told <- *c:
				default:
				}
			}
			w.Recycle(batch)
		}
	}
	go follow(first)
	go follow(second)
	const problem = `another client uses the client id "twin", it seems: no connection lasts`
	select {
	case c := <-told:
		if c.Problem != problem || c.Hint != "give one of the two another id with --client-id" {
			t.Errorf("%q, %q", c.Problem, c.Hint)
		}
	case <-time.After(patience):
		t.Error("neither has given in")
	}
}

// TestTakenOver has somebody take the connection away each time that it is made: labtop
// says once what it takes that for, wherever it says something, and waits.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	logFile := filepath.Join(t.TempDir(), "log")
	const words = `another client uses the client id "twin-`
	args := func(id string, command ...string) []string {
		return append(command, "-b", b.Addr, "-t", "lab/#", "--client-id", id)
	}
	takeOver := func(id string) {
		t.Helper()
		for i := range 3 {
			logs(t, b, " as "+id+" (", 2*i+1)
			logs(t, b, "Sending SUBACK to "+id+"\n", i+1)
			rival(t, b.Addr, id)
		}
	}
	p := start(t, here, args("twin-log", "log")...)
	takeOver("twin-log")
	p.says(words + `log", it seems: no connection lasts; give one of the two another id with --client-id`)

	plain := start(t, here, args("twin-plain", "--plain", "--log-file", logFile)...)
	takeOver("twin-plain")
	if !plain.stdout.Wait(patience, func(s string) (string, bool) {
		return s, strings.Contains(s, "\nNot connected: "+words+"plain\", it seems: no connection lasts\n  give one of the two another id with --client-id\n")
	}) {
		t.Errorf("it said\n%s", plain.stdout)
	}

	term := dashboard(t, here, args("twin-screen")...)
	takeOver("twin-screen")
	term.Wait("○ mqtt://"+b.Addr, words+"screen", "give one of the two another id")
	nextTry(t, term, nextTry(t, term, 99)-1)
	for _, id := range []string{"twin-log", "twin-plain", "twin-screen"} {
		if n := strings.Count(b.Log(), " as "+id+" ("); n != 6 {
			t.Errorf("%d connections of %s and its rival, want 3 of each", n, id)
		}
	}
	logged, err := os.ReadFile(logFile)
	if n, m := strings.Count(string(logged), "another client uses"), strings.Count(plain.stdout.String(), words); err != nil || n != 1 || m != 1 {
		t.Errorf("it said so %d times in the log and %d times in the text: %v", n, m, err)
	}
	if strings.Contains(p.stderr.String(), words) {
		t.Errorf("it said so twice: %s", p.stderr)
	}
	term.Keys("q")
	term.Wait("ended with 0")
	p.interrupt()
	plain.interrupt()
}

// rival connects with a client id, and reads nothing.
func rival(t *testing.T, addr, id string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion, connect.ClientIdentifier, connect.CleanSession = "MQTT", 4, id, true
	if err := connect.Write(conn); err != nil {
		t.Fatal(err)
	}
	if _, err := packets.ReadPacket(conn); err != nil {
		t.Fatal(err)
	}
}
