package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata" // where the machine has no zones

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"labtop/crash"
	"labtop/model"
	"labtop/recording"
)

// TestMain puts the tests into a zone that is not UTC, and where the clock is set twice a
// year, the same on each machine.
func TestMain(m *testing.M) {
	local, err := time.LoadLocation("Europe/Berlin") // an hour ahead of UTC in winter
	if err != nil {
		panic(err)
	}
	time.Local = local
	goleak.VerifyTestMain(m)
}

// disk is a file in memory that can do wrong.
type disk struct {
	mu      sync.Mutex
	data    []byte
	full    int // bytes that fit; 0 means all
	wait    chan struct{}
	explode bool
	synced  int
}

func (d *disk) Write(p []byte) (int, error) {
	if d.wait != nil {
		<-d.wait
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.explode && len(d.data) > 0 {
		panic("no such thing")
	}
	if room := d.full - len(d.data); d.full > 0 && len(p) > room {
		d.data = append(d.data, p[:room]...)
		return room, &os.PathError{Op: "write", Path: "disk", Err: syscall.ENOSPC}
	}
	d.data = append(d.data, p...)
	return len(p), nil
}

func (d *disk) Close() error { return nil }

func (d *disk) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.synced++
	return nil
}

func (d *disk) Truncate(size int64) error {
	d.data = d.data[:size]
	return nil
}

func (d *disk) Placed() bool { return true }

func (d *disk) Place() error { return nil }

func (d *disk) Keep() error { return nil }

func (d *disk) Discard() error { return nil }

func (d *disk) bytes() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.data)
}

// to begins a recording on a disk.
func (d *disk) to(t *testing.T, o recording.RecorderOptions) *recording.Recorder {
	t.Helper()
	r, err := recording.StartRecorderTo(o, func(string, bool) (recording.Output, error) { return d, nil })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// batch is n messages from the number first on, on a few topics.
func batch(first, n int) model.Batch {
	var b model.Batch
	for i := range n {
		b.Messages = append(b.Messages, message(first+i, fmt.Sprintf("iotclass/lab%d/temperature", (first+i)%5), strconv.Itoa(first+i)))
	}
	return b
}

// messages are the payloads of the messages of a recording, and its gaps.
func messages(t *testing.T, file []byte) (payloads []string, gaps []recording.Gap, health recording.Health) {
	t.Helper()
	entries, health, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		switch e := &entries[i]; e.Kind {
		case recording.MessageEntry:
			payloads = append(payloads, string(e.Message.Payload))
		case recording.GapEntry:
			gaps = append(gaps, e.Gap)
		}
	}
	return payloads, gaps, health
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRecorder records batches whose slices are used again, as a source does.
func TestRecorder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lab.mcap")
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Info: about()})
	if err != nil {
		t.Fatal(err)
	}
	r.Record(model.Batch{Connection: &model.Connection{State: model.Connected, Since: epoch, Connects: 1, Subscriptions: []model.Subscription{{Filter: "#", Answered: true}}}})
	var want []string
	for i := range 100 {
		b := batch(10*i, 10)
		for j := range b.Messages {
			want = append(want, string(b.Messages[j].Payload))
		}
		r.Record(b)
		clear(b.Messages)
	}
	r.Note(epoch, "a note")
	r.Alert(epoch, recording.Alert{Rule: "too-hot", To: "firing"})
	r.Record(model.Batch{Connection: &model.Connection{State: model.Closed}})
	for range 2 {
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	r.Record(batch(0, 1)) // for nothing
	s := r.Status()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Path != path || s.Files != 1 || s.Messages != 1000 || s.Lost != 0 || s.Waiting != 0 || !s.Ended || s.Err != nil || s.Bytes != info.Size() {
		t.Errorf("status: %+v, the file has %d bytes", s, info.Size())
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	entries, health, err := read(readFile(t, path))
	if err != nil || health != (recording.Health{}) {
		t.Fatalf("%v, %+v", err, health)
	}
	var got []string
	kinds := map[recording.Kind]int{}
	for i := range entries {
		kinds[entries[i].Kind]++
		if entries[i].Kind == recording.MessageEntry {
			got = append(got, string(entries[i].Message.Payload))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if kinds[recording.ConnectionEntry] != 1 || kinds[recording.NoteEntry] != 1 || kinds[recording.AlertEntry] != 1 || kinds[recording.EndEntry] != 1 {
		t.Errorf("kinds: %v", kinds)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, folder, link, full := filepath.Join(dir, "old"), filepath.Join(dir, "folder"), filepath.Join(dir, "link"), "/dev/full"
	if err := errors.Join(os.WriteFile(old, []byte("precious"), 0o644), os.Mkdir(folder, 0o700), os.Symlink(old, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{old, folder, link, full, "/dev/stdout"} {
		if r, err := recording.StartRecorder(recording.RecorderOptions{Path: path}); err == nil {
			t.Errorf("%s was taken: %v", path, r.Stop())
		}
	}
	for _, path := range []string{folder, link, full, "/dev/stdout", filepath.Join(dir, "none", "such")} {
		if r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Force: true}); err == nil {
			t.Errorf("%s was taken by force: %v", path, r.Stop())
		}
	}
	if got := readFile(t, old); string(got) != "precious" {
		t.Errorf("the file is %q", got)
	}
}

// TestOnDiskWithinASecond has what was recorded on the disk soon, without an end.
func TestOnDiskWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r := d.to(t, recording.RecorderOptions{})
		for i := range 20 {
			r.Record(batch(i, 1))
			time.Sleep(750 * time.Millisecond)
			synctest.Wait()
			got, _, health := messages(t, d.bytes())
			if len(got) != i+1 || !health.Cut || health.Damaged != 0 {
				t.Errorf("%d messages of %d are on the disk, %+v", len(got), i+1, health)
			}
		}
		size := len(d.bytes())
		time.Sleep(time.Hour)
		if got := len(d.bytes()); got != size {
			t.Errorf("an hour without messages took %d bytes", got-size)
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
		if d.synced < 15 {
			t.Errorf("synced %d times in 15 s", d.synced)
		}
	})
}

// TestSlowDisk has a disk that takes nothing for a while: nobody waits for it, and
// what is lost is counted, in the file too.
func TestSlowDisk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ payload, properties int }{{4, 0}, {64 << 10, 0}, {4, 4 << 10}} {
		payload := tt.payload
		t.Run(fmt.Sprint(payload, " bytes, properties ", tt.properties), func(t *testing.T) {
			t.Parallel()
			d := &disk{}
			r := d.to(t, recording.RecorderOptions{})
			wait := make(chan struct{})
			d.mu.Lock()
			d.wait = wait // not before its first bytes were written
			d.mu.Unlock()
			sent, data, long := 0, bytes.Repeat([]byte("x"), payload), strings.Repeat("x", tt.properties)
			send := func(batches int) {
				for range batches {
					b := batch(sent, 256)
					for i := range b.Messages {
						b.Messages[i].Payload, b.Messages[i].Size = data, len(data)
						if tt.properties > 0 {
							b.Messages[i].Properties = &model.Properties{ContentType: long}
						}
					}
					r.Record(b)
					sent += len(b.Messages)
				}
			}
			began := time.Now()
			send(2000)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("the owner was held up: %v", took)
			}
			s := r.Status()
			if s.Lost == 0 || s.Waiting > recording.QueueMessages+256 || s.Waiting*(payload+tt.properties) > recording.QueueBytes+256*(payload+tt.properties) {
				t.Errorf("lost %d, %d wait", s.Lost, s.Waiting)
			}
			r.Note(epoch, "there is still room for this")
			close(wait)
			for r.Status().Waiting > 0 {
				time.Sleep(time.Millisecond)
			}
			send(1) // after the gap
			if err := r.Stop(); err != nil {
				t.Fatal(err)
			}
			s = r.Status()
			got, gaps, health := messages(t, d.data)
			var inGaps uint64
			for _, g := range gaps {
				inGaps += g.Messages
			}
			if len(gaps) == 0 || inGaps != s.Lost || gaps[0].To.Before(gaps[0].From) || gaps[0].Reason == "" {
				t.Errorf("gaps %+v, lost %d", gaps, s.Lost)
			}
			if uint64(len(got)) != s.Messages || s.Messages+s.Lost != uint64(sent) || health != (recording.Health{Dropped: s.Lost}) {
				t.Errorf("%d in the file, status %+v, %d sent, %+v", len(got), s, sent, health)
			}
		})
	}
}

// TestFullDisk has the disk run full at various places, once in the middle of a
// record always.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, room := range []int{300, 400, 1000, 50_000, 400_000, 1_200_000} {
		t.Run(fmt.Sprint(room, " bytes"), func(t *testing.T) {
			t.Parallel()
			d := &disk{full: room}
			ended := make(chan error, 2)
			r := d.to(t, recording.RecorderOptions{OnEnd: func(err error) { ended <- err }})
			sent := 0
			for sent < 300_000 && !r.Status().Ended {
				r.Record(batch(sent, 256))
				sent += 256
				for s := r.Status(); s.Waiting > 100_000 && !s.Ended; s = r.Status() {
					time.Sleep(time.Millisecond)
				}
			}
			err := r.Stop()
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("%v", err)
			}
			s := r.Status()
			got, _, health := messages(t, d.data)
			if uint64(len(got)) != s.Messages || health.Damaged != 0 || health.Lost != 0 || !health.Cut || int64(len(d.data)) != s.Bytes {
				t.Errorf("%d messages in %d bytes, %+v, %+v", len(got), len(d.data), s, health)
			}
			for i, payload := range got {
				if payload != strconv.Itoa(i) {
					t.Fatalf("message %d is %s", i, payload)
				}
			}
			if total := s.Messages + s.Lost; total > uint64(sent) || total+512 < uint64(sent) { // those that came after the end are none of its
				t.Errorf("%d sent, status %+v", sent, s)
			}
		})
	}
}

// TestEndsOnce has OnEnd told of a disk that is full, and not of a stop.
func TestEndsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []error
		o := recording.RecorderOptions{OnEnd: func(err error) { told = append(told, err) }}
		fine := (&disk{}).to(t, o)
		full := (&disk{full: 400}).to(t, o)
		for range 10 {
			fine.Record(batch(0, 1))
			full.Record(batch(0, 1))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if len(told) != 1 || !errors.Is(told[0], syscall.ENOSPC) {
			t.Errorf("told: %v", told)
		}
		if err := fine.Stop(); err != nil {
			t.Error(err)
		}
		if err := full.Stop(); !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	})
}

func TestPanicEndsTheRecording(t *testing.T) {
	t.Parallel()
	d := &disk{explode: true}
	r := d.to(t, recording.RecorderOptions{})
	r.Record(batch(0, 1))
	err := r.Stop()
	if e, ok := errors.AsType[*crash.Error](err); !ok || len(e.Stack) == 0 {
		t.Errorf("%v", err)
	}
	if s := r.Status(); s.Lost != 1 || s.Messages != 0 {
		t.Errorf("%+v", s)
	}
}

// TestRotation records to several files, each a recording by itself.
func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lab-0002.mcap"), []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: filepath.Join(dir, "lab.mcap"), RotateBytes: 100 << 10})
	if err != nil {
		t.Fatal(err)
	}
	r.Record(model.Batch{Connection: &model.Connection{State: model.Connected, Since: epoch, Connects: 3}})
	const sent = 200_000
	for i := 0; i < sent; i += 200 {
		r.Record(batch(i, 200))
		for r.Status().Waiting > 10_000 {
			time.Sleep(time.Millisecond)
		}
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	s := r.Status()
	if s.Messages != sent || s.Lost != 0 || s.Files < 3 {
		t.Errorf("%+v", s)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != s.Files+1 || s.Path != files[len(files)-1] {
		t.Fatalf("%v, %v", files, err)
	}
	next, size := 0, int64(0)
	for _, file := range files {
		if strings.HasSuffix(file, "lab-0002.mcap") {
			if got := readFile(t, file); string(got) != "another's" {
				t.Errorf("%s was overwritten", file)
			}
			continue
		}
		data := readFile(t, file)
		size += int64(len(data))
		entries, health, err := read(data)
		if err != nil || health != (recording.Health{}) || entries[0].Kind != recording.ConnectionEntry || entries[0].Connection.Connects != 3 {
			t.Fatalf("%s: %v, %+v, %s", file, err, health, text(&entries[0]))
		}
		// The connection is older than the file, but its entry is not.
		if first := entries[0]; !first.Connection.Since.Equal(epoch) || next > 0 && first.Time.Before(entries[1].Time.Add(-time.Second)) {
			t.Errorf("%s begins at %v, with messages of %v", file, first.Time, entries[1].Time)
		}
		for i := range entries {
			if m := &entries[i].Message; entries[i].Kind == recording.MessageEntry {
				if string(m.Payload) != strconv.Itoa(next) {
					t.Fatalf("%s: %s, want %d", file, m.Payload, next)
				}
				next++
			}
		}
	}
	if next != sent || size != s.Bytes {
		t.Errorf("%d messages in %d bytes, %+v", next, size, s)
	}
}

// A recording that begins in the midst of a session has the connection as of then.
func TestBeginsInTheMidst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lab.mcap")
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	connection := model.Connection{
		State: model.Connected, Since: epoch, Connects: 3,
		Subscriptions: []model.Subscription{{Filter: "iotclass/#", Answered: true}},
	}
	now := epoch.Add(time.Hour)
	r.Begin(now, connection, nil)
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	entries, health, err := read(readFile(t, path))
	if err != nil || health != (recording.Health{}) || len(entries) != 2 {
		t.Fatalf("%v, %+v, %d entries", err, health, len(entries))
	}
	if first := entries[0]; !first.Time.Equal(now) || !cmp.Equal(*first.Connection, connection) {
		t.Errorf("it begins with %s", text(&first))
	}
}

func TestRotationByTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var names []string
		var disks []*disk
		r, err := recording.StartRecorderTo(recording.RecorderOptions{Path: "dir.d/lab", RotateAfter: time.Hour}, func(path string, _ bool) (recording.Output, error) {
			names, disks = append(names, path), append(disks, &disk{})
			return disks[len(disks)-1], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 25 {
			r.Record(batch(i, 1))
			time.Sleep(6 * time.Minute)
		}
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"dir.d/lab-0001", "dir.d/lab-0002", "dir.d/lab-0003"}, names); diff != "" {
			t.Error(diff)
		}
		n := 0
		for _, d := range disks {
			got, _, _ := messages(t, d.data)
			n += len(got)
		}
		if n != 25 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestClockIsSet has the clock set, and somebody listen again.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	d := &disk{}
	r := d.to(t, recording.RecorderOptions{})
	r.Record(batch(0, 1))
	r.Clock(epoch, -time.Hour, 0)
	r.Clock(epoch, 0, time.Minute)
	r.Record(batch(1, 1))
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	entries, _, err := read(d.data)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for i := range entries {
		kinds = append(kinds, fmt.Sprint(entries[i].Kind, entries[i].Step, entries[i].Away))
	}
	want := []string{"0 0s 0s", "5 -1h0m0s 0s", "5 0s 1m0s", "0 0s 0s", "6 0s 0s"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
}
