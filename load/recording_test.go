//go:build linux

package load_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"labtop/recording"
	"labtop/testkit/binary"
	"labtop/testkit/blast"
)

// TestRecordedFlood lets the dashboard record a million messages that come as fast as TCP
// takes them: they are in the file or in its gaps, are small there, and cost little. That
// is measured in processor, which other programs change less than the rate; a quiet
// machine shows 1.3 times as much as without a recording.
func TestRecordedFlood(t *testing.T) {
	c := compare(t, 3, blast.Stream{Messages: 1_000_000})
	t.Log(c)
	if each := float64(c.size) / float64(c.kept); each > 30 {
		t.Errorf("a message has %.1f bytes", each)
	}
	if times := slices.Min(c.costWith) / slices.Min(c.costWithout); times > 2 { // the turns that others disturbed least
		t.Errorf("a message that is recorded costs %.1f times as much processor as one that is not", times)
	}
}

// comparison is what the dashboard takes of a stream without and with a recording.
type comparison struct {
	without, with         []float64 // messages a second, of each turn
	costWithout, costWith []float64 // nanoseconds of processor for a message
	kept, lost            uint64    // messages that are in the recordings, and that are not
	size                  int64     // of the recordings
}

// share is how much of the rate is left when it records.
func (c *comparison) share() float64 { return median(c.with) / median(c.without) }

// String is the comparison in one line.
func (c *comparison) String() string {
	return fmt.Sprintf("%.2f of %.0f messages a second; %.0f instead of %.0f ns of processor a message; %d lost, %.1f bytes a message",
		c.share(), median(c.without), median(c.costWith), median(c.costWithout), c.lost, float64(c.size)/float64(c.kept))
}

// compare lets the dashboard take a stream without and with a recording, by turns.
func compare(tb testing.TB, turns int, stream blast.Stream) *comparison {
	tb.Helper()
	c := &comparison{}
	for range turns {
		rate, cost, _ := taken(tb, stream)
		c.without, c.costWithout = append(c.without, rate), append(c.costWithout, cost)
		path := filepath.Join(tb.TempDir(), "lab.mcap")
		rate, cost, sent := taken(tb, stream, "--record", path)
		c.with, c.costWith = append(c.with, rate), append(c.costWith, cost)
		kept, lost := count(tb, path)
		if kept+lost != uint64(sent) {
			tb.Errorf("%d messages in the recording and %d in its gaps, of %d", kept, lost, sent)
		}
		c.kept, c.lost, c.size = c.kept+kept, c.lost+lost, c.size+fileSize(tb, path)
	}
	return c
}

// taken lets the dashboard take a stream: how many messages a second, for how many
// nanoseconds of processor each, and how many in all.
func taken(tb testing.TB, stream blast.Stream, args ...string) (rate, cost float64, total int) {
	tb.Helper()
	s := blast.Send(tb, stream)
	d := open(tb, 120, 40, append(args, "-b", s.Addr, "-t", "#")...)
	elapsed, err := s.Elapsed()
	if err != nil {
		tb.Fatal(err)
	}
	n := float64(s.Total())
	cost = float64(d.cpu()/time.Nanosecond) / n
	d.quit()
	return n / elapsed.Seconds(), cost, s.Total()
}

// count reads a recording, which must be whole: its messages, and those that it says are
// lost.
func count(tb testing.TB, path string) (messages, lost uint64) {
	tb.Helper()
	eachEntry(tb, path, func(e *recording.Entry) {
		if e.Kind == recording.MessageEntry {
			messages++
		}
		lost += e.Gap.Messages
	})
	return messages, lost
}

// eachEntry reads a recording, which must be whole.
func eachEntry(tb testing.TB, path string, look func(*recording.Entry)) {
	tb.Helper()
	f, err := recording.Open(path, "")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for {
		var e recording.Entry
		err := f.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		look(&e)
	}
	if h := f.Health(); h != (recording.Health{}) {
		tb.Errorf("%s: %+v", path, h)
	}
}

// imported is how many MB a second of a log of mosquitto_sub -v become a recording, the
// median of three.
func imported(tb testing.TB) float64 {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "log.txt")
	var text []byte
	for i := range 5_000_000 {
		text = fmt.Appendf(text, "iotclass/lab%03d/temperature  %d.%02d\n", i%300, 20+i%7, i*37%100)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	var all []float64
	for range 3 {
		began := time.Now()
		if out, err := binary.Command(tb, "import", path, "-o", path+".mcap", "--force").CombinedOutput(); err != nil {
			tb.Fatalf("%v: %s", err, out)
		}
		all = append(all, float64(len(text))/1e6/time.Since(began).Seconds())
	}
	return median(all)
}

func fileSize(tb testing.TB, path string) int64 {
	tb.Helper()
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size()
}
