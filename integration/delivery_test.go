package integration_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
)

// recent are the last messages of a topic as they are kept, the oldest first.
func (d *dashboard) recent(topic string) []model.Message {
	d.t.Helper()
	m := d.metric(topic)
	key := model.Key{Device: d.device("iotclass/lab1").Device.ID, Topic: m.Topic}
	page := model.NewView(d.Store, false).Read(model.Query{Cursor: key, Height: 1, Chart: &model.ChartQuery{Messages: 1000}})
	var kept []model.Message
	for i := len(page.Detail.Messages) - 1; i >= 0; i-- {
		kept = append(kept, page.Detail.Messages[i])
	}
	return kept
}

// TestOrderAndQoS sends numbers at all levels of QoS: they come in order, at
// the QoS of the publisher or the granted one, whichever is lower.
func TestOrderAndQoS(t *testing.T) {
	t.Parallel()
	for granted := range byte(3) {
		t.Run(fmt.Sprint("subscribed at ", granted), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broker := newBroker(t)
				d := watch(t, broker.Dial, fmt.Sprint("iotclass/#@", granted))
				d.until(model.Connected)
				lab1 := switchOn(t, broker.Dial, "lab1")
				for i := range 300 {
					lab1.publish("counter", strconv.Itoa(i), byte(i%3), false)
				}
				d.settle()
				kept := d.recent(lab1.topic("counter"))
				if len(kept) != 300 {
					t.Fatalf("%d messages", len(kept))
				}
				for i, m := range kept {
					if string(m.Payload) != strconv.Itoa(i) || m.QoS != min(byte(i%3), granted) || m.Dup {
						t.Fatalf("message %d is %s at QoS %d, dup %v", i, m.Payload, m.QoS, m.Dup)
					}
				}
				if n := d.metric(lab1.topic("counter")).Count; n != 300 {
					t.Errorf("%d counted", n)
				}
			})
		})
	}
}

// TestDup has a broker that sends messages again. MQTT 3.1.1 cannot tell
// whether the first one came: both are shown and counted, and marked.
func TestDup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &scripted{t: t}
		d := watch(t, broker.dial, "iotclass/#@2")
		v := d.look(110, 30)
		d.until(model.Connected)
		broker.send("1", 1, 1, false)
		broker.send("1", 1, 1, true)
		broker.send("2", 2, 2, false)
		d.settle() // the exchange for it is over
		broker.send("3", 2, 3, true)
		broker.send("4", 0, 0, false)
		d.settle()
		type delivery struct {
			Payload string
			QoS     byte
			Dup     bool
		}
		var got []delivery
		for _, m := range d.recent("iotclass/lab1/counter") {
			got = append(got, delivery{string(m.Payload), m.QoS, m.Dup})
		}
		want := []delivery{{"1", 1, false}, {"1", 1, true}, {"2", 2, false}, {"3", 2, true}, {"4", 0, false}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if m, c := d.metric("iotclass/lab1/counter"), d.Status().Counters; m.Dup != 2 || c.Dup != 2 || m.Count != 5 {
			t.Errorf("%d and %d marked, %d counted", m.Dup, c.Dup, m.Count)
		}
		v.shows("LAB1", "counter", " 4 ", "0D", " 5")
	})
}

// TestOverlappingFilters: a broker may send a message once for each filter that
// it matches, or once at the highest QoS (MQTT 3.1.1 section 3.3.5). Every copy
// that comes is counted; labtop itself adds none.
func TestOverlappingFilters(t *testing.T) {
	t.Parallel()
	filters := []string{"iotclass/#@0", "iotclass/+/counter@1", "#@2"}
	t.Run("sent once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			broker := newBroker(t)
			d := watch(t, broker.Dial, filters...)
			d.until(model.Connected)
			lab1 := switchOn(t, broker.Dial, "lab1")
			for i := range 10 {
				lab1.publish("counter", strconv.Itoa(i), 2, false)
			}
			d.settle()
			if m := d.metric(lab1.topic("counter")); m.Count != 10 || m.QoS != 2 {
				t.Errorf("%d messages at QoS %d", m.Count, m.QoS)
			}
		})
	})
	t.Run("sent for each filter", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			broker := &scripted{t: t}
			d := watch(t, broker.dial, filters...)
			d.until(model.Connected)
			for id := range byte(3) {
				broker.send("1", id, uint16(id), false)
			}
			d.settle()
			if m := d.metric("iotclass/lab1/counter"); m.Count != 3 || m.Dup != 0 {
				t.Errorf("%d messages, %d marked", m.Count, m.Dup)
			}
		})
	})
}
