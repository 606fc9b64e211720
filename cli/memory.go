package cli

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// fitMemory makes the bounds that nobody has set fit a memory limit of the system's,
// and tells the garbage collector of it. The rules are:
//
//   - The limit is GOMEMLIMIT, or nine tenths of the control group's (cgroup v2).
//   - Below half a GiB the topics may take a third of it, the history an eighth, the
//     kept messages a sixteenth, and so what one can go back to; the rest is for the
//     collector and what is under way.
//   - What then is not tracked is counted, as with every bound.
func (c *Config) fitMemory() {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		if limit = groupLimit("/proc/self/cgroup", "/sys/fs/cgroup"); limit == math.MaxInt64 {
			return
		}
		debug.SetMemoryLimit(limit)
	}
	if limit >= 512<<20 {
		return
	}
	const topicBytes = 1024 // with a metric, its device and its share of the maps
	fit := func(name string, field *int64, most int64) {
		if c.origins[name].layer == fromDefault {
			*field = min(*field, max(most, 1))
		}
	}
	topics, metrics := int64(c.Limits.Topics), int64(c.Limits.Metrics)
	fit("limit-topics", &topics, limit/3/topicBytes)
	fit("limit-metrics", &metrics, limit/3/topicBytes*2)
	c.Limits.Topics, c.Limits.Metrics = int(topics), int(metrics)
	fit("limit-history", &c.Limits.History, limit/8)
	fit("limit-log", &c.Limits.Log, limit/16)
	fit("limit-rewind", &c.Limits.Rewind, limit/16)
}

// groupLimit is nine tenths of the memory that the process's control group may have,
// by the file that names the group and the folder of all groups. Without a limit it is
// the largest number.
func groupLimit(list, root string) int64 {
	least := int64(math.MaxInt64)
	text, err := os.ReadFile(list)
	if err != nil {
		return least
	}
	_, group, found := strings.Cut("\n"+string(text), "\n0::")
	if !found {
		return least
	}
	group, _, _ = strings.Cut(group, "\n")
	// The groups above bound it too.
	for group = filepath.Clean("/" + group); ; group = filepath.Dir(group) {
		text, err := os.ReadFile(filepath.Join(root, group, "memory.max")) //nolint:gosec // the group is cleaned, and the system names it
		if n, parseErr := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && parseErr == nil && n > 0 {
			least = min(least, n/10*9)
		}
		if group == "/" {
			return least
		}
	}
}
