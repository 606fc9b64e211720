package simulator_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"labtop/simulator"
)

// bench is a broker with one special device: what it sends, and what a
// subscriber hears of it.
type bench struct {
	*tape
	broker *simulator.Broker
	tap    *wiretap
	events []simulator.Event // read them after stop
	stop   func() error
}

// try runs one special device, at the usual speed.
func try(t *testing.T, s simulator.Special) *bench {
	t.Helper()
	b := &bench{broker: newBroker(t)}
	b.tap = &wiretap{dial: b.broker.Dial}
	b.tape = listen(t, b.broker, s.Topic()+"/#", 2)
	b.stop = startLab(t, simulator.Options{
		Specials: []simulator.Special{s}, Dial: b.tap.Dial,
		OnEvent: func(e simulator.Event) { b.events = append(b.events, e) },
	})
	return b
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// words are what a topic said, with the seconds.
func (b *bench) words(topic string) []string {
	var out []string
	for _, m := range b.about(topic) {
		out = append(out, m.Payload+" "+m.At.Round(time.Second).String())
	}
	return out
}

// TestAway are the ways to go away that set off the will: who hears it, and what
// the device itself has said of it.
func TestAway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		special simulator.Special
		words   []string
		own     string // the last status that the device sent itself
		lost    string
	}{
		{
			simulator.Crash,
			[]string{"online 0s", "offline 20s", "online 30s", "offline 50s"},
			"online", "the device crashed",
		},
		{
			simulator.OfflineTwice,
			[]string{"online 0s", "offline 20s", "offline 20s", "online 30s", "offline 50s", "offline 50s"},
			"offline", `the device said "offline" and then dropped the connection`,
		},
		{
			simulator.EarlyClose,
			[]string{"online 0s", "offline 20s", "online 30s", "offline 50s"},
			"online", `the device closed its socket before it said "offline"`,
		},
	}
	for _, test := range tests {
		t.Run(string(test.special), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := try(t, test.special)
				pass(58 * time.Second)
				if diff := cmp.Diff(test.words, b.words(test.special.Topic()+"/status")); diff != "" {
					t.Errorf("status (-want +got):\n%s", diff)
				}
				for i, sent := range b.tap.packets() {
					if said[*packets.DisconnectPacket](sent) != nil {
						t.Errorf("connection %d ended with a DISCONNECT", i)
					}
					if own := lastStatus(sent); own != test.own {
						t.Errorf("on connection %d the device said %q last", i, own)
					}
				}
				if err := b.stop(); err != nil {
					t.Error(err)
				}
				var lost []string
				for _, e := range b.events {
					if !e.Chaos {
						t.Errorf("no chaos: %v", e)
					}
					if e.Kind == simulator.Lost {
						lost = append(lost, e.Err.Error())
					}
				}
				if diff := cmp.Diff([]string{test.lost, test.lost}, lost); diff != "" {
					t.Errorf("connections lost (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// lastStatus is the last word about its presence that a device sent.
func lastStatus(sent []packets.ControlPacket) string {
	word := ""
	for _, p := range sent {
		if p, ok := p.(*packets.PublishPacket); ok && strings.HasSuffix(p.TopicName, "/status") {
			word = string(p.Payload)
		}
	}
	return word
}

func TestGhost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Ghost)
		pass(5 * time.Minute)
		stays := []heard{{"iotclass/ghost/status", "online", 1, true}}
		late := listen(t, b.broker, "#", 1)
		synctest.Wait()
		if diff := cmp.Diff(stays, untimed(late.about("iotclass"))); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
		sent := b.tap.packets()
		if len(sent) != 1 || said[*packets.DisconnectPacket](sent[0]) == nil {
			t.Errorf("connections: %v", sent)
		}
		if c := said[*packets.ConnectPacket](sent[0]); c.WillFlag {
			t.Errorf("a ghost has a will: %v", c)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		later := listen(t, b.broker, "iotclass/#", 1)
		synctest.Wait()
		if diff := cmp.Diff(stays, untimed(later.about(""))); diff != "" {
			t.Errorf("retained after the end (-want +got):\n%s", diff)
		}
		want := []simulator.Event{
			{Device: "ghost", Kind: simulator.Connected, Chaos: true},
			{Device: "ghost", Kind: simulator.Left, Chaos: true, Topic: "iotclass/ghost/status"},
		}
		if diff := cmp.Diff(want, b.events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// TestDuplicates looks at what the device sends, and at what the embedded
// broker makes of the topic that it is told to deliver again.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Duplicates)
		const temperature, humidity = "iotclass/duplicates/temperature", "iotclass/duplicates/humidity"
		pass(2 * time.Second)
		b.broker.Redeliver(humidity)
		pass(11 * time.Second) // two more readings
		b.broker.Redeliver("")
		pass(5 * time.Second)

		var sent []string
		last := uint16(0)
		for _, p := range b.tap.packets()[0] {
			p, ok := p.(*packets.PublishPacket)
			if !ok || p.TopicName != temperature {
				continue
			}
			if p.Qos != 1 || p.Dup != (p.MessageID == last) {
				t.Errorf("QoS %d, DUP %v, id %d after id %d", p.Qos, p.Dup, p.MessageID, last)
			}
			last = p.MessageID
			sent = append(sent, string(p.Payload))
		}
		if len(sent) != 8 || sent[0] != sent[1] || sent[6] != sent[7] || sent[0] == sent[7] {
			t.Errorf("sent %q", sent)
		}
		// A broker passes both on, as if they were two (MQTT 3.1.1 section 3.3.1.1).
		if diff := cmp.Diff(sent, b.payloads(temperature)); diff != "" {
			t.Errorf("heard (-sent +heard):\n%s", diff)
		}
		var dups []bool
		for _, m := range b.about("iotclass/duplicates/") {
			switch {
			case m.Topic == humidity:
				dups = append(dups, m.Dup)
			case m.Dup:
				t.Errorf("%v is marked DUP", m)
			}
		}
		if diff := cmp.Diff([]bool{false, false, true, false, true, false}, dups); diff != "" {
			t.Errorf("humidities marked DUP (-want +got):\n%s", diff)
		}
	})
}

// TestRedeliverKeepsThePacketIdentifier looks at the packets themselves.
func TestRedeliverKeepsThePacketIdentifier(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		b.Redeliver("a")
		conn := dialRaw(t, b, connect311+"\x82\x06\x00\x01\x00\x01#\x01")
		publisher := newClient(t, b.Dial, "publisher")
		for qos := range byte(3) {
			publisher.Publish("a", qos, false, "x").Wait()
			publisher.Publish("b", qos, false, "x").Wait()
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for len(got) < 8 {
			p, err := packets.ReadPacket(conn)
			if err != nil {
				t.Fatalf("%v after %q", err, got)
			}
			if p, ok := p.(*packets.PublishPacket); ok {
				got = append(got, p.TopicName+" "+strconv.Itoa(int(p.Qos))+" "+strconv.Itoa(int(p.MessageID))+" "+strconv.FormatBool(p.Dup))
			}
		}
		want := []string{
			"a 0 0 false", "b 0 0 false",
			"a 1 1 false", "a 1 1 true", "b 1 2 false",
			"a 1 3 false", "a 1 3 true", "b 1 4 false",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("packets (-want +got):\n%s", diff)
		}
	})
}

func TestSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Skew)
		start := time.Now()
		pass(10 * time.Minute)
		sensors := b.about("devices/skew/sensors")
		if len(sensors) != 120 {
			t.Fatalf("%d messages in 10 minutes", len(sensors))
		}
		last := start.Add(24 * time.Hour)
		for i, m := range sensors {
			var body struct {
				Time        time.Time
				Temperature float64
			}
			if err := json.Unmarshal([]byte(m.Payload), &body); err != nil {
				t.Fatal(err)
			}
			switch fast := body.Time.Sub(start.Add(m.At)); {
			case i%5 == 4:
				if !body.Time.Equal(time.Unix(0, 0)) {
					t.Errorf("message %d is from %v", i, body.Time)
				}
				continue
			case !body.Time.Before(last) || fast < 2*time.Hour || fast > 4*time.Hour:
				t.Errorf("message %d is from %v, the one before from %v, and now it is %v", i, body.Time, last, start.Add(m.At))
			}
			last = body.Time
		}
	})
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Garbage)
		pass(61 * time.Second)
		texts := b.payloads("iotclass/garbage/temperature")
		if len(texts) != 13 {
			t.Fatalf("%d temperatures", len(texts))
		}
		var garbage []string
		for i, text := range texts {
			if i%2 == 1 {
				garbage = append(garbage, text)
			} else if v := number(t, text); v < 10 || v > 40 {
				t.Errorf("temperature %q", text)
			}
		}
		if len(garbage[5]) <= 1<<20 || len(garbage[5]) > 2<<20 {
			t.Errorf("the huge one has %d bytes", len(garbage[5]))
		}
		want := []string{
			"\x00\x01\xff\xfe\x80\xc3\x28\x00", `{"temperature":22.5,"humid`, "   nan", "",
			"\x1b[2J\x1b]0;garbage\a\x1b[31m22.5\r\n\b\x7f\u009b",
		}
		if diff := cmp.Diff(want, garbage[:5]); diff != "" {
			t.Errorf("garbage (-want +got):\n%s", diff)
		}
		for _, text := range b.payloads("iotclass/garbage/humidity") {
			number(t, text)
		}
	})
}

func TestFlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Flap)
		pass(61 * time.Second)
		words := b.words("iotclass/flap/status")
		if len(words) != 25 || words[1] != "offline 3s" || words[2] != "online 5s" || words[24] != "online 1m0s" {
			t.Errorf("status: %q", words)
		}
		if got := len(b.payloads("iotclass/flap/temperature")); got < 30 || got > 40 {
			t.Errorf("%d readings in a minute", got)
		}
	})
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Takeover)
		pass(time.Minute)
		conns := b.tap.packets()
		if len(conns) < 10 || len(conns) > 20 {
			t.Errorf("%d connections in a minute", len(conns))
		}
		ids := map[string]bool{}
		for i, sent := range conns {
			ids[said[*packets.ConnectPacket](sent).ClientIdentifier] = true
			if said[*packets.DisconnectPacket](sent) != nil {
				t.Errorf("connection %d ended with a DISCONNECT", i)
			}
		}
		if len(ids) != 1 {
			t.Errorf("client identifiers: %v", ids)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		for _, e := range b.events[2:] {
			if e.Kind != simulator.Connected && e.Kind != simulator.Lost {
				t.Errorf("event: %v", e)
			}
		}
	})
}

func TestReboot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Reboot)
		pass(61 * time.Second)
		boot := []string{"0", "5", "10", "15", "20"}
		counts := []string{"1", "2", "3", "4", "5"}
		if diff := cmp.Diff(append(append(boot, boot...), "0"), b.payloads("iotclass/reboot/uptime_s")); diff != "" {
			t.Errorf("uptimes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(append(append(counts, counts...), "1"), b.payloads("iotclass/reboot/readings")); diff != "" {
			t.Errorf("readings (-want +got):\n%s", diff)
		}
		want := []string{"online 0s", "offline 25s", "online 30s", "offline 55s", "online 1m0s"}
		if diff := cmp.Diff(want, b.words("iotclass/reboot/status")); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	})
}

func TestSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Silent)
		pass(65 * time.Second)
		if gap := longestGap(b.about("iotclass/silent/temperature"), 0, time.Minute+time.Second); gap.Round(time.Second) != 45*time.Second {
			t.Errorf("silent for %v", gap)
		}
		if diff := cmp.Diff([]string{"online 0s"}, b.words("iotclass/silent/status")); diff != "" {
			t.Error(diff)
		}
		conns := b.tap.packets()
		if len(conns) != 1 || said[*packets.PingreqPacket](conns[0]) == nil {
			t.Errorf("%d connections, or no ping", len(conns))
		}
	})
}

func TestSpikeAndStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Spike)
		pass(5*time.Minute + time.Second)
		for i, text := range b.payloads("iotclass/spike/temperature") {
			if spike := i%6 == 3; spike != (text == " 80.00") || !spike && number(t, text) > 40 {
				t.Errorf("reading %d is %q", i, text)
			}
		}
		if got := len(b.payloads("iotclass/spike/temperature")); got != 61 {
			t.Errorf("%d readings", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := try(t, simulator.Stuck)
		pass(3*time.Minute + time.Second)
		texts := b.payloads("iotclass/stuck/temperature")
		if len(texts) != 37 {
			t.Fatalf("%d readings", len(texts))
		}
		runs := 0
		for i, text := range texts[1:] {
			stuck := i+1 >= 3 && (i+1-3)%18 < 12
			if stuck && text != texts[i] {
				t.Errorf("reading %d is %s after %s, though it is stuck", i+1, text, texts[i])
			}
			if !stuck && text == texts[i] {
				runs++
			}
		}
		if runs > 5 {
			t.Errorf("%d readings were as the one before though it is not stuck", runs)
		}
	})
}

// TestChaosEndsClean ends a lab with everything in it at several moments. What
// is retained then says that all are offline, but for the ghost.
func TestChaosEndsClean(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{time.Millisecond, 3100 * time.Millisecond, 20200 * time.Millisecond, 31 * time.Second, 47 * time.Second} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t)
				stop := startLab(t, simulator.Options{
					Labs: 2, Rooms: 1, Specials: append(simulator.Challenges(), simulator.Chaos()...), Dial: b.Dial,
				})
				pass(d)
				began := time.Now()
				if err := stop(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("shutdown took %v", took)
				}
				pass(2 * time.Second)
				late := listen(t, b, "#", 1)
				pass(time.Second)
				ghosts := 0
				for _, m := range late.about("") {
					switch {
					case m.Topic == "iotclass/ghost/status":
						ghosts++
						if m.Payload != "online" {
							t.Errorf("%v", m)
						}
					case strings.HasSuffix(m.Topic, "/status"), strings.HasSuffix(m.Topic, "/lwt"):
						if !strings.Contains(m.Payload, "offline") {
							t.Errorf("retained after the end: %s %q", m.Topic, m.Payload)
						}
					case !strings.HasPrefix(m.Topic, "home/") && !strings.HasPrefix(m.Topic, "iotclass/on-change/"):
						t.Errorf("retained after the end: %s %q", m.Topic, m.Payload)
					}
				}
				if ghosts != 1 {
					t.Errorf("%d ghosts", ghosts)
				}
			})
		})
	}
}

// TestChaosIsBounded lets everything go wrong at the highest speed and the
// shortest interval: what does wrong keeps its pace.
func TestChaosIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		tap := &wiretap{dial: b.Dial}
		p := listen(t, b, "#", 0)
		startLab(t, simulator.Options{Specials: simulator.Chaos(), Dial: tap.Dial, Speed: simulator.MaxSpeed, Interval: time.Second})
		pass(time.Minute)
		for _, s := range simulator.Chaos() {
			messages, bytes := p.about(s.Topic()+"/"), 0
			for _, m := range messages {
				bytes += len(m.Payload)
			}
			if n := len(messages); n == 0 || n > 6*60 || bytes > 10<<20 {
				t.Errorf("%s: %d messages, %d bytes in a minute", s, n, bytes)
			}
		}
		if n := len(tap.packets()); n > 100 {
			t.Errorf("%d connections in a minute", n)
		}
	})
}

// TestGuide holds the tables of the guide to what the devices say of themselves.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(simulator.Challenges(), simulator.Chaos()...) {
		if row := "\n| `" + string(s) + "` | " + s.About() + " |\n"; !strings.Contains(string(guide), row) {
			t.Errorf("docs/simulator.md has no row %q", strings.TrimSpace(row))
		}
	}
}

func TestSpecials(t *testing.T) {
	t.Parallel()
	seen := map[simulator.Special]bool{}
	for _, s := range append(simulator.Challenges(), simulator.Chaos()...) {
		if n := utf8.RuneCountInString(s.About()); n == 0 || n > 64 || seen[s] || !strings.HasSuffix(s.Topic(), "/"+string(s)) {
			t.Errorf("%q: %d characters about it, topic %q, seen %v", s, n, s.Topic(), seen[s])
		}
		seen[s] = true
	}
	if s := simulator.Special("crahs"); s.About() != "" || s.Topic() != "" {
		t.Errorf("an unknown name: %q %q", s.About(), s.Topic())
	}
}
