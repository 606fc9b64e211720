package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/recording"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"lab1":                      "lab1",
		"sensors.net.rssi":          "sensors_net_rssi",
		"../../etc/passwd":          "etc_passwd",
		"-rf":                       "rf",
		"\x1b[2J\u202eabc":          "2J_abc",
		"küche/温度":                  "k_che",
		"温度":                        "",
		"":                          "",
		strings.Repeat("long ", 40): "long_long_long_long_long_long_long_long",
	} {
		if got := fileName(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFirstFree makes files of one name and second until there can be no more.
func TestFirstFree(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Date(2026, 11, 22, 14, 3, 5, 0, time.Local)
	create := func(path string) error {
		d, err := recording.NewDraft(filepath.Join(dir, path), false)
		if err != nil {
			return err
		}
		return d.Keep()
	}
	for range mostNames {
		if err := firstFree("lab", now, ".csv", create); err != nil {
			t.Fatal(err)
		}
	}
	if err := firstFree("lab", now, ".csv", create); !errors.Is(err, recording.ErrExists) {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"lab-2026-11-22-140305.csv", "lab-2026-11-22-140305-2.csv", "lab-2026-11-22-140305-100.csv"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	broken := errors.New("permission denied")
	if err := firstFree("lab", now, ".csv", func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
