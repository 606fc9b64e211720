package cli

import (
	"math"
	"testing"
)

func TestGarbagePercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 100}, {4 << 20, 100}, {18 << 20, 100}, {36 << 20, 50}, {120 << 20, 15}, {1 << 30, leastGarbage}} {
		if got := garbagePercent(tt.live); got != tt.want {
			t.Errorf("%d bytes: %d %%, want %d", tt.live, got, tt.want)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int64
	}{{0, math.MaxInt64}, {fromLive - 1, math.MaxInt64}, {fromLive, mostMemory}, {192 << 20, mostMemory}, {193 << 20, math.MaxInt64}} {
		if got := memoryLimit(tt.live); got != tt.want {
			t.Errorf("%d bytes: %d, want %d", tt.live, got, tt.want)
		}
	}
}
