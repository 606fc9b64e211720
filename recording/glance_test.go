package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"labtop/model"
	"labtop/recording"
)

// contradicts says where a glance at a moment claims what is not so: everything that it
// has heard since To must be as straight playing makes it, and when whole is set, so must
// everything that straight playing has heard since then.
func contradicts(path string, g *recording.Glance, at time.Time, whole bool) error {
	f, err := recording.Open(path, "")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	exact, err := newWatched(nil)
	if err != nil {
		return err
	}
	set, err := recording.FeedTo(f, exact, at)
	if err != nil {
		return err
	}
	if !g.From.Before(g.To) || g.To.After(at) {
		return fmt.Errorf("from %v to %v is missing at %v", g.From, g.To, at)
	}
	since := g.To.Add(set) // as the clock shows it then
	seen, is := heard(g.Lab, since), heard(exact, since)
	for key, said := range seen {
		if is[key] != said {
			return fmt.Errorf("%v: it says %s, and it was %s", key, said, is[key])
		}
	}
	if whole && len(seen) != len(is) {
		return fmt.Errorf("%d metrics were heard, and it has heard %d", len(is), len(seen))
	}
	return nil
}

// heard is what the metrics of a lab say that were heard from a moment on.
func heard(lab recording.Lab, since time.Time) map[model.Key]string {
	all := map[model.Key]string{}
	for _, d := range stored(lab).Devices(true) {
		for _, m := range d.Metrics {
			if !m.Time.Before(since) {
				said := fmt.Sprint(m.Value, m.ValueTime, m.Condition, m.Text, m.Time, m.QoS, m.Retained, m.Unit)
				all[model.Key{Device: d.Device.ID, Topic: m.Topic, Path: m.Path}] = said
			}
		}
	}
	return all
}

// stored is the store of a lab, however it is wrapped.
func stored(lab recording.Lab) *model.Store {
	switch l := lab.(type) {
	case *watched:
		return l.Store
	case *held:
		return stored(l.Lab)
	}
	return nil
}

// held is a lab that takes nothing in while the gate is shut.
type held struct {
	recording.Lab
	gate *gate
}

// gate is open until it is shut; what is sent opens it for ever.
type gate struct {
	shut atomic.Bool
	open chan struct{}
}

func (h *held) Apply(messages []model.Message) {
	if h.gate.shut.Load() {
		<-h.gate.open
	}
	h.Lab.Apply(messages)
}

// busy is a recording of so many seconds of ten boards, ten messages a second; board 9
// speaks in the first second only, and something stored on board 8 is before all.
func busy(tb testing.TB, length int) []byte {
	tb.Helper()
	return closed(tb, float64(length), func(w *recording.Writer) error {
		stored := at(0, "0.1")
		stored.Topic, stored.Retained = "iotclass/lab8/battery", true
		errs := []error{w.Connection(epoch, &model.Connection{State: model.Connected, Since: epoch, Connects: 1}), w.Message(stored)}
		for i := range length * 10 {
			m := at(float64(i)/10, fmt.Sprintf("%d.5", 20+i%9))
			if m.Topic = fmt.Sprintf("iotclass/lab%d/temperature", i%10); i%10 == 9 && i > 10 {
				continue
			}
			if errs = append(errs, w.Message(m)); i%50 == 48 {
				errs = append(errs, w.Flush())
			}
		}
		return errors.Join(errs...)
	})
}

// closed is a recording of what write does, closed so many seconds after the epoch.
func closed(tb testing.TB, at float64, write func(w *recording.Writer) error) []byte {
	tb.Helper()
	file, w := begun(tb)
	if err := errors.Join(write(w), w.Close(moment(at))); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

// glancing is a player whose way to a far moment stands still once a glance of it is
// shown, until release is called. Each glance is held against straight playing.
func glancing(t *testing.T, path string) (p *recording.Player, glances *int, release func()) {
	t.Helper()
	gate, n := &gate{open: make(chan struct{})}, 0
	o := recording.PlayerOptions{Path: path, Paused: true, Speed: 1, NewLab: func(fired func(recording.Mark)) (recording.Lab, error) {
		lab, err := newWatched(fired)
		if fired != nil { // the index's
			return lab, err
		}
		return &held{lab, gate}, err
	}, CheckpointBytes: 1}
	o.GlanceWork(1000, func(g *recording.Glance, at time.Time) {
		n++
		gate.shut.Store(true)
		if err := contradicts(path, g, at, true); err != nil {
			t.Errorf("the glance at %.1f s: %v", seconds(at), err)
		}
	})
	return playing(t, o), &n, sync.OnceFunc(func() {
		gate.shut.Store(false)
		close(gate.open)
	})
}

// exact says what is wrong where a player stands, when anything is.
func exact(t *testing.T, path string, p *recording.Player) error {
	t.Helper()
	lab, ok := p.Lab().(*held)
	if !ok {
		return fmt.Errorf("the lab is a %T", p.Lab())
	}
	if b := p.Playback(); picture(t, lab.Lab) != straight(t, path, b) {
		return fmt.Errorf("another state than straight playing makes up to %.1f s, after %d messages", seconds(b.At), b.Messages)
	}
	return nil
}

// TestGlance goes far, sees a glance, and asks for something while it is shown: what comes
// after is exact.
func TestGlance(t *testing.T) {
	t.Parallel()
	path := kept(t, busy(t, 2000))
	for _, tt := range []struct {
		name string
		do   func(p *recording.Player)
		wait time.Duration
		want string // where it stands then
		more int    // further glances
	}{
		{"nothing", func(*recording.Player) {}, 0, "1500.0 13503", 0},
		{"play", func(p *recording.Player) { p.Play(true) }, 2 * time.Second, "1502.0 13521 playing", 0},
		{"step", func(p *recording.Player) { p.Step("") }, 0, "1500.1 13504", 0},
		{"step to a device", func(p *recording.Player) { p.Step("iotclass/lab4") }, 0, "1500.4 13507", 0},
		{"far on", func(p *recording.Player) { p.Seek(moment(1900)) }, 0, "1900.0 17103", 1},
		{"back", func(p *recording.Player) { p.Seek(moment(3)) }, 0, "3.0 30", 0},
		{"somewhere else and here again", func(p *recording.Player) { p.Seek(moment(3)); p.Seek(moment(1500)) }, 0, "1500.0 13503", 1},
		{"a mark that is not there", func(p *recording.Player) { p.Jump(recording.MarkNote, true) }, 0, "1500.0 13503 unmet", 0},
		{"the end", func(p *recording.Player) { p.Seek(moment(1e6)) }, 0, "2000.0 18002 ended", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, glances, release := glancing(t, path)
				defer release()
				p.Seek(moment(1500))
				synctest.Wait()
				g, ok := p.Lab().(*recording.Glance)
				b := p.Playback()
				if !b.At.Equal(moment(1500)) || !b.Seeking || !ok || *glances != 1 {
					t.Fatalf("%d glances, the lab is a %T, it stands at %s", *glances, p.Lab(), standing(p))
				}
				if !b.End.Equal(moment(2000)) || b.Progress >= 1 || b.Messages > 1000 {
					t.Errorf("while a glance is shown: %+v", b)
				}
				last, _ := g.Last("iotclass/lab9/temperature")
				if kept, ok := g.Last("iotclass/lab8/battery"); !ok || string(kept.Payload) != "0.1" || string(last.Payload) != "20.5" {
					t.Errorf("of the beginning it knows %+v and %+v", kept, last)
				}
				tt.do(p)
				synctest.Wait()
				if !p.Playback().Seeking {
					t.Errorf("it stands at %s, and is not there yet", standing(p))
				}
				release()
				synctest.Wait()
				time.Sleep(tt.wait)
				synctest.Wait()
				if got := standing(p); got != tt.want || *glances != 1+tt.more {
					t.Errorf("%d glances, it stands at %s, want %s", *glances, got, tt.want)
				}
				if err := exact(t, path, p); err != nil {
					t.Error(err)
				}
				if marks := p.Timeline(10).Marks; len(marks) != 1 || marks[0].At.After(moment(30)) { // board 9's silence
					t.Errorf("the timeline has %v", marks)
				}
			})
		})
	}
}

// TestGlanceEndsEarly closes a player while it shows a glance.
func TestGlanceEndsEarly(t *testing.T) {
	t.Parallel()
	path := kept(t, busy(t, 1000))
	synctest.Test(t, func(t *testing.T) {
		o := recording.PlayerOptions{Path: path, Paused: true}
		cancelled := make(chan struct{})
		o.GlanceWork(1000, func(*recording.Glance, time.Time) { <-cancelled })
		p, stop := started(t, o)
		p.Seek(moment(900))
		synctest.Wait()
		go close(cancelled)
		stop()
	})
}

// chunkIndex is the body of a record of the index at a file's end.
type chunkIndex []byte

func (c chunkIndex) set(at int, n uint64) { binary.LittleEndian.PutUint64(c[at:], n) }

func (c chunkIndex) get(at int) uint64 { return binary.LittleEndian.Uint64(c[at:]) }

// The places of its fields.
const startAt, endAt, offsetAt = 0, 8, 16

func (c chunkIndex) sizeAt() int { return len(c) - 8 }

// lied is a recording whose index was changed; its checksum is right.
func lied(file []byte, change func(n int, c chunkIndex, all []chunkIndex)) []byte {
	file = slices.Clone(file)
	start, end, _ := summary(file)
	var all []chunkIndex
	for at := start; at < end; {
		length := int(binary.LittleEndian.Uint64(file[at+1:]))
		if mcap.OpCode(file[at]) == mcap.OpChunkIndex {
			all = append(all, chunkIndex(file[at+9:][:length]))
		}
		at += 9 + length
	}
	for n, c := range all {
		change(n, c, all)
	}
	fixSum(file, start, end)
	return file
}

// steps is a recording of 300 s, after some of whose messages the clock is set by so many
// seconds.
func steps(tb testing.TB, by float64, after ...int) []byte {
	tb.Helper()
	set := 0.0
	return closed(tb, 301+by*float64(len(after)), func(w *recording.Writer) error {
		var errs []error
		for i := range 3000 {
			if errs = append(errs, w.Message(at(float64(i)/10+set, "1"))); i%50 == 0 {
				errs = append(errs, w.Flush())
			}
			if slices.Contains(after, i) {
				set += by
				errs = append(errs, w.Clock(moment(float64(i)/10+0.05+set), time.Duration(by*float64(time.Second)), 0))
			}
		}
		return errors.Join(errs...)
	})
}

// sleeps is a recording of 300 s in which nobody listens for one of each five.
func sleeps(tb testing.TB) []byte {
	tb.Helper()
	return closed(tb, 301, func(w *recording.Writer) error {
		var errs []error
		for i := range 3000 {
			switch {
			case i%50 >= 10:
				errs = append(errs, w.Message(at(float64(i)/10, "1")))
			case i%50 == 9 && i > 10:
				errs = append(errs, w.Clock(moment(float64(i)/10), 0, 800*time.Millisecond))
			}
		}
		return errors.Join(errs...)
	})
}

// late is a recording of 300 s, some of whose chunks begin with a message two seconds older
// than what came before it.
func late(tb testing.TB, is func(i int) bool) []byte {
	tb.Helper()
	return closed(tb, 301, func(w *recording.Writer) error {
		var errs []error
		for i := range 3000 {
			m := at(float64(i)/10, "1")
			if i > 150 && i%150 == 4 && is(i) {
				m = at(float64(i)/10-2.4, "2")
				m.Topic = "iotclass/late/temperature"
			}
			if errs = append(errs, w.Message(m)); i%150 == 3 {
				errs = append(errs, w.Flush())
			}
		}
		return errors.Join(errs...)
	})
}

// hidden is a recording whose end does not tell that the clock was set.
func hidden(file []byte) []byte {
	start, end, _ := summary(file)
	copy(file[start:end], bytes.ReplaceAll(file[start:end], []byte("clock"), []byte("clack")))
	fixSum(file, start, end)
	return file
}

// damagedHead is a recording whose second chunk is longer than any can be.
func damagedHead(file []byte) []byte {
	file = slices.Clone(file)
	signature := []byte("\x04\x00\x00\x00zstd")
	first := bytes.Index(file, signature) + len(signature)
	second := first + bytes.Index(file[first:], signature) - 37
	binary.LittleEndian.PutUint64(file[second+1:], 1<<40)
	return file
}

// summary is where that of a file begins, and where its footer does.
func summary(file []byte) (start, end int, ok bool) {
	if end = len(file) - (9 + 20 + 8); end < 0 {
		return 0, 0, false
	}
	from := binary.LittleEndian.Uint64(file[end+9:])
	return int(from), end, from < uint64(end)
}

// fixSum makes the checksum of a summary right.
func fixSum(file []byte, start, end int) {
	binary.LittleEndian.PutUint32(file[end+9+16:], crc32.ChecksumIEEE(file[start:end+9+16]))
}

// TestGlanceDistrusts has files whose index lies, or that are of no use for a glance: what
// is shown is never wrong, and the exact state comes all the same. That an honest one has
// glances is seen too.
func TestGlanceDistrusts(t *testing.T) {
	t.Parallel()
	honest := busy(t, 300)
	set := steps(t, -1, 1500)
	manyTimes := make([]int, 1001)
	for i := range manyTimes {
		manyTimes[i] = 500 + 2*i
	}
	lie := func(change func(n int, c chunkIndex, all []chunkIndex)) []byte { return lied(honest, change) }
	for _, tt := range []struct {
		name    string
		file    []byte
		glances bool
	}{
		{"honest", lie(func(int, chunkIndex, []chunkIndex) {}), true},
		{"all chunks are the first", lie(func(_ int, c chunkIndex, all []chunkIndex) { c.set(offsetAt, all[0].get(offsetAt)) }), false},
		{"each chunk is the one before", lie(func(n int, c chunkIndex, all []chunkIndex) {
			c.set(offsetAt, all[max(n-1, 0)].get(offsetAt)-uint64(min(n, 1)))
		}), false},
		{"within a chunk", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(offsetAt, c.get(offsetAt)+100) }), false},
		{"beyond the end", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(offsetAt, 1<<40) }), false},
		{"before the start", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(offsetAt, 1<<63+5) }), true}, // so the file is walked through
		{"all at once", lie(func(_ int, c chunkIndex, all []chunkIndex) { c.set(startAt, all[0].get(startAt)); c.set(endAt, 1<<62) }), false},
		{"an hour too late", lie(func(_ int, c chunkIndex, _ []chunkIndex) {
			c.set(startAt, c.get(startAt)+uint64(time.Hour))
			c.set(endAt, c.get(endAt)+uint64(time.Hour))
		}), false},
		{"backwards", lie(func(n int, c chunkIndex, all []chunkIndex) {
			if other := all[len(all)-1-n]; n < len(all)/2 {
				for i := range c {
					c[i], other[i] = other[i], c[i]
				}
			}
		}), false},
		{"in no year", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(startAt, 1<<63); c.set(endAt, 1<<64-1) }), true},
		{"chunks of no size", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(c.sizeAt(), 0) }), false},
		{"chunks of any size", lie(func(_ int, c chunkIndex, _ []chunkIndex) { c.set(c.sizeAt(), 1<<64-1) }), true},
		{"cut before the index", honest[:len(honest)-500], true},
		{"cut in the middle of a chunk", honest[:len(honest)/2], true},
		{"cut, and a chunk is lost", damagedHead(honest[:len(honest)-500]), false},
		{"one chunk", closed(t, 301, func(w *recording.Writer) error {
			var errs []error
			for i := range 3000 {
				errs = append(errs, w.Message(at(float64(i)/10, "1")))
			}
			return errors.Join(errs...)
		}), false},
		{"nobody listened at times", sleeps(t), true},
		{"a clock that was set back", set, true},
		{"a clock that was set back a day", steps(t, -86400, 1500), true},
		{"a clock that was set forward again and again", steps(t, 3600, 400, 1000, 2500, 2501, 2502), true},
		{"a clock that was set, in a file that was cut", set[:len(set)-900], true},
		{"a clock that was set without end", steps(t, 1, manyTimes...), false},
		{"a clock that was set early, which the end hides", hidden(steps(t, -1, 10)), false},
		{"a clock that was set late, which the end hides", hidden(steps(t, -1, 2975)), true}, // of moments before it
		{"late messages", late(t, func(int) bool { return true }), false},
		{"a late message", late(t, func(i int) bool { return i == 2704 }), true},
		{"a clock that was set back, which nobody tells", closed(t, 301, func(w *recording.Writer) error {
			var errs []error
			for i := range 3000 {
				if errs = append(errs, w.Message(at(float64(i%1500)/10, "1"))); i%50 == 0 {
					errs = append(errs, w.Flush())
				}
			}
			return errors.Join(errs...)
		}), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := kept(t, tt.file)
			synctest.Test(t, func(t *testing.T) {
				o := recording.PlayerOptions{Path: path, Paused: true, CheckpointBytes: 1}
				glances := 0
				o.GlanceWork(300, func(g *recording.Glance, at time.Time) {
					glances++
					if err := contradicts(path, g, at, true); err != nil {
						t.Errorf("the glance at %.1f s: %v", seconds(at), err)
					}
				})
				p := playing(t, o)
				for _, s := range []float64{270, 1e6, 20, 150, 290} {
					p.Seek(moment(s))
					synctest.Wait()
					b := p.Playback()
					if picture(t, p.Lab()) != straight(t, path, b) || b.Seeking || b.Err != nil {
						t.Errorf("at %v s it is not as straight playing makes it: %+v", s, b)
					}
				}
				if glances > 0 != tt.glances {
					t.Errorf("%d glances", glances)
				}
			})
		})
	}
}

// TestOutlineIsBounded has an index that tells of more chunks than any that labtop writes:
// nothing of it is kept.
func TestOutlineIsBounded(t *testing.T) {
	t.Parallel()
	honest := busy(t, 300)
	start, end, _ := summary(honest)
	first := honest[start:end]
	for mcap.OpCode(first[0]) != mcap.OpChunkIndex {
		first = first[9+binary.LittleEndian.Uint64(first[1:]):]
	}
	first = first[:9+binary.LittleEndian.Uint64(first[1:])]
	for more, want := range map[int]bool{1000: true, recording.MaxIndexed: false} {
		file := slices.Concat(honest[:start], bytes.Repeat(first, more), honest[start:])
		fixSum(file, start, end+more*len(first))
		r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Outlined(); n > more != want {
			t.Errorf("%d more: it tells of %d chunks", more, n)
		}
	}
}

// TestGlanceIsGivenUp has an index that says that all chunks behind the third hold nothing:
// a glance that begins there ends where it is of no use.
func TestGlanceIsGivenUp(t *testing.T) {
	t.Parallel()
	const all = 400_000
	honest := closed(t, 20, func(w *recording.Writer) error {
		var err error
		for i := range all {
			err = errors.Join(err, w.Message(at(float64(i)/20_000, "1")))
		}
		return err
	})
	path := kept(t, lied(honest, func(n int, c chunkIndex, _ []chunkIndex) {
		switch {
		case n == 1:
			c.set(c.sizeAt(), 16<<20)
		case n > 2:
			c.set(c.sizeAt(), 0)
		}
	}))
	synctest.Test(t, func(t *testing.T) {
		var played []int // messages, by lab
		o := recording.PlayerOptions{Path: path, Paused: true, CheckpointBytes: 1, NewLab: func(fired func(recording.Mark)) (recording.Lab, error) {
			lab, err := newWatched(fired)
			if fired != nil { // the index's
				return lab, err
			}
			n := len(played)
			played = append(played, 0)
			return &slow{Lab: lab, applied: func(messages int) { played[n] = messages }}, err
		}}
		o.GlanceWork(30_000, func(*recording.Glance, time.Time) { t.Error("a glance is shown") })
		p := playing(t, o)
		p.Seek(moment(1e6))
		synctest.Wait()
		if b := p.Playback(); b.Messages != all || b.Seeking || b.Err != nil {
			t.Errorf("%+v", b)
		}
		// The other lab is the glance's.
		if len(played) != 2 || min(played[0], played[1]) < 300_000 || min(played[0], played[1]) > 340_000 {
			t.Errorf("the labs were given %d messages", played)
		}
	})
}

// TestClocksAreTold has the makers' library find what a recording tells of its clock before
// the chunks that begin with it, each in its place.
func TestClocksAreTold(t *testing.T) {
	t.Parallel()
	file := steps(t, -2.5, 1500, 2000)
	r, err := mcap.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	info, err := r.Info()
	if err != nil || len(info.MetadataIndexes) != 3 || info.Statistics.MetadataCount != 3 {
		t.Fatalf("%+v, %v", info, err)
	}
	checkSums(t, file)
	for _, index := range info.MetadataIndexes[1:] {
		m, err := r.GetMetadata(index.Offset)
		if err != nil || m.Name != "labtop/clock" || m.Metadata["step"] != "-2.5s" {
			t.Errorf("%+v, %v", m, err)
		}
		next := func(c *mcap.ChunkIndex) bool { return c.ChunkStartOffset == index.Offset+index.Length }
		if !slices.ContainsFunc(info.ChunkIndexes, next) {
			t.Errorf("no chunk follows %+v", index)
		}
	}
}
