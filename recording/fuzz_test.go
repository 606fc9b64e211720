package recording_test

import (
	"bytes"
	"testing"

	"labtop/recording"
	"labtop/testkit/forge"
)

// FuzzReader reads anything: it ends, without a panic, and every message is one
// that MQTT could carry.
func FuzzReader(f *testing.F) {
	file := lab(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	records := new(forge.File)
	records.Channel(7, "good", "qos", "1", "retained", "true", "dup", "false")
	records.Channel(8, "labtop/overflow", "labtop", "overflow")
	records.Channel(9, "labtop/connection", "labtop", "connection")
	records.Message(7, 1, 1<<60, "good")
	records.Message(8, 2, 1<<60, "\x30\x05\x00\x01abc")
	records.Channel(10, "labtop/properties", "labtop", "properties")
	records.Message(10, 4, 1<<60, `{"content-type":"x","user-properties":[["k","v"],["/w==","","base64"]],"message-expiry-interval":60}`)
	records.Message(7, 5, 1<<60, "good")
	records.Message(9, 3, 1<<60, `{"state":"connected","since":"2026-11-22T14:32:16Z"}`)
	plain := forge.New("mqtt", map[string]string{"version": "1"})
	plain.Chunk(uint64(records.Len()), 0, "", records.Bytes()) // without a checksum, so that the records are reached
	f.Add(plain.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		entries, _, err := read(file)
		if err != nil {
			return
		}
		for i := range entries {
			m := &entries[i].Message
			if m.QoS > 2 || len(m.Topic) > 65535+9 && entries[i].Kind == recording.MessageEntry || m.Size < len(m.Payload) || m.Properties.Size() > 8<<10 {
				t.Errorf("entry %d: %s", i, text(&entries[i]))
			}
		}
	})
}

// FuzzOutline begins to read anything at the chunks that its end tells of, whose checksum
// is made right: it ends, without a panic.
func FuzzOutline(f *testing.F) {
	f.Add(lab(f))
	f.Add(busy(f, 20))
	f.Fuzz(func(_ *testing.T, file []byte) {
		file = bytes.Clone(file)
		if start, end, ok := summary(file); ok {
			fixSum(file, start, end)
		}
		r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			r.Outline(func(*recording.Entry) {})
		}
	})
}
