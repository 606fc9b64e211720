package subscriber_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

// TestV5 has a broker that knows MQTT 5: what it grants, and by which subscription each
// message came.
func TestV5(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.rules.read = func(topic string) bool { return topic != "secret/#" }
		l.server.Options.Capabilities.MaximumMessageExpiryInterval = 0
		l.publish("room/old", "kept", true, 0)
		r := run(t, subscriber.Options{
			Dial: l.dial, V5: true,
			Filters: []subscriber.Filter{{Topic: "room/#", QoS: 2}, {Topic: "secret/#", QoS: 1}, {Topic: "room/1", QoS: 1}},
		})
		want := []model.Subscription{
			{Filter: "room/#", Requested: 2, Granted: 2, Answered: true},
			{Filter: "secret/#", Requested: 1, Answered: true, Error: "refused by the broker: not authorised"},
			{Filter: "room/1", Requested: 1, Granted: 1, Answered: true},
		}
		if diff := cmp.Diff(want, r.until(model.Connected).Subscriptions); diff != "" {
			t.Error(diff)
		}
		r.receive(1)
		for qos := range byte(3) {
			l.publish(fmt.Sprint("room/", qos), "x", false, qos)
		}
		r.receive(4)
		time.Sleep(time.Hour) // the keep-alive holds the connection
		r.stop()
		one, both := &model.Properties{Filters: []string{"room/#"}}, &model.Properties{Filters: []string{"room/#", "room/1"}}
		messages := []model.Message{
			{Topic: "room/old", Payload: []byte("kept"), Size: 4, Retained: true}, // this broker does not tell
			{Topic: "room/0", Payload: []byte("x"), Size: 1, Properties: one},
			{Topic: "room/1", Payload: []byte("x"), Size: 1, QoS: 1, Properties: both},
			{Topic: "room/2", Payload: []byte("x"), Size: 1, QoS: 2, Properties: one},
		}
		byName := cmpopts.SortSlices(func(a, b string) bool { return a < b })
		if diff := cmp.Diff(messages, r.messages, cmpopts.IgnoreFields(model.Message{}, "Time"), byName); diff != "" {
			t.Error(diff)
		}
		if r.messages[1].Properties != r.messages[3].Properties {
			t.Error("the same properties are made twice")
		}
		if n := l.dials.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestV5Properties has all that a message can say, and more than is kept.
func TestV5Properties(t *testing.T) {
	t.Parallel()
	// The identifier is that of the filter "#".
	const all = "\x01\x01\x02\x00\x00\x00\x3c\x03\x00\x04text\x08\x00\x02re\x09\x00\x02\xca\xfe\x0b\x87\xbe\x96\x03\x26\x00\x01k\x00\x02v1\x26\x00\x01k\x00\x02v2"
	user := func(n int) string {
		return "\x26\x00\x01k" + string([]byte{byte(n >> 8), byte(n)}) + strings.Repeat("v", n)
	}
	long := func(properties string) []byte {
		n := len(properties)
		return packet(0, "a", 0, string([]byte{byte(n&127) | 128, byte(n>>7&127) | 128, byte(n >> 14)})+properties)
	}
	stream := bytes.Join([][]byte{
		evilbroker.Publish5(0, "a", 0, all, []byte("x")),
		evilbroker.Publish5(0, "a", 0, "", []byte("x")),
		long(strings.Repeat(user(1), 100)),
		long(user(3000) + user(3000) + user(10)),
		long(strings.Repeat(user(60_000), 2)),
	}, nil)
	synctest.Test(t, func(t *testing.T) {
		o := labPi(evilbroker.New(t, evilbroker.Case{Stream: stream}).Dial)
		o.V5 = true
		r := run(t, o)
		got := r.receive(5)
		want := &model.Properties{
			Expires: true, Expiry: time.Minute, Text: true, ContentType: "text", ResponseTopic: "re", CorrelationData: []byte{0xca, 0xfe},
			User: []model.UserProperty{{Name: "k", Value: "v1"}, {Name: "k", Value: "v2"}}, Filters: []string{"#"},
		}
		if diff := cmp.Diff(want, got[0].Properties); diff != "" {
			t.Error(diff)
		}
		if got[1].Properties != nil {
			t.Errorf("%+v where there were none", got[1].Properties)
		}
		if p := got[2].Properties; len(p.User) != 64 || p.LeftOut != 36*2 {
			t.Errorf("%d user properties, %d bytes left out", len(p.User), p.LeftOut)
		}
		if p := got[3].Properties; len(p.User) != 2 || len(p.User[1].Value) != 10 || p.LeftOut != 3001 {
			t.Errorf("%d user properties, %d bytes left out", len(p.User), p.LeftOut)
		}
		if p := got[4].Properties; len(p.User) != 0 || p.LeftOut != 2*60_006 {
			t.Errorf("%d user properties, %d bytes left out", len(p.User), p.LeftOut)
		}
	})
}

// TestV5KeepsSession gets what came while it was away, at QoS 2 once.
func TestV5KeepsSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		r := run(t, subscriber.Options{Dial: l.dial, V5: true, ClientID: "desk", PersistentSession: true, Filters: []subscriber.Filter{{Topic: "#", QoS: 2}}})
		r.until(model.Connected)
		l.down.Store(true)
		l.cut()
		r.until(model.Waiting)
		for i := range 50 {
			l.publish("a", strconv.Itoa(i), false, byte(1+i%2))
		}
		l.down.Store(false)
		seen := map[string]int{}
		for _, m := range r.receive(50) {
			seen[string(m.Payload)]++
		}
		time.Sleep(time.Minute)
		r.stop()
		if client, ok := l.server.Clients.Get("desk"); !ok || client.Properties.Props.SessionExpiryInterval != 24*3600 {
			t.Errorf("the session is kept %t, for %d s", ok, client.Properties.Props.SessionExpiryInterval)
		}
		if len(r.messages) != 50 || len(seen) != 50 {
			t.Errorf("%d messages, %d different", len(r.messages), len(seen))
		}
	})
}

// TestV5Publish publishes at each QoS, as the broker allows.
func TestV5Publish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		o := subscriber.Options{Dial: l.dial, V5: true}
		for qos := range byte(3) {
			if err := subscriber.Publish(t.Context(), o, fmt.Sprint("a/", qos), []byte("x"), qos, true); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := len(l.server.Topics.Messages("a/#")); n != 3 {
			t.Errorf("%d retained messages", n)
		}
	})
	const refused = `the broker may not have the message for "a": the broker refused the message: `
	for _, tt := range []struct {
		name, connack, answer, want string // the id is between the first two bytes of the answer and the others
		qos                         byte
	}{
		{"QoS 1 refused", "", "\x40\x0a\x87\x06\x1f\x00\x03no!", refused + `not authorised ("no!")`, 1},
		{"QoS 2 refused", "", "\x50\x03\x97", refused + "a quota is used up", 2},
		{"QoS 1 without subscribers", "", "\x40\x03\x10", "", 1},
		{"no QoS 2", "\x24\x01", "", refused + "it does not support this QoS", 2},
		{"no retained messages", "\x25\x00", "", refused + "it keeps no retained messages", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := evilbroker.New(t, evilbroker.Case{Welcome: evilbroker.Connack5(0, tt.connack), Puback: func(id uint16) []byte {
					return append(append([]byte(tt.answer[:2]), byte(id>>8), byte(id)), tt.answer[2:]...)
				}})
				err := subscriber.Publish(t.Context(), subscriber.Options{Dial: b.Dial, V5: true}, "a", nil, tt.qos, true)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != tt.want || errors.As(err, new(*subscriber.ConnectError)) {
					t.Errorf("error %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestV5OldFilters has a session that the broker has kept with another filter: what comes
// on that is not taken for a message of one of now.
func TestV5OldFilters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		o := subscriber.Options{Dial: l.dial, V5: true, PersistentSession: true, ClientID: "desk", Filters: filters("old/#")}
		before := run(t, o)
		before.until(model.Connected)
		before.stop()
		o.Filters = filters("new/#")
		now := run(t, o)
		now.until(model.Connected)
		l.publish("old/a", "x", false, 0)
		l.publish("new/a", "x", false, 0)
		now.receive(2)
		for i, want := range [][]string{nil, {"new/#"}} {
			m := now.messages[i]
			if p := m.Properties; p == nil || !slices.Equal(p.Filters, want) {
				t.Errorf("%s: %+v", m.Topic, p)
			}
		}
	})
}

// TestV5Window never has more messages on their way than the broker takes, and loses none.
func TestV5Window(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.server.Options.Capabilities.ReceiveMaximum = 3
		p := subscriber.NewPublisher(subscriber.Options{Dial: l.dial, V5: true})
		defer p.Close()
		all := publications(100)
		for i := range all {
			all[i].QoS = byte(1 + i%2) // this broker counts those of QoS 0 too
		}
		if n, err := p.Publish(t.Context(), all); n != 100 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		synctest.Wait()
		if n, got := l.dials.Load(), len(l.server.Topics.Messages("a/#")); n != 1 || got != 100 {
			t.Errorf("%d connections, %d messages", n, got)
		}
	})
}

// TestV5KeepAlive asks as often as the broker wants, or as we do where that is more often: one
// that hangs is given up.
func TestV5KeepAlive(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, connack string
		within        time.Duration
	}{
		{"ours", "", 14 * time.Second},
		{"the broker's", "\x13\x00\x03", 7 * time.Second},
		{"the broker wants it less often", "\x13\xff\xff", 14 * time.Second},
		{"the broker wants none", "\x13\x00\x00", 14 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// It answers nothing more once it has answered SUBSCRIBE.
				b := evilbroker.New(t, evilbroker.Case{Welcome: evilbroker.Connack5(0, tt.connack), Then: evilbroker.Mute})
				o := labPi(b.Dial)
				o.V5 = true
				r := run(t, o)
				began := time.Now()
				r.until(model.Waiting)
				if took := time.Since(began); took != tt.within {
					t.Errorf("given up after %v, want %v", took, tt.within)
				}
			})
		})
	}
}

// TestV5Takeover has two clients with one id: a broker that says so is believed at once,
// and the two do not take the session from each other again and again.
func TestV5Takeover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		o := subscriber.Options{Dial: l.dial, V5: true, ClientID: "desk", Filters: filters("#")}
		first := run(t, o)
		first.until(model.Connected)
		run(t, o).until(model.Connected)
		w := first.until(model.Waiting)
		const problem = "the broker ended the connection: another client with the same client id took the session over"
		if !strings.HasPrefix(w.Problem, problem) || !strings.Contains(w.Hint, "--client-id") || w.NextTry.Sub(w.Since) < 30*time.Second {
			t.Errorf("%q, %q, comes back in %v", w.Problem, w.Hint, w.NextTry.Sub(w.Since))
		}
	})
}
