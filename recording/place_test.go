package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
	"labtop/testkit/forge"
)

// TestPlaces reads a file up to each of its entries, and goes on there with another
// reader: nothing is missing, nothing comes twice, and what is said of the file is the
// same.
func TestPlaces(t *testing.T) {
	t.Parallel()
	whole := lab(t)
	capture, err := os.ReadFile(filepath.Join("testdata", "captures", "lesson.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(whole)
	damaged[bytes.Index(damaged, []byte("zstd"))+900] ^= 1
	files := map[string]string{
		"whole": string(whole), "damaged": string(damaged), "cut": string(whole[:len(whole)*2/3]), "capture": string(capture),
		"over midnight":       strings.Repeat("23:59:59 a/b 1\n00:00:01 a/b 2\n12:00:00 a/b 3\n", 3),
		"a table with a head": "payload_hex;time;topic\n00;1795330019.5;a/b\n01;1795330020.5;a/b\n",
		"written anew":        `{"tst":1795330019,"topic":"a","qos":0,"retain":0,"payloadlen":1,"payload":1}` + "\n\n" + `{"tst":1795330019,"topic":"a","qos":0,"retain":0,"payloadlen":3,"payload":"a"}` + "\n",
		"some times missing":  `{"topic":"a","payload":1,"time":1795330019}{"topic":"a","payload":2}{"topic":"a","payload":3,"time":1795330020}{"topic":"a","payload":4}`,
	}
	for _, format := range logFormats() {
		text := sample(t, format.Name)
		files[format.Name] = text
		files[format.Name+", cut"] = text[:len(text)-3]
		files[format.Name+", with other lines"] = strings.Repeat(text+"\n\nno message\n\xff\n", 3)
		for name, stored := range stores(t, text) {
			files[format.Name+", "+name] = stored
		}
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goOnAt(t, kept(t, []byte(file)), func(int) bool { return true })
		})
	}
}

// TestPlacesOfLongLogs has logs that are longer than what is in memory of them, with lines
// that are, too.
func TestPlacesOfLongLogs(t *testing.T) {
	t.Parallel()
	for _, format := range logFormats() {
		text := sample(t, format.Name)
		var long strings.Builder
		for n := 0; long.Len() < 400<<10; n++ {
			long.WriteString(text)
			fmt.Fprintf(&long, "no message %s %d\n", strings.Repeat("\U0001d11e", n*n%1000), n)
		}
		files := stores(t, long.String())
		files["plain"] = long.String()
		delete(files, "with a byte order mark")
		delete(files, "from Windows")
		for name, file := range files {
			t.Run(format.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				goOnAt(t, kept(t, []byte(file)), func(int) bool { return rand.N(1000) == 0 })
			})
		}
	}
}

// TestPlacesInUTF16 has halves of characters that have no other half.
func TestPlacesInUTF16(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := wide([]byte("a/b \U0001d11e\ufffd\n"), order)
		for _, unit := range []uint16{0xd834, '1', '\n', 'a', '/', 'b', ' ', 0xdd1e, 0xdd1e, '\n', 'a', '/', 'b', ' ', 0xd834, 0xd834, 0xdd1e, '\n', 'a', '/', 'b', ' ', 0xd834} {
			file = order.AppendUint16(file, unit)
		}
		goOnAt(t, kept(t, append(file, 'x')), func(int) bool { return true })
	}
}

// TestPlayedLogIsChanged changes a log while it is played: the wish that cannot be met says
// so, and what is shown stays.
func TestPlayedLogIsChanged(t *testing.T) {
	t.Parallel()
	const n = 3000
	log := stampedText(n, 100*time.Millisecond)
	for _, test := range []struct {
		name    string
		log     string
		changed string
		want    error
	}{
		{"it has grown", log, log + log, nil},
		{"other values before", log, strings.Replace(log, "20.00", "99.99", 1), nil},
		{"shrunk", log, log[:len(log)/2], recording.ErrChanged},
		{"a line less", log, log[strings.IndexByte(log, '\n')+1:], recording.ErrChanged},
		{"another log", log, strings.Repeat("a/b c\n", n), recording.ErrChanged},
		{"a recording", log, string(lab(t)), recording.ErrChanged},
		{"compressed", log, string(zipped(t, []byte(log))), nil},
		{"UTF-16", log, string(wide([]byte(log), binary.LittleEndian)), recording.ErrChanged},
		{"compressed, shrunk", string(zipped(t, []byte(log))), string(zipped(t, []byte(log[:len(log)/2]))), recording.ErrChanged},
		{"compressed, cut", string(zipped(t, []byte(log))), string(zipped(t, []byte(log))[:10_000]), recording.ErrChanged},
		{"compressed, and all but its start is gone", string(forge.Zstd([]byte(log))), string(forge.Zstd([]byte(log))[:100]), recording.ErrChanged},
		{"empty", log, "", recording.ErrChanged},
		{"not compressed any more", string(zipped(t, []byte(log))), log, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := kept(t, []byte(test.log))
			synctest.Test(t, func(t *testing.T) {
				o := recording.PlayerOptions{Path: path, Paused: true}
				o.CheckpointWork(100)
				p := playing(t, o)
				p.SeekOffset(n / 10 * time.Second)
				synctest.Wait() // the index has passed too
				if err := os.WriteFile(path, []byte(test.changed), 0o600); err != nil {
					t.Fatal(err)
				}
				p.SeekOffset(n * 9 / 100 * time.Second)
				synctest.Wait()
				want := uint64(n)
				if test.want == nil {
					want = n*9/10 + 10 - 1
				}
				if b := p.Playback(); !errors.Is(b.Err, test.want) || b.Messages != want {
					t.Errorf("after %d messages, want %d: %v", b.Messages, want, b.Err)
				}
			})
		})
	}
}

// goOnAt reads a file, and goes on with other readers after numbers of entries.
func goOnAt(t *testing.T, path string, after func(entries int) bool) {
	t.Helper()
	f := opened(t, path)
	defer func() { _ = f.Close() }()
	var numbers []int
	places, err := recording.Places(f, func(n int) bool {
		wanted := after(n)
		if wanted {
			numbers = append(numbers, n)
		}
		return wanted
	})
	if err != nil {
		t.Fatal(err)
	}
	all, said := rest(t, opened(t, path))
	numbers = append(numbers, len(all))
	for i, goTo := range places {
		f := opened(t, path)
		if err := goTo(f); err != nil {
			t.Fatal(err)
		}
		got, gotSaid := rest(t, f)
		if want := all[numbers[i]:]; !slices.Equal(want, got) {
			t.Fatalf("after %d entries:\n%s", numbers[i], cmp.Diff(want, got))
		}
		if gotSaid != said {
			t.Fatalf("after %d entries: %s, want %s", numbers[i], gotSaid, said)
		}
	}
}

func opened(t *testing.T, path string) *recording.File {
	t.Helper()
	f, err := recording.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rest is what is left of a file, and what is said of it then. It closes it.
func rest(t *testing.T, f *recording.File) (all []string, said string) {
	t.Helper()
	defer func() { _ = f.Close() }()
	for {
		var e recording.Entry
		switch err := f.Next(&e); {
		case errors.Is(err, io.EOF):
			return all, fmt.Sprintf("%+v %q", f.Health(), f.Remarks())
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, text(&e))
	}
}
