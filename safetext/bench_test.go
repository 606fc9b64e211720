package safetext_test

import (
	"strings"
	"testing"

	"labtop/safetext"
)

func BenchmarkClean(b *testing.B) {
	cases := []struct{ name, text string }{
		{"topic", "iotclass/lab1/temperature"},
		{"ascii 4 KiB", strings.Repeat("the quick brown fox jumps over t", 128)},
		{"celsius", "21.50 °C"},
		{"chinese", strings.Repeat("温度传感器", 4)},
		{"german", "küche/außen/luftfeuchtigkeit"},
		{"hostile", strings.Repeat("\x1b]52;c;aGk=\a\u202e\u009b31m\xff", 8)},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				safetext.Clean(c.text)
			}
		})
	}
}
