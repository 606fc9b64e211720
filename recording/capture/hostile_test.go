package capture_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/recording/capture"
)

// flood is a capture without end of segments that next makes.
type flood struct {
	next func(i int) []byte
	left []byte
	i, n int
}

func (f *flood) Read(p []byte) (int, error) {
	for len(f.left) == 0 {
		if f.i == f.n {
			return 0, io.EOF
		}
		f.left = f.next(f.i)
		f.i++
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

// raw is the record of a packet of TCP over IPv4, from a client to the usual port.
func raw(i int, client, seq uint32, flags byte, data []byte) []byte {
	total := 40 + len(data)
	b := make([]byte, 16, 16+total)
	binary.LittleEndian.PutUint32(b, uint32(epoch.Unix())+uint32(i/10_000))
	binary.LittleEndian.PutUint32(b[4:], uint32(i%10_000)*100)
	binary.LittleEndian.PutUint32(b[8:], uint32(total))
	binary.LittleEndian.PutUint32(b[12:], uint32(total))
	b = append(b, 0x45, 0, byte(total>>8), byte(total), 0, 0, 0, 0, 64, 6, 0, 0)
	b = append(binary.BigEndian.AppendUint32(b, client), 10, 0, 0, 1)
	b = binary.BigEndian.AppendUint16(append(b, 0, 1), 1883)
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, seq), 0)
	b = append(b, 0x50, flags, 1, 0, 0, 0, 0, 0)
	return append(b, data...)
}

// rawHead is the head of a file of such records.
func rawHead() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 262144), 101)
}

// TestHostile has captures that were made to do harm: memory and time are bounded.
func TestHostile(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	const most = 160 << 20
	kilobyte := bytes.Repeat([]byte{0x30, 0x7f}, 512)
	topics := bytes.Repeat([]byte("0\x00\x00000"), 1024/6+1)[:1024]
	alias := func(i int) []byte {
		return packet(0x30, text(fmt.Sprint("t", i, strings.Repeat("x", 1000))), []byte{3, 0x23, byte(i >> 8), byte(i)}, []byte("x"))
	}
	for _, test := range []struct {
		name string
		n    int
		next func(i int) []byte
	}{
		{"a connection a packet", 200_000, func(i int) []byte { return raw(i, uint32(i), 1, 2, nil) }},
		{"connections whose first segment is missing", 100_000, func(i int) []byte {
			return append(raw(i, uint32(i), 1, 2, nil), raw(i, uint32(i), 1000, 16, kilobyte)...)
		}},
		{"segments that wait for ever", 300_000, func(i int) []byte {
			if i == 0 {
				return raw(0, 1, 1, 2, nil)
			}
			return raw(0, 1, uint32(i)*2000, 16, kilobyte)
		}},
		{"headers that claim 256 MiB, on many connections", 300_000, func(i int) []byte {
			data := kilobyte
			if i < 10_000 {
				data = append(connect(4, true, "c"), 0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't')
			}
			return raw(i, uint32(i%10_000), 2+uint32(i/10_000)*1024, 24, data)
		}},
		{"sequence numbers at random", 300_000, func(i int) []byte {
			return raw(i, 1, uint32(i)*2_654_435_761, 16, kilobyte)
		}},
		{"a topic a message", 300_000, func(i int) []byte {
			return raw(i, uint32(i>>16), uint32(i)*67, 16, publish(4, 0, fmt.Sprintf("%062d", i), 0, "x"))
		}},
		{"aliases of long topics on many connections", 50_000, func(i int) []byte {
			if i < 100 {
				return raw(i, uint32(i), 1, 24, connect(5, true, strconv.Itoa(i)))
			}
			data := alias(i / 100)
			return raw(i, uint32(i%100), uint32(i/100)*2000, 16, data)
		}},
		{"identifiers of QoS 2 that are never released", 1_000_000, func(i int) []byte {
			body := append([]byte{0, 1, 't', byte(i >> 8), byte(i)}, "x"...)
			return raw(i, uint32(i>>16), uint32(i)*8, 16, packet(0x34, body))
		}},
		{"what looks like packets and is none", 30_000, func(i int) []byte {
			if i == 0 {
				return raw(i, 1, 1024-16, 16, connect(4, true, "cc"))
			}
			return raw(i, 1, uint32(i)*1024, 16, kilobyte)
		}},
		{"what looks like topics and is none", 30_000, func(i int) []byte {
			if i == 0 {
				return raw(i, 1, 1024-16, 16, connect(4, true, "cc"))
			}
			return raw(i, 1, uint32(i)*1024, 16, topics)
		}},
		{"sessions with long names", 3_000, func(i int) []byte {
			return raw(i, uint32(i), 1, 24, connect(4, false, fmt.Sprint(i, strings.Repeat("x", 60_000))))
		}},
		{"a client that changes its long name again and again", 4_000, func(i int) []byte {
			data := connect(4, false, fmt.Sprintf("%06d%s", i, strings.Repeat("x", 60_000)))
			return raw(i, 1, 1+uint32(i*len(data)), 24, data)
		}},
		{"aliases of the longest topics", 4_000, func(i int) []byte {
			if i == 0 {
				return raw(0, 1, 1, 24, connect(5, true, "c"))
			}
			data := packet(0x30, text(fmt.Sprintf("%06d%s", i, strings.Repeat("x", 60_000))), []byte{3, 0x23, byte(i >> 8), byte(i)}, []byte("x"))
			return raw(i, 1, 1+uint32(len(connect(5, true, "c"))+(i-1)*len(data)), 24, data)
		}},
	} {
		t.Run(test.name, func(t *testing.T) { //nolint:paralleltest // see above
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			r := capture.New(bufio.NewReader(io.MultiReader(bytes.NewReader(rawHead()), &flood{next: test.next, n: test.n})), capture.PCAP)
			var peak uint64
			events := 0
			for {
				var e capture.Event
				if r.Next(&e) != nil {
					break
				}
				if events++; events%10_000 == 0 {
					runtime.ReadMemStats(&now)
					peak = max(peak, now.HeapAlloc)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
			runtime.KeepAlive(r)
			t.Logf("%d events, %d MiB, %s, %+v", events, (peak-before.HeapAlloc)>>20, time.Since(began).Round(time.Millisecond), r.Report())
			if peak > before.HeapAlloc+most {
				t.Errorf("%d MiB", (peak-before.HeapAlloc)>>20)
			}
		})
	}
}

// TestDamagedFiles: lengths that contradict each other, resolutions that are none, and
// a file that is cut anywhere: no panic, and what comes before is read.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	lesson(w, 5)
	order := binary.LittleEndian
	for name, file := range map[string][]byte{
		"a frame of 4 GiB":                      append(w.pcap(), bytes.Repeat([]byte{0xff}, 100)...),
		"a block of 4 GiB":                      append(w.pcapng(), 6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff, 0, 0, 0, 0),
		"a block without a length":              append(w.pcapng(), 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"a block that ends elsewhere":           append(w.pcapng(), 6, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0),
		"a section of neither order":            append(w.pcapng(), 10, 13, 13, 10, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0),
		"a frame that is longer than its block": append(w.pcapng(), block(order, 6, append(make([]byte, 12), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))...),
		"a frame of an interface that is none":  append(w.pcapng(), block(order, 6, append([]byte{9, 0, 0, 0}, make([]byte, 40)...))...),
		"an interface without options' end":     append(w.pcapng(), block(order, 1, []byte{1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0xff, 0xff})...),
		"a frame without a time":                append(w.pcapng(), block(order, 3, []byte{0xff, 0xff, 0xff, 0xff, 1, 2})...),
		"a resolution of 10 to the power -127":  append(append(w.pcapng(), section(order, 1, 0x7f)...), enhanced(order, 1<<63, make([]byte, 60))...),
		"a resolution of 2 to the power -127":   append(append(w.pcapng(), section(order, 1, 0xff)...), enhanced(order, 1<<63, make([]byte, 60))...),
	} {
		messages, _, report := read(t, file)
		bad := strings.Contains(name, "GiB") || strings.Contains(name, "without a length") || strings.Contains(name, "elsewhere") || strings.Contains(name, "order")
		if len(messages) != len(ofLesson) || report.Damaged != bad || report.Cut {
			t.Errorf("%s: %q, %+v", name, texts(messages), report)
		}
	}
	for _, file := range [][]byte{w.pcap(), w.pcapng()} {
		before := 0
		for end := range file {
			if capture.Detect(file[:end]) == "" {
				continue
			}
			messages, _, report := read(t, file[:end])
			if len(messages) < before || len(messages) > len(ofLesson) || len(messages) > 0 && report.Damaged {
				t.Fatalf("cut at %d of %d: %q, %+v", end, len(file), texts(messages), report)
			}
			before = len(messages)
		}
		for i := range file { // and flipped bytes
			damaged := bytes.Clone(file)
			damaged[i] ^= 0xff
			if capture.Detect(damaged) != "" {
				read(t, damaged)
			}
		}
	}
}

// TestBroken: packets that MQTT does not have end no connection.
func TestBroken(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.dial(1883).up(connect(4, true, "c")).down(connack(4))
	for i := range 5 {
		c.up(publish(4, 0, "t", 0, strconv.Itoa(i)))
		c.up([][]byte{
			packet(0x36, text("qos3"), []byte("x")),
			packet(0xf1),
			{0x30, 0xff, 0xff, 0xff, 0xff, 1},
			packet(0x30, text("wild/#"), []byte("x")),
			packet(0x30, []byte{0xff, 0xff}, []byte("short")),
		}[i])
	}
	c.up(publish(4, 0, "t", 0, "5"), publish(4, 0, "t", 0, "6"))
	messages, _, report := read(t, w.pcap())
	if got := strings.Join(texts(messages), ","); got != "t 0,t 1,t 2,t 3,t 4,t 5,t 6" || report.Broken != 5 {
		t.Errorf("%s, %+v", got, report)
	}
}

// FuzzCapture reads anything as a capture: it ends, without a panic, and each message
// is one that MQTT could carry.
func FuzzCapture(f *testing.F) {
	for _, level := range []byte{3, 4, 5} {
		w := newWire(f)
		lesson(w, level)
		f.Add(w.pcap())
		f.Add(w.pcapng())
		w.join(18830).up([]byte("x"), publish(level, 0, "lab/count", 0, "1")).lose(9).up(publish(level, 2, "lab/count", 1, "2"))
		f.Add(swapped(w.pcap()))
	}
	w := newWire(f)
	w.dial(1883).up(connect(5, true, "x"), packet(0x30, text("a"), []byte("\x0d\x02\x00\x00\x00\x3c\x26\x00\x01k\x00\x02\xff"), []byte("x")))
	f.Add(w.pcap())
	w = newWire(f)
	web := w.dial(9001).up([]byte(asksForWeb)).down([]byte(agreesToIt))
	web.up(webFrame(true, 0x82, connect(4, true, "x"))).down(webFrame(false, 0x82, connack(4)), webFrame(false, 0x89, nil))
	web.up(webFrame(true, 2, publish(4, 0, "a", 0, strings.Repeat("1", 200))[:50]), webFrame(true, 0x80, nil)).lose(9).up(webFrame(true, 0x82, publish(4, 0, "b", 0, "2")))
	f.Add(w.pcap())
	f.Fuzz(func(t *testing.T, file []byte) {
		if capture.Detect(file) == "" {
			return
		}
		messages, _, _ := read(t, file)
		for i := range messages {
			if m := &messages[i]; m.QoS > 2 || m.Topic == "" || len(m.Topic) > 65535 || m.Size < len(m.Payload) || len(m.Payload) > len(file) || m.Properties.Size() > 8<<10 {
				t.Errorf("%+v", m)
			}
		}
	})
}
