package decode_test

import (
	"testing"

	"labtop/model"
	"labtop/model/decode"
)

func TestPresence(t *testing.T) {
	t.Parallel()
	topics := []struct {
		topic    string
		payloads map[model.Presence][]string
	}{
		{"iotclass/lab1/status", map[model.Presence][]string{
			model.Online: {
				"online", "Online", "true", "1", "ON", "ready", "connected", "up", "alive", " online\r\n", "ONLINE", `"online"`,
				`{"state":"online"}`, `{"status":"online"}`, `{"online":true}`, `{"connected":1}`, `{"connectionState":"ONLINE"}`,
				`{"state":"charging","online":true}`,
			},
			model.Offline: {
				"offline", "Offline", "false", "0", "OFF", "lost", "disconnected", "down", "dead",
				`{"state":"offline"}`, `{"status":"offline","reason":"x"}`, `{"online":false}`, `{"connected":0}`, `{"_type":"lwt"}`,
			},
			model.Unknown: {
				"", " ", "cleaning", "idle", "12", "hors ligne", "unknown", "unavailable", "None", "nan", "sleeping", "1.0", "init",
				`{"state":"cleaning"}`, `{"device":{"state":"offline"}}`, `{"online":null}`, `{}`, `[]`, `["offline"]`, `{`, "\xff\xfe",
				"a=1,state=offline",
			},
		}},
		{"homie/dev/$state", map[model.Presence][]string{
			model.Online:  {"ready", "init", "alert"},
			model.Offline: {"lost", "disconnected"},
			model.Asleep:  {"sleeping"},
			model.Unknown: {"", "offline", "0", "READY"},
		}},
		{"home/x/light/state", map[model.Presence][]string{
			model.Unsaid:  {"ON", "offline", `{"state":"ON"}`, `{"state":"offline"}`, `{"online":false}`, ""},
			model.Offline: {`{"_type":"lwt","tst":1}`},
		}},
		{"home/x/light/command", map[model.Presence][]string{model.Unsaid: {"offline", `{"_type":"lwt"}`}}},
		{"$SYS/broker/connected", map[model.Presence][]string{model.Unsaid: {"0"}}},
	}
	for _, tt := range topics {
		for want, payloads := range tt.payloads {
			for _, payload := range payloads {
				t.Run(tt.topic+" "+payload, func(t *testing.T) {
					t.Parallel()
					if got := decodeOne(t, decode.Options{}, tt.topic, payload).Presence; got != want {
						t.Errorf("presence %d, want %d", got, want)
					}
				})
			}
		}
	}
}

func TestPresenceReading(t *testing.T) {
	t.Parallel()
	run(t, "iotclass/lab1/status", []testCase{
		{"online", "online", one(text("", "online"))},
		{"offline", " Offline", one(text("", "Offline"))},
		{"true", "true", one(boolean("", true, "true"))},
		{"one", "1", one(boolean("", true, "1"))},
		{"zero", "0", one(boolean("", false, "0"))},
		{"count", "12", one(plain("", 12, "12"))},
		{"free text", "cleaning", one(text("", "cleaning"))},
		{"unknown", "unknown", one(text("", "unknown"))},
		{"unavailable", "unavailable", one(text("", "unavailable"))},
		{"none", "None", one(text("", "None"))},
		{"empty", "", nil},
		{"json", `{"state":"online","rssi":-60}`, []model.Reading{text("state", "online"), num("rssi", -60, "-60", "dBm", model.UnitWord)}},
	})
}

func TestCommand(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"ON", "22.5", `{"a":1}`, "\xff", ""} {
		got := decodeOne(t, decode.Options{}, "iotclass/lab1/command", payload)
		if len(got.Readings) != 0 || got.Undecodable || got.Presence != model.Unsaid {
			t.Errorf("%q: %+v", payload, got)
		}
	}
}
