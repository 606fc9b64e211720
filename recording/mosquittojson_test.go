package recording_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestMosquittoText has what mosquitto_sub 2.0.11 writes with -F %j: payloads as
// text, cut at a zero byte, and raw bytes that are no UTF-8.
func TestMosquittoText(t *testing.T) {
	t.Parallel()
	messages, health := logMessages(t, recording.MosquittoFormat, `{"tst":"2026-11-22T06:46:59.945435Z+0000","topic":"iotclass/lab1/status","qos":1,"retain":1,"payloadlen":6,"mid":1,"payload":"online"}
{"tst":"2026-11-22T06:46:59.945591Z+0000","topic":"iotclass/lab1/temperature","qos":0,"retain":1,"payloadlen":6,"payload":" 22.50"}
{"tst":"2026-11-22T06:47:00.945779Z+0000","topic":"empty/q0","qos":0,"retain":0,"payloadlen":0,"payload":null}
{"tst":"2026-11-22T06:47:00.945761Z+0000","topic":"bin/raw","qos":1,"retain":0,"payloadlen":6,"mid":4,"payload":""}
{"tst":"2026-11-22T06:47:00.945761Z+0000","topic":"bin/cut","qos":2,"retain":0,"payloadlen":4,"mid":5,"payload":"ab"}
{"tst":"2026-11-22T06:47:00.989286Z+0000","topic":"text/escape","qos":0,"retain":0,"payloadlen":9,"payload":"\u001b[31mred\u0007"}
{"tst":"2026-11-22T06:47:00.989286+0000","topic":"later","qos":0,"retain":0,"payloadlen":2,"payload":"22","properties":{"user-properties":{"k1":"v1","k1":"v2"}}}
{"tst":1795330019,"topic":"earlier","qos":0,"retain":0,"payloadlen":7,"payload":"{\"a\":1}"}
{"tst":"2026-11-22T06:47:00.989286+0100","topic":"latin","qos":0,"retain":0,"payloadlen":3,"payload":"`+"k\xfche"[:3]+`"}
Timed out
`)
	want := []string{
		`06:46:59.945435 iotclass/lab1/status Q1 true "online" 6`,
		`06:46:59.945591 iotclass/lab1/temperature Q0 true " 22.50" 6`,
		`06:47:00.945779 empty/q0 Q0 false "" 0`,
		`06:47:00.945761 bin/raw Q1 false "" 6`,
		`06:47:00.945761 bin/cut Q2 false "ab" 4`,
		`06:47:00.989286 text/escape Q0 false "\x1b[31mred\a" 9`,
		`06:47:00.989286 later Q0 false "22" 2`,
		time.Unix(1795330019, 0).UTC().Format("15:04:05.000000") + ` earlier Q0 false "{\"a\":1}" 7`,
		`05:47:00.989286 latin Q0 false "k�h" 5`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
	if want := (recording.Health{Skipped: 1, FirstSkipped: 10, Altered: 3}); health != want {
		t.Errorf("%+v, want %+v", health, want)
	}
}

// TestMosquittoJSON has what it writes with -F %J: payloads as JSON written anew, and
// an empty line for each that is none.
func TestMosquittoJSON(t *testing.T) {
	t.Parallel()
	messages, health := logMessages(t, recording.MosquittoFormat, `{"tst":"2026-11-22T06:46:59.945875Z+0000","topic":"iotclass/lab1/temperature","qos":0,"retain":1,"payloadlen":6,"payload":22.5}
{"tst":"2026-11-22T06:46:59.945908Z+0000","topic":"ret/json","qos":0,"retain":1,"payloadlen":34,"payload":{"temperature":21.5,"humidity":45}}


{"tst":"2026-11-22T06:47:01.006212Z+0000","topic":"num/null","qos":0,"retain":0,"payloadlen":4,"payload":null}
{"tst":"2026-11-22T06:47:01.006213Z+0000","topic":"num/exp","qos":0,"retain":0,"payloadlen":5,"payload":null}
{"tst":"2026-11-22T06:47:01.006214Z+0000","topic":"num/lead","qos":0,"retain":0,"payloadlen":3,"payload":7}
{"tst":"2026-11-22T06:47:01.006215Z+0000","topic":"num/big","qos":0,"retain":0,"payloadlen":20,"payload":1.2345678901234567e+19}
{"tst":"2026-11-22T06:47:01.006216Z+0000","topic":"text","qos":0,"retain":0,"payloadlen":4,"payload":"ab"}
{"tst":"2026-11-22T06:47:01.006217Z+0000","topic":"empty","qos":0,"retain":0,"payloadlen":0,"payload":null}
{"tst":"2026-11-22T06:47:01.006218Z+0000","topic":"broken","qos":0,"retain":0,"payloadlen":3,"payload":{"a"
`)
	want := []string{
		`06:46:59.945875 iotclass/lab1/temperature Q0 true "22.5" 4`,
		`06:46:59.945908 ret/json Q0 true "{\"temperature\":21.5,\"humidity\":45}" 34`,
		`06:47:01.006212 num/null Q0 false "null" 4`,
		`06:47:01.006213 num/exp Q0 false "" 5`,
		`06:47:01.006214 num/lead Q0 false "7" 1`,
		`06:47:01.006215 num/big Q0 false "1.2345678901234567e+19" 22`,
		`06:47:01.006216 text Q0 false "\"ab\"" 4`,
		`06:47:01.006217 empty Q0 false "" 0`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
	if want := (recording.Health{Skipped: 1, FirstSkipped: 11, Rewritten: true, Lost: 2, Altered: 1}); health != want {
		t.Errorf("%+v, want %+v", health, want)
	}
}

// TestNextMosquitto has what mosquitto_sub 2.1 writes, where retain is a boolean.
func TestNextMosquitto(t *testing.T) {
	t.Parallel()
	messages, health := logMessages(t, recording.MosquittoFormat, `{"tst":"2026-11-22T06:46:59.945435+0000","topic":"iotclass/lab1/status","qos":1,"retain":true,"payloadlen":6,"mid":1,"payload":"online"}
{"tst":"2026-11-22T06:47:00.945761+0000","topic":"bin/raw","qos":0,"retain":false,"payloadlen":6,"payload":""}
`)
	want := []string{
		`06:46:59.945435 iotclass/lab1/status Q1 true "online" 6`,
		`06:47:00.945761 bin/raw Q0 false "" 6`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
	if want := (recording.Health{Altered: 1}); health != want {
		t.Errorf("%+v, want %+v", health, want)
	}
}

// TestNoMosquittoLog has lines that lack something.
func TestNoMosquittoLog(t *testing.T) {
	t.Parallel()
	const good = `{"tst":"2026-11-22T06:46:59.945875Z+0000","topic":"t","qos":0,"retain":1,"payloadlen":1,"payload":"1"}`
	for _, change := range [][2]string{
		{`"tst"`, `"time"`},
		{"2026-11-22", "2026-22-11"},
		{`"2026-11-22T06:46:59.945875Z+0000"`, "-5"},
		{`"2026-11-22T06:46:59.945875Z+0000"`, "1e99"},
		{`"topic":"t",`, ""},
		{`"qos":0`, `"qos":3`},
		{`"retain":1,`, ""},
		{`"retain":1,`, `"retain":2,`},
		{`"payloadlen":1`, `"payloadlen":-1`},
		{`,"payload":"1"`, ""},
		{`"t"`, `"` + strings.Repeat("t", 65536) + `"`},
	} {
		f, err := openText(t, recording.MosquittoFormat, strings.Replace(good, change[0], change[1], 1)+"\n"+`{"a":1}`+"\n"+good)
		if err != nil {
			t.Fatal(err)
		}
		if messages := messagesOf(t, f); len(messages) != 1 || f.Health().Skipped != 2 || f.Close() != nil {
			t.Errorf("%.60s: read: %q", change[1], messages)
		}
	}
}
