package recording

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labtop/recording/capture"
)

// captureFormats are those of captures of network traffic.
func captureFormats() []Format {
	return []Format{
		{Name: capture.PCAP, About: "a network capture (pcap)"},
		{Name: capture.PCAPNG, About: "a network capture (pcapng)"},
	}
}

// captureFormat is the format of what begins as a capture does, of the one that is asked
// for if it has a name.
func captureFormat(in *bufio.Reader, name string) (Format, bool) {
	start, _ := in.Peek(4) // a shorter file is none
	for _, f := range captureFormats() {
		if f.Name == capture.Detect(start) && (name == "" || name == f.Name) {
			return f, true
		}
	}
	return Format{}, false
}

// captureReader reads a capture of network traffic as entries.
type captureReader struct {
	in        *capture.Reader
	read, way uint64       // entries, and up to how many they are passed over
	stop      func() error // as in [File.StopBy]; nil for never
	skipped   uint64
}

// Next reads the next message, or that some are missing.
func (r *captureReader) Next(e *Entry) error {
	if err := r.arrive(); err != nil {
		return err
	}
	return r.next(e)
}

func (r *captureReader) next(e *Entry) error {
	for {
		var event capture.Event
		if err := r.in.Next(&event); err != nil {
			return err
		}
		r.read++
		if gap := event.Missing; gap != nil {
			*e = Entry{Kind: GapEntry, Time: gap.To, Gap: Gap{
				From: gap.From, To: gap.To, Bytes: uint64(gap.Bytes), Reason: "the capture lacks a part of a connection",
			}}
			return nil
		}
		m := &event.Message
		if sound(&found{topic: []byte(m.Topic), time: m.Time, qos: m.QoS}) {
			*e = Entry{Time: m.Time, Message: *m}
			return nil
		}
		r.skipped++
	}
}

func (r *captureReader) Info() Info { return Info{} }

func (r *captureReader) Health() Health {
	h := Health{Cut: r.in.Report().Cut, Skipped: r.skipped}
	if r.in.Report().Damaged {
		h.Damaged = 1
	}
	return h
}

// Remarks say what was found in the capture and what could not be read.
func (r *captureReader) Remarks() []string {
	c := r.in.Report()
	var says []string
	say := func(n uint64, one, many string) {
		if n > 0 {
			says = append(says, fmt.Sprintf("%d %s", n, plural(n, one, many)))
		}
	}
	says = append(says, fmt.Sprintf("%d MQTT %s", c.Connections, plural(uint64(c.Connections), "connection", "connections")))
	say(c.Copies, "copy of a message on its way to a subscriber is left out", "copies of messages on their way to subscribers are left out")
	say(c.Repeats, "message of QoS 2 was sent again and counts once", "messages of QoS 2 were sent again and count once")
	say(c.Stored, "message was sent to be retained; subscribers get it without that flag, and so it is here",
		"messages were sent to be retained; subscribers get them without that flag, and so they are here")
	if c.Encrypted > 0 {
		says = append(says, fmt.Sprintf("%d %s encrypted and cannot be read (TLS, %s)", c.Encrypted, plural(uint64(c.Encrypted), "connection is", "connections are"), ports(c.Ports)))
	}
	say(uint64(c.WebSocket), "connection over WebSocket cannot be read to its end: it was refused, is compressed, or is none",
		"connections over WebSocket cannot be read to their end: they were refused, are compressed, or are none")
	say(uint64(c.Joined), "connection was under way when the capture began", "connections were under way when the capture began")
	say(uint64(c.Guessed), "connection does not tell its version of MQTT, which is guessed", "connections do not tell their version of MQTT, which is guessed")
	say(c.Nameless, "message is left out: the capture lacks what its topic alias stands for", "messages are left out: the capture lacks what their topic aliases stand for")
	if c.Gaps > 0 {
		says = append(says, fmt.Sprintf("%d %s missing, %d bytes; messages in them are lost", c.Gaps, plural(uint64(c.Gaps), "piece of a connection is", "pieces of connections are"), c.Missing))
	}
	say(c.Skipped, "byte belongs to no whole packet", "bytes belong to no whole packet")
	say(c.Broken, "packet is none of MQTT's", "packets are none of MQTT's")
	say(c.Short, "packet was captured in part (a snapshot length)", "packets were captured in part (a snapshot length)")
	say(c.Fragments, "fragment of an IP packet was not read", "fragments of IP packets were not read")
	if c.Links > 0 {
		says = append(says, fmt.Sprintf("%d %s of a link that labtop does not know (type %d)", c.Links, plural(c.Links, "frame is", "frames are"), c.Link))
	}
	say(uint64(c.Forgotten), "connection was forgotten, to bound the memory", "connections were forgotten, to bound the memory")
	return says
}

func plural(n uint64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func ports(list []uint16) string {
	slices.Sort(list)
	texts := make([]string, len(list))
	for i, port := range list {
		texts[i] = strconv.Itoa(int(port))
	}
	if len(texts) == 1 {
		return "port " + texts[0]
	}
	return "ports " + strings.Join(texts, ", ")
}
