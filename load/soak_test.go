//go:build linux

package load_test

import (
	"os"
	"testing"
	"time"

	"labtop/testkit/blast"
)

// TestSoak runs the dashboard at 10 000 messages a second for as long as
// LABTOP_SOAK says, the first fifth to warm up: after that its memory grows by less
// than 5 %. There are few topics, so that their histories are full by then.
func TestSoak(t *testing.T) {
	text := os.Getenv("LABTOP_SOAK")
	if text == "" {
		t.Skip("LABTOP_SOAK is not set; 1h is a night's run, 2m is long enough to try")
	}
	span, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	s := blast.Send(t, blast.Stream{Topics: 20, Rate: 10_000})
	d := open(t, 120, 40, "-b", s.Addr, "-t", "#")
	d.await(0, "messages")
	peak := func(span time.Duration) (most, threads float64) {
		for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(span / 200) {
			now, _ := d.memory()
			most, threads = max(most, now), max(threads, d.status("Threads"))
		}
		return most, threads
	}
	peak(span / 5)
	before, threads := peak(span / 5)
	peak(span / 5 * 2)
	after, threadsAfter := peak(span / 5)
	t.Logf("%.1f MiB and %.0f threads, then %.1f MiB and %.0f; %d messages", before, threads, after, threadsAfter, s.Sent())
	if after > before*1.05 {
		t.Errorf("from %.1f to %.1f MiB", before, after)
	}
	d.quit()
}
