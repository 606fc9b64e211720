package subscriber_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

const own = "labtop/desk/status"

// heardOf are the words of the presence among messages, the retained ones marked.
func heardOf(messages []model.Message) []string {
	var words []string
	for _, m := range messages {
		if m.Topic == own {
			word := string(m.Payload)
			if m.Retained {
				word += " (stored)"
			}
			words = append(words, word)
		}
	}
	return words
}

// stored is the presence that the broker keeps, empty for none.
func (l *lab) stored() string {
	for _, m := range l.server.Topics.Messages(own) {
		return string(m.Payload)
	}
	return ""
}

// TestPresence has labtop say that it is there and that it goes, and the broker that it
// was cut off; labtop never hears of itself that it is offline before it goes.
func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		other := run(t, subscriber.Options{Dial: l.dial, Filters: filters(own)})
		other.until(model.Connected)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#"), ClientID: "desk", PresenceTopic: own})
		r.until(model.Connected)
		r.receive(2)
		if got := l.stored(); got != "online" {
			t.Errorf("stored: %q", got)
		}
		l.cut()
		r.until(model.Connected)
		r.receive(4)
		if s := r.Stats(); s.Presence != "" {
			t.Errorf("problem %q", s.Presence)
		}
		r.stop()
		if got := l.stored(); got != "offline" {
			t.Errorf("stored after the end: %q", got)
		}
		want := []string{"online (stored)", "online", "online (stored)", "online"}
		if got := heardOf(r.messages); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("it heard of itself: %q", got)
		}
		other.receive(6)
		other.stop()
		want = []string{"online", "online", "offline", "online", "online", "offline"}
		if got := heardOf(other.messages); !slices.Equal(got, want) {
			t.Errorf("others heard: %q, want %q", got, want)
		}
	})
}

// TestNoPresence has nobody but a source say anything.
func TestNoPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		silent := subscriber.Options{Dial: l.dial, Filters: filters("#")}
		run(t, silent).until(model.Connected)
		o := silent
		o.PresenceTopic = own
		if err := subscriber.Publish(t.Context(), o, "a", nil, 1, false); err != nil {
			t.Error(err)
		}
		p := subscriber.NewPublisher(o)
		if _, err := p.Publish(t.Context(), publications(1)); err != nil {
			t.Error(err)
		}
		p.Close()
		if _, err := subscriber.Examine(t.Context(), o, subscriber.Errand{}); err != nil {
			t.Error(err)
		}
		if got := l.stored(); got != "" {
			t.Errorf("stored: %q", got)
		}
		for _, c := range l.server.Clients.GetAll() {
			if c.Properties.Will.Flag != 0 {
				t.Errorf("%s has a will", c.ID)
			}
		}
	})
}

// TestPresenceOfHangingBroker ends in time whether the broker answers or not, and
// whether it reads or not.
func TestPresenceOfHangingBroker(t *testing.T) {
	t.Parallel()
	// What the broker reads: CONNECT with the will and online, twice.
	const introduced = 141 + 2*112
	tests := []struct {
		name string
		dial func(*testing.T) dialFunc
	}{
		{"no PUBACK", func(t *testing.T) dialFunc { t.Helper(); return evilbroker.New(t).Dial }},
		{"reads no more", func(*testing.T) dialFunc { return uplink{most: introduced}.dial }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := run(t, subscriber.Options{Dial: tt.dial(t), PresenceTopic: strings.Repeat("x", 100)})
				r.until(model.Connected)
				began := time.Now()
				r.stop()
				if took := time.Since(began); took > time.Second || took < 500*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				time.Sleep(2 * time.Minute) // until the brokers have given up too
			})
		})
	}
}

// TestPresenceNotCovered has no filter that would bring labtop's own words: then nobody
// can know whether others hear them.
func TestPresenceNotCovered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("iotclass/#"), PresenceTopic: own})
		r.until(model.Connected)
		time.Sleep(10 * time.Second)
		if s := r.Stats(); s.Presence != "" || l.stored() != "online" {
			t.Errorf("problem %q, stored %q", s.Presence, l.stored())
		}
	})
}

// TestPresenceForbidden has a broker that hangs up on who publishes where he may not:
// labtop goes on without, and says so.
func TestPresenceForbidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.rules.write = func(topic string) bool { return topic != own }
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#"), PresenceTopic: own})
		for range 3 {
			r.until(model.Waiting)
		}
		r.until(model.Connected)
		time.Sleep(time.Minute)
		s := r.Stats()
		if want := own + ": the broker hangs up when labtop tells its presence; it is not told any more"; s.Presence != want || l.dials.Load() != 4 {
			t.Errorf("%d connections, problem %q", l.dials.Load(), s.Presence)
		}
	})
}

// TestPresenceUnsupported has brokers of MQTT 5 that refuse the connection for what its
// last will asks for: that is nothing a lower QoS of anything else mends.
func TestPresenceUnsupported(t *testing.T) {
	t.Parallel()
	for code, why := range map[byte]string{0x9a: "it keeps no retained messages", 0x9b: "it does not support this QoS"} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := evilbroker.New(t, evilbroker.Case{Connack: evilbroker.Connack5(code, "")})
				o := labPi(b.Dial)
				o.V5, o.PresenceTopic = true, own
				r := run(t, o)
				c := r.until(model.Waiting)
				if hint := "labtop's presence needs that; connect without --presence-topic"; c.Problem != "the broker refused the connection: "+why || c.Hint != hint {
					t.Errorf("%s; %s", c.Problem, c.Hint)
				}
				if wait := c.NextTry.Sub(c.Since); wait < 25*time.Second {
					t.Errorf("tries again after %v", wait)
				}
			})
		})
	}
}
