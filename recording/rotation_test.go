package recording_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// entries are a source of what was read.
type entries []recording.Entry

func (l *entries) Next(e *recording.Entry) error {
	if len(*l) == 0 {
		return io.EOF
	}
	*e, *l = (*l)[0], (*l)[1:]
	return nil
}

// fed is a lab that was fed these entries.
func fed(t *testing.T, of entries) recording.Lab {
	t.Helper()
	lab, err := newWatched(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := recording.Feed(t.Context(), &of, lab); err != nil {
		t.Fatal(err)
	}
	return lab
}

// introduction is what a file tells of the moment at which it begins.
func introduction(file entries) entries {
	for i := range file {
		if !file[i].Time.Equal(file[0].Time) {
			return file[:i]
		}
	}
	return file
}

// day is one of a lab on a virtual clock, on top of which its own clock is set.
type day struct {
	r    *recording.Recorder
	rand *rand.Rand
	set  time.Duration
	sent []string // payloads
}

func (s *day) now() time.Time { return time.Now().Add(s.set) }

// say has a board say something.
func (s *day) say(topic, payload string, retained bool) {
	m := message(0, topic, payload)
	m.Time, m.Retained, m.QoS, m.Dup = s.now(), retained, byte(s.rand.IntN(3)), s.rand.IntN(5) == 0
	m.Properties = propertySets()[s.rand.IntN(len(propertySets()))]
	s.sent = append(s.sent, payload)
	s.r.Record(model.Batch{Messages: []model.Message{m}})
}

func (s *day) connection(state model.ConnectionState) {
	s.r.Record(model.Batch{Connection: &model.Connection{
		State: state, Since: s.now(), Connects: 1, Subscriptions: []model.Subscription{{Filter: "#", Answered: true}},
	}})
}

// happens has one thing happen at random.
func (s *day) happens() {
	board := fmt.Sprintf("iotclass/lab%d/", s.rand.IntN(4))
	switch s.rand.IntN(12) {
	case 0:
		s.connection(model.Waiting)
	case 1:
		s.connection(model.Connected)
	case 2:
		step := time.Duration(s.rand.IntN(5)-2) * time.Hour
		s.set += step
		s.r.Clock(s.now(), step, 0)
	case 3:
		s.set += 10 * time.Minute // of a suspend our clock knows nothing
		s.r.Clock(s.now(), 0, 10*time.Minute)
	case 4:
		s.r.Note(s.now(), "a note")
	case 5:
		s.say(board+"status", []string{"online", "offline"}[s.rand.IntN(2)], false)
	case 6:
		s.say(board+"target", strconv.Itoa(s.rand.IntN(30)), true)
	case 7:
		s.say("zigbee2mqtt/lamp", fmt.Sprintf(`{"brightness":%d,"note":%q}`, s.rand.IntN(100), strings.Repeat("x", 3000)), false)
	case 8:
		s.say(board+"command", "reboot", false)
	case 9:
		s.say("$SYS/broker/version", "mosquitto version 2.0.11", true)
	default:
		s.say(board+"temperature", fmt.Sprintf("%.1f", 18+10*s.rand.Float64()), false)
	}
}

// TestRotatedFilesStandAlone records sessions in which anything happens: each file begins
// with what is known at the end of the one before, at that time, and nothing is in two.
func TestRotatedFilesStandAlone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { rotated(t, seed) })
		})
	}
}

func rotated(t *testing.T, seed uint64) {
	t.Helper()
	o := recording.RecorderOptions{RotateAfter: 20 * time.Second}
	if seed%2 == 0 {
		o = recording.RecorderOptions{RotateBytes: 1000}
	}
	r, to := onDisks(t, o)
	s := &day{r: r, rand: rand.New(rand.NewPCG(seed, 0))}
	s.connection(model.Connected)
	old := message(0, "iotclass/lab9/temperature", "20.5")
	old.Time, old.Known = s.now().Add(-time.Hour), true
	if seed%3 == 0 {
		r.Begin(s.now(), model.Connection{State: model.Connected, Since: s.now(), Connects: 1}, []model.Message{old})
	}
	for range 100 {
		time.Sleep(time.Duration(s.rand.IntN(3000))*time.Millisecond + 1)
		s.happens()
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	disks := *to
	if status := r.Status(); status.Files != len(disks) || len(disks) < 4 || status.Messages != uint64(len(s.sent)) {
		t.Fatalf("%d files, %d messages, %+v", len(disks), len(s.sent), status)
	}
	var before recording.Lab
	var all []string
	for i, d := range disks {
		file, health, err := read(d.data)
		if err != nil || health != (recording.Health{}) {
			t.Fatalf("%v, %+v", err, health)
		}
		payloads, _, _ := messages(t, d.data)
		all = append(all, payloads...)
		if before != nil {
			known := fed(t, introduction(file))
			if diff := cmp.Diff(standings(t, before), standings(t, known)); diff != "" {
				t.Errorf("file %d begins with another state than the one before ends with: %s", i+1, diff)
			}
			was, _ := before.(*watched)
			is, _ := known.(*watched)
			if was, is := was.Status(), is.Status(); !was.Now.Equal(is.Now) || !was.Connection.Since.Equal(is.Connection.Since) || is.Counters.Messages != 0 {
				t.Errorf("file %d begins at %v with a connection since %v, the one before ends at %v with one since %v", i+1, is.Now, is.Connection.Since, was.Now, was.Connection.Since)
			}
		}
		before = fed(t, file)
	}
	if diff := cmp.Diff(s.sent, all); diff != "" {
		t.Error(diff)
	}
}

// onDisks is a recorder to files in memory, one after the other.
func onDisks(t *testing.T, o recording.RecorderOptions) (*recording.Recorder, *[]*disk) {
	t.Helper()
	disks := &[]*disk{}
	r, err := recording.StartRecorderTo(o, func(string, bool) (recording.Output, error) {
		*disks = append(*disks, &disk{})
		return (*disks)[len(*disks)-1], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, disks
}

// TestRotationInQuiet has a lab that says little fall silent, the clock being set back: each
// stretch of time has a file all the same, on the disk from its start.
func TestRotationInQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, disks := onDisks(t, recording.RecorderOptions{RotateAfter: time.Minute})
		r.Record(model.Batch{Connection: &model.Connection{State: model.Connected, Since: time.Now(), Connects: 1}})
		m := message(0, "iotclass/lab1/temperature", "21")
		m.Time = time.Now()
		r.Record(model.Batch{Messages: []model.Message{m}})
		time.Sleep(90 * time.Second)
		r.Clock(time.Now().Add(-time.Hour), -time.Hour, 0)
		time.Sleep(8*time.Minute + time.Second)
		synctest.Wait()
		if len(*disks) != 10 {
			t.Errorf("%d files in ten minutes", len(*disks))
		}
		for i, d := range *disks {
			if i == 0 {
				continue
			}
			file, health, err := read(d.bytes())
			if err != nil || health.Damaged != 0 || len(file) < 2 || file[1].Kind != recording.KnownEntry || len(d.bytes()) > 2000 {
				t.Fatalf("file %d: %v, %+v, %d entries in %d bytes", i+1, err, health, len(file), len(d.bytes()))
			}
			heard := m.Time
			if i > 1 {
				heard = heard.Add(-time.Hour)
			}
			late := file[0].Time.Sub(heard) - time.Duration(i)*time.Minute
			if late < 0 || late > time.Second || !file[1].Message.Time.Equal(heard) || !file[0].Connection.Since.Equal(heard) {
				t.Errorf("file %d begins %v late, with a message of %v and a connection since %v", i+1, late, file[1].Message.Time, file[0].Connection.Since)
			}
		}
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestKnownDoesNotFillAFile has more known than a file is to hold: it does not count, or
// there would be file after file.
func TestKnownDoesNotFillAFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const topics, least = 3000, 64 << 10
		r, disks := onDisks(t, recording.RecorderOptions{RotateBytes: least})
		random := rand.NewChaCha8([32]byte{})
		for i := range topics {
			payload := make([]byte, 100)
			_, _ = random.Read(payload)
			r.Record(model.Batch{Messages: []model.Message{message(i, fmt.Sprint("topic/", i), string(payload))}})
		}
		for i := range 100 {
			r.Record(batch(topics+i, 1))
			time.Sleep(time.Second)
		}
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		if n := len(*disks); n < 2 || n > 4 {
			t.Fatalf("%d files", n)
		}
		file, _, err := read((*disks)[1].data)
		if got := len(introduction(file)); err != nil || got < topics || got > topics+5 {
			t.Errorf("%v, %d topics are known", err, got)
		}
	})
}

// TestKnownIsBounded has more topics, and larger payloads, than there is room for: what has
// room is known as it was last, the rest not at all, which the next file says.
func TestKnownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, disks := onDisks(t, recording.RecorderOptions{RotateAfter: time.Minute})
		large := strings.Repeat("x", 100<<10)
		for i := range 600 {
			r.Record(model.Batch{Messages: []model.Message{message(i, fmt.Sprint("topic/", i), "1"), message(i, fmt.Sprint("topic/", i), large)}})
			time.Sleep(time.Millisecond)
		}
		r.Record(model.Batch{Messages: []model.Message{message(600, "topic/599", "small again")}})
		time.Sleep(61 * time.Second)
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		file, _, err := read((*disks)[1].data)
		if err != nil {
			t.Fatal(err)
		}
		known, note := map[string]model.Message{}, ""
		for _, e := range file {
			if e.Kind == recording.KnownEntry {
				known[e.Message.Topic] = e.Message
			}
			if e.Kind == recording.NoteEntry {
				note = e.Note
			}
		}
		first, last := known["topic/0"], known["topic/599"]
		if first.Size != len(large) || len(first.Payload) != recording.KnownPayload || string(last.Payload) != "small again" {
			t.Errorf("%d of %d bytes, %q", len(first.Payload), first.Size, last.Payload)
		}
		left := 601 - len(known) // topic/599 had no room for its large payload
		if room := recording.KnownBytes / recording.KnownPayload; len(known) > room || len(known) < room-2 || !strings.Contains(note, fmt.Sprintf(" %d messages before it were on topics", left)) {
			t.Errorf("%d topics are known: %s", len(known), note)
		}
	})
}

// TestKnownBothWays has topics on which devices spoke, and on which the broker sent what it
// had stored: each is known as both, so that a device was seen when it was, and a stored
// message that was cleared is no empty reading.
func TestKnownBothWays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, disks := onDisks(t, recording.RecorderOptions{RotateAfter: time.Minute})
		s := &day{r: r, rand: rand.New(rand.NewPCG(0, 0))}
		for _, m := range slices.Concat(bothWays, cleared) {
			time.Sleep(time.Second)
			s.say(m.topic, m.payload, m.stored)
		}
		time.Sleep(time.Minute)
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		before, _, _ := read((*disks)[0].data)
		next, _, err := read((*disks)[1].data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(standings(t, fed(t, before)), standings(t, fed(t, introduction(next)))); diff != "" {
			t.Errorf("the next file begins with another state: %s", diff)
		}
	})
}

type stated struct {
	topic, payload string
	stored         bool
}

// bothWays is what is said on topics both live and as stored.
var bothWays = []stated{
	{"iotclass/lab1/temperature", "21.5", true}, // stored, then live
	{"iotclass/lab1/temperature", "22.5", false},
	{"iotclass/lab2/temperature", "23", false}, // live, then stored after a reconnect
	{"iotclass/lab2/temperature", "23", true},
	{"iotclass/lab4/status", "online", false},
	{"iotclass/lab4/status", "online", true},
	{"zigbee2mqtt/lamp", `{"state":"ON","brightness":7}`, true},
	{"zigbee2mqtt/lamp", `{"state":"OFF","brightness":7}`, false},
}

// cleared is what was stored on topics and is no more.
var cleared = []stated{
	{"iotclass/lab3/target", "19", true},
	{"iotclass/lab3/target", "", false},
	{"iotclass/lab5/status", "online", true},
	{"iotclass/lab5/status", "", false},
	{"zigbee2mqtt/plug", `{"state":"ON","power":7}`, true},
	{"zigbee2mqtt/plug", "", false},
}
