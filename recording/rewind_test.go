package recording_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
	"labtop/recording"
)

// session is a live lab that is kept in a buffer, as monitor feeds both.
type session struct {
	*watched
	rewind *recording.Rewind
	told   int    // how many transitions people heard of
	sent   uint64 // messages
}

// few keeps the sketches small, so that there are many segments.
var few = model.Limits{Recent: 200}

func newSession(tb testing.TB, limit int) *session {
	tb.Helper()
	s := &session{}
	lab, err := newWatchedIn(few, func(recording.Mark) { s.told++ })
	if err != nil {
		tb.Fatal(err)
	}
	s.watched, _ = lab.(*watched)
	s.rewind = recording.NewRewind(s.Store, limit)
	return s
}

func (s *session) take(b model.Batch) {
	s.rewind.Record(b)
	if b.Connection != nil {
		s.SetConnection(*b.Connection)
	}
	s.Apply(b.Messages)
}

// live plays some minutes of a lab: each second n messages of three boards come 300 ms
// after it, and the clock ticks. Every so often look is called.
func (s *session) live(seconds, n int, look func(at time.Time)) {
	at, filters := time.Unix(epoch.Unix(), 0), everything()
	s.Tick(at, model.SourceStats{})
	s.take(model.Batch{Connection: &model.Connection{State: model.Connected, Since: at, Connects: 1, Subscriptions: []model.Subscription{{Filter: "#"}}}})
	for i := range seconds {
		second := at.Add(time.Duration(i) * time.Second)
		s.Tick(second, model.SourceStats{})
		var b model.Batch
		for j := range n {
			topic, payload := fmt.Sprintf("iotclass/lab%d/temperature", j%3), strconv.Itoa(20+(i/20)%12)
			switch {
			case j%3 == 2 && i%90 > 60:
				continue // one is silent
			case j == 4 && i%50 == 0:
				topic, payload = "iotclass/lab1/status", []string{"online", "offline"}[i/50%2]
			}
			m := model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: second.Add(300 * time.Millisecond), QoS: byte(j % 3), Dup: j%40 == 7, Retained: j%50 == 8}
			if j%60 == 9 {
				m.Payload, m.Size = []byte("\x00\xff\x01"), 5_000_000 // binary, and cut
			}
			switch {
			case j%4 == 1:
				m.Properties = filters
			case j%100 == 3:
				m.Properties = &model.Properties{Expires: true, Expiry: time.Hour, CorrelationData: fmt.Append(nil, i, j)}
			}
			b.Messages = append(b.Messages, m)
		}
		s.sent += uint64(len(b.Messages))
		s.take(b)
		look(second.Add(900 * time.Millisecond))
	}
}

// back runs a player on what a session keeps, from a moment on.
func (s *session) back(t *testing.T, at time.Time) *recording.Player {
	t.Helper()
	p, err := recording.NewPlayer(recording.PlayerOptions{
		Rewind: s.rewind, Now: s.Checkpoint, At: at, Speed: 1, Paused: true, Device: deviceOf,
		NewLab: func(fired func(recording.Mark)) (recording.Lab, error) { return newWatchedIn(few, fired) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, p.Close()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// seen is what a lab looks like at a moment.
func seen(tb testing.TB, lab recording.Lab, at time.Time) string {
	tb.Helper()
	lab.Tick(at, model.SourceStats{})
	return picture(tb, lab)
}

// TestRewindSameStates goes back to moments of a live lab, to and fro, and plays on from
// some: counters, values, messages and alerts are those that the lab had then. Nobody
// hears of alerts a second time, and the lab goes on.
func TestRewindSameStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, 4<<20)
		states := map[time.Time]string{}
		var moments []time.Time
		s.live(500, perSecond/7, func(at time.Time) {
			if at.Second()%10 == 0 {
				states[at], moments = seen(t, s.watched, at), append(moments, at)
			}
		})
		r := s.rewind.Reach()
		for len(moments) > 0 && moments[0].Before(r.Start) {
			moments = moments[1:]
		}
		if len(moments) < 20 {
			t.Fatalf("%d moments from %v to %v in %d bytes", len(moments), r.Start, r.End, r.Bytes)
		}
		told, now := s.told, picture(t, s.watched)
		p := s.back(t, moments[len(moments)-1])
		check := func(at time.Time) {
			t.Helper()
			b := p.Playback()
			if b.Seeking || !b.At.Equal(at) || b.Err != nil {
				t.Fatalf("at %v, want %v: %+v", b.At, at, b)
			}
			if diff := cmp.Diff(states[at], seen(t, p.Lab(), at)); diff != "" {
				t.Fatalf("at %v (-live +rewound):\n%s", at, diff)
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 6 {
			i := random.IntN(len(moments) - 3)
			p.Seek(moments[i])
			synctest.Wait()
			check(moments[i])
			p.Play(true)
			time.Sleep(moments[i+3].Sub(moments[i]))
			p.Play(false)
			p.Seek(moments[i+3])
			synctest.Wait()
			check(moments[i+3])
		}
		if now != picture(t, s.watched) || told != s.told {
			t.Error("the live lab is another one")
		}
	})
}

// TestRewindWhileItGoesOn looks at the past for ten minutes, at 5 000 messages a second:
// none is lost, the buffer and its memory stay within their bound, what is shown stays,
// and what has come meanwhile can be gone to.
func TestRewindWhileItGoesOn(t *testing.T) {
	const limit = 8 << 20
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, limit)
		var p *recording.Player
		var shown string
		most, heap := 0, uint64(0)
		s.live(630, perSecond, func(at time.Time) {
			most = max(most, s.rewind.Reach().Bytes)
			switch at.Sub(epoch.Truncate(time.Second)).Truncate(time.Second) {
			case 30 * time.Second:
				p = s.back(t, at.Add(-5*time.Second))
				synctest.Wait()
				shown = picture(t, p.Lab())
			case 600 * time.Second:
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				heap = m.HeapAlloc
			}
		})
		synctest.Wait()
		if most > limit || heap > 10*limit { // the lab is there three times, with its histories and messages
			t.Errorf("the buffer had %d bytes, the heap %d", most, heap)
		}
		if shown != picture(t, p.Lab()) {
			t.Error("what is shown has changed by itself")
		}
		messages := s.Status().Counters.Messages
		if messages != s.sent {
			t.Errorf("%d messages of %d", messages, s.sent)
		}
		r := s.rewind.Reach()
		p.Seek(r.End)
		synctest.Wait()
		lab, _ := p.Lab().(*watched)
		if got := lab.Status().Counters.Messages; got != messages || r.End.Sub(r.Start) < 20*time.Second {
			t.Errorf("%d messages at the end, want %d; it reaches back %v", got, messages, r.End.Sub(r.Start))
		}
	})
}

// TestRewindOverASetClock goes back to before the clock was set, and on to after it. What
// is shown has the times of then.
func TestRewindOverASetClock(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{time.Hour, -20 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := newSession(t, 1<<20)
			start, set := time.Unix(epoch.Unix(), 0), time.Duration(0)
			states := map[int]string{}
			for i := range 120 {
				at := start.Add(time.Duration(i)*time.Second + set)
				if i == 60 {
					s.Shift(by)
					s.rewind.Clock(at.Add(by), by, 0)
					set, at = by, at.Add(by)
				}
				s.Tick(at, model.SourceStats{})
				m := message(0, "iotclass/lab1/temperature", strconv.Itoa(20+i/10))
				m.Time = at.Add(300 * time.Millisecond)
				s.take(model.Batch{Messages: slices.Repeat([]model.Message{m}, 200)})
				states[i] = seen(t, s.watched, at.Add(900*time.Millisecond))
			}
			p := s.back(t, start)
			if r := s.rewind.Reach(); !r.Start.Equal(start.Add(300*time.Millisecond)) || !r.End.Equal(start.Add(119_300*time.Millisecond)) || r.Bytes < 200_000 {
				t.Errorf("it reaches from %v to %v in %d bytes", r.Start, r.End, r.Bytes)
			}
			for _, i := range []int{100, 30, 59, 60, 61, 10, 119} {
				moment, set := start.Add(time.Duration(i)*time.Second+900*time.Millisecond), time.Duration(0)
				if i >= 60 {
					set = by
				}
				p.Seek(moment)
				synctest.Wait()
				if diff := cmp.Diff(states[i], seen(t, p.Lab(), moment.Add(set))); diff != "" {
					t.Fatalf("set by %v, second %d (-live +rewound):\n%s", by, i, diff)
				}
			}
		})
	}
}

// TestRewindFollows plays on from a while ago, at twice the speed, until it has caught up
// with what comes, and follows that.
func TestRewindFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, 1<<20)
		said := 0
		say := func() {
			m := message(0, "iotclass/lab1/temperature", "21")
			m.Time = time.Now()
			s.take(model.Batch{Messages: []model.Message{m}})
			said++
			time.Sleep(time.Second)
		}
		for range 30 {
			say()
		}
		p := s.back(t, time.Now().Add(-20*time.Second))
		p.SetSpeed(2)
		p.Play(true)
		for range 40 {
			say()
		}
		b := p.Playback()
		if lab, _ := p.Lab().(*watched); !b.Playing || b.Ended || lab.Status().Counters.Messages < uint64(said-1) || b.Messages < uint64(said-1) {
			t.Errorf("%d messages of %d: %+v", lab.Status().Counters.Messages, said, b)
		}
	})
}

// swelling is a lab that is too large to be kept for a while.
type swelling struct {
	*model.Store
	large bool
}

func (s *swelling) SketchSize() int {
	if s.large {
		return 1 << 30
	}
	return s.Store.SketchSize()
}

// TestRewindOverATooLargeLab looks at the past while the lab becomes too large to be kept,
// and small again: what is kept then is gone on to.
func TestRewindOverATooLargeLab(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, 0)
		lab := &swelling{Store: s.Store}
		s.rewind = recording.NewRewind(lab, 1<<20)
		second, was := time.Unix(epoch.Unix(), 0), ""
		var p *recording.Player
		for range 60 {
			second = second.Add(time.Second)
			s.Tick(second, model.SourceStats{})
			m := message(0, "iotclass/lab1/temperature", "21")
			m.Time = second.Add(300 * time.Millisecond)
			s.take(model.Batch{Messages: slices.Repeat([]model.Message{m}, 150)})
			r := s.rewind.Reach()
			switch at := second.Sub(epoch.Truncate(time.Second)); {
			case at == 20*time.Second:
				p = s.back(t, r.End)
				synctest.Wait()
				lab.large = true
			case r.TooLarge:
				lab.large, was = false, "too large"
			}
		}
		end := s.rewind.Reach().End
		p.Seek(end)
		synctest.Wait()
		shown, _ := p.Lab().(*watched)
		if got, want := shown.Status().Counters.Messages, s.Status().Counters.Messages; got != want || was == "" || !p.Playback().At.Equal(end) {
			t.Errorf("%d messages of %d at %v of %v; the lab was %s", got, want, p.Playback().At, end, was)
		}
	})
}

// modest is a lab whose sketches are a tenth larger than it says. It counts them.
type modest struct {
	*model.Store
	sketches int
}

func (m *modest) SketchSize() int { return m.Store.Sketch().Size() * 9 / 10 }

func (m *modest) Sketch() model.Checkpoint {
	m.sketches++
	return m.Store.Sketch()
}

// TestRewindSketchesSeldom has a lab that is a little larger than it says it is, where that
// decides: it is not copied with each batch.
func TestRewindSketchesSeldom(t *testing.T) {
	t.Parallel()
	s := newSession(t, 0)
	for i := range 200 {
		s.Apply([]model.Message{message(i, fmt.Sprintf("iotclass/lab%d/temperature", i), "21")})
	}
	lab := &modest{Store: s.Store}
	s.rewind = recording.NewRewind(lab, 4*lab.SketchSize())
	for i := range 100 {
		s.rewind.Record(model.Batch{Messages: []model.Message{message(200+i, "iotclass/lab1/temperature", "22")}})
	}
	if r := s.rewind.Reach(); lab.sketches != 1 || r.TooLarge || r.Bytes > r.Limit {
		t.Errorf("%d sketches for 100 batches, %+v", lab.sketches, r)
	}
}

// growing is a lab whose sketches are said to be as large as it is told. It counts them.
type growing struct {
	*model.Store
	said, sketches int
}

func (g *growing) SketchSize() int { return g.said }

func (g *growing) Sketch() model.Checkpoint {
	g.sketches++
	return g.Store.Sketch()
}

// TestRewindOfAGrowingLab has a lab grow while a segment of it does: what is kept goes as
// soon as the lab is much too large, and not only when the segment is full. One that swells
// and shrinks about the bound is not copied each time.
func TestRewindOfAGrowingLab(t *testing.T) {
	t.Parallel()
	const limit = 12 << 20 // a quarter is 3 MiB, a third 4
	s := newSession(t, 0)
	lab := &growing{Store: s.Store}
	s.rewind = recording.NewRewind(lab, limit)
	for i, step := range []struct {
		said     int
		kept     bool
		sketches int
	}{
		{1 << 20, true, 1},
		{3 << 20, true, 1},
		{3<<20 + 1, true, 1},
		{4 << 20, true, 1},
		{3 << 20, true, 1},
		{4<<20 + 1, false, 1},
		{4 << 20, false, 1},
		{3<<20 + 1, false, 1},
		{3 << 20, true, 2},
		{4 << 20, true, 2},
	} {
		lab.said = step.said
		s.rewind.Record(model.Batch{Messages: []model.Message{message(i, "iotclass/lab1/temperature", "22")}})
		if r := s.rewind.Reach(); r.TooLarge == step.kept || r.Bytes > 0 != step.kept || lab.sketches != step.sketches {
			t.Errorf("step %d: %d sketches, want %d; kept %t: %+v", i, lab.sketches, step.sketches, step.kept, r)
		}
	}
}

// BenchmarkRewind is what the owner of a live lab pays for each message, and what the
// message takes.
func BenchmarkRewind(b *testing.B) {
	messages := sensors(8 * 256)
	for i := range messages {
		messages[i].Topic = messages[i%300].Topic // as the guard interns them
	}
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		b.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	rewind := recording.NewRewind(store, 64<<20)
	n := 0
	for b.Loop() {
		rewind.Record(model.Batch{Messages: messages[n%8*256:][:256]})
		n++
	}
	r := rewind.Reach()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(256*n), "ns/message")
	b.ReportMetric(float64(r.Bytes)/1e6, "MB")
	b.ReportMetric(float64(r.Bytes)/256/float64(n), "B/message")
}

// TestRewindMarks has a way back to an alert on silence, which is noticed by a tick, lead
// to where the lab shows it, and its mark tell when it began.
func TestRewindMarks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t, 4<<20)
		var began time.Time
		s.live(120, 6, func(time.Time) {
			if counts := s.engine.Counts(); counts.Warning > 0 && began.IsZero() {
				began = s.engine.Since(0)[counts.Transitions-1].Time
				s.rewind.Mark(recording.Mark{Kind: recording.MarkAlert, At: began, Text: "silent"})
			}
		})
		r := s.rewind.Reach()
		p := s.back(t, r.Start)
		p.Jump(recording.MarkAlert, true)
		synctest.Wait()
		lab, _ := p.Lab().(*watched)
		b, marks := p.Playback(), p.Timeline(0).Marks
		if n := lab.engine.Counts().Warning; n == 0 || b.At.Before(began) || b.At.After(began.Add(time.Second)) {
			t.Errorf("%d alerts at %v, want one that began at %v", n, b.At, began)
		}
		if len(marks) != 1 || !marks[0].At.Equal(began) {
			t.Errorf("the marks are %v", marks)
		}
	})
}
