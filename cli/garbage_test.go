package cli

import "testing"

func TestGarbagePercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 100}, {4 << 20, 100}, {24 << 20, 100}, {48 << 20, 50}, {160 << 20, 15}, {1 << 30, leastGarbage}} {
		if got := garbagePercent(tt.live); got != tt.want {
			t.Errorf("%d bytes: %d %%, want %d", tt.live, got, tt.want)
		}
	}
}
