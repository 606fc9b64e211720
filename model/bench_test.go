package model_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"labtop/model"
)

// trivialDecoder reads whole numbers without allocating.
type trivialDecoder struct{ route model.Route }

func newTrivial(topic string) model.Decoder {
	return &trivialDecoder{newFake(topic).Route()}
}

func (t *trivialDecoder) Route() model.Route { return t.route }

func (t *trivialDecoder) Copy() model.Decoder { return t }

func (t *trivialDecoder) Decode(m *model.Message, d *model.Decoded) {
	v := 0.0
	for _, c := range m.Payload {
		v = 10*v + float64(c-'0')
	}
	d.Readings = append(d.Readings, model.Reading{Raw: m.Payload, Value: model.Value{Kind: model.Number, Num: v}})
}

// filled is a store in which each of n devices has said its temperature.
func filled(n int) *model.Store {
	s := model.NewStore(newTrivial, model.Limits{})
	for i := 0; i < n; i += 256 {
		var batch []model.Message
		for j := i; j < min(i+256, n); j++ {
			batch = append(batch, message(0, fmt.Sprintf("dev/%d/temperature", j), "21"))
		}
		s.Apply(batch)
	}
	return s
}

func BenchmarkApply(b *testing.B) {
	s := model.NewStore(newTrivial, model.Limits{})
	batch := make([]model.Message, 256)
	topics := make([]string, 300)
	for i := range topics {
		topics[i] = fmt.Sprintf("dev/%d/temperature", i)
	}
	payload := []byte("22")
	next, now := 0, epoch
	apply := func() {
		for i := range batch {
			now = now.Add(10 * time.Microsecond)
			batch[i] = model.Message{Topic: topics[next], Payload: payload, Size: 2, Time: now}
			next = (next + 1) % len(topics)
		}
		s.Apply(batch)
	}
	for range 5000 { // fill the histories
		apply()
	}
	b.ReportAllocs()
	for b.Loop() {
		apply()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/message")
}

func BenchmarkRead(b *testing.B) {
	for _, devices := range []int{300, 100_000} {
		s := filled(devices)
		for i := range 60 {
			s.Apply([]model.Message{message(float64(i), "dev/10/temperature", "22")})
		}
		for _, sort := range []model.Sort{model.SortName, model.SortRate} {
			b.Run(fmt.Sprintf("%d devices by %v", devices, sort), func(b *testing.B) {
				v := model.NewView(s, false)
				q := model.Query{Height: 60, Trend: 12, Order: model.Order{Sort: sort}}
				v.Read(q)
				b.ReportAllocs()
				for b.Loop() {
					p := v.Read(q)
					q.Cursor, q.Top = p.Key, p.Top
				}
			})
		}
	}
}

// BenchmarkRebuild is a list that is sorted anew, as once a second.
func BenchmarkRebuild(b *testing.B) {
	s := filled(100_000)
	for _, sort := range []model.Sort{model.SortName, model.SortRate} {
		b.Run(sort.String(), func(b *testing.B) {
			v := model.NewView(s, false)
			q := model.Query{Height: 60, Order: model.Order{Sort: sort}}
			b.ReportAllocs()
			for b.Loop() {
				q.Version++
				v.Read(q)
			}
		})
	}
}

func BenchmarkTick(b *testing.B) {
	s := filled(100_000)
	now := epoch
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		s.Tick(now, model.SourceStats{})
	}
}

// TestMemoryOfManyTopics holds 100 000 topics of one device each to topicBytes.
func TestMemoryOfManyTopics(t *testing.T) {
	const topics = 100_000
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := filled(topics)
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := float64(after.HeapAlloc-before.HeapAlloc) / topics
	t.Logf("%.0f bytes a topic", bytes)
	if bytes > topicBytes {
		t.Errorf("%.0f bytes a topic, want at most %d", bytes, topicBytes)
	}
	runtime.KeepAlive(s)
}

// BenchmarkCheckpoint copies a store whose topics have spoken once, or have full rings of
// readings; BenchmarkRestore puts it back.
func BenchmarkCheckpoint(b *testing.B) {
	benchCheckpoint(b, func(s *model.Store, _ model.Checkpoint) { s.Checkpoint() })
}

func BenchmarkRestore(b *testing.B) {
	benchCheckpoint(b, func(s *model.Store, c model.Checkpoint) { s.Restore(c) })
}

func benchCheckpoint(b *testing.B, do func(s *model.Store, c model.Checkpoint)) {
	b.Helper()
	for _, lab := range []struct{ topics, readings int }{{300, 1}, {300, 10_000}, {100_000, 1}, {100_000, 100}} {
		b.Run(fmt.Sprintf("%d topics of %d readings", lab.topics, lab.readings), func(b *testing.B) {
			s := filled(lab.topics)
			batch := make([]model.Message, lab.topics)
			for i := 1; i < lab.readings; i++ {
				for j := range batch {
					batch[j] = message(float64(i), fmt.Sprintf("dev/%d/temperature", j), "22")
				}
				s.Apply(batch)
			}
			c := s.Checkpoint()
			for b.Loop() {
				do(s, c)
			}
			b.ReportMetric(float64(c.Size()), "bytes")
		})
	}
}
