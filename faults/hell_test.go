//go:build unix

package faults_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"labtop/testkit/evilbroker"
	"labtop/testkit/forge"
)

// hellFile is a recording that was made to do harm. says is what labtop says of it.
type hellFile struct {
	name, says string
	make       func(f *forge.File)
}

func hell() []hellFile {
	at := uint64(time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC).UnixNano())
	good := func(f *forge.File, id uint16) {
		records := new(forge.File)
		records.Channel(id, "iotclass/lab1/temperature", "qos", "0", "retained", "false", "dup", "false")
		records.Message(id, 1, at, " 22.50")
		f.Records(records)
	}
	bomb := forge.Zstd(make([]byte, 256<<20))
	return []hellFile{
		{"a bomb in each chunk", "is damaged in 500 places", func(f *forge.File) {
			for range 500 {
				f.Chunk(256<<20, 0, "zstd", bomb)
			}
			good(f, 1)
		}},
		{"bombs that lie about their size", "is damaged in 500 places", func(f *forge.File) {
			for range 500 {
				f.Chunk(4<<20, 0, "zstd", bomb)
			}
			good(f, 1)
		}},
		{"bombs that are just small enough", "", func(f *forge.File) {
			records := new(forge.File)
			records.Channel(1, "t", "qos", "0", "retained", "false", "dup", "false")
			records.Record(mcap.OpMessage, make([]byte, 22), make([]byte, 4<<20-200)) // of a channel that is none
			small := forge.Zstd(records.Bytes())
			for range 1000 {
				f.Chunk(uint64(records.Len()), 0, "zstd", small)
			}
			good(f, 1)
		}},
		{"all channels, with long topics, again and again", "", func(f *forge.File) {
			good(f, 1)
			long := strings.Repeat("x", 60_000)
			for id := 0; id < 1<<17; id += 64 { // each number comes twice
				records := new(forge.File)
				for i := range 64 {
					records.Channel(uint16(id+i), strconv.Itoa(id+i)+long, "qos", "0", "retained", "false", "dup", "false")
				}
				records.Message(uint16(id), 2, at, "x")
				f.Records(records)
			}
		}},
		{"more topics than are tracked", "", func(f *forge.File) {
			for first := 0; first < 300_000; first += 20_000 {
				records := new(forge.File)
				records.Channel(8, "labtop/overflow", "labtop", "overflow")
				for i := first; i < first+20_000; i++ {
					topic := fmt.Sprintf("iotclass/lab%07d/temperature", i)
					records.Message(8, uint32(i+1), at+uint64(i)*1000, packed(topic, "22.50"))
				}
				f.Records(records)
			}
		}},
		{"more devices that are online than are tracked", "", func(f *forge.File) {
			for first := 0; first < 300_000; first += 20_000 {
				records := new(forge.File)
				records.Channel(8, "labtop/overflow", "labtop", "overflow")
				for i := first; i < first+20_000; i++ {
					records.Message(8, uint32(i+1), at+uint64(i)*1000, packed(fmt.Sprintf("home/lab%07d/status", i), "online"))
				}
				f.Records(records)
			}
		}},
		{"topics of the greatest length", "", func(f *forge.File) {
			long := strings.Repeat("x", 60_000)
			for first := 0; first < 5000; first += 50 {
				records := new(forge.File)
				records.Channel(8, "labtop/overflow", "labtop", "overflow")
				for i := first; i < first+50; i++ {
					records.Message(8, uint32(i+1), at+uint64(i)*1000, packed(fmt.Sprintf("%05d/", i)+long+"/t", "22.50"))
				}
				f.Records(records)
			}
		}},
		{"texts on very many topics", "", func(f *forge.File) {
			noise := make([]byte, 1500)
			for i := range noise {
				noise[i] = byte(rand.Uint32())
			}
			for first := 0; first < 200_000; first += 1000 {
				records := new(forge.File)
				records.Channel(8, "labtop/overflow", "labtop", "overflow")
				for i := first; i < first+1000; i++ {
					records.Message(8, uint32(i+1), at+uint64(i)*1000, packed(fmt.Sprintf("iotclass/lab%07d/note", i), hex.EncodeToString(noise[i%1000:][:500])))
				}
				f.Records(records)
			}
		}},
		{"JSON with a thousand names on each of many topics", "", func(f *forge.File) {
			for topic := range 3000 {
				records := new(forge.File)
				records.Channel(8, "labtop/overflow", "labtop", "overflow")
				for n := range 4 {
					var text strings.Builder
					for i := range 256 {
						fmt.Fprintf(&text, `,"%04d%s":1`, 256*n+i, strings.Repeat("y", 200))
					}
					records.Message(8, uint32(4*topic+n+1), at+uint64(4*topic+n)*1000, packed(fmt.Sprintf("iotclass/lab%07d/all", topic), "{"+text.String()[1:]+"}"))
				}
				f.Records(records)
			}
		}},
		{"times of all centuries", "", func(f *forge.File) {
			for first := 0; first < 200_000; first += 20_000 {
				records := new(forge.File)
				records.Channel(1, "iotclass/lab1/temperature", "qos", "0", "retained", "false", "dup", "false")
				for i := range 20_000 {
					records.Message(1, uint32(first+i+1), rand.Uint64(), "22.50")
				}
				f.Records(records)
			}
		}},
		{"a clock that is set all the time", "", func(f *forge.File) {
			records := new(forge.File)
			records.Channel(1, "iotclass/lab1/temperature", "qos", "0", "retained", "false", "dup", "false")
			records.Channel(2, "labtop/clock", "labtop", "clock")
			for i := range 50_000 {
				records.Message(1, uint32(2*i+1), at+uint64(i)*1e9, "22.50")
				records.Message(2, uint32(2*i+2), at+uint64(i)*1e9, `{"step_seconds":1e300,"away_seconds":1e300}`)
			}
			f.Records(records)
		}},
		{"a later version", "needs a labtop that reads version 9", func(f *forge.File) {
			*f = *forge.New("mqtt", map[string]string{"version": "9"})
			good(f, 1)
		}},
		{"another profile", `has the profile "ros2"`, func(f *forge.File) { *f = *forge.New("ros2", nil) }},
		{"negative lengths", "is damaged in", func(f *forge.File) {
			for i := range 1000 {
				f.Write(binary.LittleEndian.AppendUint64([]byte{byte(3 + i%10)}, -uint64(i)))
				good(f, 1)
			}
		}},
		{"nothing but the start", "was not closed", func(*forge.File) {}},
		{"noise", "was not closed", func(f *forge.File) {
			noise := make([]byte, 50<<20)
			for i := range noise {
				noise[i] = byte(rand.Uint32())
			}
			f.Write(noise)
		}},
		{"false chunks", "is damaged in", func(f *forge.File) {
			fake := new(forge.File)
			for range 200_000 {
				fake.Chunk(1000, 5, "zstd", []byte("no such data"))
			}
			f.Write(bytes.Replace(fake.Bytes(), []byte("no"), []byte{1, 2}, 1))
			good(f, 1)
		}},
	}
}

// packed is a message as a record of the overflow channel holds it.
func packed(topic, payload string) string {
	return string(evilbroker.Publish(0, topic, 0, []byte(payload)))
}

// TestRecordingsFromHell has recordings that were made to do harm: every command ends
// soon and within its memory, and says in a line what is wrong.
func TestRecordingsFromHell(t *testing.T) {
	for _, test := range hell() {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "hell.mcap")
			f := forge.New("mqtt", map[string]string{"version": "1"})
			test.make(f)
			if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			f.Reset()
			for _, args := range [][]string{
				{"snapshot", "--from", path, "--json"},
				{"alerts", "check", path},
				{"export", path, "-o", filepath.Join(dir, "out.csv")},
				{"import", path, "-o", filepath.Join(dir, "out.mcap")},
				{"replay", path, "--plain", "--speed", "max"},
			} {
				endures(t, test, args...)
			}
		})
	}
}

// endures runs labtop with a recording that was made to do harm.
func endures(t *testing.T, f hellFile, args ...string) {
	t.Helper()
	// It is 225 MiB at most on a machine that is idle, and 11 s of a processor on one that is
	// busy, where the collector comes late. What reads such a file again and again takes hours.
	mostKiB, most := 320<<10, 2*time.Minute
	p := start(t, here, args...)
	peak := 0
	for ended := false; !ended; {
		select {
		case <-p.ended:
			ended = true
		case <-time.After(20 * time.Millisecond):
			peak = max(peak, p.peakKiB())
		}
		if time.Since(p.began) > 5*time.Minute {
			t.Fatalf("%s did not end", args[0])
		}
	}
	end := p.cmd.ProcessState
	took, code, said := end.UserTime()+end.SystemTime(), end.ExitCode(), p.stderr.String()
	t.Logf("%s: %d MiB, %v, exit code %d, %.200s", args[0], peak>>10, took.Round(10*time.Millisecond), code, said)
	if code < 0 || code > 3 || strings.Contains(said, "panic") || strings.Count(said, "\n") > 5 || !strings.Contains(said, f.says) {
		t.Errorf("%s: exit code %d: %.1000s", args[0], code, said)
	}
	if peak > mostKiB || took > most {
		t.Errorf("%s took %v and %d MiB", args[0], took, peak>>10)
	}
}
