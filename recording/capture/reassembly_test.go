package capture_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

// piece is a part of what a client sends, as a segment.
type piece struct{ from, to int }

// TestAnyOrder: however the bytes of a connection are cut up, sent again, overlap and
// are out of order, across the end of the sequence numbers too, the messages are the
// same.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var data []byte
		var want []string
		for i := range rapid.IntRange(1, 20).Draw(t, "messages") {
			payload := fmt.Sprint(i, rapid.StringN(0, 200, 400).Draw(t, "payload"))
			data = append(data, publish(4, 0, "a/b", 0, payload)...)
			want = append(want, "a/b "+payload)
		}
		data = append(connect(4, true, "c"), data...)
		var pieces []piece
		for from := 0; from < len(data); {
			to := min(len(data), from+rapid.IntRange(1, 300).Draw(t, "length"))
			pieces = append(pieces, piece{from, to})
			from = to
		}
		for range rapid.IntRange(0, 10).Draw(t, "again") {
			from := rapid.IntRange(0, len(data)-1).Draw(t, "from")
			pieces = append(pieces, piece{from, rapid.IntRange(from, len(data)).Draw(t, "to")})
		}
		pieces = rapid.Permutation(pieces).Draw(t, "order")
		w := newWire(t)
		c := w.join(1883)
		c.seq[0] = rapid.SampledFrom([]uint32{1, 0x7fffff00, 0xffffff00, 0xfffffff0}).Draw(t, "number") + rapid.Uint32Range(0, 300).Draw(t, "more")
		c.send(0, "S", nil)
		first := c.seq[0] + 1
		for _, p := range pieces {
			c.seq[0] = first + uint32(p.from)
			c.send(0, "A", data[p.from:p.to])
		}
		messages, gaps, report := read(t, w.pcap())
		if diff := cmp.Diff(want, texts(messages)); diff != "" || len(gaps) > 0 {
			t.Fatalf("%+v\n%s", report, diff)
		}
	})
}

// TestNothingIsInvented: what is lost of a connection costs messages and makes none. The
// payloads are plain texts: others may well hold what is a packet in all respects.
func TestNothingIsInvented(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.SampledFrom([]byte{4, 5}).Draw(t, "level")
		words := rapid.StringMatching(`[ -~]{0,50}`)
		w := newWire(t)
		c := w.dial(1883).up(connect(level, true, "c"))
		const n = 60
		sent := map[string]bool{}
		lost := 0
		for i := range n {
			topic, payload := fmt.Sprintf("lab/%d", i), fmt.Sprint(i, words.Draw(t, "payload"))
			sent[topic+" "+payload] = true
			m := publish(level, 0, topic, 0, payload)
			if rapid.IntRange(0, 4).Draw(t, "kind") > 0 {
				c.up(m)
				continue
			}
			from := rapid.IntRange(0, len(m)-1).Draw(t, "from")
			to := rapid.IntRange(from+1, len(m)).Draw(t, "to")
			c.up(m[:from]).lose(to - from).up(m[to:])
			w.now = w.now.Add(200 * time.Millisecond)
			c.send(1, "A", nil)
			lost++
		}
		messages, _, report := read(t, w.pcap())
		for _, text := range texts(messages) {
			if !sent[text] {
				t.Fatalf("%q was never sent", text)
			}
			delete(sent, text)
		}
		if len(messages) < n-2*lost { // the one that is hit, and at most the one after it
			t.Fatalf("%d messages of %d, %d of which lost something: %+v", len(messages), n, lost, report)
		}
	})
}

// TestLostBeforeDegrees: what is left of a message may begin as a PUBLISH of a megabyte
// does. It is not waited for.
func TestLostBeforeDegrees(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.dial(1883).up(connect(4, true, "c"))
	m := publish(4, 0, "lab/0", 0, "22\u00b0C\x00\x05warm, and the window is open")
	c.lose(10).up(m[10:]) // the broker has it all
	c.send(1, "A", nil)
	var want []string
	for i := range 20 {
		c.up(publish(4, 0, "lab/1", 0, strconv.Itoa(i)))
		want = append(want, "lab/1 "+strconv.Itoa(i))
	}
	messages, _, report := read(t, w.pcap())
	if diff := cmp.Diff(want, texts(messages)); diff != "" {
		t.Errorf("%+v\n%s", report, diff)
	}
}

// TestHeaders: headers with options and extensions, and what is no TCP.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.link = layers.LinkTypeRaw
	port := layers.TCPPort(1883)
	data := append(connect(4, true, "c"), publish(4, 0, "t", 0, "1")...)
	ip4 := func() *layers.IPv4 {
		return &layers.IPv4{Version: 4, Protocol: layers.IPProtocolTCP, SrcIP: net.IPv4(10, 0, 0, 1), DstIP: net.IPv4(10, 0, 0, 2)}
	}
	ip6 := func(next layers.IPProtocol) *layers.IPv6 {
		return &layers.IPv6{Version: 6, NextHeader: next, SrcIP: net.ParseIP("fe80::1"), DstIP: net.ParseIP("fe80::2")}
	}
	segment := func(source uint16, network gopacket.NetworkLayer) *layers.TCP {
		tcp := &layers.TCP{SrcPort: layers.TCPPort(source), DstPort: port, Seq: 1, ACK: true, Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)}}}
		_ = tcp.SetNetworkLayerForChecksum(network)
		return tcp
	}
	options := ip4()
	options.Options = []layers.IPv4Option{{OptionType: 1, OptionLength: 1}, {OptionType: 0, OptionLength: 1}} // the library takes the end for that of the header
	w.add(serialized(t, options, segment(1, options), gopacket.Payload(data)))

	extended := ip6(layers.IPProtocolIPv6Destination)
	tcp := serialized(t, segment(2, extended), gopacket.Payload(data))
	w.add(serialized(t, extended, gopacket.Payload(append([]byte{6, 0, 1, 4, 0, 0, 0, 0}, tcp...))))

	offloaded := serialized(t, ip4(), segment(3, ip4()), gopacket.Payload(data))
	binary.BigEndian.PutUint16(offloaded[2:], 0) // as a card that cuts packets up gets it
	w.add(offloaded)

	padded := serialized(t, ip4(), segment(4, ip4()), gopacket.Payload(data))
	w.add(append(padded, 0, 0, 0, 0, 0, 0))

	fragment := ip4()
	fragment.Flags = layers.IPv4MoreFragments
	w.add(serialized(t, fragment, segment(5, fragment), gopacket.Payload(data)))
	pieces := ip6(layers.IPProtocolIPv6Fragment)
	w.add(serialized(t, pieces, gopacket.Payload(append(make([]byte, 8), tcp...))))

	udp := ip4()
	udp.Protocol = layers.IPProtocolUDP
	w.add(serialized(t, udp, gopacket.Payload(make([]byte, 30))))
	w.add([]byte{0x45, 0, 0})
	w.add(nil)
	messages, gaps, report := read(t, w.pcap())
	if len(messages) != 4 || len(gaps) > 0 || report.Connections != 4 || report.Fragments != 2 {
		t.Errorf("%q, %+v", texts(messages), report)
	}
}

// TestSnapLength: a capture that keeps the start of each packet only.
func TestSnapLength(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.dial(1883).up(connect(4, true, "c")).down(connack(4))
	for i := range 10 {
		c.up(publish(4, 0, "t", 0, fmt.Sprintf("%0*d", 10+990*(i%2), i))).down()
		c.send(1, "A", nil)
		w.now = w.now.Add(time.Second)
	}
	for i := range w.frames {
		w.frames[i].data = w.frames[i].data[:min(200, len(w.frames[i].data))]
	}
	messages, gaps, report := read(t, w.pcap())
	if len(messages) != 5 || len(gaps) != 4 || report.Short != 5 { // after the last nothing comes
		t.Errorf("%q, %d gaps, %+v", texts(messages), len(gaps), report)
	}
}
