package model_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
)

// TestReadersOfARestoredStore: whoever reads while a store is restored sees one state or
// the other, and nothing in between.
func TestReadersOfARestoredStore(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	state := func(devices int, payload string) model.Checkpoint {
		for i := range devices {
			l.say(1, fmt.Sprintf("d/%d/m", i), payload)
		}
		l.tick(1)
		return l.Checkpoint()
	}
	states := []model.Checkpoint{l.Checkpoint(), state(10, "10 x"), state(600, "600 y"), state(600, "600 z")}
	check := func(what string, devices, total int, text func(i int) string) {
		for i := range devices {
			if text(i) != text(0) {
				t.Errorf("%s: %q and %q", what, text(0), text(i))
			}
		}
		if devices != total || devices > 0 && text(0)[:2] != strconv.Itoa(devices)[:2] {
			t.Errorf("%s: %d of %d devices", what, devices, total)
		}
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			v, log := model.NewView(l.Store, false), model.NewLogView(l.Store)
			for {
				select {
				case <-stop:
					return
				default:
				}
				p := v.Read(model.Query{Height: 1000})
				check("a page", len(p.Lines), p.Status.Tally.Devices, func(i int) string { return p.Lines[i].Metric.Text + p.Lines[i].Metric.Unit })
				all := l.Devices(false)
				check("all", len(all), len(all), func(i int) string { return all[i].Metrics[0].Text + all[i].Metrics[0].Unit })
				messages := log.Read(model.LogQuery{Height: 1000, Hold: true})
				if uint64(messages.Total) != messages.Status.LogKept {
					t.Errorf("%d messages of %d", messages.Total, messages.Status.LogKept)
				}
			}
		})
	}
	for i := range 100 {
		l.Restore(states[i%len(states)])
		runtime.Gosched()
	}
	close(stop)
	readers.Wait()
}

// TestCheckpointsOfLongHistories: what a store adds to its histories, sums up and shifts
// after a checkpoint is not in it, and what is restored from one goes on alike.
func TestCheckpointsOfLongHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := model.Limits{HistoryBytes: rapid.SampledFrom([]int64{2000, 20_000, 1 << 20}).Draw(t, "bytes")}
		type part struct {
			from, to int
			by       time.Duration
		}
		var parts []part
		from := 0
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			to := from + rapid.IntRange(0, 1500).Draw(t, "readings")
			parts = append(parts, part{from, to, time.Duration(rapid.IntRange(-5, 5).Draw(t, "by")) * time.Minute})
			from = to
		}
		s := model.NewStore(newFake, limits)
		tell := func(s *model.Store, p part) {
			var batch []model.Message
			for i := p.from; i < p.to; i++ {
				batch = append(batch, message(float64(i), temperature, strconv.Itoa(i*7919%50)))
			}
			s.Apply(batch)
			s.Shift(p.by)
			s.Shift(-p.by)
		}
		look := func(s *model.Store) string {
			chart := model.NewView(s, true).Read(model.Query{Height: 10, Chart: &model.ChartQuery{Columns: 200}}).Detail
			return fmt.Sprintf("%+v\n%+v", s.Devices(true), chart)
		}
		checkpoints, looks := []model.Checkpoint{s.Checkpoint()}, []string{look(s)}
		for _, p := range parts {
			tell(s, p)
			checkpoints, looks = append(checkpoints, s.Checkpoint()), append(looks, look(s))
		}
		for i, c := range checkpoints {
			other := model.NewStore(newFake, limits)
			other.Restore(c)
			for j := i; ; j++ {
				if diff := cmp.Diff(looks[j], look(other)); diff != "" {
					t.Fatalf("from checkpoint %d to %d (-want +got):\n%s", i, j, diff)
				}
				if j == len(parts) {
					break
				}
				tell(other, parts[j])
			}
		}
	})
}

// TestSizeOfACheckpoint compares what a checkpoint says of its size with the heap.
func TestSizeOfACheckpoint(t *testing.T) {
	s := filled(20_000)
	for i := range 100 {
		s.Apply([]model.Message{message(float64(i), fmt.Sprintf("dev/%d/temperature", i), "22")})
	}
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	c := s.Checkpoint()
	if size, is := float64(c.Size()), heap()-before; is > size || size > 1.5*is {
		t.Errorf("it says %.0f bytes, and holds %.0f", size, is)
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(s)
}

// TestSketch: a sketch with the histories of a later checkpoint is the store as it was,
// while the histories go back far enough; of what is summed up by then, what had ended.
func TestSketch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want, s := newLab(t, model.Limits{}), newLab(t, model.Limits{})
		say := func(from, n int, labs ...*lab) {
			for i := from; i < from+n; i++ {
				for _, l := range labs {
					l.say(float64(i), temperature, strconv.Itoa(i%7))
					l.say(float64(i), fmt.Sprintf("d/%d/m", i%5), "1")
				}
			}
		}
		before, lost, after := rapid.IntRange(0, 200).Draw(t, "before"), rapid.IntRange(0, 300).Draw(t, "lost"), rapid.IntRange(0, 120).Draw(t, "after")
		say(0, before, want, s)
		sketch := s.Sketch()
		by := time.Duration(rapid.Int64Range(-int64(1e12), int64(1e12)).Draw(t, "by"))
		s.Shift(by)
		say(before+int(by.Seconds()), lost, s)
		all := sketch.WithHistory(s.Checkpoint())
		s.Restore(all)
		look := func(l *lab) []any { return everything(l.Store, model.NewLogView(l.Store)) }
		if diff := cmp.Diff(look(want), look(s)); diff != "" {
			t.Fatal("(-want +got):\n" + diff)
		}
		say(before, after, want, s)
		if diff := cmp.Diff(look(want), look(s)); diff != "" {
			t.Fatal("then (-want +got):\n" + diff)
		}
	})
}

// TestSketchOfLongAgo: what is summed up in buckets by now is known to a bucket.
func TestSketchOfLongAgo(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	var sketch model.Checkpoint
	for i := range 5000 {
		if i == 1000 {
			sketch = l.Sketch()
		}
		l.say(float64(i), temperature, strconv.Itoa(i%7))
	}
	l.Restore(sketch.WithHistory(l.Checkpoint()))
	d := l.Detail(model.Key{Device: "iotclass/lab1"}, model.ChartQuery{Columns: 100})
	if d == nil {
		t.Fatal("no history")
	}
	readings := 0
	for _, c := range d.Series[0].Columns {
		readings += c.N
	}
	kept := 0
	for _, r := range l.Recall(model.Key{Device: "iotclass/lab1"})[0].Readings {
		kept += r.N
	}
	if readings != kept || readings > 1000 || readings < 980 || !d.Start.Equal(at(0)) || d.Metric.Plotted != 1000 {
		t.Errorf("%d readings since %v", readings, d.Start)
	}
}

// TestCheckpointCountsProperties has the last properties of each topic count: a checkpoint
// keeps them when the store has others.
func TestCheckpointCountsProperties(t *testing.T) {
	t.Parallel()
	const topics = 1000
	sizes := func(p *model.Properties) (checkpoint, sketch int) {
		s := model.NewStore(newTrivial, model.Limits{Recent: 1})
		for i := range topics {
			m := message(0, fmt.Sprintf("dev/%d/temperature", i), "22")
			m.Properties = p
			s.Apply([]model.Message{m})
		}
		return s.Checkpoint().Size(), s.Sketch().Size()
	}
	p := &model.Properties{ContentType: strings.Repeat("x", 500)}
	checkpoint, sketch := sizes(nil)
	more, moreSketch := sizes(p)
	if want := topics * p.Size(); more-checkpoint < want || moreSketch-sketch < want {
		t.Errorf("properties of %d bytes add %d to a checkpoint and %d to a sketch", want, more-checkpoint, moreSketch-sketch)
	}
}

// TestSketchSize holds what a sketch is said to need before it is made to what it needs,
// however long the texts are that the lab keeps.
func TestSketchSize(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]int{"short": 0, "long": 1000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const devices = 10_000
			s := model.NewStore(newTrivial, model.Limits{TextBytes: 64 << 20})
			for i := range 3 * devices {
				m := message(float64(i/devices), fmt.Sprintf("dev/%d/temperature", i%devices), "22")
				if m.Payload = append(m.Payload, strings.Repeat("2", long)...); long > 0 {
					m.Properties = &model.Properties{ContentType: strings.Repeat("x", long)}
				}
				s.Apply([]model.Message{m})
				m.Topic, m.Time = fmt.Sprintf("dev/%d/humidity", i%devices), m.Time.Add(time.Second)
				s.Apply([]model.Message{m})
			}
			said, made := s.SketchSize(), s.Sketch().Size()
			if t.Logf("%d bytes are said, %d made", said, made); said < made*9/10 || said > made*11/10 {
				t.Errorf("a sketch is said to need %d bytes, and needs %d", said, made)
			}
		})
	}
}
