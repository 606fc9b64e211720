package monitor_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"labtop/alerts"
	"labtop/model"
	"labtop/monitor"
)

// wall is the clock of a machine, on top of a test's virtual one: it can be set, and
// the machine can be suspended.
type wall struct {
	set   atomic.Int64 // by how much, in all, in nanoseconds
	slept atomic.Int64 // for how long, in all
}

// now is a reading with both clocks in it: the one on the wall goes on while the
// machine is suspended, the monotonic one does not, as on Linux. Virtual times carry no
// monotonic clock, so it is put in where the time package keeps it.
func (w *wall) now() time.Time {
	monotonic := time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) + time.Second
	t := time.Now().Add(time.Duration(w.set.Load() + w.slept.Load()))
	since1885 := uint64(t.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	*(*uint64)(unsafe.Pointer(&t)) = 1<<63 | since1885<<30 | uint64(t.Nanosecond())
	*(*int64)(unsafe.Add(unsafe.Pointer(&t), 8)) = int64(monotonic)
	return t
}

// scene is a lab of three boards, watched on such a clock.
type scene struct {
	*wall
	t      *testing.T
	store  *model.Store
	engine *alerts.Engine
	source *script
	kept   notebook
	heard  atomic.Pointer[time.Time] // the last byte
	origin time.Time
}

// watched runs do on a scene. blind is on a system that does not tell for how long it
// was suspended.
func watched(t *testing.T, blind bool, do func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{wall: &wall{}, t: t, source: untilDone(), origin: time.Now()}
		s.store, s.engine = lab(t,
			alerts.Rule{Name: "silent", Metric: "*", Critical: &alerts.Condition{Kind: alerts.NoData, After: 3 * time.Second}},
			alerts.Rule{Name: "learned", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData}},
			alerts.Rule{Name: "hot", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 30, For: 20 * time.Second}},
			alerts.Rule{Name: "rate", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Rate, Limit: 100}},
			alerts.Rule{Name: "stuck", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Stuck, After: time.Minute}})
		s.heard.Store(&s.origin)
		s.source.stats = func() model.SourceStats { return model.SourceStats{LastByte: *s.heard.Load()} }
		m := monitor.New(s.source, s.store)
		slept := func() time.Duration { return 77*time.Hour + time.Duration(s.slept.Load()) }
		if blind {
			slept = nil
		}
		m.SetClock(s.now, slept)
		m.RecordTo(&s.kept)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		synctest.Wait()
		s.send(model.Batch{Connection: &model.Connection{State: model.Connected, Since: s.now(), Connects: 1}})
		do(s)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (s *scene) send(b model.Batch) {
	now := s.now()
	s.heard.Store(&now)
	s.source.batches <- b
	synctest.Wait()
}

// messages are what the boards say now; lab2 is too hot.
func (s *scene) messages(i int) []model.Message {
	var all []model.Message
	for board, degrees := range []int{20, 21, 31} {
		m := reading(fmt.Sprintf("iotclass/lab%d/temperature", board), fmt.Sprintf("%d.%d", degrees, i%2))
		m.Time = s.now()
		all = append(all, m)
	}
	return all
}

// live lets some seconds pass in which the boards speak, half a second after the ticks.
func (s *scene) live(seconds int) {
	for i := range seconds {
		time.Sleep(500 * time.Millisecond)
		s.send(model.Batch{Messages: s.messages(i)})
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		s.check()
	}
}

// check sees that all is well: nothing is stale, rates and intervals are right, all
// times are those of the clock, and no alert is there but the one that there should be.
func (s *scene) check() {
	s.t.Helper()
	status := s.store.Status()
	if ago := s.now().Sub(status.Now); ago < 0 || ago > time.Second {
		s.t.Errorf("at %v the store's clock is at %v", s.now(), status.Now)
	}
	for _, d := range s.store.Devices(false) {
		m := d.Metrics[0]
		age := status.Now.Sub(m.Time)
		if d.Device.Stale || m.State != model.StateOK || age < 0 || age > time.Second || m.Count > 5 && (m.Interval != time.Second || m.PerSec < 0.95 || m.PerSec > 1.05) {
			s.t.Errorf("%v of %s: stale %v, %v, heard %v ago, each %v, %v a second",
				time.Since(s.origin), d.Device.ID, d.Device.Stale, m.State, age, m.Interval, m.PerSec)
		}
	}
	s.alerts()
}

// alerts sees that nothing has fired but that a board is hot.
func (s *scene) alerts() {
	s.t.Helper()
	for _, tr := range s.engine.Since(0) {
		if tr.To == alerts.Firing && tr.Alert.Rule != "hot" {
			s.t.Errorf("%v: %s of %s fired", time.Since(s.origin), tr.Alert.Rule, tr.Alert.Series.Name)
		}
	}
}

// TestClockIsSet sets the clock, before a tick, before a message, and in the midst of a
// batch. Nothing looks as if anything had happened but the times.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{-5 * 24 * time.Hour, -time.Hour, -30 * time.Second, -time.Second, time.Second, 30 * time.Second, time.Hour, 5 * 24 * time.Hour} {
		for _, where := range []string{"before a tick", "before a message", "in a batch", "in a batch that is taken late", "between connection and message"} {
			t.Run(fmt.Sprint(by, " ", where), func(t *testing.T) {
				t.Parallel()
				watched(t, false, func(s *scene) {
					s.live(10)
					s.step(by, where)
					s.live(30)
					fired := s.engine.Read(0, 1).Alerts[0]
					if held := fired.Fired.Sub(fired.Since); fired.Rule != "hot" || held != 20*time.Second || !fired.Since.Equal(s.origin.Add(500*time.Millisecond+by)) {
						t.Errorf("%s since %v, fired after %v", fired.Rule, fired.Since, held)
					}
					if len(s.kept.clock) != 1 || !strings.Contains(s.kept.clock[0], fmt.Sprintf("set by %v, away 0s", by)) {
						t.Errorf("recorded: %q", s.kept.clock)
					}
					s.inOrder()
				})
			})
		}
	}
}

func (s *scene) step(by time.Duration, where string) {
	if where == "before a tick" {
		s.set.Add(int64(by))
		return
	}
	time.Sleep(500 * time.Millisecond)
	switch where {
	case "before a message":
		s.set.Add(int64(by))
		s.send(model.Batch{Messages: s.messages(0)})
	case "between connection and message":
		c := &model.Connection{State: model.Connected, Since: s.now(), Connects: 1, NextTry: s.now()}
		s.set.Add(int64(by))
		s.send(model.Batch{Connection: c, Messages: s.messages(0)})
		if got := s.store.Status().Connection; !got.Since.Equal(s.now()) || !got.NextTry.Equal(s.now()) {
			s.t.Errorf("now is %v, connected %v, next try %v", s.now(), got.Since, got.NextTry)
		}
	default:
		before := s.messages(0)[:1]
		time.Sleep(time.Millisecond)
		s.set.Add(int64(by))
		after := s.messages(0)[1:]
		if where == "in a batch" {
			s.send(model.Batch{Messages: append(before, after...)})
		} else {
			s.send(model.Batch{Messages: after})
			s.send(model.Batch{Messages: before})
		}
	}
	time.Sleep(time.Until(s.origin.Add(11 * time.Second)))
	synctest.Wait()
}

// inOrder sees that what was recorded has times in order, once what the steps say is
// taken into account.
func (s *scene) inOrder() {
	s.t.Helper()
	for _, b := range s.kept.batches {
		for i := 1; i < len(b.Messages); i++ {
			if gap := b.Messages[i].Time.Round(0).Sub(b.Messages[i-1].Time.Round(0)); gap < 0 || gap > time.Second {
				s.t.Errorf("recorded %v after the one before", gap)
			}
		}
	}
}

// TestSuspended has the machine suspended for an hour, on systems that tell so and on
// others: what was silent is stale until it speaks, and no alert is made of it, whether
// the boards are heard at once, after the network has come back, or only after the
// connection was made anew. Times before are what they were.
func TestSuspended(t *testing.T) {
	t.Parallel()
	for _, blind := range []bool{false, true} {
		for _, network := range []string{"at once", "late", "made anew"} {
			t.Run(fmt.Sprint("blind ", blind, " ", network), func(t *testing.T) {
				t.Parallel()
				watched(t, blind, func(s *scene) {
					s.live(10)
					heard := s.now().Add(-500 * time.Millisecond)
					s.slept.Add(int64(time.Hour))
					if network == "at once" {
						time.Sleep(500 * time.Millisecond)
					} else {
						time.Sleep(8 * time.Second)
					}
					synctest.Wait()
					if network != "at once" {
						for _, d := range s.store.Devices(false) {
							if m := d.Metrics[0]; !d.Device.Stale || m.State != model.StateStale || !m.Time.Equal(heard) {
								t.Errorf("%s after an hour: stale %v, %v, heard %v, want %v", d.Device.ID, d.Device.Stale, m.State, m.Time, heard)
							}
						}
					}
					if network == "made anew" {
						s.send(model.Batch{Connection: &model.Connection{State: model.Waiting, Since: s.now(), Connects: 1}})
						time.Sleep(8 * time.Second)
						s.send(model.Batch{Connection: &model.Connection{State: model.Connected, Since: s.now(), Connects: 2}})
					}
					s.speakAgain()
					s.alerts()
					if len(s.kept.clock) != 1 || !strings.Contains(s.kept.clock[0], "set by 0s, away 1h0m") {
						t.Errorf("recorded: %q", s.kept.clock)
					}
					// The rules are awake: who is silent now is silent.
					time.Sleep(6 * time.Second)
					synctest.Wait()
					if c := s.engine.Counts(); c.Critical != 3 {
						t.Errorf("boards that are silent after it: %+v", c)
					}
				})
			})
		}
	}
}

// speakAgain has the boards speak for half a minute.
func (s *scene) speakAgain() {
	for i := range 30 {
		s.send(model.Batch{Messages: s.messages(i)})
		time.Sleep(time.Second)
	}
	for _, d := range s.store.Devices(false) {
		if m := d.Metrics[0]; d.Device.Stale || m.State != model.StateOK || m.Interval != time.Second {
			s.t.Errorf("%s speaks again: stale %v, %v, each %v", d.Device.ID, d.Device.Stale, m.State, m.Interval)
		}
	}
}

// TestSuspendedAndSet has the clock corrected right after the machine woke up, or found
// so: both are told apart.
func TestSuspendedAndSet(t *testing.T) {
	t.Parallel()
	watched(t, false, func(s *scene) {
		s.live(10)
		heard := s.now().Add(-500 * time.Millisecond)
		s.slept.Add(int64(time.Hour))
		s.set.Add(-int64(20 * time.Minute))
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if m := s.store.Devices(false)[0].Metrics[0]; !m.Time.Equal(heard.Add(-20 * time.Minute)) {
			t.Errorf("heard %v, want %v", m.Time, heard.Add(-20*time.Minute))
		}
		s.speakAgain()
		s.alerts()
		if diff := cmp.Diff(1, len(s.kept.clock)); diff != "" || !strings.Contains(s.kept.clock[0], "set by -20m0s, away 1h0m") {
			t.Errorf("recorded: %q", s.kept.clock)
		}
	})
}

// TestStopped has labtop stopped, as by a debugger or SIGSTOP, for a minute: both clocks
// go on meanwhile.
func TestStopped(t *testing.T) {
	t.Parallel()
	watched(t, false, func(s *scene) {
		s.live(10)
		block := make(chan struct{})
		s.source.recycled = func(model.Batch) { <-block } // the owner cannot go on
		s.send(model.Batch{})
		time.Sleep(time.Minute)
		close(block)
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		s.speakAgain()
		s.alerts()
		if len(s.kept.clock) != 1 || !strings.Contains(s.kept.clock[0], "set by 0s, away 1m0") {
			t.Errorf("recorded: %q", s.kept.clock)
		}
	})
}

// TestAwayInBatch has labtop stopped, or its machine suspended, for a minute while a
// batch is gathered: half of it is from before.
func TestAwayInBatch(t *testing.T) {
	t.Parallel()
	for name, pass := range map[string]func(s *scene){
		"stopped":   func(*scene) { time.Sleep(time.Minute) },
		"suspended": func(s *scene) { s.slept.Add(int64(time.Minute)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			watched(t, false, func(s *scene) {
				s.live(10)
				block := make(chan struct{})
				s.source.recycled = func(model.Batch) { <-block } // the owner cannot go on
				s.send(model.Batch{})
				half := s.messages(0)
				pass(s)
				s.source.batches <- model.Batch{Messages: append(half, s.messages(1)...)}
				close(block)
				time.Sleep(1100 * time.Millisecond)
				synctest.Wait()
				s.speakAgain()
				s.alerts()
				if len(s.kept.clock) != 1 || !strings.Contains(s.kept.clock[0], "set by 0s, away 1m0") {
					t.Errorf("recorded: %q", s.kept.clock)
				}
			})
		})
	}
}

// TestThisMachine: the system tells for how long it was suspended, or cannot.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	if monitor.Slept == nil {
		t.Skip("this system does not tell")
	}
	if slept := monitor.Slept(); slept < -time.Second {
		t.Errorf("suspended for %v", slept)
	}
}
