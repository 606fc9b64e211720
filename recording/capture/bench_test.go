package capture_test

import (
	"bufio"
	"bytes"
	"testing"
	"time"

	"labtop/recording/capture"
)

// BenchmarkCapture reads what 100 boards publish and one viewer is sent, a message a
// packet.
func BenchmarkCapture(b *testing.B) {
	w := newWire(b)
	w.step = time.Microsecond
	viewer := w.dial(1883).up(connect(4, true, "viewer"))
	var boards []*tcp
	for range 100 {
		boards = append(boards, w.dial(1883).up(connect(4, true, "board")))
	}
	const messages = 50_000
	for i := range messages {
		m := publish(4, 0, "iotclass/lab"+string(rune('A'+i%26))+"/temperature", 0, " 22.50")
		boards[i%100].up(m)
		viewer.down(m)
	}
	file := w.pcap()
	b.SetBytes(int64(len(file)))
	b.ResetTimer()
	for b.Loop() {
		r := capture.New(bufio.NewReaderSize(bytes.NewReader(file), 64<<10), capture.PCAP)
		n := 0
		for {
			var e capture.Event
			if r.Next(&e) != nil {
				break
			}
			n++
		}
		if n != messages {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(messages)*float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
