//go:build linux

package load_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// process is a running program, by its id.
type process struct {
	tb testing.TB
	id int
}

// memory is what the program has in memory now, and had at most, in MiB.
func (p process) memory() (now, most float64) {
	p.tb.Helper()
	return p.status("VmRSS") / 1024, p.status("VmHWM") / 1024
}

// status is a figure of /proc/ID/status.
func (p process) status(name string) float64 {
	p.tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.id))
	if err != nil {
		p.tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			v, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				p.tb.Fatal(err)
			}
			return v
		}
	}
	p.tb.Fatalf("no %s in\n%s", name, text)
	return 0
}

// cpu is the processor time that the program has used so far. It is counted
// thread by thread: the sum of the process is kept in ticks of 10 ms only.
func (p process) cpu() time.Duration {
	p.tb.Helper()
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.id))
	var sum time.Duration
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // the thread has ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			p.tb.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}
