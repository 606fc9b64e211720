//go:build unix

package machine_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"labtop/testkit/binary"
)

// TestMemoryLimit has a flood of topics under a memory limit that they do not fit in:
// the program keeps below it, and counts what it does not track. A bound that the user
// has set is the user's.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	const topics = 100_000
	for _, tt := range []struct {
		name, limit string
		config      string
		tracked     func(int) bool
		mib         int
	}{
		{"64 MiB", "64MiB", "", func(n int) bool { return n > 15_000 && n < 30_000 }, 64},
		{"bound set", "64MiB", "limits: {topics: 1000}", func(n int) bool { return n == 1000 }, 64},
		{"none", "off", "", func(n int) bool { return n == topics }, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := startSender(t)
			config := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(config, []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := binary.Command(t, "snapshot", "--json", "--for", "12s", "-c", config, "-b", b.addr, "-t", "#")
			cmd.Env = append(cmd.Env, "GOMEMLIMIT="+tt.limit)
			var out strings.Builder
			cmd.Stdout = &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			b.awaited(t)
			b.send(topics, topics, "21.5")
			b.send(topics, topics, "22.5")
			// Before the report, whose text is as large as the state.
			peak := memoryMiB(t, cmd.Process.Pid, "VmHWM") - memoryMiB(t, cmd.Process.Pid, "RssFile") // the program itself is not kept
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			var s struct {
				Messages, Topics int
				Counters         map[string]int
			}
			if err := json.Unmarshal([]byte(out.String()), &s); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d MiB, %d messages, %d topics, counters %v", peak, s.Messages, s.Topics, s.Counters)
			if s.Messages != 2*topics || !tt.tracked(s.Topics) || s.Counters["dropped"] != 2*(topics-s.Topics) {
				t.Errorf("%d messages, %d topics, %d dropped", s.Messages, s.Topics, s.Counters["dropped"])
			}
			if peak > tt.mib {
				t.Errorf("%d MiB", peak)
			}
		})
	}
}
