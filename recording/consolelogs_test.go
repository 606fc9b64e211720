package recording_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestConsoleLogs has what devices and bridges log of their messages, one trap each.
func TestConsoleLogs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, format, log string
		want              []string
		health            recording.Health
	}{
		{
			"Tasmota", recording.TasmotaFormat, sample(t, recording.TasmotaFormat), []string{
				`11:00:05.211000 tele/lamp/LWT Q0 true "Online" 6`,
				`11:00:05.230000 cmnd/lamp/POWER Q0 false "" 0`,
				`11:00:05.231000 stat/lamp/POWER Q0 false "ON" 2`,
				`11:00:15.001000 tele/lamp/SENSOR Q0 false "{\"Time\":\"2026-11-22T12:00:15\",\"BME280\":{\"Temperature\":21.3},\"TempUnit\":\"C\"}" 75`,
				`11:00:25.000000 STATE Q0 false "{\"POWER\":\"ON\"}" 14`,
				`11:00:30.000000 tele/lamp/STATE Q0 true "{\"Note\":\"a = b (retained)\"}" 27`,
			}, recording.Health{Skipped: 3, FirstSkipped: 1},
		},
		{
			"an old Tasmota, among many other lines", recording.TasmotaFormat, strings.Repeat("00:00:01 WIF: Connecting\n", 200) + "00:00:02 MQTT: tele/x/LWT = Online (retained)\n" + strings.Repeat("00:00:02 APP: = b\n", 3),
			[]string{`23:00:02.000000 tele/x/LWT Q0 true "Online" 6`},
			recording.Health{Skipped: 203, FirstSkipped: 1},
		},
		{
			"a Tasmota that tells its free memory", recording.TasmotaFormat, "12:00:05.211-020 MQT: tele/lamp/LWT = Online (retained)\n12:00:05.300-123/41 MQT: stat/lamp/RESULT = {\"POWER\":\"ON\"}\n",
			[]string{`11:00:05.211000 tele/lamp/LWT Q0 true "Online" 6`, `11:00:05.300000 stat/lamp/RESULT Q0 false "{\"POWER\":\"ON\"}" 14`},
			recording.Health{},
		},
		{
			"a Tasmota of another language", recording.TasmotaFormat, "12:00:05 MQT: tele/lamp/LWT = Online (zachováno)\n12:00:06 MQT: stat/lamp/A = {\"a\": 1} (已保留)\n12:00:07 MQT: stat/lamp/B = one two (three)\n12:00:08 MQT: stat/lamp/C = {\"a\":\"( )\"}\n12:00:09 MQT: stat/lamp/D = one two (retained)\n",
			[]string{
				`11:00:05.000000 tele/lamp/LWT Q0 true "Online" 6`, `11:00:06.000000 stat/lamp/A Q0 true "{\"a\": 1}" 8`, `11:00:07.000000 stat/lamp/B Q0 false "one two (three)" 15`,
				`11:00:08.000000 stat/lamp/C Q0 false "{\"a\":\"( )\"}" 11`, `11:00:09.000000 stat/lamp/D Q0 true "one two" 7`,
			},
			recording.Health{},
		},
		{
			"Zigbee2MQTT", recording.Zigbee2MQTTFormat, sample(t, recording.Zigbee2MQTTFormat), []string{
				`11:00:01.000000 zigbee2mqtt/bridge/state Q0 false "{\"state\":\"online\"}" 18`,
				`11:00:03.000000 zigbee2mqtt/kitchen's window Q0 false "{\"contact\":true,\"name\":\"it's\"}" 30`,
				`11:00:04.000000 zigbee2mqtt/text Q0 false "line1\nline2" 11`,
				`11:00:05.000000 zigbee2mqtt/empty Q0 false "" 0`,
			}, recording.Health{Skipped: 2, FirstSkipped: 1},
		},
		{
			"an old Zigbee2MQTT", recording.Zigbee2MQTTFormat,
			"Zigbee2MQTT:info  2026-11-22 12:00:00: MQTT publish: topic 'zigbee2mqtt/lamp', payload '{\"state\":\"ON\"}'\ndebug 2026-11-22 12:00:01: Received\ninfo  2026-11-22 12:00:02: MQTT publish: topic 'a', payload '1'\ninfo 2026-11-22 12:00:03: MQTT publish: topic 'a', payload 'cut",
			[]string{`11:00:00.000000 zigbee2mqtt/lamp Q0 false "{\"state\":\"ON\"}" 14`, `11:00:02.000000 a Q0 false "1" 1`},
			recording.Health{Skipped: 1, FirstSkipped: 2, Cut: true},
		},
		{
			"Zigbee2MQTT on a terminal", recording.Zigbee2MQTTFormat,
			"[2026-11-22 12:00:00] \x1b[34mdebug\x1b[39m: \tz2m:mqtt: MQTT publish: topic 'a', payload '\x1b[1m'\n[2026-11-22 12:00:01] \x1b[32minfo\x1b[39m: \tz2m: Started\n",
			[]string{`11:00:00.000000 a Q0 false "\x1b[1m" 4`},
			recording.Health{Skipped: 1, FirstSkipped: 2},
		},
		{
			"an old Zigbee2MQTT on a terminal", recording.Zigbee2MQTTFormat,
			"Zigbee2MQTT:\x1b[32minfo \x1b[39m 2026-11-22 12:00:00: MQTT publish: topic 'a', payload '1'\nZigbee2MQTT:\x1b[34mdebug\x1b[39m 2026-11-22 12:00:01: Received\n  zigbee2mqtt:\x1b[32minfo\x1b[39m  2026-11-22T12:00:02: MQTT publish: topic 'a', payload '2'\n",
			[]string{`11:00:00.000000 a Q0 false "1" 1`, `11:00:02.000000 a Q0 false "2" 1`},
			recording.Health{Skipped: 1, FirstSkipped: 2},
		},
		{
			"Zigbee2MQTT in a journal, and in a container", recording.Zigbee2MQTTFormat,
			"Nov 22 12:00:00 pi npm[312]: Zigbee2MQTT:info  2026-11-22 12:00:00: MQTT publish: topic 'a', payload '1'\n2026-11-22T11:00:01.5Z [2026-11-22 12:00:01] info: \tz2m:mqtt: MQTT publish: topic 'a', payload '2'\n",
			[]string{`11:00:00.000000 a Q0 false "1" 1`, `11:00:01.500000 a Q0 false "2" 1`},
			recording.Health{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, health := logMessages(t, test.format, test.log)
			if diff := cmp.Diff(test.want, messages); diff != "" || health != test.health {
				t.Errorf("%+v, want %+v\n%s", health, test.health, diff)
			}
		})
	}
}

// TestCutAtTheStart: of a compressed log that was cut nothing may be left.
func TestCutAtTheStart(t *testing.T) {
	t.Parallel()
	whole := zipped(t, []byte("a/b 1\na/b 2\n"))
	for n, want := range map[int]string{
		5: "its head is damaged or cut", 11: "a file compressed with gzip that is damaged or cut at its start: no recording", len(whole): "",
	} {
		f, err := openText(t, "", string(whole[:n]))
		if err == nil {
			err = f.Close()
		}
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := openText(t, "", string(zipped(t, nil))); err == nil || !strings.Contains(err.Error(), "an empty file: no recording") {
		t.Errorf("nothing, compressed: %v", err)
	}
}

// TestRefusedLogs says what a file is that cannot be read.
func TestRefusedLogs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "an empty file: no recording",
		"\r\n \n":                      "an empty file: no recording",
		"SQLite format 3\x00\x10\x00":  "a database of SQLite: no recording",
		"\x00\xb5\x00mosquitto db\x00": "the store of a Mosquitto, with its retained messages: no recording",
		"\x7fELF\x00\x01":              "a binary file: no recording",
		"hello world\n":                "log: no recording",
		"\xfd7zXZ\x00\x00\x04":         "decompress it first, or use gzip or zstd: no recording",
		"BZh91AY&SY":                   "compressed with xz, bzip2 or zip",
		"PK\x03\x04\x14":               "compressed with xz, bzip2 or zip",
		"2026-11-22T12:00:00.5Z {\"tst\":1795330019,\"topic\":\"a\",\"qos\":0,\"retain\":0,\"payloadlen\":1,\"payload\":\"1\"}\n": "docker logs without -t: no recording",
		"Nov 22 12:00:00 pi sub[12]: a/b 1\n":                                            "journalctl -o cat, or",
		"1795330019: Received PUBLISH from x (d0, q0, r0, m0, 'a/b', ... (6 bytes))\n":   "a log of packets, which tells no payloads: no recording",
		"Received PUBLISH (d0, q0, r1, m0), 'a/b', ...  (6 bytes)\nx/y z\nfoo bar baz\n": "a log of packets, which tells no payloads: no recording",
	} {
		if f, err := openText(t, "", text); !errors.Is(err, recording.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v %v", text, f, err)
		}
	}
}
