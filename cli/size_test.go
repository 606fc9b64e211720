package cli

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"1024", 1024, true},
		{"10B", 10, true},
		{"1KiB", 1024, true},
		{"512 KiB", 512 << 10, true},
		{"1MiB", 1 << 20, true},
		{"2GiB", 2 << 30, true},
		{"1MB", 1e6, true},
		{"1kB", 1000, true},
		{"", 0, false},
		{"MiB", 0, false},
		{"-1", 0, false},
		{"1.5MiB", 0, false},
		{"1mib", 0, false},
		{"9999999999GiB", 0, false},
		{"99999999999999999999", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if got, ok := parseSize(tt.text); got != tt.want || ok != tt.ok {
				t.Errorf("got %d, %v", got, ok)
			}
		})
	}
}

func TestSizeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<50).Draw(t, "bytes")
		if got, ok := parseSize(formatSize(n)); got != n || !ok {
			t.Fatalf("%s became %d", formatSize(n), got)
		}
	})
}
