package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"labtop/model"
	"labtop/recording"
)

// sensors are n messages of 300 boards at 10 000 a second.
func sensors(n int) []model.Message {
	messages := make([]model.Message, n)
	for i := range messages {
		payload := fmt.Appendf(nil, "%d.%02d", 20+i%7, i*37%100)
		messages[i] = model.Message{
			Topic: fmt.Sprintf("iotclass/lab%03d/temperature", i%300), Payload: payload, Size: len(payload),
			Time: epoch.Add(time.Duration(i)*100*time.Microsecond + time.Duration(i*7919%50_000)),
		}
	}
	return messages
}

// BenchmarkWrite compares the writer with the library of the format's makers, which
// writes the same messages.
func BenchmarkWrite(b *testing.B) {
	messages := sensors(100_000)
	b.Run("labtop", func(b *testing.B) {
		var size int64
		for b.Loop() {
			w, err := recording.NewWriter(io.Discard, about())
			if err != nil {
				b.Fatal(err)
			}
			for i := range messages {
				if err := w.Message(&messages[i]); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(epoch); err != nil {
				b.Fatal(err)
			}
			size = w.Size()
		}
		report(b, len(messages), size)
	})
	b.Run("library", func(b *testing.B) {
		var size uint64
		for b.Loop() {
			w, err := mcap.NewWriter(io.Discard, &mcap.WriterOptions{Chunked: true, IncludeCRC: true, Compression: mcap.CompressionZSTD})
			if err != nil {
				b.Fatal(err)
			}
			errs := []error{w.WriteHeader(&mcap.Header{Profile: "mqtt"})}
			for i := range 300 {
				errs = append(errs, w.WriteChannel(&mcap.Channel{ID: uint16(i), Topic: messages[i].Topic}))
			}
			for i := range messages {
				at := uint64(messages[i].Time.UnixNano())
				if err := w.WriteMessage(&mcap.Message{ChannelID: uint16(i % 300), Sequence: uint32(i), LogTime: at, PublishTime: at, Data: messages[i].Payload}); err != nil {
					b.Fatal(err)
				}
			}
			if err := errors.Join(append(errs, w.Close())...); err != nil {
				b.Fatal(err)
			}
			size = w.Offset()
		}
		report(b, len(messages), int64(size))
	})
}

// BenchmarkRead compares the reader with the library's.
func BenchmarkRead(b *testing.B) {
	messages := sensors(100_000)
	file := written(b, func(w *recording.Writer) error {
		for i := range messages {
			if err := w.Message(&messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
	b.Run("labtop", func(b *testing.B) {
		for b.Loop() {
			r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				b.Fatal(err)
			}
			var e recording.Entry
			n := 0
			for ; r.Next(&e) == nil; n++ {
			}
			if n != len(messages)+1 {
				b.Fatalf("%d entries", n)
			}
		}
		report(b, len(messages), int64(len(file)))
	})
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			r, err := mcap.NewReader(bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			it, err := r.Messages(mcap.UsingIndex(false))
			if err != nil {
				b.Fatal(err)
			}
			n, m := 0, &mcap.Message{}
			for ; err == nil; n++ {
				_, _, m, err = it.NextInto(m)
			}
			if n != len(messages)+2 {
				b.Fatalf("%d messages: %v", n, err)
			}
			r.Close()
		}
		report(b, len(messages), int64(len(file)))
	})
}

func report(b *testing.B, messages int, size int64) {
	b.Helper()
	b.ReportMetric(float64(messages)*float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(size)/float64(messages), "B/msg")
}
