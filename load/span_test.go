//go:build linux

package load_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	gocmp "github.com/google/go-cmp/cmp"

	"labtop/recording"
	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
)

// TestRecordedSpan records what a real broker sends, 10 000 messages a second, for as long
// as LABTOP_SOAK says, 20 s without it: the recording holds what was published, on each
// topic in its order, and the lab that is played from it has taken all of that in.
func TestRecordedSpan(t *testing.T) {
	span, err := time.ParseDuration(cmp.Or(os.Getenv("LABTOP_SOAK"), "20s"))
	if err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "log_type information", "max_queued_messages 0")
	path := filepath.Join(t.TempDir(), "lab.mcap")
	d := open(t, 120, 40, "-b", b.Addr, "-t", "iotclass/#", "--record", path)
	d.shows("Subscribed to")
	began := time.Now()
	published := publishFor(t, b.Addr, span)
	took := time.Since(began)
	d.shows(lastWord)
	_, most := d.memory()
	d.quit()
	kept := tallyFile(t, path)
	t.Logf("%d messages in %v on %d topics, %.1f bytes a message, %.0f MiB of memory at most",
		published.messages, took.Round(time.Second), len(published.topics), float64(kept.size)/float64(kept.messages), most)
	if diff := gocmp.Diff(published.sums(), kept.sums()); diff != "" {
		t.Errorf("published (-) and recorded (+):\n%s", diff)
	}
	if diff := gocmp.Diff(published.counts(), played(t, path)); diff != "" {
		t.Errorf("published (-) and played (+):\n%s", diff)
	}
}

// tally is what there was on each topic.
type tally struct {
	topics   map[string]*topicTally
	messages int
	size     int64 // of the file, if it is one
}

// topicTally counts the messages of a topic, and sums up their payloads in their order.
type topicTally struct {
	count int
	sum   hash.Hash64
}

func (t *tally) add(topic string, payload []byte) {
	tt := t.topics[topic]
	if tt == nil {
		tt = &topicTally{sum: fnv.New64a()}
		t.topics[topic] = tt
	}
	tt.count++
	t.messages++
	_, _ = tt.sum.Write(payload)
	_, _ = tt.sum.Write([]byte{'\n'}) // none holds one
}

// sums are the counts and sums of all topics, counts the counts alone.
func (t *tally) sums() map[string]string {
	m := map[string]string{}
	for topic, tt := range t.topics {
		m[topic] = fmt.Sprintf("%d messages, %x", tt.count, tt.sum.Sum64())
	}
	return m
}

func (t *tally) counts() map[string]int {
	m := map[string]int{}
	for topic, tt := range t.topics {
		m[topic] = tt.count
	}
	return m
}

// lastWord is the payload of the last message, on a topic that the screen shows.
const lastWord = "finished"

// publishFor publishes what 300 sensors say, 10 000 messages a second, on a connection of
// its own, and a last word.
func publishFor(t *testing.T, addr string, span time.Duration) *tally {
	t.Helper()
	const perSec = 10_000
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	out := bufio.NewWriterSize(conn, 64<<10)
	write := func(p packets.ControlPacket) {
		if err := p.Write(out); err != nil {
			t.Fatal(err)
		}
	}
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion = "MQTT", 4
	connect.ClientIdentifier, connect.CleanSession = "sensors", true
	write(connect)
	sent := &tally{topics: map[string]*topicTally{}}
	publish := func(topic, payload string) {
		p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		p.TopicName, p.Payload = topic, []byte(payload)
		write(p)
		sent.add(p.TopicName, p.Payload)
	}
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	total := int(span.Seconds() * perSec)
	for began := time.Now(); sent.messages < total; <-ticker.C {
		for due := min(int(time.Since(began).Seconds()*perSec), total); sent.messages < due; {
			publish(fmt.Sprintf("iotclass/lab%03d/temperature", rand.IntN(300)), fmt.Sprintf(" %.2f", 20+5*rand.Float64()))
		}
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	publish("iotclass/lab000/experiment", lastWord)
	write(packets.NewControlPacket(packets.Disconnect))
	if err := errors.Join(out.Flush(), conn.(*net.TCPConn).CloseWrite()); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // until the broker has taken all of it
	return sent
}

// tallyFile is what a recording holds, which must be whole.
func tallyFile(t *testing.T, path string) *tally {
	t.Helper()
	kept := &tally{topics: map[string]*topicTally{}, size: fileSize(t, path)}
	eachEntry(t, path, func(e *recording.Entry) {
		switch {
		case e.Kind == recording.GapEntry:
			t.Errorf("a gap: %+v", e.Gap)
		case e.Kind == recording.MessageEntry && strings.HasPrefix(e.Message.Topic, "iotclass/"):
			kept.add(e.Message.Topic, e.Message.Payload)
		}
	})
	return kept
}

// played is how many messages on each topic the lab has taken in that is played from a
// recording.
func played(t *testing.T, path string) map[string]int {
	t.Helper()
	text, err := binary.Command(t, "snapshot", "--from", path, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var lab struct {
		Devices []struct {
			Metrics []struct {
				Topic string
				Count int
			}
		}
	}
	if err := json.Unmarshal(text, &lab); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, d := range lab.Devices {
		for _, m := range d.Metrics {
			counts[m.Topic] += m.Count
		}
	}
	return counts
}
