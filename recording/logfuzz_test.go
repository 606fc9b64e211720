package recording_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// FuzzLog reads anything as a log of the format that it is found to be, and as those that
// labtop and Mosquitto write as JSON.
func FuzzLog(f *testing.F) {
	f.Add(logOf(3, "\n"))
	f.Add([]byte(`{"time":"2026-11-22T14:00:00+01:00","topic":"?","topic_base64":"/w==","qos":0,"payload_base64":"AP8="}`))
	fuzzFormats(f, "", recording.LogFormat, recording.MosquittoFormat)
}

// FuzzLogLine reads anything as a line of labtop's own log: the fast way finds in it what
// the other one does, or leaves it to that.
func FuzzLogLine(f *testing.F) {
	line := logOf(1, "")
	f.Add(line)
	f.Add(bytes.Replace(line, []byte("23.50"), []byte(`{\"a\":\"\\\\ü\\u0000\"}`), 1))
	f.Add([]byte(`{"time":"2026-11-22T14:00:00+01:00","topic":"?","topic_base64":"/w==","qos":0,"payload_base64":"AP8="}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if own, other, ok := recording.LogLine(line); ok && own != other {
			t.Errorf("%q:\n%s\n%s", line, own, other)
		}
	})
}

// FuzzMosquittoText reads anything as what mosquitto_sub prints as text.
func FuzzMosquittoText(f *testing.F) {
	f.Add([]byte("a b/c {\"x\":1}\n\r\n[x] \x00\n$SYS/broker/retained messages/count 40\n^C\n"))
	f.Add([]byte("[2026-11-22 13:00:00.5] a/b {\n23:59:59 }\n00:00:00 a/b (null)"))
	fuzzFormats(f, recording.VerboseFormat, recording.StampedFormat, recording.FieldsFormat, recording.HexFormat, "%t|%p|%x")
}

// FuzzTemplate reads anything by any format of mosquitto_sub.
func FuzzTemplate(f *testing.F) {
	f.Add("%U\\t%t\\t%p", []byte("1795330019.5\ta/b\t1\n"))
	f.Add("%%%q%r|%X|%l %t", []byte("%1|00|5 a"))
	f.Fuzz(func(t *testing.T, template string, data []byte) {
		if strings.Contains(template, "%") {
			readAny(t, data, template)
		}
	})
}

// FuzzJSONLogs reads anything as JSON of other programs.
func FuzzJSONLogs(f *testing.F) {
	f.Add([]byte(`{"topic":"a","payload":1,"time":1.5e9,"userProperties":{"a":["1"],"a":"2"},"correlationData":{"type":"Buffer","data":[0]}}`))
	f.Add([]byte(`[{"topic":"a","payload":{"type":"Buffer","data":[0,255]},"time":0.5},{"messages":[{"topic":"b","payload_hex":"00","time":1.5e9}],"x":[{}]}]`))
	fuzzFormats(f, recording.JSONFormat, recording.MqttuiFormat, recording.MQTTXFormat)
}

// FuzzProperties reads any JSON as properties of MQTT 5; what was read and is written is
// read as the same again.
func FuzzProperties(f *testing.F) {
	for _, p := range propertySets() {
		f.Add([]byte(recording.PropertiesJSON(p)))
	}
	f.Add([]byte(`{"userProperties":{"a":["1"],"a":"2","b":{}},"correlationData":{"type":"Buffer","data":[0,255]},"content_type":1,"left-out":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		once, ok := logged(t, data)
		if !ok {
			return
		}
		if again, ok := logged(t, recording.PropertiesJSON(once)); !ok || !cmp.Equal(once, again) || once.Size() > 8<<10 {
			t.Fatalf("%s\nis read as %+v\nand as %+v", data, once, again)
		}
	})
}

// logged are the properties of the message of a log that has only one, written so.
func logged(t *testing.T, properties []byte) (*model.Properties, bool) {
	t.Helper()
	if properties == nil {
		properties = []byte("null")
	}
	line := `{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"payload":"","properties":` + string(properties) + "}"
	var e recording.Entry
	file, err := recording.OpenStream(strings.NewReader(line), recording.LogFormat)
	if err != nil || file.Next(&e) != nil {
		return nil, false
	}
	return e.Message.Properties, true
}

// FuzzMembers takes any JSON object apart as encoding/json does.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, ` { } `, `{"a" : 1.5e3 , "b":"\"\\","c\u0070":{"}":["]"]},"d":[],"a":null,"":true}`, "{\"\xff\":\"\xff\",\n\"n\":-1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want := map[string]json.RawMessage{}
		if text = bytes.TrimLeft(text, " \t\r\n"); json.Unmarshal(text, &want) != nil || text[0] != '{' {
			return
		}
		if diff := cmp.Diff(want, recording.Members(text)); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzTables reads anything as a table.
func FuzzTables(f *testing.F) {
	f.Add([]byte("topic;payload_base64;time\n\"a\"\"\n\";AA==;2026-11-22 14:00:00\n"))
	fuzzFormats(f, recording.CSVFormat, recording.CSVBase64Format, recording.HomeAssistantFormat)
}

// FuzzConsoleLogs reads anything as what devices and bridges log.
func FuzzConsoleLogs(f *testing.F) {
	fuzzFormats(f, recording.TasmotaFormat, recording.Zigbee2MQTTFormat)
}

// fuzzFormats reads anything as each of some formats; the samples of all are where it
// begins.
func fuzzFormats(f *testing.F, names ...string) {
	f.Helper()
	for _, format := range logFormats() {
		f.Add([]byte(sample(f, format.Name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range names {
			readAny(t, data, name)
		}
	})
}

// readAny reads anything as a log: it ends, every message is one that there can be, and
// all of them together are not much more than the log is.
func readAny(t *testing.T, data []byte, format string) {
	t.Helper()
	file, err := recording.OpenStream(bytes.NewReader(data), format)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	size := 0
	var e recording.Entry
	for file.Next(&e) == nil {
		if e.Kind != recording.MessageEntry { // of a capture
			continue
		}
		m := &e.Message
		size += len(m.Topic) + len(m.Payload)
		if m.QoS > 2 || m.Size < len(m.Payload) || len(m.Topic) > 65535 || m.Topic == "" || m.Time != e.Time || m.Properties.Size() > 8<<10 || size > 3*len(data) && file.Compression == "" {
			t.Fatalf("%s: %+v", file.Format, m)
		}
	}
	_ = file.Health()
}
