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
