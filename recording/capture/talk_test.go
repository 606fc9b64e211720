package capture_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"labtop/model"
	"labtop/recording/capture"
)

// epoch is when the tests' captures begin.
var epoch = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// failer is a test, of this package or of rapid's.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// wire is a network whose packets are captured.
type wire struct {
	tb     failer
	link   layers.LinkType
	vlans  int
	six    bool // IPv6
	now    time.Time
	step   time.Duration // between two packets
	frames []frame
	ports  uint16
	opened uint32 // connections so far
}

type frame struct {
	at   time.Time
	data []byte
}

func newWire(tb failer) *wire {
	return &wire{tb: tb, link: layers.LinkTypeEthernet, now: epoch, step: time.Millisecond, ports: 40_000}
}

// tcp is a connection of a client, the end 0, with a broker, the end 1.
type tcp struct {
	*wire
	ports [2]uint16
	seq   [2]uint32
	size  int // of the largest segment; 0 for any
}

// dial opens a connection to a port of the broker.
func (w *wire) dial(port uint16) *tcp {
	c := w.join(port)
	c.seq[0]--
	c.seq[1]--
	c.send(0, "S", nil)
	c.seq[0]++
	c.send(1, "SA", nil)
	c.seq[1]++
	return c
}

// join is a connection that was opened before the capture began.
func (w *wire) join(port uint16) *tcp {
	w.ports++
	w.opened++
	return &tcp{wire: w, ports: [2]uint16{w.ports, port}, seq: [2]uint32{w.opened * 100_000, 0xfffffff0}} // the latter soon wraps around
}

// up sends to the broker, down to the client.
func (c *tcp) up(parts ...[]byte) *tcp   { return c.say(0, bytes.Join(parts, nil)) }
func (c *tcp) down(parts ...[]byte) *tcp { return c.say(1, bytes.Join(parts, nil)) }

func (c *tcp) say(end int, data []byte) *tcp {
	for len(data) > 0 {
		n := len(data)
		if c.size > 0 {
			n = min(n, c.size)
		}
		c.send(end, "A", data[:n])
		c.seq[end] += uint32(n)
		data = data[n:]
	}
	return c
}

// lose has the next so many bytes go to the broker without being captured.
func (c *tcp) lose(n int) *tcp {
	c.seq[0] += uint32(n)
	return c
}

func (c *tcp) close() {
	for end := range 2 {
		c.send(end, "FA", nil)
		c.seq[end]++
	}
}

// send captures one segment.
func (c *tcp) send(end int, flags string, data []byte) {
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	t := &layers.TCP{
		SrcPort: layers.TCPPort(c.ports[end]), DstPort: layers.TCPPort(c.ports[1-end]), Seq: c.seq[end], Ack: c.seq[1-end],
		SYN: has("S"), ACK: has("A"), FIN: has("F"), RST: has("R"), Window: 65535,
	}
	hosts := [2]byte{10, 1}
	var network gopacket.SerializableLayer
	ether := layers.EthernetTypeIPv4
	if c.six {
		ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolTCP, HopLimit: 64, SrcIP: net.ParseIP("fe80::10"), DstIP: net.ParseIP("fe80::1")}
		if end == 1 {
			ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
		}
		_ = t.SetNetworkLayerForChecksum(ip)
		network, ether = ip, layers.EthernetTypeIPv6
	} else {
		ip := &layers.IPv4{Version: 4, Protocol: layers.IPProtocolTCP, TTL: 64, SrcIP: net.IPv4(192, 168, 1, hosts[end]), DstIP: net.IPv4(192, 168, 1, hosts[1-end])}
		_ = t.SetNetworkLayerForChecksum(ip)
		network = ip
	}
	all := append(c.linkLayers(ether), network, t, gopacket.Payload(data))
	c.add(serialized(c.tb, all...))
}

// linkLayers are the headers before those of IP.
func (w *wire) linkLayers(ether layers.EthernetType) (all []gopacket.SerializableLayer) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	inner := ether
	for range w.vlans {
		all = append([]gopacket.SerializableLayer{&layers.Dot1Q{VLANIdentifier: 7, Type: inner}}, all...)
		inner = layers.EthernetTypeDot1Q
	}
	var head []byte
	switch w.link {
	case layers.LinkTypeEthernet:
		return append([]gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: inner}}, all...)
	case layers.LinkTypeLinuxSLL:
		head = binary.BigEndian.AppendUint16(make([]byte, 14), uint16(inner))
	case layers.LinkTypeLinuxSLL2:
		head = append(binary.BigEndian.AppendUint16(nil, uint16(inner)), make([]byte, 18)...)
	case layers.LinkTypeNull:
		head = []byte{2, 0, 0, 0}
	case layers.LinkTypeLoop:
		head = []byte{0, 0, 0, 2}
	}
	return append([]gopacket.SerializableLayer{gopacket.Payload(head)}, all...)
}

func serialized(tb failer, all ...gopacket.SerializableLayer) []byte {
	tb.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		tb.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// add captures a frame.
func (w *wire) add(data []byte) {
	w.frames = append(w.frames, frame{w.now, data})
	w.now = w.now.Add(w.step)
}

// packetWriter writes a file of either format.
type packetWriter interface {
	WritePacket(ci gopacket.CaptureInfo, data []byte) error
}

// pcap is the capture as a file of the older format.
func (w *wire) pcap() []byte {
	var b bytes.Buffer
	out := pcapgo.NewWriterNanos(&b)
	if err := out.WriteFileHeader(262144, w.link); err != nil {
		w.tb.Fatal(err)
	}
	w.write(out)
	return b.Bytes()
}

// pcapng is the capture as a file of the newer format.
func (w *wire) pcapng() []byte {
	var b bytes.Buffer
	out, err := pcapgo.NewNgWriter(&b, w.link)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.write(out)
	if err := out.Flush(); err != nil {
		w.tb.Fatal(err)
	}
	return b.Bytes()
}

func (w *wire) write(out packetWriter) {
	for _, f := range w.frames {
		if err := out.WritePacket(gopacket.CaptureInfo{Timestamp: f.at, CaptureLength: len(f.data), Length: len(f.data)}, f.data); err != nil {
			w.tb.Fatal(err)
		}
	}
}

// read reads a capture.
func read(tb failer, file []byte) (messages []model.Message, gaps []capture.Missing, report capture.Report) {
	tb.Helper()
	r := capture.New(bufio.NewReader(bytes.NewReader(file)), capture.Detect(file))
	for {
		var e capture.Event
		err := r.Next(&e)
		switch {
		case errors.Is(err, io.EOF):
			return messages, gaps, r.Report()
		case err != nil:
			tb.Fatal(err)
		case e.Missing != nil:
			gaps = append(gaps, *e.Missing)
		default:
			messages = append(messages, e.Message)
		}
	}
}

// The packets of MQTT.

func packet(head byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(binary.AppendUvarint([]byte{head}, uint64(len(all))), all...)
}

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

func connect(level byte, clean bool, client string) []byte {
	name, flags := "MQTT", byte(0)
	if level == 3 {
		name = "MQIsdp"
	}
	if clean {
		flags = 2
	}
	head := append(text(name), level, flags, 0, 60)
	if level == 5 {
		head = append(head, 0)
	}
	return packet(0x10, head, text(client))
}

func connack(level byte) []byte {
	if level == 5 {
		return packet(0x20, []byte{0, 0, 0})
	}
	return packet(0x20, []byte{0, 0})
}

// publish is a PUBLISH without properties; id counts with QoS 1 and 2.
func publish(level, flags byte, topic string, id byte, payload string) []byte {
	body := text(topic)
	if flags>>1&3 > 0 {
		body = append(body, 0, id)
	}
	if level == 5 {
		body = append(body, 0)
	}
	return packet(0x30|flags, body, []byte(payload))
}

func pubrel(id byte) []byte { return packet(0x62, []byte{0, id}) }

// texts are the messages in short.
func texts(messages []model.Message) (all []string) {
	for i := range messages {
		m := &messages[i]
		s := m.Topic + " " + string(m.Payload)
		if m.QoS > 0 {
			s += " q" + string('0'+rune(m.QoS))
		}
		if m.Retained {
			s += " retained"
		}
		if m.Dup {
			s += " dup"
		}
		all = append(all, s)
	}
	return all
}
