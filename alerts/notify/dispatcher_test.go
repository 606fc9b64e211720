package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// people is a Sender that keeps what it was told.
type people struct {
	// send is asked before a message is kept; nil for success.
	send func(context.Context) error

	mu   sync.Mutex
	told []*notify.Message
	at   []time.Time
}

func (p *people) Send(ctx context.Context, m *notify.Message) error {
	if p.send != nil {
		if err := p.send(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told, p.at = append(p.told, m), append(p.at, time.Now())
	return nil
}

// texts are the messages so far, title and text.
func (p *people) texts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var texts []string
	for _, m := range p.told {
		texts = append(texts, m.Title+" | "+m.Text)
	}
	return texts
}

func (p *people) count() int { return len(p.texts()) }

// seq makes the ids of alerts in a test.
type seq uint64

// fire is an alert that begins to fire on a device.
func (s *seq) fire(rule, device string, severity alerts.Severity) alerts.Transition {
	*s++
	now := time.Now()
	return alerts.Transition{
		Time: now, From: alerts.Inactive, To: alerts.Firing, Tell: true,
		Alert: alerts.Alert{
			ID: uint64(*s), Rule: rule, State: alerts.Firing, Severity: severity, Since: now, Fired: now,
			Series: alerts.Series{Device: "iotclass/" + device, Name: device, Metric: "temperature", Topic: "iotclass/" + device + "/temperature", Unit: "°C"},
			Value:  model.Value{Kind: model.Number, Num: 31.8}, Text: "31.80", Peak: 32.5,
			Summary: "above 30 °C for 10 s", Notify: []string{"desk"},
		},
	}
}

// end resolves the alert of a transition.
func end(t alerts.Transition) alerts.Transition {
	t.From, t.To, t.Time = t.To, alerts.Resolved, time.Now()
	t.Alert.State, t.Alert.Ended = alerts.Resolved, t.Time
	return t
}

// desk is a dispatcher with one channel for people.
func desk(p *people) *notify.Dispatcher {
	return notify.New([]notify.Channel{{Name: "desk", Kind: "test", Sender: p}}, nil)
}

// settle lets a virtual minute or so go by.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func status(t *testing.T, d *notify.Dispatcher, name string) notify.Status {
	t.Helper()
	for _, s := range d.Status() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no channel %q", name)
	return notify.Status{}
}

func TestOneAlert(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		a := s.fire("too-hot", "lab2", alerts.Critical)
		d.Tell(a)
		settle(time.Second)
		settle(time.Minute)
		d.Tell(end(a))
		settle(time.Minute)
		want := []string{
			"labtop: critical: too-hot on lab2 | critical: too-hot on lab2: temperature 31.8 °C, above 30 °C for 10 s",
			"labtop: resolved: too-hot on lab2 | resolved: too-hot on lab2: temperature 31.8 °C, after 1m1s",
		}
		if got := p.texts(); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
		if got := status(t, d, "desk"); got.Sent != 2 || got.Grouped != 0 || got.Failing() {
			t.Errorf("status %+v", got)
		}
	})
}

// An alert whose rule names another channel, or that nobody is to hear of, is not
// told, and neither is the end of one that was not told.
func TestNotTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		elsewhere := s.fire("r", "a", alerts.Warning)
		elsewhere.Alert.Notify = []string{"phone"}
		silenced := s.fire("r", "b", alerts.Warning)
		silenced.Tell = false
		pending := s.fire("r", "c", alerts.Warning)
		pending.To, pending.Alert.State = alerts.Pending, alerts.Pending
		for _, a := range []alerts.Transition{elsewhere, silenced, pending} {
			d.Tell(a)
		}
		settle(time.Minute)
		loud := end(silenced)
		loud.Tell = true
		d.Tell(loud)
		settle(time.Minute)
		if got := p.texts(); len(got) != 0 {
			t.Errorf("told %q", got)
		}
		// One that was told and is over in silence is told of no more.
		known := s.fire("r", "d", alerts.Warning)
		d.Tell(known)
		settle(time.Minute)
		quiet := end(known)
		quiet.Tell = false
		d.Tell(quiet)
		d.Tell(end(known))
		settle(time.Minute)
		if got := p.count(); got != 1 {
			t.Errorf("told %q", p.texts())
		}
	})
}

// Ten thousand crossings in a minute on one rule give one message an interval
// (bar S11).
func TestFlapping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		start := time.Now()
		for range 5000 {
			a := s.fire("too-hot", "lab2", alerts.Critical)
			d.Tell(a)
			time.Sleep(6 * time.Millisecond)
			d.Tell(end(a))
			time.Sleep(6 * time.Millisecond)
		}
		took := time.Since(start)
		settle(2 * time.Minute)
		if most := int(took/(30*time.Second)) + 2; p.count() > most || p.count() < 2 {
			t.Errorf("%d messages in %v, want at most %d: %q", p.count(), took, most, p.texts())
		}
		for i := 1; i < len(p.at); i++ {
			if gap := p.at[i].Sub(p.at[i-1]); gap < 30*time.Second {
				t.Errorf("message %d came after %v", i, gap)
			}
		}
		got := status(t, d, "desk")
		if got.Dropped != 0 || got.Waiting != 0 || got.Grouped < 9900 {
			t.Errorf("status %+v", got)
		}
		if last := p.texts()[p.count()-1]; !strings.Contains(last, "resolved") && !strings.Contains(last, "came and went") {
			t.Errorf("people believe that it fires: %q", last)
		}
	})
}

// While one rule waits for its time, another is told at once, and alone.
func TestRulesWaitApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		d.Tell(s.fire("a", "lab1", alerts.Warning))
		settle(5 * time.Second)
		d.Tell(s.fire("a", "lab2", alerts.Warning))
		d.Tell(s.fire("b", "lab3", alerts.Warning))
		settle(time.Second)
		if got := p.texts(); len(got) != 2 || !strings.HasPrefix(got[1], "labtop: warning: b on lab3 |") {
			t.Errorf("told %q", got)
		}
		settle(time.Minute)
		if got := p.texts(); len(got) != 3 || !strings.HasPrefix(got[2], "labtop: warning: a on lab2 |") || p.at[2].Sub(p.at[0]) != 30*time.Second {
			t.Errorf("told %q", got)
		}
	})
}

// A thousand rules at once give at most ten messages and a summary (bar S11), and
// the counts by severity lose none.
func TestStorm(t *testing.T) {
	t.Parallel()
	for name, gap := range map[string]time.Duration{"at once": 0, "over a minute": 60 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, s := &people{}, seq(0)
				d := desk(p)
				defer d.Close(time.Second)
				for i := range 1000 {
					severity := alerts.Warning
					if i%4 == 0 {
						severity = alerts.Critical
					}
					d.Tell(s.fire(fmt.Sprintf("rule-%d", i), "lab1", severity))
					time.Sleep(gap)
				}
				settle(2 * time.Minute)
				if p.count() > 11 {
					t.Errorf("%d messages", p.count())
				}
				told, critical := 0, 0
				for _, m := range p.told {
					var j struct {
						Alerts []struct{ Severity string }
						More   struct{ Critical, Warning, Resolved, Lost int }
					}
					if err := json.Unmarshal(m.JSON(), &j); err != nil {
						t.Fatal(err)
					}
					if len(j.Alerts) > 10 {
						t.Errorf("%d alerts are listed", len(j.Alerts))
					}
					told += len(j.Alerts) + j.More.Critical + j.More.Warning
					critical += j.More.Critical
					for _, a := range j.Alerts {
						if a.Severity == "critical" {
							critical++
						}
					}
				}
				if told != 1000 || critical != 250 {
					t.Errorf("%d alerts told, %d critical", told, critical)
				}
				if gap == 0 && !strings.HasSuffix(p.texts()[0], "\n990 more alerts: 240 critical, 750 warning") {
					t.Errorf("%q", p.texts()[0])
				}
			})
		})
	}
}

// Beyond a thousand series the queue is full: the rest is dropped, counted and said.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		for i := range 10_000 {
			d.Tell(s.fire("too-hot", fmt.Sprintf("lab%d", i), alerts.Warning))
		}
		if got := status(t, d, "desk"); got.Waiting != 1000 || got.Dropped != 9000 {
			t.Errorf("status %+v", got)
		}
		settle(time.Minute)
		if p.count() != 1 || !strings.HasSuffix(p.texts()[0], "990 more alerts: 990 warning; 9000 not told, the queue was full: 9000 warning") {
			t.Errorf("told %q", p.texts())
		}
	})
}

// A channel that hangs or fails delays no other, and Tell never waits.
func TestHangingChannelDelaysNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hanging := &people{send: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		failing := &people{send: func(context.Context) error { return errors.New("it answered 500") }}
		panicking := &people{send: func(context.Context) error { panic("gotcha") }}
		fine := &people{}
		d := notify.New([]notify.Channel{
			{Name: "hanging", Sender: hanging},
			{Name: "failing", Sender: failing},
			{Name: "panicking", Sender: panicking},
			{Name: "fine", Sender: fine},
		}, nil)
		s := seq(0)
		start := time.Now()
		for i := range 20_000 {
			a := s.fire(fmt.Sprint("rule", i%20), fmt.Sprint("lab", i), alerts.Critical)
			a.Alert.Notify = []string{"hanging", "failing", "panicking", "fine"}
			d.Tell(a)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Tell waited %v", waited)
		}
		settle(time.Second)
		if fine.count() != 1 {
			t.Errorf("%d messages", fine.count())
		}
		settle(time.Minute)
		if got := status(t, d, "failing"); got.Failed == 0 || got.LastError != "it answered 500" || !got.Failing() {
			t.Errorf("status %+v", got)
		}
		if got := status(t, d, "panicking"); got.Failed == 0 || got.LastError != "internal error: gotcha" {
			t.Errorf("status %+v", got)
		}
		start = time.Now()
		d.Close(3 * time.Second)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		d.Tell(s.fire("late", "lab", alerts.Critical)) // nobody is there; it must not panic
	})
}

// What was not told because it failed is not told to be over.
func TestFailedIsNotTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := true
		p := &people{send: func(context.Context) error {
			if broken {
				return errors.New("no")
			}
			return nil
		}}
		s := seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		a := s.fire("r", "lab1", alerts.Warning)
		d.Tell(a)
		settle(time.Minute)
		broken = false
		d.Tell(end(a))
		settle(time.Minute)
		if p.count() != 0 {
			t.Errorf("told %q", p.texts())
		}
	})
}

// An escalation is told, a return to what people know already is not.
func TestEscalation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		defer d.Close(time.Second)
		a := s.fire("r", "lab1", alerts.Warning)
		d.Tell(a)
		settle(time.Minute)
		up := a
		up.From, up.Was, up.Alert.Severity = alerts.Firing, alerts.Warning, alerts.Critical
		down := up
		down.Was, down.Alert.Severity = alerts.Critical, alerts.Warning
		d.Tell(up)
		settle(time.Second)
		d.Tell(down)
		d.Tell(up)
		d.Tell(end(up))
		settle(time.Minute)
		want := []string{"labtop: warning: r on lab1", "labtop: critical: r on lab1", "labtop: resolved: r on lab1"}
		for i, got := range p.texts() {
			if i >= len(want) || !strings.HasPrefix(got, want[i]+" |") {
				t.Errorf("message %d is %q", i, got)
			}
		}
		if p.count() != len(want) {
			t.Errorf("%d messages", p.count())
		}
	})
}

// Close tells what still waits.
func TestCloseTellsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, s := &people{}, seq(0)
		d := desk(p)
		d.Tell(s.fire("r", "lab1", alerts.Warning))
		d.Close(time.Second)
		if p.count() != 1 {
			t.Errorf("told %q", p.texts())
		}
	})
}

func TestDuplicateAndEmptyChannels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second := &people{}, &people{}
		d := notify.New([]notify.Channel{
			{Name: "desk", Sender: first},
			{Name: "desk", Sender: second},
			{Name: "none"},
			{Name: "readonly", Sender: first, Off: "read-only"},
		}, nil)
		defer d.Close(time.Second)
		s := seq(0)
		a := s.fire("r", "lab1", alerts.Warning)
		a.Alert.Notify = []string{"desk", "desk", "none", "readonly"}
		d.Tell(a)
		settle(time.Second)
		if first.count() != 0 || second.count() != 1 {
			t.Errorf("%d and %d messages", first.count(), second.count())
		}
		if got := status(t, d, "readonly"); got.Off != "read-only" || got.Skipped != 1 {
			t.Errorf("status %+v", got)
		}
		if err := d.Test(t.Context(), "desc"); err == nil {
			t.Error("a channel that there is not was tested")
		}
		if err := d.Test(t.Context(), "readonly"); err == nil || err.Error() != "read-only" {
			t.Errorf("error %v", err)
		}
		if err := d.Test(t.Context(), "desk"); err != nil || second.count() != 2 {
			t.Errorf("error %v, %q", err, second.texts())
		}
	})
}

// stubborn is a Mirror that fails until it is told not to.
type stubborn struct {
	mu     sync.Mutex
	err    error
	calls  int
	states map[string]bool
	left   int
}

func (m *stubborn) Refresh() time.Duration { return time.Minute }

func (m *stubborn) Show(_ context.Context, states []notify.State) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.err != nil {
		return 0, m.err
	}
	for _, s := range states {
		if s.Firing {
			m.states[s.Alert.Series.Device] = true
		} else {
			delete(m.states, s.Alert.Series.Device)
		}
	}
	return len(states), nil
}

// seen is how often it was asked and how many states it shows.
func (m *stubborn) seen() (calls, states int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls, len(m.states)
}

func (m *stubborn) Leave(_ context.Context, states []notify.State) error {
	m.left = len(states)
	return nil
}

// A dead Mirror under a storm: what waits and the memory are bounded, and when it
// lives again it shows the states of now. It looks at the whole process's memory, and so
// is not parallel.
func TestDeadMirror(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &stubborn{err: errors.New("dead"), states: map[string]bool{}}
		d := notify.New([]notify.Channel{{Name: "desk", Mirror: m}}, nil)
		s := seq(0)
		before := heap()
		payload := strings.Repeat("x", 64<<10)
		for i := range 30_000 {
			a := s.fire("too-hot", fmt.Sprint("lab", i), alerts.Warning)
			if i%10 == 1 { // of its own memory, as a payload has it
				a.Alert.Text, a.Alert.Summary = strings.Clone(payload), strings.Clone(payload)
			}
			d.Tell(a)
			if i%2 == 0 {
				d.Tell(end(a))
			}
			if i%100 == 0 {
				time.Sleep(time.Second)
			}
		}
		synctest.Wait()
		got := status(t, d, "desk")
		if got.Waiting > 10_000 || got.Dropped == 0 || got.Failed == 0 || got.Sent != 0 {
			t.Errorf("status %+v", got)
		}
		grown := heap() - before
		t.Logf("heap grew by %d KiB, status %+v", grown>>10, got)
		if grown > 48<<20 {
			t.Errorf("the heap grew by %d MiB", grown>>20)
		}
		if calls, _ := m.seen(); calls > 30 {
			t.Errorf("asked %d times in 300 s", calls)
		}
		m.mu.Lock()
		m.err = nil
		m.mu.Unlock()
		settle(time.Minute)
		got = status(t, d, "desk")
		calls, states := m.seen()
		if got.Waiting != 0 || got.Failing() || states != int(got.Sent) || states < 7000 {
			t.Errorf("%d states, status %+v", states, got)
		}
		settle(61 * time.Second)
		if again, _ := m.seen(); again <= calls {
			t.Error("nothing was refreshed")
		}
		d.Close(time.Second)
		if m.left != states {
			t.Errorf("left with %d of %d", m.left, states)
		}
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What flaps is shown once a second at most, and what came and went between is not
// shown at all.
func TestMirrorCoalesces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &stubborn{states: map[string]bool{}}
		d := notify.New([]notify.Channel{{Name: "desk", Mirror: m}}, nil)
		defer d.Close(time.Second)
		s := seq(0)
		for range 1000 {
			a := s.fire("r", "lab1", alerts.Warning)
			d.Tell(a)
			d.Tell(end(a))
			a = s.fire("r", "lab2", alerts.Severity(1+s%2)) // up and down, and never over
			d.Tell(a)
			time.Sleep(10 * time.Millisecond)
		}
		settle(2 * time.Second)
		if calls, states := m.seen(); calls < 5 || calls > 13 || states != 1 {
			t.Errorf("%d calls in 10 s, %d states", calls, states)
		}
	})
}
