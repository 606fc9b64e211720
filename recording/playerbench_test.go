package recording_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/forge"
)

// often is how far the messages of a flood are apart.
const often = 100 * time.Microsecond

// long is a file of n messages on 300 topics, every so often; with the library it is
// written by that, with its indexes.
func long(b *testing.B, n int, every time.Duration, library bool) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "long.mcap")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	messages := sensors(300_000)
	begin := ours
	if library {
		begin = theirs
	}
	write, end := begin(b, out)
	for i := range n {
		m := &messages[i%len(messages)]
		m.Time = epoch.Add(time.Duration(i) * every)
		if err := write(i, m); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(end(), out.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// writes is how a message is written.
type writes func(i int, m *model.Message) error

func ours(b *testing.B, out io.Writer) (writes, func() error) {
	b.Helper()
	w, err := recording.NewWriter(out, about())
	if err != nil {
		b.Fatal(err)
	}
	last := epoch
	return func(_ int, m *model.Message) error { last = m.Time; return w.Message(m) }, func() error { return w.Close(last) }
}

func theirs(b *testing.B, out io.Writer) (writes, func() error) {
	b.Helper()
	w, err := mcap.NewWriter(out, &mcap.WriterOptions{Chunked: true, ChunkSize: 1 << 20, IncludeCRC: true, Compression: mcap.CompressionZSTD})
	if err != nil {
		b.Fatal(err)
	}
	errs := []error{w.WriteHeader(&mcap.Header{Profile: "mqtt"})}
	for i, m := range sensors(300) {
		errs = append(errs, w.WriteChannel(&mcap.Channel{ID: uint16(i), Topic: m.Topic}))
	}
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	return func(i int, m *model.Message) error {
		at := uint64(m.Time.UnixNano())
		return w.WriteMessage(&mcap.Message{ChannelID: uint16(i % 300), Sequence: uint32(i), LogTime: at, PublishTime: at, Data: m.Payload})
	}, w.Close
}

// BenchmarkFeed is unlimited replay: reading, decoding, the store, and rules on every
// metric. It stands beside reading alone, see BenchmarkRead. Where messages come once a
// second there is a tick for each of them.
func BenchmarkFeed(b *testing.B) {
	for _, every := range []time.Duration{often, time.Second} {
		b.Run(every.String(), func(b *testing.B) { feedAll(b, every) })
	}
}

func feedAll(b *testing.B, every time.Duration) {
	b.Helper()
	const n = 1_000_000
	path := long(b, n, every, false)
	for b.Loop() {
		f, err := recording.Open(path, "")
		if err != nil {
			b.Fatal(err)
		}
		lab, err := newWatched(nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(recording.Feed(b.Context(), f, lab), f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkSeek goes to moments of ten million messages at random: to the state with
// all its alerts, and, with the library of the format's makers, to the first message.
func BenchmarkSeek(b *testing.B) {
	const n = 10_000_000
	moments := func() time.Time { return epoch.Add(rand.N(n * often)) }
	b.Run("labtop", func(b *testing.B) {
		seekIn(b, long(b, n, often, false), n*often)
	})
	b.Run("library", func(b *testing.B) {
		f, err := os.Open(long(b, n, often, true))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		r, err := mcap.NewReader(f)
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		measure(b, func() {
			it, err := r.Messages(mcap.AfterNanos(uint64(moments().UnixNano())))
			if err == nil {
				_, _, _, err = it.NextInto(nil)
			}
			if err != nil {
				b.Fatal(err)
			}
		})
	})
}

// BenchmarkSeekLog goes to moments of a million lines at random.
func BenchmarkSeekLog(b *testing.B) {
	const n, apart = 1_000_000, time.Millisecond
	stamped := stampedText(n, apart)
	for _, log := range []struct {
		name string
		text func() string
	}{
		{"stamped", func() string { return stamped }},
		{"ndjson", func() string { return jsonText(n, apart) }},
		{"utf16", func() string { return string(wide([]byte(stamped), binary.LittleEndian)) }},
		{"gzip", func() string { return string(zipped(b, []byte(stamped))) }},
		{"zstd", func() string { return string(forge.Zstd([]byte(stamped))) }},
	} {
		b.Run(log.name, func(b *testing.B) { seekIn(b, kept(b, []byte(log.text())), n*apart) })
	}
}

// seekIn goes to moments at random of a file that is so long, once its index is whole.
func seekIn(b *testing.B, path string, length time.Duration) {
	b.Helper()
	began := time.Now()
	p, stop := started(b, recording.PlayerOptions{Path: path, Paused: true})
	defer stop()
	arrived(p)
	open := time.Since(began)
	began = time.Now()
	p.Seek(epoch.Add(length / 2))
	arrived(p)
	first := time.Since(began)
	for p.Timeline(0).Partial {
		changed, _ := p.Changed()
		<-changed
	}
	index := time.Since(began)
	measure(b, func() {
		p.Seek(epoch.Add(rand.N(length)))
		arrived(p)
	})
	b.ReportMetric(float64(open.Milliseconds()), "open-ms")
	b.ReportMetric(first.Seconds(), "first-s")
	b.ReportMetric(index.Seconds(), "index-s")
}

// BenchmarkFirstSeek opens ten million messages and goes to a moment at random, before
// anything was read of them: until there is a picture of it, a glance or the whole.
func BenchmarkFirstSeek(b *testing.B) {
	const n = 10_000_000
	path := long(b, n, often, false)
	b.Run("whole", func(b *testing.B) { firstSeek(b, path, n*often) })
	about, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, about.Size()-200_000) // more than the index
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Run("cut", func(b *testing.B) { firstSeek(b, path, n*99*time.Microsecond) })
}

// firstSeek opens a file that is so long, and goes to a moment at random.
func firstSeek(b *testing.B, path string, length time.Duration) {
	b.Helper()
	glances := 0.0
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		p, stop := started(b, recording.PlayerOptions{Path: path, Paused: true, At: epoch.Add(rand.N(length))})
		for glance := false; !glance && p.Playback().Seeking; {
			changed, _ := p.Changed()
			if _, glance = p.Lab().(*recording.Glance); glance {
				glances++
			} else {
				<-changed
			}
		}
		took = append(took, time.Since(began))
		stop()
	}
	tell(b, took)
	b.ReportMetric(glances/float64(b.N), "glances/op")
}

// measure tells how long calls of f take.
func measure(b *testing.B, f func()) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		f()
		took = append(took, time.Since(began))
	}
	tell(b, took)
}

// tell reports how long something took.
func tell(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
	b.ReportMetric(at(1), "max-ms")
}

// arrived waits until a player is where it was sent.
func arrived(p *recording.Player) {
	for {
		changed, _ := p.Changed()
		if !p.Playback().Seeking {
			return
		}
		<-changed
	}
}
