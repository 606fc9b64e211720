package decode_test

import (
	"fmt"
	"strings"
	"testing"

	"labtop/model"
	"labtop/model/decode"
)

// tasmota is a payload of 200 bytes as a common firmware writes it.
const tasmota = `{"Time":"2024-01-01T12:00:00","BME280":{"Temperature":21.3,"Humidity":45.0,"DewPoint":8.9,"Pressure":1013.2},` +
	`"Wifi":{"AP":1,"RSSI":100,"Signal":-50,"Downtime":"0T00:00:03"},"POWER":"ON","Uptime":3}`

func BenchmarkDecode(b *testing.B) {
	cases := []struct{ name, topic, payload string }{
		{"bare", "iotclass/lab1/temperature", " 22.50"},
		{"bare unit", "iotclass/lab1/temperature", "22.50 °C"},
		{"bare word", "home/kitchen/light/state", "ON"},
		{"presence", "iotclass/lab1/status", "online"},
		{"text", "iotclass/lab1/mode", "cleaning the floor"},
		{"pairs", "iotclass/lab1/data", "Temp=22.5,Hum=45"},
		{"json", "tele/plug/SENSOR", tasmota},
		{"json small", "zigbee2mqtt/kitchen", `{"battery":97,"humidity":44.72,"linkquality":110,"temperature":27.34,"voltage":2985}`},
		{"json with unit", "home/a/data", `{"value":21.5,"unit":"C"}`},
		{"json array", "home/a/data", "[" + strings.Repeat("1.5,", 99) + "2]"},
	}
	for _, l := range large(decode.MaxRead) {
		cases = append(cases, struct{ name, topic, payload string }{"full " + l.name, "home/a/data", l.payload})
	}
	for _, l := range large(1 << 20) {
		cases = append(cases, struct{ name, topic, payload string }{"1 MiB " + l.name, "home/a/data", l.payload})
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			conventions, err := decode.New(decode.Options{})
			if err != nil {
				b.Fatal(err)
			}
			d := conventions.Decoder(c.topic)
			m := model.Message{Topic: c.topic, Payload: []byte(c.payload), Size: len(c.payload)}
			var out model.Decoded
			d.Decode(&m, &out)
			b.ReportAllocs()
			b.SetBytes(int64(len(c.payload)))
			for b.Loop() {
				out.Reset()
				d.Decode(&m, &out)
			}
		})
	}
}

func BenchmarkDecoder(b *testing.B) {
	conventions, err := decode.New(decode.Options{Patterns: []string{"plant/{device}/{metric}"}})
	if err != nil {
		b.Fatal(err)
	}
	topics := make([]string, 1000)
	for i := range topics {
		topics[i] = fmt.Sprintf("iotclass/lab%d/temperature", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		conventions.Decoder(topics[i%len(topics)])
	}
}

// large are payloads of a size that are much work, each in its way.
func large(size int) []struct{ name, payload string } {
	fill := func(before, each, after string) string {
		return before + strings.Repeat(each, (size-len(before)-len(after))/len(each)) + after
	}
	keys := func(format string) string {
		var b strings.Builder
		b.WriteString(`{"a":1`)
		for i := 0; b.Len() < size-40; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String() + "}"
	}
	return []struct{ name, payload string }{
		{"numbers", fill("[1", ",1.5", "]")},
		{"digits", fill("[1", ",1", "]")},
		{"long numbers", fill("[1", ",0.12345678901234567890123", "]")},
		{"same key", fill(`{"a":1`, `,"a":1e-300`, "}")},
		{"same key, escapes", fill(`{"a":1`, `,"a":"\n\u00b0"`, "}")},
		{"new keys", keys(`,"k%d":1`)},
		{"new keys, escapes", keys(`,"\u00b0%d":1`)},
		{"one string", fill(`{"a":"`, `x`, `"}`)},
		{"one string, escapes", fill(`{"a":"`, `\n`, `"}`)},
		{"objects", fill(`[1`, `,{"name":"x","value":1}`, `]`)},
		{"deep", strings.Repeat(`{"a":[`, size/8-8) + "1" + strings.Repeat("]}", size/8-8)},
		{"brackets", fill("[1", ",[]", "]")},
		{"blanks", fill("{", " ", `"a":1}`)},
		{"broken", fill(`{"a":1`, `,"a":1`, ",}")},
		{"quoted", fill(`"`, `\n`, `"`)},
		{"pairs", fill("b=1", ",a=1", "")},
		{"text", fill("some", " words", "")},
		{"wide text", fill("some", " wörter", "")},
		{"only blanks", fill("", " ", "")},
		{"zeros", fill("x", "\x00", "")},
		{"digits alone", fill("1", "1", "")},
	}
}
