package recording_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestJSONFormats has what programs write as JSON, one trap each.
func TestJSONFormats(t *testing.T) {
	t.Parallel()
	const all = recording.LacksQoS | recording.LacksRetained | recording.LacksDup | recording.LacksBytes
	for _, test := range []struct {
		name, format, log string
		want              []string
		health            recording.Health
		lacks             recording.Lacks
	}{
		{
			"mqttui", recording.MqttuiFormat, sample(t, recording.MqttuiFormat), []string{
				`13:00:00.123456 iotclass/lab1/status Q1 true "online" 6`,
				`13:00:00.123456 ret/json Q0 true "{\"temperature\":21.5,\"humidity\":45}" 34`,
				`13:00:00.123456 iotclass/lab1/temperature Q0 false " 22.50" 6`,
				`13:00:01.500000 küche/温度 Q2 false "21.5" 4`,
				`13:00:02.000000 bin/raw Q0 false "[0,255,10]" 10`,
			}, recording.Health{}, recording.LacksZone | recording.LacksDup | recording.LacksBytes,
		},
		{
			"MQTTX", recording.MQTTXFormat, sample(t, recording.MQTTXFormat), []string{
				`13:00:00.123000 iotclass/lab1/temperature Q0 false " 22.50" 6`,
				`13:00:01.000000 home/hall/light/command Q1 true "{\n  \"on\": true\n}" 16`,
				`13:00:02.000000 empty Q2 false "" 0`,
			}, recording.Health{Sent: 1}, recording.LacksZone | recording.LacksDup | recording.LacksBytes,
		},
		{
			"MQTTX, one connection in one line, cut", recording.MQTTXFormat,
			`{"password":"messages","messages" : [{"createAt":"2026-11-22 14:00:00:123","out":false,"payload":"1","qos":0,"retain":false,"topic":"a"},{"createAt":"2026-11-22 14:00:01:123","out":fal`,
			[]string{`13:00:00.123000 a Q0 false "1" 1`},
			recording.Health{Cut: true},
			recording.LacksZone | recording.LacksDup | recording.LacksBytes,
		},
		{
			"MQTTX, with folders of connections", recording.MQTTXFormat,
			`[{"id":"f1","name":"School","isCollection":true,"parentId":null},{"id":"f2","name":"Home","isCollection":true},` +
				`{"name":"lab","isCollection":false,"messages":[{"createAt":"2026-11-22 14:00:00:123","out":false,"payload":"1","qos":0,"retain":false,"topic":"a"}]}]`,
			[]string{`13:00:00.123000 a Q0 false "1" 1`},
			recording.Health{},
			recording.LacksZone | recording.LacksDup | recording.LacksBytes,
		},
		{
			"the usual keys", recording.JSONFormat, sample(t, recording.JSONFormat), []string{
				`06:46:59.946453 iotclass/lab1/temperature Q0 false " 22.50" 6`,
				`06:47:00.123000 iotclass/lab1/sensors Q1 true "{\"temperature\":21.5}" 20`,
				`06:47:01.000000 bin/raw Q0 false "\x00\xff\n" 3`,
				`06:47:02.000000 küche/温度 Q0 false "21.5" 4`,
				`06:47:03.000000 empty Q0 false "" 0`,
			}, recording.Health{}, recording.LacksDup,
		},
		{
			"an array, as Node-RED writes one", recording.JSONFormat,
			`[{"topic":"a/b","payload":"22.50","qos":0,"retain":false,"_msgid":"af48"},` + "\n" + `{"topic":"a/c","payload":{"x":"}]\"["},"qos":"1","retain":"true"}]`,
			[]string{`14:00:00.000000 a/b Q0 false "22.50" 5`, `14:00:01.000000 a/c Q1 true "{\"x\":\"}]\\\"[\"}" 13`},
			recording.Health{},
			recording.LacksTimes | recording.LacksDup | recording.LacksBytes,
		},
		{
			"objects of several lines, and a line between them", recording.JSONFormat,
			"{\n  \"topic\": \"a\",\n  \"payload\": 1\n}\nTimed out\n{\n  \"topic\": \"b\",\n  \"payload\": [1]\n}{\"topic\":\"c\",\"payload\":true}",
			[]string{`14:00:00.000000 a Q0 false "1" 1`, `14:00:01.000000 b Q0 false "[1]" 3`, `14:00:02.000000 c Q0 false "true" 4`},
			recording.Health{Skipped: 1, FirstSkipped: 5},
			recording.LacksTimes | all,
		},
		{
			"lines, and a broken one", recording.JSONFormat, `{"topic":"a","payload":"1"}` + "\n" + `{"topic":"b","payload":{` + "\n" + `{"topic":"c","payload":"3"}` + "\n",
			[]string{`14:00:00.000000 a Q0 false "1" 1`, `14:00:01.000000 c Q0 false "3" 1`},
			recording.Health{Skipped: 1, FirstSkipped: 2},
			recording.LacksTimes | all,
		},
		{
			"the times since its start", recording.JSONFormat, `{"time":0.5,"topic":"a","payload_hex":"00ff"}` + "\n" + `{"time":2.25,"topic":"a","payloadBase64":"AA=="}` + "\n",
			[]string{`14:00:00.500000 a Q0 false "\x00\xff" 2`, `14:00:02.250000 a Q0 false "\x00" 1`},
			recording.Health{},
			recording.LacksDates | recording.LacksQoS | recording.LacksRetained | recording.LacksDup,
		},
		{
			"a time as a float", recording.JSONFormat, `{"time":1.795330019e9,"topic":"a","payload":"1","qos":2,"retained":1,"dup":true}` + "\n",
			[]string{`06:46:59.000000 a Q2 true "1" 1`},
			recording.Health{},
			recording.LacksBytes,
		},
		{
			"bytes that are no text", recording.JSONFormat, `{"time":1795330019,"topic":"a","payload":"k` + "\xfc" + `che"}` + "\n",
			[]string{`06:46:59.000000 a Q0 false "k�che" 7`},
			recording.Health{Altered: 1},
			all,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, err := openText(t, "", test.log)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if diff := cmp.Diff(test.want, messagesOf(t, f)); diff != "" || f.Health() != test.health || f.Lacks != test.lacks || f.Format != test.format {
				t.Errorf("%s: %+v, want %+v; lacks %b, want %b\n%s", f.Format, f.Health(), test.health, f.Lacks, test.lacks, diff)
			}
		})
	}
}

// TestNoJSONMessage has objects without a message, or with one that there cannot be.
func TestNoJSONMessage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"payload":"1"}`, `{"topic":"a"}`, `{"topic":1,"payload":"1"}`, `{"topic":"","payload":"1"}`, `{"topic":"a","payload":"1","qos":3}`,
		`{"topic":"a","payload":"1","qos":null}`, `{"topic":"a","payload":"1","time":"soon"}`, `{"topic":"a","payload":"1","time":-1}`,
		`{"topic":"a","payload":"1","time":1e300}`, `{"topic":"a","payload_b64":"?"}`, `{"topic":"a","payload_hex":"0"}`, `{"topic":"a","payload_hex":1}`,
		`{'topic': 'a', 'payload': '1'}`, `{"topic":"a","payload":"1"`, `[[[]]]`, `]`, `{"messages":[]}`, `[1,2]`,
		`{"topic":"` + strings.Repeat("x", 65536) + `","payload":"1"}`,
	} {
		if f, err := openText(t, "", text); err == nil {
			t.Errorf("%.50s: taken for %s: %q", text, f.Format, messagesOf(t, f))
		}
	}
}

// TestLateTime: messages at the start of a log that have no time get that of the first
// that has one, however many they are.
func TestLateTime(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `{"time":null,"qos":0,"topic":"t/%d","size":1,"payload":"1"}`+"\n", i)
	}
	b.WriteString(`{"time":"2026-11-22T13:00:00","qos":0,"topic":"a","size":1,"payload":"1"}` + "\n")
	messages, _ := logMessages(t, recording.MqttuiFormat, b.String())
	if len(messages) != 5001 {
		t.Fatalf("%d messages", len(messages))
	}
	for _, m := range messages {
		if !strings.HasPrefix(m, "12:00:00.000000 ") {
			t.Fatal(m)
		}
	}
}

// TestHugeArray: an array without a line end is read in bounded memory, and an object
// that is too long is left out.
func TestHugeArray(t *testing.T) {
	t.Parallel()
	one := `{"topic":"a","payload":"` + strings.Repeat("x", 1000) + `"},`
	in := io.MultiReader(strings.NewReader("["+one), strings.NewReader(strings.Repeat(one, 1000)),
		strings.NewReader(`{"topic":"b",`+strings.Repeat(`"key":[1],`, 7<<20)+`"messages":[`+one+`1]},`+one+`]`))
	f, err := recording.OpenStream(in, "")
	if err != nil {
		t.Fatal(err)
	}
	messages := messagesOf(t, f)
	if h := f.Health(); len(messages) != 1002 || h.Skipped != 1 || h.FirstSkipped != 1 || h.Cut {
		t.Errorf("%d messages, %+v", len(messages), h)
	}
}
