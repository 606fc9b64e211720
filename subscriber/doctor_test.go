package subscriber_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"

	"labtop/subscriber"
	"labtop/testkit/evilbroker"
	"labtop/testkit/port"
)

// stepOf is the step of that name.
func stepOf(t *testing.T, x *subscriber.Examination, name string) subscriber.Step {
	t.Helper()
	i := slices.IndexFunc(x.Steps, func(s subscriber.Step) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no step %q: %+v", name, x.Steps)
	}
	return x.Steps[i]
}

// failedStep is the first step that failed.
func failedStep(x *subscriber.Examination) (subscriber.Step, bool) {
	i := slices.IndexFunc(x.Steps, func(s subscriber.Step) bool { return s.State == subscriber.StepFailed })
	if i < 0 {
		return subscriber.Step{}, false
	}
	return x.Steps[i], true
}

// TestExamineEvilBrokers plays the whole table to the doctor. It ends in bounded time,
// and has the words that the dashboard has.
func TestExamineEvilBrokers(t *testing.T) {
	t.Parallel()
	for _, c := range cases("mqtt://* did not answer SUBSCRIBE within 10s", "look at the broker's log") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				o := labPi(evilbroker.New(t, c).Dial)
				o.Filters = filters("#", "$SYS/#")
				x, err := subscriber.Examine(t.Context(), o, subscriber.Errand{})
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("took %v", took)
				}
				step, failed := failedStep(x)
				switch {
				case c.Ends():
					problem, hint := c.Told("lab-pi:1883")
					if !failed || step.Text != problem || step.Remedy != hint {
						t.Errorf("%q, remedy %q\nwant %q, %q", step.Text, step.Remedy, problem, hint)
					}
				case c.Refused:
					if want := "#: refused by the broker: not authorised for this filter?"; !failed || step.Name != subscriber.StepSubscribe || step.Findings[0].Text != want {
						t.Errorf("%+v", step)
					}
				case c.Name == "256 MiB that never come": // the dashboard asks only before them
					if !failed || step.Name != subscriber.StepSystem || step.Text != "mqtt://lab-pi:1883 did not answer SUBSCRIBE within 10s" {
						t.Errorf("%+v", step)
					}
				case failed:
					t.Errorf("%+v", step)
				}
			})
		})
	}
}

// TestExamineEvilBrokers5 plays the table of MQTT 5 to the doctor.
func TestExamineEvilBrokers5(t *testing.T) {
	t.Parallel()
	for _, c := range evilbroker.Cases5() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := labPi(evilbroker.New(t, c).Dial)
				o.V5 = true
				x, err := subscriber.Examine(t.Context(), o, subscriber.Errand{})
				if err != nil {
					t.Fatal(err)
				}
				step, failed := failedStep(x)
				if problem, hint := c.Told("lab-pi:1883"); c.Ends() && (!failed || step.Text != problem || step.Remedy != hint) {
					t.Errorf("%q, remedy %q\nwant %q, %q", step.Text, step.Remedy, problem, hint)
				}
				if !c.Ends() && failed != c.Refused {
					t.Errorf("%+v", step)
				}
			})
		})
	}
}

// TestExamine walks to a broker that serves.
func TestExamine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.rules.read = func(topic string) bool { return !strings.HasPrefix(topic, "secret") }
		l.publish("iotclass/lab1/temperature", "22.5\x1b[2J", true, 0)
		var told []string
		x, err := subscriber.Examine(t.Context(), subscriber.Options{
			Broker: subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883}, Dial: l.dial,
			Filters: []subscriber.Filter{{Topic: "iotclass/#", QoS: 1}, {Topic: "secret/#"}, {Topic: "quiet/#"}},
		}, subscriber.Errand{Probe: "iotclass/doctor", Tell: func(s subscriber.Step) { told = append(told, s.Name+" "+s.State.String()) }})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"dns skipped", "tcp ok", "tls skipped", "connect ok", "subscribe failed", "sys ok", "retained ok", "ping ok", "probe ok"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
		var texts []string
		for _, f := range stepOf(t, x, subscriber.StepSubscribe).Findings {
			texts = append(texts, f.State.String()+" "+f.Text)
		}
		if want := []string{
			"ok iotclass/#: receiving at QoS 1, 1 message in 2s, 1 of them stored",
			"failed secret/#: refused by the broker: not authorised for this filter?",
			"warning quiet/#: subscribed at QoS 0, nothing received in 2s",
		}; !slices.Equal(texts, want) {
			t.Errorf("%q", texts)
		}
		if len(x.Retained) != 1 || x.RetainedCount != 1 || x.Retained[0].Payload != "22.5␛[2J" {
			t.Errorf("%+v", x.Retained)
		}
		if len(x.Probes) != 3 || x.State() != subscriber.StepFailed {
			t.Fatalf("%v %+v", x.State(), x.Probes)
		}
		for qos, trip := range x.Probes {
			if int(trip.QoS) != qos || trip.BackQoS != trip.QoS || trip.Problem != "" {
				t.Errorf("%+v", trip)
			}
		}
	})
}

// TestExamineProbeDenied: a broker that takes messages over and throws them away.
func TestExamineProbeDenied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		o := subscriber.Options{Dial: l.dial, Filters: filters("#")}
		l.rules.read = func(string) bool { return false }
		x, err := subscriber.Examine(t.Context(), o, subscriber.Errand{Probe: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if s := stepOf(t, x, subscriber.StepProbe); s.State != subscriber.StepFailed || s.Text != "a: refused by the broker: not authorised for this filter?" || s.Remedy == "" {
			t.Errorf("%+v", s)
		}
		b := evilbroker.New(t, evilbroker.Case{Suback: func(id uint16) []byte { return []byte{0x90, 3, byte(id >> 8), byte(id), 2} }})
		x, err = subscriber.Examine(t.Context(), subscriber.Options{Dial: b.Dial, Filters: filters("#")}, subscriber.Errand{Probe: "a"})
		if err != nil {
			t.Fatal(err)
		}
		s := stepOf(t, x, subscriber.StepProbe)
		if s.State != subscriber.StepFailed || len(s.Findings) != 2 || s.Findings[0].Text != "QoS 0: sent, and not back within 5s" ||
			s.Findings[1].Text != "QoS 1: the broker did not take the message over within 9s" {
			t.Errorf("%+v", s)
		}
	})
}

// TestExamineCancelled ends an examination while it waits, wherever it is.
func TestExamineCancelled(t *testing.T) {
	t.Parallel()
	for _, c := range []evilbroker.Case{silent, {Suback: noAnswer, Then: evilbroker.Mute}, {}} {
		for _, after := range []time.Duration{0, time.Second, 2500 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				began := time.Now()
				x, err := subscriber.Examine(ctx, subscriber.Options{Dial: evilbroker.New(t, c).Dial, Filters: filters("#")}, subscriber.Errand{})
				if x != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > after+time.Second {
					t.Errorf("%+v, %v after %v", x, err, time.Since(began))
				}
			})
		}
	}
}

// TestExamineKeepsSessions: a session that the broker keeps is somebody's, and stays.
func TestExamineKeepsSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		x, err := subscriber.Examine(t.Context(), subscriber.Options{Dial: l.dial, ClientID: "desk", PersistentSession: true, Filters: filters("#")}, subscriber.Errand{})
		if err != nil || x.ClientID == "desk" || !strings.HasPrefix(x.ClientID, "labtop-") {
			t.Errorf("%v: client id %q", err, x.ClientID)
		}
	})
}

// TestExamineAddresses has a name and a port that lead nowhere, and a broker that listens
// at one of two addresses.
func TestExamineAddresses(t *testing.T) {
	t.Parallel()
	examine := func(url string) *subscriber.Examination {
		t.Helper()
		b, err := subscriber.ParseBroker(url)
		if err != nil {
			t.Fatal(err)
		}
		x, err := subscriber.Examine(t.Context(), subscriber.Options{Broker: b, Filters: filters("#"), ConnectTimeout: 20 * time.Second}, subscriber.Errand{})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := examine("mqtt://nowhere.invalid")
	if s, failed := failedStep(x); !failed || s.Name != subscriber.StepDNS || !strings.Contains(s.Text, "nowhere.invalid") || s.Remedy == "" {
		t.Errorf("%+v", s)
	}
	nobody := evilbroker.New(t).Listen(t)
	_, port, _ := net.SplitHostPort(nobody)
	x = examine("mqtt://127.0.0.1:" + port)
	if s := stepOf(t, x, subscriber.StepTCP); s.State != subscriber.StepOK || len(x.Addresses) != 1 || x.Addresses[0].IP != "127.0.0.1" {
		t.Errorf("%+v %+v", s, x.Addresses)
	}
	if s := stepOf(t, x, subscriber.StepDNS); s.Text != "127.0.0.1 is an address" {
		t.Errorf("%+v", s)
	}
	x = examine("mqtt://127.0.0.2:" + port)
	if s, failed := failedStep(x); !failed || s.Name != subscriber.StepTCP || s.Text != "mqtt://127.0.0.2:"+port+" refused the connection" {
		t.Errorf("%+v", s)
	}
}

// TestExamineWebSocket walks through a WebSocket, and to a port that has none.
func TestExamineWebSocket(t *testing.T) {
	t.Parallel()
	addr := port.Free(t)
	newLab(t, listeners.NewWebsocket(listeners.Config{ID: "ws", Address: addr}))
	for listening := false; !listening; { // it begins to listen when it likes
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if listening = err == nil; listening {
			_ = conn.Close()
		}
	}
	for scheme, want := range map[string]subscriber.StepState{"ws": subscriber.StepOK, "mqtt": subscriber.StepFailed, "wss": subscriber.StepFailed} {
		x, err := subscriber.Examine(t.Context(), subscriber.Options{
			Broker: brokerAt(t, scheme, "127.0.0.1", addr), Filters: filters("$SYS/#"), ConnectTimeout: 20 * time.Second,
		}, subscriber.Errand{})
		if err != nil {
			t.Fatal(err)
		}
		if x.State() < want || (want == subscriber.StepOK) == (x.State() == subscriber.StepFailed) {
			t.Errorf("%s: %+v", scheme, x.Steps)
		}
		if step, failed := failedStep(x); scheme == "wss" && (!failed || !strings.HasPrefix(step.Remedy, "this port speaks MQTT without TLS; use ws://")) {
			t.Errorf("%+v", step)
		}
	}
}
