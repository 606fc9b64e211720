package recording_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"labtop/recording"
	"labtop/testkit/forge"
)

// logLine is a line of labtop log --json.
func logLine(i int) string {
	return fmt.Sprintf(`{"time":"2026-11-22T14:00:%02d.123456789Z","topic":"iotclass/lab1/ü","qos":%d,"retained":%v,"dup":false,"size":5,"payload":"%05d"}`, i%60, i%3, i%2 == 0, i)
}

func logOf(n int, end string) []byte {
	var b strings.Builder
	for i := range n {
		b.WriteString(logLine(i) + end)
	}
	return []byte(b.String())
}

// readLog writes a file, opens it, and reads the payloads in it.
func readLog(t *testing.T, data []byte) (payloads []string, f *recording.File, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err = recording.Open(path, ""); err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	for {
		var e recording.Entry
		if err := f.Next(&e); errors.Is(err, io.EOF) {
			return payloads, f, nil
		} else if err != nil {
			return payloads, f, err
		}
		payloads = append(payloads, string(e.Message.Payload))
	}
}

func zipped(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func wide(data []byte, order binary.AppendByteOrder) []byte {
	b := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(string(data))) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// TestLogShapes reads the same log in all the ways in which it may be stored.
func TestLogShapes(t *testing.T) {
	t.Parallel()
	const n = 200
	plain := logOf(n, "\n")
	noise := append([]byte("labtop: connected\n\nnot json\n"), plain...)
	for _, test := range []struct {
		name        string
		data        []byte
		health      recording.Health
		compression string
		messages    int
	}{
		{"plain", plain, recording.Health{}, "", n},
		{"without a last line end", plain[:len(plain)-1], recording.Health{}, "", n},
		{"cut", plain[:len(plain)-20], recording.Health{Cut: true}, "", n - 1},
		{"from Windows", logOf(n, "\r\n"), recording.Health{}, "", n},
		{"with blank lines", logOf(n, "\n\n"), recording.Health{}, "", n},
		{"with a byte order mark", append([]byte("\ufeff"), plain...), recording.Health{}, "", n},
		{"UTF-16, as PowerShell writes it", wide(plain, binary.LittleEndian), recording.Health{}, "", n},
		{"UTF-16, the other way round", wide(plain, binary.BigEndian), recording.Health{}, "", n},
		{"with other lines", noise, recording.Health{Skipped: 2, FirstSkipped: 1}, "", n},
		{"gzip", zipped(t, plain), recording.Health{}, "gzip", n},
		{"zstd", forge.Zstd(plain), recording.Health{}, "zstd", n},
		{"gzip of UTF-16", zipped(t, wide(plain, binary.LittleEndian)), recording.Health{}, "gzip", n},
		{"one line", []byte(logLine(0)), recording.Health{}, "", 1},
		{"one long line", []byte(strings.Replace(logLine(0), "00000", strings.Repeat("x", 1<<20), 1)), recording.Health{}, "", 1},
		{"long lines among others", append(bytes.Clone(plain), strings.Replace(logLine(0), "00000", strings.Repeat("x", 1<<20), 1)+"\n"+logLine(1)...), recording.Health{}, "", n + 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			payloads, f, err := readLog(t, test.data)
			if err != nil {
				t.Fatal(err)
			}
			if len(payloads) != test.messages || f.Health() != test.health || f.Format != recording.LogFormat || f.Compression != test.compression {
				t.Errorf("%d messages, want %d; %+v, want %+v; %s within %q", len(payloads), test.messages, f.Health(), test.health, f.Format, f.Compression)
			}
		})
	}
}

// TestNoLog has files that are refused, whatever they hold.
func TestNoLog(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"empty":              nil,
		"blank":              []byte("\n\n \n"),
		"binary":             {0, 1, 2, 0xff, 0xfe, 3},
		"chatter":            []byte("labtop: connected\nlabtop: the connection was lost\n"),
		"other JSON":         []byte(`{"a":1}` + "\n" + `{"b":2}` + "\n"),
		"a topic alone":      []byte(`{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0}` + "\n"),
		"a QoS of 3":         []byte(`{"time":"2026-11-22T14:00:00Z","topic":"a","qos":3,"payload":""}` + "\n"),
		"a wrong base64":     []byte(`{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"payload_base64":"?"}` + "\n"),
		"a topic too long":   []byte(`{"time":"2026-11-22T14:00:00Z","topic":"` + strings.Repeat("x", 65536) + `","qos":0,"payload":""}` + "\n"),
		"no gzip after all":  {0x1f, 0x8b, 0, 0},
		"a zipped recording": zipped(t, lab(t)),
	} {
		if payloads, _, err := readLog(t, data); err == nil {
			t.Errorf("%s: it was read: %q", name, payloads)
		}
	}
}

// TestUnsoundLines: messages that there cannot be are left out; sums of their times
// would overflow.
func TestUnsoundLines(t *testing.T) {
	t.Parallel()
	data := logOf(5, "\n")
	for _, line := range []string{
		`{"time":"9999-11-22T14:00:00Z","topic":"a","qos":0,"payload":""}`,
		`{"time":"0001-11-22T14:00:00Z","topic":"a","qos":0,"payload":""}`,
		`{"time":"2026-11-22T14:00:00Z","topic":"","qos":0,"payload":""}`,
		`{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"payload":"","payload_base64":""}`,
	} {
		data = append(data, line+"\n"...)
	}
	payloads, f, err := readLog(t, data)
	if err != nil || len(payloads) != 5 || f.Health().Skipped != 4 || f.Health().FirstSkipped != 6 {
		t.Errorf("%d messages, %v", len(payloads), err)
	}
}

// TestStream: a log is read from what cannot be read twice as from a file; a recording
// is refused.
func TestStream(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{logOf(3, "\n"), zipped(t, logOf(3, "\n"))} {
		f, err := recording.OpenStream(iotest.OneByteReader(bytes.NewReader(data)), "")
		if err != nil {
			t.Fatal(err)
		}
		var e recording.Entry
		n := 0
		for err = f.Next(&e); err == nil; err = f.Next(&e) {
			n++
		}
		if !errors.Is(err, io.EOF) || n != 3 || f.Close() != nil {
			t.Errorf("%d messages, %v", n, err)
		}
	}
	if _, err := recording.OpenStream(bytes.NewReader(lab(t)), ""); err == nil {
		t.Error("a recording from a stream was read")
	}
	broken := io.MultiReader(bytes.NewReader(logOf(3, "\n")), iotest.ErrReader(errors.New("disk")))
	f, err := recording.OpenStream(broken, "")
	var e recording.Entry
	for err == nil {
		err = f.Next(&e)
	}
	if err.Error() != "reading the log: disk" {
		t.Errorf("a broken disk: %v", err)
	}
}

// TestLogBomb has a compressed line without end: memory stays bounded.
func TestLogBomb(t *testing.T) {
	t.Parallel()
	data := zipped(t, append(append(logOf(3, "\n"), bytes.Repeat([]byte(" "), 200<<20)...), append([]byte("\n"), logOf(2, "\n")...)...))
	payloads, f, err := readLog(t, data)
	if err != nil || len(payloads) != 5 || f.Health().Skipped != 1 || f.Health().FirstSkipped != 4 {
		t.Errorf("%d messages, %v", len(payloads), err)
	}
}

// TestDamagedCompression: what could be decompressed is read, up to a cut or to damage.
func TestDamagedCompression(t *testing.T) {
	t.Parallel()
	const n = 20_000
	plain := logOf(n, "\n")
	want, _, err := readLog(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, whole := range map[string][]byte{"gzip": zipped(t, plain), "zstd": forge.Zstd(plain)} {
		middle := len(whole) / 2
		damaged := slices.Concat(whole[:middle], bytes.Repeat([]byte{0xff}, 100), whole[middle+100:])
		if name == "gzip" { // whose damage is noticed late, unless a block is of no kind
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write(plain[:len(plain)/2]); err != nil || z.Flush() != nil {
				t.Fatal(err)
			}
			damaged = append(b.Bytes(), bytes.Repeat([]byte{0xff}, 100)...)
		}
		for _, data := range [][]byte{whole[:middle], damaged, slices.Concat(whole, []byte("and what does not belong there"))} {
			got, f, err := readLog(t, data)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			cut := len(data) == middle
			if h := f.Health(); !h.Cut || cut != (h.Damaged == 0) || cut != (h.DamagedAfter == 0) || h.Lost != 0 {
				t.Errorf("%s: %+v", name, h)
			}
			if all := len(data) > len(whole); len(got) > n || all != (len(got) == n) || len(got) < n/10 || !slices.Equal(got, want[:len(got)]) {
				t.Errorf("%s: %d messages of %d", name, len(got), n)
			}
		}
	}
}

// TestOwnLines has the lines that labtop writes read the fast way, and others not.
func TestOwnLines(t *testing.T) {
	t.Parallel()
	line := strings.TrimSpace(jsonText(1, time.Second))
	for _, tt := range []struct {
		old, changed string
		own          bool
	}{
		{"", "", true},
		{`"payload":"20.00"`, `"payload":"{\"a\":\"ü\\\u0000\"}"`, true},
		{`"payload":"20.00"`, `"payload_base64":"AP8="`, false},
		{`"payload":"20.00"`, `"payload":"1","properties":{"content-type":"x"}`, false},
		{`"payload":"20.00"`, `"payload":null`, false},
		{`"payload":"20.00"`, "\"payload\":\"\xff\"", true},
		{`"payload":"20.00"`, "\"payload\":\"\t\"", false},
		{`"payload":"20.00"`, `"payload":"\"`, false},
		{`"qos":0`, `"qos":00`, false},
		{`"qos":0`, `"qos":256`, false},
		{`"qos":0`, `"qos": 0`, false},
		{`"dup":false`, `"dup":falsch`, false},
		{`"size":5`, `"size":-5`, false},
		{`"size":5`, `"size":99999999999999999999`, false},
		{`Z"`, `"`, false},
		{`}`, `}}`, false},
		{`}`, ``, false},
	} {
		changed := strings.Replace(line, tt.old, tt.changed, 1)
		own, other, ok := recording.LogLine([]byte(changed))
		if ok != tt.own || ok && own != other {
			t.Errorf("%s: the fast way: %v\n%s\n%s", changed, ok, own, other)
		}
	}
}
