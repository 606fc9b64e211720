package capture_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"

	"labtop/model"
	"labtop/recording/capture"
)

// lesson is a board that publishes, over MQTT of a level.
func lesson(w *wire, level byte) {
	c := w.dial(1883)
	c.up(connect(level, true, "lab1")).down(connack(level))
	c.up(publish(level, 0, "iotclass/lab1/temperature", 0, " 22.50"), publish(level, 2, "iotclass/lab1/status", 7, "online"))
	c.down(packet(0x40, []byte{0, 7}))
	c.up(publish(level, 0, "iotclass/lab1/empty", 0, ""), publish(level, 4, "küche/温度", 8, "\x00\xff"))
	c.down(packet(0x50, []byte{0, 8})).up(pubrel(8)).down(packet(0x70, []byte{0, 8}))
	c.up(packet(0xc0)).down(packet(0xd0)).up(packet(0xe0))
	c.close()
}

var ofLesson = []string{"iotclass/lab1/temperature  22.50", "iotclass/lab1/status online q1", "iotclass/lab1/empty ", "küche/温度 \x00\xff q2"}

var update = flag.Bool("update", false, "write the capture of the lesson anew")

// TestLessonFile: the capture that other packages' tests read is this one: a lesson,
// what is sent on to a viewer, a piece that is missing, and a connection with TLS.
func TestLessonFile(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	viewer := w.dial(1883).up(connect(4, true, "viewer")).down(connack(4))
	lesson(w, 4)
	viewer.down(publish(4, 0, "iotclass/lab1/temperature", 0, " 22.50"))
	w.dial(8883).up(append([]byte{0x16, 3, 1, 0, 50}, make([]byte, 50)...))
	board := w.join(1883).up(publish(4, 0, "iotclass/lab2/temperature", 0, " 21.00")).lose(34)
	w.now = w.now.Add(time.Second)
	board.send(1, "A", nil)
	board.up(publish(4, 1, "iotclass/lab2/humidity", 0, " 45.30"))
	path := filepath.Join("..", "testdata", "captures", "lesson.pcap")
	if *update {
		if err := os.WriteFile(path, w.pcap(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if file, err := os.ReadFile(path); err != nil || !bytes.Equal(file, w.pcap()) {
		t.Errorf("%v; go test -run TestLessonFile -update makes it", err)
	}
}

// TestWays: the same lesson over all kinds of links, networks and versions, in both
// kinds of files.
func TestWays(t *testing.T) {
	t.Parallel()
	for _, link := range []layers.LinkType{
		layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2, layers.LinkTypeNull, layers.LinkTypeLoop,
		layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14,
	} {
		for vlans := range 3 {
			for _, six := range []bool{false, true} {
				for _, level := range []byte{3, 4, 5} {
					w := newWire(t)
					w.link, w.six, w.vlans = link, six, vlans
					if link != layers.LinkTypeEthernet && link != layers.LinkTypeLinuxSLL && link != layers.LinkTypeLinuxSLL2 {
						w.vlans = 0 // nothing says so there
					}
					lesson(w, level)
					for format, file := range map[string][]byte{capture.PCAP: w.pcap(), capture.PCAPNG: w.pcapng()} {
						if found := capture.Detect(file); found != format {
							t.Fatalf("%s was taken for %q", format, found)
						}
						messages, gaps, report := read(t, file)
						if diff := cmp.Diff(ofLesson, texts(messages)); diff != "" || len(gaps) > 0 || report.Connections != 1 || report.Guessed+report.Joined > 0 {
							t.Errorf("%s, link %d, %d VLANs, IPv6 %v, level %d: %+v\n%s", format, link, vlans, six, level, report, diff)
						}
						if at := messages[0].Time; !at.Equal(epoch.Add(4 * time.Millisecond)) {
							t.Errorf("%s: the first message is of %s", format, at)
						}
					}
				}
			}
		}
	}
}

// swapped is a file of the older format in the other byte order, with times in
// microseconds.
func swapped(file []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(file[16:]))
	b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(file[20:]))
	for file = file[24:]; len(file) > 0; {
		n := binary.LittleEndian.Uint32(file[8:])
		b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(file))
		b = binary.BigEndian.AppendUint32(b, binary.LittleEndian.Uint32(file[4:])/1000)
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, n), n)
		b = append(b, file[16:16+n]...)
		file = file[16+n:]
	}
	return b
}

// TestByteOrders: files of machines with the other byte order, and other units of time.
func TestByteOrders(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.now = w.now.Add(123456789)
	lesson(w, 4)
	exact, _, _ := read(t, w.pcap())
	rough, _, _ := read(t, swapped(w.pcap()))
	if len(rough) != len(exact) || !rough[0].Time.Equal(exact[0].Time.Truncate(time.Microsecond)) || exact[0].Time.Nanosecond() != 127456789 {
		t.Errorf("%v, %v", exact[0].Time, rough[0].Time)
	}
	for _, test := range []struct {
		resolution byte
		units      uint64 // in a second
		want       time.Duration
	}{
		{6, 1e6, 123456 * time.Microsecond},
		{9, 1e9, 123456789},
		{3, 1e3, 123 * time.Millisecond},
		{0x8a, 1 << 10, 123046875}, // 126 of 1024
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := section(order, 1, test.resolution)
			for _, f := range w.frames {
				part := uint64(f.at.Sub(epoch)) * (test.units >> 3) / (1e9 >> 3)
				file = append(file, enhanced(order, uint64(epoch.Unix())*test.units+part, f.data)...)
			}
			messages, _, _ := read(t, file)
			if len(messages) != len(exact) {
				t.Fatalf("%d messages", len(messages))
			}
			if off := messages[0].Time.Sub(epoch) - test.want - 4*time.Millisecond; off < -time.Second/time.Duration(test.units)*2 || off > time.Second/time.Duration(test.units)*2 {
				t.Errorf("resolution %#x: %v instead of %v", test.resolution, messages[0].Time.Sub(epoch), test.want+4*time.Millisecond)
			}
		}
	}
}

// block is a block of a pcapng file.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	body = append(bytes.Clone(body), make([]byte, -len(body)&3)...)
	b := order.AppendUint32(order.AppendUint32(nil, kind), uint32(12+len(body)))
	return order.AppendUint32(append(b, body...), uint32(12+len(body)))
}

// section begins a pcapng file with an interface of a resolution.
func section(order binary.AppendByteOrder, link uint16, resolution byte) []byte {
	head := order.AppendUint32(nil, 0x1a2b3c4d)
	head = order.AppendUint64(append(head, order.AppendUint16(order.AppendUint16(nil, 1), 0)...), 1<<64-1)
	about := order.AppendUint16(nil, link)
	about = append(about, 0, 0, 0, 0, 0, 0)
	about = append(order.AppendUint16(order.AppendUint16(about, 9), 1), resolution, 0, 0, 0, 0, 0, 0, 0)
	return append(block(order, 0x0a0d0d0a, head), block(order, 1, about)...)
}

func enhanced(order binary.AppendByteOrder, at uint64, data []byte) []byte {
	b := order.AppendUint32(nil, 0)
	b = order.AppendUint32(order.AppendUint32(b, uint32(at>>32)), uint32(at))
	b = order.AppendUint32(order.AppendUint32(b, uint32(len(data))), uint32(len(data)))
	return block(order, 6, append(b, data...))
}

// TestSections: a pcapng file of several captures, of interfaces with different links.
func TestSections(t *testing.T) {
	t.Parallel()
	var file []byte
	for i, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw} {
		w := newWire(t)
		w.link, w.ports = link, uint16(50_000+i*100)
		lesson(w, 4)
		order := []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}[i]
		file = append(file, section(order, uint16(link), 6)...)
		file = append(file, block(order, 5, make([]byte, 16))...) // statistics
		for _, f := range w.frames {
			file = append(file, enhanced(order, uint64(f.at.UnixMicro()), f.data)...)
		}
		file = append(file, block(order, 3, append(order.AppendUint32(nil, 4), 1, 2, 3, 4))...)
	}
	messages, _, report := read(t, file)
	if diff := cmp.Diff(append(ofLesson, ofLesson...), texts(messages)); diff != "" || report.Connections != 2 {
		t.Errorf("%+v\n%s", report, diff)
	}
}

// TestCopies: what the broker sends on to its subscribers counts once, what it says by
// itself counts too.
func TestCopies(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	board := w.dial(1883).up(connect(4, true, "board")).down(connack(4))
	var subscribers []*tcp
	for i := range 3 {
		subscribers = append(subscribers, w.dial(1883).up(connect(4, true, fmt.Sprint("viewer", i))).down(connack(4)))
	}
	toAll := func(p []byte) {
		for _, s := range subscribers {
			s.down(p)
		}
	}
	toAll(publish(4, 1, "lab/mode", 0, "auto"))        // stored from before
	toAll(publish(4, 1, "lab/status", 0, "offline"))   // stored too
	board.up(publish(4, 1, "lab/status", 0, "online")) // to be stored
	toAll(publish(4, 0, "lab/status", 0, "online"))
	for range 3 { // the same value again and again
		board.up(publish(4, 0, "lab/temperature", 0, "22.5"))
		toAll(publish(4, 0, "lab/temperature", 0, "22.5"))
	}
	for _, v := range []string{"1", "2", "3"} { // ahead of its copies
		board.up(publish(4, 0, "lab/count", 0, v))
	}
	for _, v := range []string{"1", "2", "3"} {
		toAll(publish(4, 0, "lab/count", 0, v))
	}
	toAll(publish(4, 0, "$SYS/broker/uptime", 0, "7 seconds")) // nobody's but the broker's
	subscribers[0].close()
	w.now = w.now.Add(time.Minute)
	w.dial(1883).up(connect(4, true, "late")).down(connack(4), publish(4, 1, "lab/status", 0, "online"), publish(4, 1, "lab/mode", 0, "auto"))
	board.send(0, "RA", nil)
	toAll(publish(4, 0, "lab/status", 0, "offline")) // its last will
	messages, _, report := read(t, w.pcap())
	want := []string{
		"lab/mode auto retained", "lab/status offline retained", "lab/status online", "lab/temperature 22.5", "lab/temperature 22.5", "lab/temperature 22.5",
		"lab/count 1", "lab/count 2", "lab/count 3", "$SYS/broker/uptime 7 seconds", "lab/status offline",
	}
	if diff := cmp.Diff(want, texts(messages)); diff != "" {
		t.Error(diff)
	}
	if report.Copies != 2+2+3+9+9+2+2+2 || report.Stored != 1 || report.Connections != 5 {
		t.Errorf("%+v", report)
	}
}

// TestCopyOfTheLost: a message whose way in the capture lacks counts on its way out, and
// those after it once all the same.
func TestCopyOfTheLost(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	viewer := w.dial(1883).up(connect(4, true, "viewer"))
	board := w.dial(1883).up(connect(4, true, "board"), publish(4, 0, "t", 0, "1"))
	board.lose(6).up(publish(4, 0, "t", 0, "3"), publish(4, 0, "t", 0, "4"))
	w.now = w.now.Add(time.Second)
	board.send(1, "A", nil)
	board.up(publish(4, 0, "t", 0, "5"))
	for _, v := range []string{"1", "2", "3", "4", "5", "5"} {
		viewer.down(publish(4, 0, "t", 0, v))
	}
	messages, _, report := read(t, w.pcap())
	if got := strings.Join(texts(messages), ","); got != "t 1,t 3,t 4,t 5,t 2,t 5" || report.Copies != 4 {
		t.Errorf("%s, %+v", got, report)
	}
}

// TestSubscriberOnly: a capture of subscribers alone, whose messages are in a different
// order with each, tells each message once.
func TestSubscriberOnly(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.dial(1883).up(connect(4, true, "a")).down(connack(4))
	b := w.dial(1883).up(connect(4, true, "b")).down(connack(4))
	for i := range 10 {
		first, second := a, b
		if i%2 == 1 {
			first, second = b, a
		}
		first.down(publish(4, 0, "t", 0, "22"))
		second.down(publish(4, 0, "t", 0, "22"))
		w.now = w.now.Add(time.Second)
	}
	w.now = w.now.Add(time.Minute)
	a.down(publish(4, 0, "t", 0, "22"))
	messages, _, report := read(t, w.pcap())
	if len(messages) != 11 || report.Copies != 10 {
		t.Errorf("%d messages, %+v", len(messages), report)
	}
}

// TestAliases: the topics of MQTT 5 that are said once.
func TestAliases(t *testing.T) {
	t.Parallel()
	aliased := func(topic string, alias byte, payload string) []byte {
		properties := []byte{0x01, 1, 0x23, 0, alias, 0x26, 0, 1, 'k', 0, 1, 'v'}
		return packet(0x30, text(topic), []byte{byte(len(properties))}, properties, []byte(payload))
	}
	w := newWire(t)
	c := w.dial(1883).up(connect(5, true, "five")).down(connack(5))
	c.up(aliased("a/b", 1, "1"), aliased("c/d", 2, "2"), aliased("", 1, "3"), aliased("", 2, "4"), aliased("e/f", 1, "5"), aliased("", 1, "6"), aliased("", 9, "?"))
	c.down(aliased("x/y", 1, "7"), aliased("", 1, "8"))
	c.lose(12) // in which an alias may have become another one
	c.up(aliased("", 1, "?"), aliased("g/h", 1, "9"))
	messages, _, report := read(t, w.pcap())
	want := []string{"a/b 1", "c/d 2", "a/b 3", "c/d 4", "e/f 5", "e/f 6", "x/y 7", "x/y 8", "g/h 9"}
	if diff := cmp.Diff(want, texts(messages)); diff != "" || report.Nameless != 2 {
		t.Errorf("%+v\n%s", report, diff)
	}
	properties := &model.Properties{Text: true, User: []model.UserProperty{{Name: "k", Value: "v"}}}
	for i := range messages {
		if diff := cmp.Diff(properties, messages[i].Properties); diff != "" {
			t.Errorf("%s: %s", messages[i].Topic, diff)
		}
	}
}

// TestProperties: those that a publisher has sent, which the copies to subscribers have as
// the broker changes them.
func TestProperties(t *testing.T) {
	t.Parallel()
	const sent = "\x01\x01\x02\x00\x00\x00\x3c\x03\x00\x04text\x08\x00\x02re\x09\x00\x02\xca\xfe\x26\x00\x01k\x00\x02v1\x26\x00\x01k\x00\x02v2"
	of := func(properties string) []byte {
		return packet(0x30, text("a"), []byte{byte(len(properties))}, []byte(properties), []byte("x"))
	}
	w := newWire(t)
	publisher := w.dial(1883).up(connect(5, true, "board")).down(connack(5))
	subscriber := w.dial(1883).up(connect(5, true, "desk")).down(connack(5))
	publisher.up(of(sent), of(""), of(sent))
	subscriber.down(of("\x0b\x07\x02\x00\x00\x00\x3b"), of("\x0b\x07"), of("\x0b\x07"))
	subscriber.down(packet(0x31, text("stored"), []byte{9}, []byte("\x0b\x07\x02\x00\x00\x00\x3b\x01\x00"), []byte("x")))
	all := &model.Properties{
		Expires: true, Expiry: time.Minute, Text: true, ContentType: "text", ResponseTopic: "re", CorrelationData: []byte{0xca, 0xfe},
		User: []model.UserProperty{{Name: "k", Value: "v1"}, {Name: "k", Value: "v2"}},
	}
	messages, _, _ := read(t, w.pcap())
	var got []*model.Properties
	for i := range messages {
		got = append(got, messages[i].Properties)
	}
	if diff := cmp.Diff([]*model.Properties{all, nil, all, {Expires: true, Expiry: 59 * time.Second}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestRepeats: a message of QoS 2 that comes again before it is released counts once,
// over a new connection of the same session too.
func TestRepeats(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		clean bool
		want  int
	}{{"the session goes on", false, 3}, {"a new session", true, 4}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			c := w.dial(1883).up(connect(4, false, "two")).down(connack(4))
			c.up(publish(4, 4, "t", 1, "one"), publish(4, 12, "t", 1, "one"), pubrel(1), publish(4, 4, "t", 1, "two"), publish(4, 4, "t", 2, "three"))
			c.close()
			w.dial(1883).up(connect(4, test.clean, "two")).down(connack(4)).up(publish(4, 12, "t", 2, "three"))
			messages, _, report := read(t, w.pcap())
			if len(messages) != test.want || report.Repeats != uint64(5-test.want) {
				t.Errorf("%q, %+v", texts(messages), report)
			}
		})
	}
}

// TestJoined: a capture that begins in the middle of connections, at a packet or within
// one, on the usual port or on another.
func TestJoined(t *testing.T) {
	t.Parallel()
	long := publish(4, 0, "lab/long", 0, strings.Repeat("x", 3000))
	for _, port := range []uint16{1883, 18841} {
		for _, level := range []byte{4, 5} {
			for _, before := range [][]byte{nil, long[100:], long[2000:], []byte("x"), publish(level, 2, "lost/topic", 1, "lost")[3:]} {
				w := newWire(t)
				c := w.join(port)
				c.size = 1000
				c.up(before)
				for i := range 5 {
					c.up(publish(level, 0, "lab/count", 0, strconv.Itoa(i)), publish(level, 2, "lab/one", byte(i+1), "{}"))
				}
				messages, _, report := read(t, w.pcap())
				if len(messages) != 10 || messages[0].Topic != "lab/count" || string(messages[8].Payload) != "4" || report.Joined != 1 {
					t.Errorf("port %d, level %d, %d bytes before: %q, %+v", port, level, len(before), texts(messages), report)
				}
			}
		}
	}
}

// TestLost: what the capture lacks costs the messages in it, is told, and the rest is
// read; when the end of the packet is known, at once.
func TestLost(t *testing.T) {
	t.Parallel()
	message := func(i int) []byte { return publish(4, 0, "lab/count", 0, fmt.Sprintf("%04d", i)) }
	size := len(message(0))
	for _, test := range []struct {
		name       string
		acked      bool // by the broker, so that nothing is waited for
		size, lose int  // bytes before, and those that are lost
	}{
		{"whole messages", true, 0, 3 * size},
		{"the end of one", true, size - 3, 3},
		{"the end of one and more", true, size - 3, 3 + size},
		{"the middle of one", true, 8, 3},
		{"the start of one", true, 0, 5},
		{"whole messages that nobody has acknowledged", false, 0, 3 * size},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			c := w.dial(1883).up(connect(4, true, "c")).down(connack(4))
			c.up(message(1), message(2), message(9)[:test.size]).lose(test.lose)
			rest := (size - (test.size+test.lose)%size) % size
			c.up(message(9)[size-rest:], message(3))
			w.now = w.now.Add(200 * time.Millisecond)
			if test.acked {
				c.send(1, "A", nil)
			}
			for i := range 50 {
				c.up(message(i + 4))
				w.now = w.now.Add(100 * time.Millisecond)
			}
			messages, gaps, report := read(t, w.pcap())
			if len(messages) != 53 || len(gaps) != 1 || gaps[0].Bytes != test.lose || report.Missing != uint64(test.lose) {
				t.Fatalf("%d messages, gaps %v, %+v", len(messages), gaps, report)
			}
			for i, m := range messages {
				if string(m.Payload) != fmt.Sprintf("%04d", i+1) || i > 0 && m.Time.Before(messages[i-1].Time.Add(-100*time.Millisecond)) {
					t.Errorf("message %d: %s of %s", i, m.Payload, m.Time)
				}
			}
		})
	}
}

// TestLostAndAcknowledged: what the capture lacks is not waited for when the broker has
// received it, and is for a while when it may still be sent again.
func TestLostAndAcknowledged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		acked bool
		want  string
	}{{true, "a 1,a 2,a 3,b 1,b 2"}, {false, "a 1,b 1,a 2,a 3,b 2"}} {
		w := newWire(t)
		c := w.dial(1883).up(connect(4, true, "a"), publish(4, 0, "a", 0, "1")).lose(20)
		other := w.dial(1883).up(connect(4, true, "b"))
		c.up(publish(4, 0, "a", 0, "2"))
		w.now = w.now.Add(time.Second)
		if test.acked {
			c.send(1, "A", nil)
		}
		c.up(publish(4, 0, "a", 0, "3"))
		other.up(publish(4, 0, "b", 0, "1"))
		w.now = w.now.Add(5 * time.Second)
		other.up(publish(4, 0, "b", 0, "2"))
		messages, gaps, _ := read(t, w.pcap())
		if got := strings.Join(texts(messages), ","); got != test.want || len(gaps) != 1 {
			t.Errorf("acknowledged %v: %s", test.acked, got)
		}
	}
}

// TestLostWithin: the rest of a payload of which a piece is missing is no packet,
// whatever it looks like.
func TestLostWithin(t *testing.T) {
	t.Parallel()
	fake := publish(4, 0, "no/topic", 0, "no message")
	m := publish(4, 0, "a", 0, strings.Repeat("x", 100)+strings.Repeat(string(fake), 20))
	w := newWire(t)
	c := w.dial(1883).up(connect(4, true, "c"), m[:50]).lose(20)
	c.up(m[70:], publish(4, 0, "b", 0, "2"))
	messages, gaps, _ := read(t, w.pcap())
	if got := strings.Join(texts(messages), ","); got != "b 2" || len(gaps) != 1 {
		t.Errorf("%.200s", got)
	}
}

// TestLarge: payloads over many segments, and one that is longer than what is kept.
func TestLarge(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.step = time.Microsecond
	c := w.dial(1883).up(connect(4, true, "c"))
	c.size = 60_000
	c.up(publish(4, 0, "a", 0, strings.Repeat("x", 5<<20)), publish(4, 0, "b", 0, strings.Repeat("y", 17<<20)), publish(4, 0, "c", 0, "z"))
	messages, _, report := read(t, w.pcap())
	if len(messages) != 3 || len(messages[0].Payload) != 5<<20 || len(messages[1].Payload) != 15<<20 || messages[1].Size != 17<<20 || string(messages[2].Payload) != "z" {
		t.Errorf("%d messages, %+v", len(messages), report)
	}
	if !messages[1].Time.Equal(messages[2].Time) { // they end in the same segment
		t.Errorf("%s, %s", messages[1].Time, messages[2].Time)
	}
}

// TestOthers: what is no MQTT, or cannot be read, is told.
func TestOthers(t *testing.T) {
	t.Parallel()
	hello := append([]byte{0x16, 3, 1, 0, 200}, make([]byte, 200)...)
	w := newWire(t)
	w.dial(8883).up(hello).down(hello)
	w.dial(443).up(hello)
	w.join(8883).down(append([]byte{0x17, 3, 3, 0, 100}, make([]byte, 100)...))
	w.dial(9001).up([]byte("GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n"), []byte("Sec-WebSocket-Protocol: mqtt\r\n\r\n")).up([]byte{0xc2, 0x80, 0, 0, 0, 0})
	w.dial(80).up([]byte("GET / HTTP/1.1\r\n\r\n")).down([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	w.dial(22).down([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
	noise := w.dial(5000)
	for i := range 200 {
		noise.up(bytes.Repeat([]byte{byte(i), 0, byte(i * 7), 0x30}, 250))
	}
	w.add([]byte{1, 2, 3})
	messages, _, report := read(t, w.pcapng())
	if len(messages) > 0 || report.Encrypted != 3 || report.WebSocket != 1 || report.Connections != 0 || !cmp.Equal(report.Ports, []uint16{8883, 443}) {
		t.Errorf("%q, %+v", texts(messages), report)
	}
	w.link = 127
	if _, _, report := read(t, w.pcap()); report.Links != uint64(len(w.frames)) || report.Link != 127 {
		t.Errorf("%+v", report)
	}
}

// TestPieces: a CONNECT that comes byte by byte, and a port that comes again.
func TestPieces(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for i := range 2 {
		c := w.dial(20_000)
		c.size = 1
		c.up(connect(4, true, "slow"), publish(4, 0, "t", 0, strconv.Itoa(i)))
		w.ports-- // the next one has the same
	}
	messages, _, report := read(t, w.pcap())
	if diff := cmp.Diff([]string{"t 0", "t 1"}, texts(messages)); diff != "" || report.Connections != 2 {
		t.Errorf("%+v\n%s", report, diff)
	}
}
