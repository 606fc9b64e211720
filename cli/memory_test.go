package cli

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestGroupLimit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		file = filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("free/memory.max", "max\n")
	write("small/memory.max", "100000000\n")
	write("small/inner/memory.max", "max\n")
	write("broken/memory.max", "many\n")
	const none = math.MaxInt64
	tests := []struct {
		name, list string
		want       int64
	}{
		{"no limit", "0::/free\n", none},
		{"a limit", "0::/small\n", 90_000_000},
		{"of a group above", "4:memory:/x\n0::/small/inner\n", 90_000_000},
		{"version 1 alone", "4:memory:/small\n", none},
		{"the root", "0::/\n", none},
		{"nonsense", "0::/broken\n", none},
		{"outside", "0::/../small\n", 90_000_000},
		{"empty", "", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list := filepath.Join(t.TempDir(), "cgroup")
			if err := os.WriteFile(list, []byte(tt.list), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := groupLimit(list, root); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
	if got := groupLimit(filepath.Join(root, "nothing"), root); got != none {
		t.Errorf("without a list: %d", got)
	}
}
