package recording_test

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"labtop/recording"
	"labtop/testkit/forge"
)

// TestRefused has files that are no recordings, or none for this version.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, recording.ErrFormat},
		{"text", []byte("iotclass/lab1/temperature 22.50\n"), recording.ErrFormat},
		{"another profile", forge.New("ros2", nil).Bytes(), recording.ErrFormat},
		{"a later version", forge.New("mqtt", map[string]string{"version": "2"}).Bytes(), recording.ErrNewer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := read(test.file); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// TestHostileFiles has files that were made to do harm: what can be read is read,
// the rest is counted, in bounded memory and time.
func TestHostileFiles(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	good := func(f *forge.File) {
		records := new(forge.File)
		records.Channel(7, "good", "qos", "1", "retained", "true", "dup", "false")
		records.Message(7, 1, 1<<60, "good")
		f.Records(records)
	}
	zeros := make([]byte, 64<<20)
	bomb := forge.Zstd(zeros)
	long := strings.Repeat("x", 60_000)
	for _, test := range []struct {
		name string
		make func(f *forge.File)
		good int // messages that can be read
	}{
		{"a bomb that says its size", func(f *forge.File) { f.Chunk(uint64(len(zeros)), 0, "zstd", bomb); good(f) }, 1},
		{"a bomb that lies about its size", func(f *forge.File) { f.Chunk(1000, 0, "zstd", bomb); good(f) }, 1},
		{"many bombs", func(f *forge.File) {
			for range 1000 {
				f.Chunk(uint64(len(zeros)), 0, "zstd", bomb[:1000])
			}
			good(f)
		}, 1},
		{"a size beyond all bounds", func(f *forge.File) { f.Chunk(1<<63, 0, "", []byte("x")); good(f) }, 1},
		{"a compression that is unknown", func(f *forge.File) { f.Chunk(5, 0, "lz4", []byte("hello")); good(f) }, 1},
		{"a record without end", func(f *forge.File) {
			good(f)
			f.Write(binary.LittleEndian.AppendUint64([]byte{6}, 1<<63+5))
			good(f)
		}, 2},
		{"a record of 4 GiB", func(f *forge.File) { f.Write(binary.LittleEndian.AppendUint64([]byte{3}, 1<<32-1)); good(f) }, 1},
		{"a record within a chunk that is longer than the chunk", func(f *forge.File) {
			records := new(forge.File)
			records.Write(binary.LittleEndian.AppendUint64([]byte{5}, 1<<40))
			f.Records(records)
			good(f)
		}, 1},
		{"a chunk within a chunk", func(f *forge.File) {
			inner := new(forge.File)
			good(inner)
			f.Records(inner)
			good(f)
		}, 1},
		{"all channels, with long names", func(f *forge.File) {
			good(f)
			for id := 0; id < 65536; id += 8 {
				records := new(forge.File)
				for i := range 8 {
					records.Channel(uint16(id+i), strconv.Itoa(id+i)+long, "qos", "0")
				}
				records.Message(uint16(id), uint32(id), 1, "x")
				f.Records(records)
			}
			good(f)
		}, 37},
		{"a channel that is too long", func(f *forge.File) {
			records := new(forge.File)
			records.Channel(9, strings.Repeat("x", 1<<20), "qos", "0")
			records.Message(9, 1, 1, "x")
			f.Records(records)
			good(f)
		}, 1},
		{"a channel that changes its name", func(f *forge.File) {
			good(f)
			records := new(forge.File)
			records.Channel(7, "bad", "qos", "0")
			f.Records(records)
			good(f)
		}, 2},
		{"metadata without end", func(f *forge.File) {
			records := new(forge.File)
			records.Record(mcap.OpChannel, []byte{9, 0, 0, 0}, forge.Prefixed("t"), forge.Prefixed(""), []byte{0xff, 0xff, 0xff, 0xff})
			records.Message(9, 1, 1, "x")
			f.Records(records)
			good(f)
		}, 1},
		{"messages of 2262 and of 1970", func(f *forge.File) {
			records := new(forge.File)
			records.Channel(7, "good", "qos", "0")
			records.Message(7, 1, 1<<64-1, "")
			records.Message(7, 2, 0, "")
			f.Records(records)
		}, 2},
		{"short messages and short packets", func(f *forge.File) {
			records := new(forge.File)
			records.Channel(7, "good", "qos", "0")
			records.Channel(8, "labtop/overflow", "labtop", "overflow")
			records.Channel(9, "labtop/gap", "labtop", "gap")
			records.Record(mcap.OpMessage, []byte("short"))
			for _, packet := range []string{"", "0", "0\x00", "0\x05\x00\x09abc", "\x36\x05\x00\x01abc", "\x30\xff\xff\xff\xff\xff\xff", "\x32\x03\x00\x01a"} {
				records.Message(8, 1, 1, packet)
				records.Message(9, 1, 1, packet)
			}
			f.Records(records)
			good(f)
		}, 1},
		{"a hundred thousand false chunks", func(f *forge.File) {
			var fake forge.File
			for range 100_000 {
				fake.Chunk(1000, 5, "zstd", []byte("no such data"))
			}
			f.Record(mcap.OpStatistics, fake.Bytes())
			f.WriteByte(0)
			good(f)
		}, 1},
	} {
		t.Run(test.name, func(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
			f := forge.New("mqtt", nil)
			test.make(f)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			messages := 0
			entries, health, err := read(f.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for i := range entries {
				if entries[i].Kind == recording.MessageEntry {
					messages++
				}
			}
			runtime.ReadMemStats(&after)
			t.Logf("%d messages of %d bytes, %+v, %v, %d KiB", messages, f.Len(), health, time.Since(began), (after.TotalAlloc-before.TotalAlloc)>>10)
			if messages != test.good {
				t.Errorf("%d messages, want %d", messages, test.good)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 200<<20 {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("it took %v", took)
			}
			plays(t, f.Bytes(), uint64(test.good))
		})
	}
}

// plays has a player play a file to its end. The first picture is there at once: it takes
// milliseconds, and a minute where something goes through all of it again and again.
func plays(t *testing.T, file []byte, messages uint64) {
	t.Helper()
	path := kept(t, file)
	began := time.Now()
	p := playing(t, recording.PlayerOptions{Path: path})
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the first picture took %v", took)
	}
	for {
		changed, _ := p.Changed()
		if b := p.Playback(); b.Ended && !p.Timeline(10).Partial {
			if b.Messages != messages || b.Err != nil {
				t.Errorf("it played %d messages, want %d: %v", b.Messages, messages, b.Err)
			}
			return
		}
		<-changed
	}
}
