package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// TestRoundTrip writes one of everything and reads it back.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	var messages []model.Message
	for i, payload := range []string{
		" 22.50", "", "\x00\xff\x1b[31m", "küche 21,5 °C", `{"temperature":21.5}`, "[1,2]", strings.Repeat("x", 1<<20), "{broken",
	} {
		for flavour := range 12 {
			m := message(len(messages), fmt.Sprintf("a/%d/\xff/ü", i), payload)
			m.QoS, m.Retained, m.Dup = byte(flavour%3), flavour/3%2 == 1, flavour/6 == 1
			messages = append(messages, m)
		}
	}
	messages = append(messages, message(0, "", "no topic"), message(1, "labtop/gap", "a topic, not ours"), message(2, strings.Repeat("t", 65535), "long"))
	cut := message(3, "big", "the start")
	cut.Size = 5 << 20
	messages = append(messages, cut, message(4, "big", "whole"))
	connection := model.Connection{
		State: model.Waiting, Since: epoch.UTC(), Problem: "refused", Hint: "start it", NextTry: epoch.Add(time.Second).UTC(), Attempts: 3, Connects: 2, Insecure: true,
		Broker: "mqtt://b:1883",
		Link: &model.Link{
			Address: "[::1]:8883", Protocol: "MQTT 3.1.1", KeepAlive: 1500 * time.Millisecond, Persistent: true, Present: true,
			TLS: &model.TLS{
				Version: "TLS 1.3", Cipher: "AES", ALPN: "mqtt",
				Broker:    model.Certificate{Subject: "lab \x1b", Issuer: "CA", Names: []string{"localhost", "::1"}, NotBefore: epoch.UTC(), NotAfter: epoch.Add(time.Hour).UTC()},
				Authority: &model.Certificate{Subject: "CA", Issuer: "CA", NotBefore: epoch.UTC(), NotAfter: epoch.Add(time.Hour).UTC()},
				Client:    &model.Certificate{Subject: "us", Issuer: "CA", NotBefore: epoch.UTC(), NotAfter: epoch.Add(time.Minute).UTC()},
			},
		},
		Subscriptions: []model.Subscription{{Filter: "#", Requested: 2, Granted: 1, Answered: true}, {Filter: "x"}, {Filter: "y", Answered: true, Error: "no"}},
	}
	gap := recording.Gap{From: epoch.UTC(), To: epoch.Add(time.Minute).UTC(), Messages: 7, Bytes: 700, Events: 1, Reason: "slow"}
	alert := recording.Alert{Rule: "too-hot", Device: "lab1", Metric: "temperature", From: "pending", To: "firing", Severity: "critical", Text: "31.8", Summary: "above 30"}
	want := []recording.Entry{{Kind: recording.ConnectionEntry, Time: epoch, Connection: &connection}}
	for _, m := range messages {
		want = append(want, recording.Entry{Time: m.Time, Message: m})
	}
	want = append(want,
		recording.Entry{Kind: recording.GapEntry, Time: epoch, Gap: gap},
		recording.Entry{Kind: recording.NoteEntry, Time: epoch, Note: "look \x1b here"},
		recording.Entry{Kind: recording.AlertEntry, Time: epoch, Alert: alert},
		recording.Entry{Kind: recording.ClockEntry, Time: epoch, Step: -time.Hour, Away: time.Minute},
		recording.Entry{Kind: recording.EndEntry, Time: epoch.Add(time.Minute)})

	file := written(t, func(w *recording.Writer) error {
		errs := []error{w.Connection(connection.Since, &connection)}
		for i := range messages {
			errs = append(errs, w.Message(&messages[i]))
		}
		return errors.Join(append(errs, w.Gap(epoch, gap), w.Note(epoch, "look \x1b here"), w.Alert(epoch, alert), w.Clock(epoch, -time.Hour, time.Minute))...)
	})
	entries, health, err := read(file)
	if err != nil || health != (recording.Health{Dropped: gap.Messages}) {
		t.Fatalf("%v, %+v", err, health)
	}
	if len(entries) != len(want) {
		t.Fatalf("%d entries, want %d", len(entries), len(want))
	}
	for i := range want {
		if !same(&entries[i], &want[i]) {
			t.Errorf("entry %d is %.500s, want %.500s", i, text(&entries[i]), text(&want[i]))
		}
	}
	r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(about(), r.Info()); diff != "" {
		t.Error(diff)
	}
}

// TestOtherReaders has the MCAP library read a file in three ways: token by token
// with all checksums, by the index, and without it.
func TestOtherReaders(t *testing.T) {
	t.Parallel()
	file := lab(t)
	lexer, err := mcap.NewLexer(bytes.NewReader(file), &mcap.LexerOptions{ValidateChunkCRCs: true})
	if err != nil {
		t.Fatal(err)
	}
	defer lexer.Close()
	tokens := map[mcap.TokenType]int{}
	for {
		token, _, err := lexer.Next(nil)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		tokens[token]++
	}
	checkSums(t, file)
	const records = 40 + 28 + 2 + 2 + 1 // messages, their properties, connection and subscriptions, note and gap, end
	if tokens[mcap.TokenMessage] != records || tokens[mcap.TokenFooter] != 1 {
		t.Errorf("tokens: %v", tokens)
	}
	for _, index := range []bool{true, false} {
		reader, err := mcap.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := reader.Info(); err != nil || info.Header.Profile != "mqtt" || info.Statistics.MessageCount != records || len(info.ChunkIndexes) == 0 {
			t.Fatalf("%+v, %v", info, err)
		}
		if reader, err = mcap.NewReader(bytes.NewReader(file)); err != nil {
			t.Fatal(err)
		}
		messages, err := reader.Messages(mcap.UsingIndex(index), mcap.WithTopics([]string{"iotclass/lab3/temperature"}))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for {
			_, channel, m, err := messages.NextInto(nil)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 && (channel.Metadata["qos"] != "0" || channel.Metadata["retained"] != "true" || channel.Metadata["dup"] != "false" || string(m.Data) != "23.50") {
				t.Errorf("%+v %s", channel, m.Data)
			}
			n++
		}
		if n != 8 {
			t.Errorf("%d messages, with index: %v", n, index)
		}
		reader.Close()
	}
}

// checkSums compares the checksums of the data and of the summary, which no reader
// of the library looks at.
func checkSums(t *testing.T, file []byte) {
	t.Helper()
	footer, err := mcap.ParseFooter(file[len(file)-8-20:])
	if err != nil {
		t.Fatal(err)
	}
	if got := crc32.ChecksumIEEE(file[footer.SummaryStart : len(file)-8-4]); got != footer.SummaryCRC {
		t.Errorf("the summary has the checksum %x, says %x", got, footer.SummaryCRC)
	}
	const dataEnd = 9 + 4
	data := file[:footer.SummaryStart-dataEnd]
	end, err := mcap.ParseDataEnd(file[len(data)+9 : footer.SummaryStart])
	if err != nil || end.DataSectionCRC != crc32.ChecksumIEEE(data) {
		t.Errorf("the data have the checksum %x, say %+v, %v", crc32.ChecksumIEEE(data), end, err)
	}
}

// TestMoreTopicsThanChannels has the overflow channel take what MCAP has no
// channels for.
func TestMoreTopicsThanChannels(t *testing.T) {
	t.Parallel()
	const topics = 70_000
	file := written(t, func(w *recording.Writer) error {
		for i := range topics {
			m := message(0, fmt.Sprintf("many/%d", i), "payload")
			m.QoS, m.Retained, m.Dup = byte(i%3), i%2 == 0, i%5 == 0
			if m.Properties = nil; i%10 == 9 {
				m.Properties = everything()
			}
			if i == topics-1 {
				m.Size = 1 << 30
			}
			if err := w.Message(&m); err != nil {
				return err
			}
		}
		return w.Note(epoch, "and a note")
	})
	entries, health, err := read(file)
	if err != nil || health != (recording.Health{}) || len(entries) != topics+2 {
		t.Fatalf("%d entries, %v, %+v", len(entries), err, health)
	}
	for i := range topics {
		m := &entries[i].Message
		if m.Topic != fmt.Sprintf("many/%d", i) || string(m.Payload) != "payload" || m.QoS != byte(i%3) || m.Retained != (i%2 == 0) || m.Dup != (i%5 == 0) || (m.Properties != nil) != (i%10 == 9) {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
	if last := &entries[topics-1].Message; last.Size != 1<<30 {
		t.Errorf("the cut one has the size %d", last.Size)
	}
}

// TestLongTopics: messages on topics whose names are too many bytes for channels are
// read all the same, each with its own.
func TestLongTopics(t *testing.T) {
	t.Parallel()
	const topics = 1000
	long := strings.Repeat("x", 60_000)
	file := written(t, func(w *recording.Writer) error {
		for i := range 2 * topics {
			m := message(0, strconv.Itoa(i%topics)+long, "payload")
			if err := w.Message(&m); err != nil {
				return err
			}
		}
		return nil
	})
	entries, health, err := read(file)
	if err != nil || health != (recording.Health{}) || len(entries) != 2*topics+1 {
		t.Fatalf("%d entries, %v, %+v", len(entries), err, health)
	}
	for i := range 2 * topics {
		if m := &entries[i].Message; m.Topic != strconv.Itoa(i%topics)+long || string(m.Payload) != "payload" {
			t.Fatalf("message %d: %d bytes of topic, %q", i, len(m.Topic), m.Payload)
		}
	}
}

// TestLargePayloads has payloads above what a record may hold, and one that
// shrinks so far that it would look like a trap.
func TestLargePayloads(t *testing.T) {
	t.Parallel()
	zeros := message(0, "zeros", "")
	zeros.Payload, zeros.Size = make([]byte, recording.MaxPayload), recording.MaxPayload
	longer := message(1, "longer", "")
	longer.Payload, longer.Size = make([]byte, recording.MaxPayload+1), recording.MaxPayload+2
	file := written(t, func(w *recording.Writer) error {
		small := message(2, "small", "1")
		return errors.Join(w.Message(&small), w.Message(&zeros), w.Message(&longer), w.Message(&small))
	})
	entries, health, err := read(file)
	if err != nil || health != (recording.Health{}) || len(entries) != 5 {
		t.Fatalf("%d entries, %v, %+v", len(entries), err, health)
	}
	for i, want := range []int{1, recording.MaxPayload, recording.MaxPayload, 1} {
		if got := len(entries[i].Message.Payload); got != want {
			t.Errorf("payload %d has %d bytes, want %d", i, got, want)
		}
	}
	if size := entries[2].Message.Size; size != recording.MaxPayload+2 {
		t.Errorf("the cut one has the size %d", size)
	}
}

// TestAbsurdTimes has times that the format cannot keep.
func TestAbsurdTimes(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Unix(-5, 0), time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		m := message(0, "t", "1")
		m.Time = at
		entries, _, err := read(written(t, func(w *recording.Writer) error { return w.Message(&m) }))
		if err != nil || len(entries) != 2 || entries[0].Time.UnixNano() < 0 {
			t.Errorf("%v: %v, %v", at, entries, err)
		}
	}
}

// TestEnd knows when a recording ends before it is read, unless its end is missing or
// damaged.
func TestEnd(t *testing.T) {
	t.Parallel()
	file := written(t, func(w *recording.Writer) error {
		m := message(0, "a", "1")
		return w.Message(&m)
	})
	for _, tt := range []struct {
		name string
		file []byte
		want time.Time
	}{
		{"whole", file, epoch.Add(time.Minute)},
		{"cut", file[:len(file)-1], time.Time{}},
		{"cut after the data", file[:len(file)/2], time.Time{}},
		{"flipped", flipped(file, len(file)-40), time.Time{}},
	} {
		r, err := recording.NewReader(bytes.NewReader(tt.file), int64(len(tt.file)))
		if err != nil {
			t.Fatal(err)
		}
		want := r.Info()
		if got := r.End(); !got.Equal(tt.want) {
			t.Errorf("%s: ends at %v, want %v", tt.name, got, tt.want)
		}
		var e recording.Entry
		if err := r.Next(&e); tt.name != "cut after the data" && (err != nil || e.Message.Topic != "a") || r.Info() != want {
			t.Errorf("%s: %+v, %v", tt.name, e, err)
		}
	}
}

// flipped is a file with one byte changed.
func flipped(file []byte, at int) []byte {
	changed := bytes.Clone(file)
	changed[at] ^= 0x40
	return changed
}
