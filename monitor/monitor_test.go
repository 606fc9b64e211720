package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a source that does what a test says.
type script struct {
	batches  chan model.Batch
	run      func(ctx context.Context) error
	stats    func() model.SourceStats
	recycled func(model.Batch) // nil: nobody asks
}

func (s *script) Run(ctx context.Context) error { return s.run(ctx) }

func (s *script) Batches() <-chan model.Batch { return s.batches }

func (s *script) Recycle(b model.Batch) {
	if s.recycled != nil {
		s.recycled(b)
	}
}

func (s *script) Stats() model.SourceStats {
	if s.stats == nil {
		return model.SourceStats{}
	}
	return s.stats()
}

// untilDone hands over the batches, then nothing until ctx is done.
func untilDone(batches ...model.Batch) *script {
	s := &script{batches: make(chan model.Batch, 4)}
	s.run = func(ctx context.Context) error {
		defer close(s.batches)
		for _, b := range batches {
			s.batches <- b
		}
		<-ctx.Done()
		return nil
	}
	return s
}

// start runs a monitor. stop ends it and returns what Run did.
func start(t *testing.T, s monitor.Source, store *model.Store) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- monitor.New(s, store).Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func newStore(t *testing.T) *model.Store {
	t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return model.NewStore(conventions.Decoder, model.Limits{})
}

// says is a batch of readings of one board, now.
func says(values ...string) model.Batch {
	var b model.Batch
	for _, v := range values {
		b.Messages = append(b.Messages, model.Message{
			Topic: "iotclass/lab1/temperature", Payload: []byte(v), Size: len(v), Time: time.Now(),
		})
	}
	return b
}

// payloads are the readings of the board as the store kept them, the oldest
// first.
func payloads(store *model.Store) []string {
	page := model.NewView(store, false).Read(model.Query{Height: 1, Chart: &model.ChartQuery{Messages: 1000}})
	var kept []string
	for i := len(page.Detail.Messages) - 1; i >= 0; i-- {
		kept = append(kept, string(page.Detail.Messages[i].Payload))
	}
	return kept
}

func TestBatchesReachTheStoreInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		var batches []model.Batch
		var want []string
		for i := range 100 {
			a, b := strconv.Itoa(i), strconv.Itoa(i)+".5"
			batches = append(batches, says(a, b))
			want = append(want, a, b)
		}
		stop := start(t, untilDone(batches...), store)
		synctest.Wait()
		if diff := cmp.Diff(want, payloads(store)); diff != "" {
			t.Error(diff)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestConnectionComesBeforeItsMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := untilDone()
		var store *model.Store
		var known []bool
		decoder := func(string) model.Decoder { // called while the batch is applied
			known = append(known, store.Status().Connection.State == model.Connected)
			return fixed{decode: func() {}, routed: func() {}}
		}
		store = model.NewStore(decoder, model.Limits{})
		stop := start(t, s, store)
		b := says("1")
		b.Connection = &model.Connection{State: model.Connected, Since: time.Now()}
		s.batches <- b
		synctest.Wait()
		if diff := cmp.Diff([]bool{true}, known); diff != "" {
			t.Error(diff)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestEachBatchIsRecycledOnceAfterItsUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		s := untilDone(says("1", "2"), model.Batch{Connection: &model.Connection{}}, says("3"))
		var seen []string
		s.recycled = func(b model.Batch) {
			for i := range b.Messages {
				seen = append(seen, string(b.Messages[i].Payload))
			}
			seen = append(seen, fmt.Sprint("after ", store.Status().Counters.Messages))
			clear(b.Messages) // as a source does
		}
		stop := start(t, s, store)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		want := []string{"1", "2", "after 2", "after 2", "3", "after 3"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"1", "2", "3"}, payloads(store)); diff != "" {
			t.Errorf("what is kept: %s", diff)
		}
	})
}

func TestTicksMoveTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		s := untilDone()
		var stalls uint64
		s.stats = func() model.SourceStats {
			stalls++
			return model.SourceStats{Stalls: stalls}
		}
		began := time.Now()
		stop := start(t, s, store)
		synctest.Wait()
		if now := store.Status().Now; !now.Equal(began) {
			t.Errorf("the first tick is at %v, not at once", now)
		}
		for i := range uint64(3) {
			time.Sleep(monitor.TickInterval)
			synctest.Wait()
			status := store.Status()
			if got, want := status.Now.Sub(began), time.Duration(i+1)*monitor.TickInterval; got != want {
				t.Errorf("the clock is at %v, want %v", got, want)
			}
			if status.Source.Stalls != i+2 {
				t.Errorf("%d stalls at tick %d", status.Source.Stalls, i+1)
			}
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestNothingHandedOverIsLost has a source whose last batches come after ctx is
// done, some of them left in the channel when it returns.
func TestNothingHandedOverIsLost(t *testing.T) {
	t.Parallel()
	for _, closes := range []bool{true, false} {
		t.Run(fmt.Sprint("closes ", closes), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := newStore(t)
				s := &script{batches: make(chan model.Batch, 8)}
				s.run = func(ctx context.Context) error {
					<-ctx.Done()
					for i := range 20 {
						s.batches <- says(strconv.Itoa(i))
					}
					s.batches <- model.Batch{Connection: &model.Connection{State: model.Closed, Since: time.Now()}}
					if closes {
						close(s.batches)
					}
					return nil
				}
				stop := start(t, s, store)
				synctest.Wait()
				if err := stop(); err != nil {
					t.Error(err)
				}
				status := store.Status()
				if status.Counters.Messages != 20 || status.Connection.State != model.Closed {
					t.Errorf("%d messages, %v", status.Counters.Messages, status.Connection.State)
				}
				if status.Tally.Topics != 1 {
					t.Error("no tick after the last message")
				}
			})
		})
	}
}

// TestAtRest looks at a store while messages keep coming, and after the end: what is
// counted is always what is listed.
func TestAtRest(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	s := &script{batches: make(chan model.Batch, 4)}
	s.run = func(ctx context.Context) error {
		defer close(s.batches)
		for i := 0; ctx.Err() == nil; i++ {
			topic := "iotclass/lab" + strconv.Itoa(i%500) + "/temperature"
			s.batches <- model.Batch{Messages: []model.Message{{Topic: topic, Payload: []byte("1"), Size: 1, Time: time.Now()}}}
		}
		return nil
	}
	m := monitor.New(s, store)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	look := func() {
		status, devices := store.Status(), store.Devices(false)
		messages, metrics := uint64(0), 0
		for _, d := range devices {
			for _, m := range d.Metrics {
				messages += m.Count
				metrics++
			}
		}
		if status.Counters.Messages != messages || status.Tally.Topics != metrics || status.Tally.Devices != len(devices) {
			t.Errorf("%d messages and %+v; listed are %d messages, %d topics, %d devices",
				status.Counters.Messages, status.Tally, messages, metrics, len(devices))
		}
	}
	for range 200 {
		before := store.Status().Counters.Messages
		for store.Status().Counters.Messages == before {
			runtime.Gosched() // until a message has come
		}
		m.AtRest(look)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	m.AtRest(look)
}

// TestEnd: what comes after the last look is not in the store, whatever the source still
// hands over; and the source is not held back for ever.
func TestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		s := &script{batches: make(chan model.Batch, 1)}
		s.run = func(ctx context.Context) error {
			defer close(s.batches)
			for ctx.Err() == nil {
				s.batches <- says("1")
				time.Sleep(time.Millisecond)
			}
			for range 10 {
				s.batches <- says("2")
			}
			return nil
		}
		m := monitor.New(s, store)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(time.Second)
		var seen model.Status
		m.End(func() { seen = store.Status() })
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if now := store.Status(); seen.Counters.Messages < 900 || now.Counters != seen.Counters || !now.Now.Equal(seen.Now) {
			t.Errorf("%d messages until %v, then %d until %v", seen.Counters.Messages, seen.Now, now.Counters.Messages, now.Now)
		}
		m.AtRest(func() { seen.Revision = 0 }) // nobody is waited for
		if seen.Revision != 0 {
			t.Error("it was not called")
		}
	})
}

func TestSourceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		broken := errors.New("broken")
		s := &script{batches: make(chan model.Batch, 1)}
		s.run = func(context.Context) error {
			defer close(s.batches)
			s.batches <- says("1")
			return broken
		}
		if err := monitor.New(s, store).Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%v, want %v", err, broken)
		}
		if n := store.Status().Counters.Messages; n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// notebook is a recorder that keeps copies.
type notebook struct {
	batches []model.Batch
	clock   []string
}

func (n *notebook) Record(b model.Batch) {
	b.Messages = slices.Clone(b.Messages)
	n.batches = append(n.batches, b)
}

func (n *notebook) Clock(at time.Time, step, away time.Duration) {
	n.clock = append(n.clock, fmt.Sprintf("%v: set by %v, away %v", at.Unix(), step, away))
}

// TestRecorderGetsEverything has a recorder take what the owner takes, whole and in
// order, for as long as it is wanted, and another one all there ever is.
func TestRecorderGetsEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := untilDone()
		s.recycled = func(b model.Batch) { clear(b.Messages) }
		m := monitor.New(s, newStore(t))
		var kept, all notebook
		m.KeepIn(&all)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		send := func(b model.Batch) {
			s.batches <- b
			synctest.Wait()
		}
		send(says("before"))
		m.RecordTo(&kept)
		connected := &model.Connection{State: model.Connected}
		send(says("1", "2"))
		send(model.Batch{Connection: connected})
		m.RecordTo(nil)
		send(says("after"))
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(kept.batches) != 2 || len(kept.batches[0].Messages) != 2 || kept.batches[1].Connection != connected ||
			string(kept.batches[0].Messages[1].Payload) != "2" {
			t.Errorf("kept: %+v", kept.batches)
		}
		if len(all.batches) != 4 {
			t.Errorf("all: %+v", all.batches)
		}
	})
}
