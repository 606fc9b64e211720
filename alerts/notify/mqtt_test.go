package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/oracle"
)

// store is a broker's retained messages.
type store struct {
	mu        sync.Mutex
	err       error
	published int
	retained  map[string]string
	closed    bool
}

func (s *store) Publish(_ context.Context, messages []notify.Publication) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, m := range messages {
		if s.err != nil {
			return i, s.err
		}
		s.published++
		if len(m.Payload) == 0 {
			delete(s.retained, m.Topic)
			continue
		}
		if s.retained == nil {
			s.retained = map[string]string{}
		}
		s.retained[m.Topic] = string(m.Payload)
	}
	return len(messages), nil
}

func (s *store) Close() { s.closed = true }

func (s *store) topics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.retained))
}

// board is a dispatcher with one MQTT channel.
func board(s *store) *notify.Dispatcher {
	return notify.New([]notify.Channel{{
		Name: "desk", Kind: "mqtt", Mirror: notify.NewMQTT("labtop/alerts", s),
	}}, nil)
}

func TestMQTT(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker, s := &store{}, seq(0)
		d := board(broker)
		a, b := s.fire("too-hot", "lab2", alerts.Critical), s.fire("too-hot", "lab3", alerts.Warning)
		gone := s.fire("gone", "lab4", alerts.Critical)
		gone.Alert.Series.Metric, gone.Alert.Series.Topic = "", ""
		for _, a := range []alerts.Transition{a, b, gone} {
			d.Tell(a)
		}
		settle(2 * time.Second)
		want := []string{"labtop/alerts/gone/iotclass%2Flab4/~", "labtop/alerts/too-hot/iotclass%2Flab2/temperature", "labtop/alerts/too-hot/iotclass%2Flab3/temperature"}
		if got := broker.topics(); !slices.Equal(got, want) {
			t.Fatalf("topics %q", got)
		}
		var state struct{ Rule, State, Severity, Device string }
		if err := json.Unmarshal([]byte(broker.retained[want[1]]), &state); err != nil || state.State != "firing" || state.Severity != "critical" || state.Device != "iotclass/lab2" {
			t.Errorf("%s: %v", broker.retained[want[1]], err)
		}
		d.Tell(end(a))
		settle(2 * time.Second)
		if got := broker.topics(); len(got) != 2 || slices.Contains(got, want[1]) {
			t.Errorf("topics %q", got)
		}
		// While the broker is away states are kept, and the latest counts.
		broker.mu.Lock()
		broker.err = errors.New("away")
		broker.mu.Unlock()
		d.Tell(end(b))
		a = s.fire("too-hot", "lab2", alerts.Warning)
		d.Tell(a)
		settle(time.Minute)
		d.Tell(end(a))
		c := s.fire("too-hot", "lab5", alerts.Warning)
		d.Tell(c)
		settle(time.Minute)
		if got := status(t, d, "desk"); !got.Failing() || got.LastError != "away" || got.Waiting != 3 {
			t.Errorf("status %+v", got)
		}
		broker.mu.Lock()
		broker.err = nil
		broker.mu.Unlock()
		settle(time.Minute)
		if got := broker.topics(); len(got) != 2 || got[1] != "labtop/alerts/too-hot/iotclass%2Flab5/temperature" {
			t.Errorf("topics %q", got)
		}
		// At the end nothing stays behind.
		d.Close(time.Second)
		if got := broker.topics(); len(got) != 0 || !broker.closed {
			t.Errorf("topics %q, closed %v", got, broker.closed)
		}
	})
}

// Hostile names make valid topics of five levels, different for different names
// (MQTT 3.1.1 section 4.7).
func TestMQTTInjection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &store{}
		d := board(broker)
		texts := append(injections(), strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20)+"y", strings.Repeat("é/", 100), "~", "%", "%2F")
		different := map[string]bool{}
		for _, text := range texts {
			if text == "" {
				continue // its device would be no device
			}
			different[text] = true
			a := poisoned(text)
			a.Alert.Notify = []string{"desk"}
			d.Tell(a)
		}
		settle(time.Minute)
		topics := broker.topics()
		if len(topics) != len(different) {
			t.Errorf("%d topics for %d names", len(topics), len(different))
		}
		for _, topic := range topics {
			if strings.ContainsAny(topic, "+#\x00$ ") || strings.Count(topic, "/") != 4 || strings.Contains(topic, "//") || len(topic) > 400 || !utf8.ValidString(topic) {
				t.Errorf("topic %q", topic)
			}
			if found := oracle.ScanText([]byte(topic)); len(found) > 0 {
				t.Errorf("topic %q: %v", topic, found)
			}
			if payload := []byte(broker.retained[topic]); !json.Valid(payload) || len(payload) > 16<<10 || len(oracle.ScanText(payload)) > 0 {
				t.Errorf("topic %q: payload %.400s", topic, payload)
			}
		}
		d.Close(time.Second)
		if left := broker.topics(); len(left) != 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

func TestSegment(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":           "~",
		"too-hot":    "too-hot",
		"küche_1.a":  "küche_1.a",
		"a/b":        "a%2Fb",
		"a+#$":       "a%2B%23%24",
		"~":          "%7E",
		"%":          "%25",
		"a b\x00":    "a%20b%00",
		"\xff\xfe":   "%FF%FE",
		"\ufffd":     "%EF%BF%BD",
		"\u202egnp":  "%E2%80%AEgnp",
		"温度":         "温度",
		"\x1b]0;x\a": "%1B%5D0%3Bx%07",
	} {
		if got := notify.Segment(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func FuzzSegment(f *testing.F) {
	for _, text := range injections() {
		f.Add(text, text+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := notify.Segment(a), notify.Segment(b)
		if x == "" || len(x) > 120 || !utf8.ValidString(x) || strings.ContainsAny(x, "/+#$\x00 ") || len(oracle.ScanText([]byte("x"+x))) > 0 {
			t.Errorf("%q is %q", a, x)
		}
		if a != b && x == y {
			t.Errorf("%q and %q are both %q", a, b, x)
		}
	})
}

// Two series of the same names have topics of their own, until each is over.
func TestMQTTSameNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker, s := &store{}, seq(0)
		d := board(broker)
		defer d.Close(time.Second)
		a, b := s.fire("r", "lab", alerts.Warning), s.fire("r", "lab", alerts.Warning)
		b.Alert.Series.Path = "BME280.Temperature"
		d.Tell(a)
		d.Tell(b)
		settle(2 * time.Second)
		if got := broker.topics(); len(got) != 2 {
			t.Fatalf("topics %q", got)
		}
		d.Tell(end(a))
		settle(2 * time.Second)
		d.Tell(end(b))
		settle(2 * time.Second)
		if got := broker.topics(); len(got) != 0 {
			t.Errorf("topics %q", got)
		}
	})
}

// A storm reaches the broker whole, in batches.
func TestMQTTStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker, s := &store{}, seq(0)
		d := board(broker)
		for i := range 10_000 {
			d.Tell(s.fire("r", fmt.Sprint("lab", i), alerts.Warning))
		}
		settle(time.Minute)
		if got := len(broker.topics()); got != 10_000 {
			t.Errorf("%d topics", got)
		}
		d.Close(time.Second)
		if got := len(broker.topics()); got != 0 {
			t.Errorf("%d topics stay", got)
		}
	})
}
