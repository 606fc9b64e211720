package decode_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
)

// conventions makes them, or fails the test.
func conventions(t *testing.T, o decode.Options) *decode.Conventions {
	t.Helper()
	c, err := decode.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// decodeOne decodes one message of a topic by a fresh decoder.
func decodeOne(t *testing.T, o decode.Options, topic, payload string) model.Decoded {
	t.Helper()
	var out model.Decoded
	message := model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload)}
	conventions(t, o).Decoder(topic).Decode(&message, &out)
	return out
}

// num, boolean, text and none make the readings of the tables.
func num(path string, v float64, raw, unit string, source model.UnitSource) model.Reading {
	return model.Reading{Path: path, Value: model.Value{Kind: model.Number, Num: v}, Raw: []byte(raw), Unit: unit, UnitSource: source}
}

func plain(path string, v float64, raw string) model.Reading {
	return num(path, v, raw, "", model.UnitNone)
}

func boolean(path string, on bool, raw string) model.Reading {
	v := model.Value{Kind: model.Bool}
	if on {
		v.Num = 1
	}
	return model.Reading{Path: path, Value: v, Raw: []byte(raw)}
}

func text(path, raw string) model.Reading {
	return model.Reading{Path: path, Value: model.Value{Kind: model.Text}, Raw: []byte(raw)}
}

func none(path, raw string) model.Reading { return model.Reading{Path: path, Raw: []byte(raw)} }

type testCase struct {
	name, payload string
	want          []model.Reading
}

// run decodes each payload on one topic.
func run(t *testing.T, topic string, cases []testCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, decode.Options{}, topic, c.payload)
			if got.Undecodable || got.Skipped != 0 {
				t.Errorf("undecodable %v, skipped %d", got.Undecodable, got.Skipped)
			}
			if diff := cmp.Diff(c.want, got.Readings, cmp.Transformer("raw", func(b []byte) string { return string(b) })); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.payload, diff)
			}
		})
	}
}

func one(r model.Reading) []model.Reading { return []model.Reading{r} }

func TestBare(t *testing.T) {
	t.Parallel()
	run(t, "lab/x/reading", []testCase{
		{"dtostrf leading blank", " 22.50", one(plain("", 22.5, "22.50"))},
		{"dtostrf two blanks", "  5.00", one(plain("", 5, "5.00"))},
		{"dtostrf negative", " -3.20", one(plain("", -3.2, "-3.20"))},
		{"dtostrf full width", "100.00", one(plain("", 100, "100.00"))},
		{"dtostrf wider", "1013.25", one(plain("", 1013.25, "1013.25"))},
		{"line end", "22.5\r\n", one(plain("", 22.5, "22.5"))},
		{"tab", "\t22.5\t", one(plain("", 22.5, "22.5"))},
		{"c string", "22.5\x00", one(plain("", 22.5, "22.5"))},
		{"byte order mark", "\ufeff22.5", one(plain("", 22.5, "22.5"))},
		{"plus", "+21.5", one(plain("", 21.5, "+21.5"))},
		{"exponent", "2.15e1", one(plain("", 21.5, "2.15e1"))},
		{"leading zeros", "007", one(plain("", 7, "007"))},
		{"no digit before the point", ".5", one(plain("", .5, ".5"))},
		{"no digit after the point", "5.", one(plain("", 5, "5."))},
		{"zero", "0", one(plain("", 0, "0"))},
		{"sentinel", "-127", one(plain("", -127, "-127"))},
		{"decimal comma", "21,5", one(plain("", 21.5, "21,5"))},
		{"long decimal comma", "21,50000000000000000000001", one(plain("", 21.5, "21,50000000000000000000001"))},
		{"two commas", "1,234,567", one(text("", "1,234,567"))},
		{"comma and point", "1,234.5", one(text("", "1,234.5"))},
		{"comma at the end", "21,", one(text("", "21,"))},
		{"comma in front", ",5", one(text("", ",5"))},
		{"hexadecimal", "0x1F", one(text("", "0x1F"))},
		{"hexadecimal float", "0x1p9999", one(text("", "0x1p9999"))},
		{"underscore", "1_000", one(text("", "1_000"))},
		{"arabic digits", "١٢", one(text("", "١٢"))},
		{"fullwidth digits", "１２", one(text("", "１２"))},
		{"not finite", "1e999", one(text("", "1e999"))},
		{"underflow", "1e-999", one(plain("", 0, "1e-999"))},
		{"two numbers", "22.5 45.3", one(text("", "22.5 45.3"))},
		{"two points", "1.2.3", one(text("", "1.2.3"))},
		{"version", "2.0.11", one(text("", "2.0.11"))},
		{"sign alone", "-", one(text("", "-"))},
		{"point alone", ".", one(text("", "."))},
		{"sign twice", "--5", one(text("", "--5"))},
		{"mac", "AA:BB:CC:DD:EE:FF", one(text("", "AA:BB:CC:DD:EE:FF"))},
		{"clock", "14:32", one(text("", "14:32"))},
		{"iso time", "2024-01-01T12:00:00", one(text("", "2024-01-01T12:00:00"))},

		{"nan", "nan", one(none("", "nan"))},
		{"nan of avr", " NAN", one(none("", "NAN"))},
		{"NaN", "NaN", one(none("", "NaN"))},
		{"inf", "inf", one(none("", "inf"))},
		{"+Inf", "+Inf", one(none("", "+Inf"))},
		{"-Infinity", "-Infinity", one(none("", "-Infinity"))},
		{"ovf", "ovf", one(none("", "ovf"))},
		{"null", "null", one(none("", "null"))},
		{"None", "None", one(none("", "None"))},
		{"dashes", "--", one(none("", "--"))},
		{"N/A", "N/A", one(none("", "N/A"))},
		{"unavailable", "unavailable", one(none("", "unavailable"))},
		{"unknown", "unknown", one(none("", "unknown"))},
		{"infix nan", "banana", one(text("", "banana"))},

		{"true", "true", one(boolean("", true, "true"))},
		{"False", "False", one(boolean("", false, "False"))},
		{"ON", "ON", one(boolean("", true, "ON"))},
		{"off", "off", one(boolean("", false, "off"))},
		{"OPEN", "OPEN", one(boolean("", true, "OPEN"))},
		{"closed", "closed", one(boolean("", false, "closed"))},
		{"detected", "detected", one(boolean("", true, "detected"))},
		{"clear", "clear", one(boolean("", false, "clear"))},

		{"empty", "", nil},
		{"blanks only", " \r\n", one(none("", ""))},
		{"text", "cleaning the floor", one(text("", "cleaning the floor"))},
		{"text in utf-8", "küche 温度", one(text("", "küche 温度"))},
		{"lines", "a\nb", one(text("", "a\nb"))},
		{"escape sequence", "\x1b[0;36m[D][sensor:094]: 21.5\x1b[0m", one(text("", "\x1b[0;36m[D][sensor:094]: 21.5\x1b[0m"))},
		{"del", "a\x7fb", one(text("", "a\x7fb"))},
		{"long text", strings.Repeat("é", 600), one(text("", strings.Repeat("é", 512)))},
		{"long text cut between characters", "x" + strings.Repeat("é", 600), one(text("", "x"+strings.Repeat("é", 511)))},
		{"number of 1 MiB", strings.Repeat("7", 1<<20), one(text("", strings.Repeat("7", 1024)))},

		{"json number", "22.5", one(plain("", 22.5, "22.5"))},
		{"json string of a number", `"22.5"`, one(plain("", 22.5, "22.5"))},
		{"json string", `"hello \"you\""`, one(text("", `hello "you"`))},
		{"json empty string", `""`, one(none("", ""))},
		{"open quote", `"hello`, one(text("", `"hello`))},
		{"log line in brackets", "[12:30] boot ok", one(text("", "[12:30] boot ok"))},
	})
}

func TestPairs(t *testing.T) {
	t.Parallel()
	run(t, "lab/x/reading", []testCase{
		{"two", "Temp=22.5,Hum=45", []model.Reading{plain("Temp", 22.5, "22.5"), plain("Hum", 45, "45")}},
		{"semicolons and blanks", "a = 1; b = on ;", []model.Reading{plain("a", 1, "1"), boolean("b", true, "on")}},
		{"unit", "humidity=45%", one(num("humidity", 45, "45%", "%", model.UnitText))},
		{"suffix", "wind_km_h=3", one(num("wind_km_h", 3, "3", "km/h", model.UnitSuffix))},
		{"id", "id=42,t=1", []model.Reading{text("id", "42"), plain("t", 1, "1")}},
		{"same name twice", "t=1,t=2", one(plain("t", 2, "2"))},
		{"no reading", "t=nan", one(none("t", "nan"))},
		{"no names", "22.5;45.3", one(text("", "22.5;45.3"))},
		{"text only", "mode=auto", one(text("", "mode=auto"))},
		{"base64", "aGVsbG8=", one(text("", "aGVsbG8="))},
		{"base64 with two", "YQ==", one(text("", "YQ=="))},
		{"address", "http://x/?a=1", one(text("", "http://x/?a=1"))},
		{"part without a name", "t=1,2", one(text("", "t=1,2"))},
		{"sentence", "the answer = 42", one(text("", "the answer = 42"))},
	})
}

func TestUndecodable(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, payload string }{
		{"jpeg", "\xff\xd8\xff\xe0\x00\x10JFIF"},
		{"png", "\x89PNG\r\n\x1a\n"},
		{"gzip", "\x1f\x8b\x08\x00"},
		{"zlib", "x\x9c\x03\x00"},
		{"cbor", "\xa1aa\x01"},
		{"zero bytes within", "a\x00b"},
		{"invalid utf-8", "caf\xe9"},
		{"zero bytes within json", "{\"a\":\x00}"},
		{"invalid utf-8 in broken json", "{\"a\":caf\xe9}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := decodeOne(t, decode.Options{}, "a/b", c.payload); !got.Undecodable || len(got.Readings) != 0 {
				t.Errorf("undecodable %v, %d readings", got.Undecodable, len(got.Readings))
			}
		})
	}
}

// TestBrokenJSON: what claims to be an object and is none is counted, and shown as it came.
func TestBrokenJSON(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, topic, payload string }{
		{"single quotes", "a/b", "{'temperature': 21.5}"},
		{"nan", "a/b", `{"t":NaN,"h":1}`},
		{"trailing comma", "a/b", `{"temperature": 21.5,}`},
		{"open object", "a/b", `{"temperature": 21.5`},
		{"two objects", "a/b", `{"a":1}{"a":2}`},
		{"depth 10500", "a/b", strings.Repeat(`{"a":`, 10_500) + "1" + strings.Repeat("}", 10_500)},
		{"on a presence topic", "a/status", "{'state':'offline'}"},
		{"on the topic of an id", "a/id", "{'id':1}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, decode.Options{}, c.topic, " "+c.payload+"\n")
			if !got.Undecodable || got.Presence != model.Unsaid && got.Presence != model.Unknown {
				t.Errorf("undecodable %v, presence %v", got.Undecodable, got.Presence)
			}
			want := one(text("", c.payload[:min(len(c.payload), 1024)]))
			if diff := cmp.Diff(want, got.Readings); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	var out model.Decoded
	d := conventions(t, decode.Options{}).Decoder("a/b")
	d.Decode(&model.Message{Topic: "a/b", Payload: []byte("caf\xc3"), Size: 5}, &out)
	if out.Undecodable || len(out.Readings) != 1 || string(out.Readings[0].Raw) != "caf" {
		t.Errorf("got %+v", out)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	const (
		word     = model.UnitWord
		pattern  = model.UnitPattern
		suffix   = model.UnitSuffix
		payload  = model.UnitText
		declared = model.UnitDeclared
	)
	cases := []struct {
		name, topic, payload string
		guess                bool
		unit                 string
		source               model.UnitSource
	}{
		{"blank C", "a/b", "22.5 C", false, "°C", payload},
		{"C", "a/b", "22.50C", false, "°C", payload},
		{"degree C", "a/b", "22.5°C", false, "°C", payload},
		{"decimal comma with degree", "a/b", "21,5 °C", false, "°C", payload},
		{"blank F", "a/b", "72.5 F", false, "°F", payload},
		{"degree F", "a/b", "72.5°F", false, "°F", payload},
		{"per cent", "a/b", "45%", false, "%", payload},
		{"dBm", "a/b", "-60dBm", false, "dBm", payload},
		{"seconds", "$SYS/broker/uptime", "23 seconds", false, "s", payload},
		{"word in capitals", "a/b", "23 Seconds", false, "s", payload},
		{"text beats suffix", "a/temp_F", "22.5 °C", false, "°C", payload},
		{"text beats pattern", "iotclass/lab1/temperature", "72.5 °F", false, "°F", payload},

		{"temperature_C", "a/temperature_C", "22.5", false, "°C", suffix},
		{"temp_c", "a/temp_c", "22.5", false, "°C", suffix},
		{"temperature_f", "a/temperature_f", "72", false, "°F", suffix},
		{"tempc", "a/tempc", "22", false, "°C", suffix},
		{"tempf", "a/tempf", "72", false, "°F", suffix},
		{"tC", "a/tC", "22", false, "°C", suffix},
		{"tF", "a/tF", "72", false, "°F", suffix},
		{"compound suffix", "a/wind_avg_km_h", "12", false, "km/h", suffix},
		{"compound metres a second", "a/wind_avg_m_s", "12", false, "m/s", suffix},
		{"hPa", "a/pressure_hPa", "1013", false, "hPa", suffix},
		{"kWh", "a/total_kWh", "1", false, "kWh", suffix},
		{"Wh", "a/total_Wh", "1", false, "Wh", suffix},
		{"mV", "a/battery_mV", "2985", false, "mV", suffix},
		{"lux in lower case", "a/light_lux", "5", false, "lx", suffix},
		{"seconds suffix", "a/uptime_s", "5", false, "s", suffix},
		{"suffix beats word", "a/battery_mV", "50", false, "mV", suffix},

		{"lab temperature", "iotclass/lab1/temperature", " 22.50", false, "°C", pattern},
		{"lab humidity", "iotclass/lab1/humidity", " 45.30", false, "%", pattern},
		{"humidity", "a/humidity", "45", false, "%", word},
		{"soil humidity", "a/soil_humidity", "45", false, "%", word},
		{"battery", "a/battery", "97", false, "%", word},
		{"soc", "a/soc", "97", false, "%", word},
		{"rssi", "a/rssi", "-67", false, "dBm", word},
		{"guessed", "a/temperature", "22.5", true, "°C", word},

		{"share of one", "a/humidity", "0.45", false, "", model.UnitNone},
		{"lab humidity as share", "iotclass/lab1/humidity", "0.45", false, "", model.UnitNone},
		{"battery as volts", "a/battery", "3.1", false, "", model.UnitNone},
		{"battery as flag", "a/battery", "1", false, "", model.UnitNone},
		{"battery in mV", "a/battery", "2985", false, "", model.UnitNone},
		{"rssi in per cent", "a/rssi", "67", false, "", model.UnitNone},
		{"temperature", "a/temperature", "22.5", false, "", model.UnitNone},
		{"guess out of range", "a/temperature", "300", true, "", model.UnitNone},
		{"voltage", "zigbee2mqtt/voltage", "2985", true, "", model.UnitNone},
		{"energy", "a/energy", "1", true, "", model.UnitNone},
		{"pressure", "a/pressure", "1013", true, "", model.UnitNone},
		{"link quality", "a/linkquality", "110", true, "", model.UnitNone},
		{"lower case c is no degree", "a/channel_c", "5", true, "", model.UnitNone},
		{"lower case f is no degree", "a/half_f", "5", true, "", model.UnitNone},
		{"millisiemens", "a/x_mS", "5", true, "", model.UnitNone},
		{"suffix alone", "a/_km_h", "5", true, "", model.UnitNone},

		{"sibling unit", "a/b", `{"value":22.5,"unit":"C"}`, false, "°C", declared},
		{"sibling before the value", "a/b", `{"unit":"°C","value":22.5}`, false, "°C", declared},
		{"sibling Units", "a/b", `{"v":22.5,"Units":"hPa"}`, false, "hPa", declared},
		{"sibling u", "a/b", `{"v":22.5,"u":"lux"}`, false, "lx", declared},
		{"sibling unit_of_measurement", "a/b", `{"v":22.5,"unit_of_measurement":"\u00b0C"}`, false, "°C", declared},
		{"sibling of one name", "a/b", `{"v":22.5,"vUnit":"V"}`, false, "V", declared},
		{"sibling with underscore", "a/b", `{"v_unit":"V","v":22.5}`, false, "V", declared},
		{"sibling unknown to us", "a/b", `{"v":22.5,"unit":"furlong"}`, false, "furlong", declared},
		{"sibling made safe", "a/b", `{"v":22.5,"unit":"\u001b[1m"}`, false, "␛[1m", declared},
		{"sibling beats suffix", "a/b", `{"t_F":22.5,"unit":"C"}`, false, "°C", declared},
		{"value in the lab", "iotclass/lab1/temperature", `{"value":22.5}`, false, "°C", pattern},
		{"value on a suffix", "a/wind_km_h", `{"value":22.5}`, false, "km/h", suffix},
		{"text in json", "a/b", `{"signal":"-60dBm"}`, false, "dBm", payload},
		{"element of an array", "a/b", `{"phase_mV":[230]}`, false, "mV", suffix},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, decode.Options{GuessUnits: c.guess}, c.topic, c.payload)
			if len(got.Readings) != 1 {
				t.Fatalf("%d readings: %+v", len(got.Readings), got.Readings)
			}
			r := got.Readings[0]
			if r.Value.Kind != model.Number || r.Unit != c.unit || r.UnitSource != c.source {
				t.Errorf("%q on %s: kind %d, unit %q from %d; want %q from %d", c.payload, c.topic, r.Value.Kind, r.Unit, r.UnitSource, c.unit, c.source)
			}
		})
	}
}

func TestNoUnit(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"12F", "5K", "22.5 X", "22.5 C C", "12E45F", "4 doors", "10m", "7d", "12°"[:3]} {
		t.Run(payload, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, decode.Options{}, "a/b", payload)
			if len(got.Readings) == 1 && got.Readings[0].Value.Kind != model.Text {
				t.Errorf("%q is %+v", payload, got.Readings[0])
			}
		})
	}
}

func TestDeclaredUnits(t *testing.T) {
	t.Parallel()
	o := decode.Options{Units: map[string]string{"Temperature": "K", "v": "mV"}}
	cases := []struct{ name, topic, payload, unit string }{
		{"topic", "iotclass/lab1/temperature", "295", "K"},
		{"beats the text", "a/temperature", "295 °C", "K"},
		{"member", "a/b", `{"BME280":{"Temperature":295}}`, "K"},
		{"beats a sibling", "a/b", `{"v":2985,"unit":"V"}`, "mV"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, o, c.topic, c.payload)
			if r := got.Readings[0]; r.Unit != c.unit || r.UnitSource != model.UnitDeclared {
				t.Errorf("unit %q from %d", r.Unit, r.UnitSource)
			}
		})
	}
}
