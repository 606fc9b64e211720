//go:build unix

package faults_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/mosquitto"
	"labtop/testkit/toxic"
)

// unbounded makes a broker keep all that a client has not got yet. A log of every
// message would be most of the work.
var unbounded = []string{"max_queued_messages 0", "set_tcp_nodelay true", "log_type information", "log_type error"}

// counting is a publisher of numbered messages that knows which of them the broker has.
type counting struct {
	client mqtt.Client
	qos    byte
	taken  int // how many, from 0 on, the broker has acknowledged
}

// publishTen publishes ten at once and waits until the broker has them.
func (n *counting) publishTen(t *testing.T) bool {
	t.Helper()
	tokens := make([]mqtt.Token, 10)
	for i := range tokens {
		tokens[i] = n.client.Publish("lab/number", n.qos, false, strconv.Itoa(n.taken+i))
	}
	for _, token := range tokens {
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Errorf("message %d was not acknowledged: %v", n.taken, token.Error())
			return false
		}
		n.taken++
	}
	return true
}

// publishAlways publishes 1 000 a second, ten at a time. The returned function ends that.
func (n *counting) publishAlways(t *testing.T) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ok := true; ok; ok = n.publishTen(t) {
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// keeper are the options of a session that the broker keeps.
func keeper(t *testing.T, addr string, qos byte) subscriber.Options {
	t.Helper()
	o := options(t, addr)
	o.Filters = []subscriber.Filter{{Topic: "lab/number", QoS: qos}}
	o.ClientID, o.PersistentSession = "keeper", true
	return o
}

// allOf waits for the last of the numbers and compares what came with what the broker
// had: none is lost, and at QoS 2 none came twice. What comes twice at QoS 1 is marked.
func (w *watched) allOf(n *counting) {
	w.t.Helper()
	has := func(messages []model.Message) bool {
		for i := range messages {
			if string(messages[i].Payload) == strconv.Itoa(n.taken-1) {
				return true
			}
		}
		return false
	}
	if !has(w.messages) {
		w.take("heard the last number", func(b model.Batch) bool { return has(b.Messages) })
	}
	times, marked := make([]int, n.taken), 0
	for i := range w.messages {
		k, err := strconv.Atoi(string(w.messages[i].Payload))
		if err != nil || k >= n.taken {
			w.t.Fatalf("message %q", w.messages[i].Payload)
		}
		times[k]++
		if w.messages[i].Dup {
			marked++
		}
	}
	lost, again := 0, 0

	for _, k := range times {
		if k == 0 {
			lost++
		}
		again += max(k-1, 0)
	}
	w.t.Logf("QoS %d: %d published, %d received: %d lost, %d came again, %d are marked as sent before, %d were left out as known",
		n.qos, n.taken, len(w.messages), lost, again, marked, w.Stats().Repeats)
	if lost > 0 || again > marked || n.qos == 2 && again > 0 {
		w.t.Errorf("of %d messages %d are lost, %d came again, %d are marked", n.taken, lost, again, marked)
	}
}

// TestKeptSession resets the connection again and again while 1 000 messages a second
// are published. The broker keeps what was not acknowledged, and nothing is lost.
func TestKeptSession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		qos byte
		v5  bool
	}{{1, false}, {2, false}, {1, true}, {2, true}} {
		qos := tt.qos
		t.Run(fmt.Sprint("QoS ", qos, ", MQTT 5 ", tt.v5), func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t, unbounded...)
			proxy := toxic.Start(t, b.Addr)
			o := keeper(t, proxy.Addr, qos)
			o.V5 = tt.v5
			w := watch(t, o)
			w.until(model.Connected)
			n := &counting{client: client(t, b.Addr), qos: qos}
			stop := n.publishAlways(t)
			for i := range rounds(t) {
				if i > 1 { // many short connections would be taken for another client's doing
					w.stand(lasts)
				}
				if i%2 == 1 { // the acknowledgements of what came last are lost with the connection
					proxy.Poison(toxic.ToBroker, new(toxics.TimeoutToxic))
					w.stand(50 * time.Millisecond)
				}
				proxy.Cut()
				w.until(model.Waiting)
				proxy.Heal()
				w.until(model.Connected)
			}
			stop()
			w.allOf(n)
		})
	}
}

// save waits until a broker has written to its disk all that it has now: the second time
// from now on that it is ready with writing, it has begun later than now.
func save(t *testing.T, b *mosquitto.Broker, file string) {
	t.Helper()
	for range 2 {
		before, err := os.Stat(file)
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // the file is all that tells
			b.Save() // again, for two within one tick of the system's clock look the same
			if now, late := os.Stat(file); late == nil && (err != nil || now.ModTime() != before.ModTime()) {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the broker never saved its state")
			}
		}
	}
}

// TestKeptSessionOfKilledBroker kills a broker that keeps its sessions on disk, while
// messages wait in it for labtop, which has no way to it. Mosquitto 2.0.11 forgets a
// message of QoS 2 only when all is said about it: killed before, it sends it anew.
func TestKeptSessionOfKilledBroker(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{1, 2} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			t.Parallel()
			disk := t.TempDir() + "/"
			b := mosquitto.Start(t, append(slices.Clone(unbounded), "log_type "+[]string{1: "notice", 2: "debug"}[qos], "persistence true", "persistence_location "+disk,
				"autosave_on_changes true", "autosave_interval 1")...)
			proxy := toxic.Start(t, b.Addr)
			w := watch(t, keeper(t, proxy.Addr, qos))
			w.until(model.Connected)
			n := &counting{qos: qos}
			for i := range max(rounds(t)/2, 1) {
				if i > 1 {
					w.stand(lasts)
				}
				proxy.Poison(toxic.ToBroker, new(toxics.ResetToxic))
				proxy.Cut()
				w.until(model.Waiting)
				n.client = client(t, b.Addr)
				for range 10 {
					n.publishTen(t)
				}
				save(t, b, disk+"mosquitto.db")
				b.Kill()
				b.Start()
				proxy.Heal()
				w.until(model.Connected)
				w.allOf(n)
				if qos == 2 {
					logs(t, b, "Received PUBCOMP from keeper", n.taken)
				}
			}
		})
	}
}

// TestAwayForTooLong has the broker keep its usual thousand messages for labtop, of more: it
// drops the rest, and the screen and the plain text say how many.
func TestAwayForTooLong(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "set_tcp_nodelay true", "log_type information")
	dropsSaid(t, b) // none so far, which both are to know
	proxy := toxic.Start(t, b.Addr)
	args := func(id string, more ...string) []string {
		return append(more, "-b", proxy.Addr, "--client-id", id, "--clean-session=false", "-t", "lab/number@1", "-t", "$SYS/#")
	}
	term := dashboard(t, here, args("screen")...)
	plain := start(t, here, args("text", "--plain")...)
	term.Wait("● mqtt://" + proxy.Addr)
	says := func(words string) {
		t.Helper()
		if !plain.stdout.Wait(patience, func(s string) (string, bool) { return s, strings.Contains(s, words) }) {
			t.Fatalf("it said\n%s", plain.stdout)
		}
	}
	says("Broker: Mosquitto") // both have subscribed
	n := &counting{client: client(t, b.Addr), qos: 1}
	n.publishTen(t)
	term.Wait("10 messages")
	says("received: 10\n")
	proxy.Poison(toxic.ToBroker, new(toxics.ResetToxic))
	proxy.Cut()
	term.Wait("○ mqtt://" + proxy.Addr)
	for range 150 {
		n.publishTen(t)
	}
	proxy.Heal()
	term.Wait("● mqtt://"+proxy.Addr, "dropped by the broker")
	// The broker counts while it drops; in the end there are two sessions' five hundred.
	for end := time.Now().Add(patience); ; {
		said := dropsSaid(t, b)
		shown := fmt.Sprintf("for whichever client: %d\n", said)
		if said >= 900 && strings.Contains(plain.stdout.String(), shown) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the broker has dropped %d, the text never said %q:\n%s", said, shown, plain.stdout)
		}
	}
	term.Keys("q")
	term.Wait("ended with 0")
	plain.interrupt()
}

// TestKeptSessionOfKilledLabtop kills labtop: what is published until it is started again
// comes then, and labtop says that the broker had kept it.
func TestKeptSessionOfKilledLabtop(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{1, 2} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t, unbounded...)
			n := &counting{client: client(t, b.Addr), qos: qos}
			args := []string{"log", "--json", "-b", b.Addr, "-t", fmt.Sprintf("lab/number@%d", qos), "--client-id", "keeper", "--clean-session=false"}
			p := start(t, here, args...)
			p.says("connected; the broker keeps the session from now on")
			var out strings.Builder
			for i := range 2 {
				n.publishTen(t)
				p.prints(10 + 10*i)
				out.WriteString(p.stdout.String())
				_ = p.cmd.Process.Kill()
				p.wait()
				n.publishTen(t)
				p = start(t, here, args...)
				p.says("connected; the broker had kept the session")
				p.prints(10)
			}
			printed := out.String() + p.stdout.String()
			p.interrupt()
			again := strings.Count(printed, `"dup":true`)
			if lines := strings.Count(printed, "\n"); lines-again != 40 || n.taken != 40 {
				t.Errorf("%d lines, %d of them sent before, of %d messages", lines, again, n.taken)
			}
			for i := range n.taken {
				if !strings.Contains(printed, fmt.Sprintf(`"payload":"%d"`, i)) {
					t.Errorf("message %d is lost", i)
				}
			}
		})
	}
}
