package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"labtop/recording"
	"labtop/testkit/forge"
)

// TestNextStops: what holds much that tells nothing can be left, and gone on with.
func TestNextStops(t *testing.T) {
	t.Parallel()
	chunks := forge.New("mqtt", map[string]string{"version": "1"})
	for range 5000 {
		records := new(forge.File)
		records.Channel(3, "labtop/unknown", "labtop", "a kind of a later version")
		records.Message(3, 1, 1, "x")
		chunks.Records(records)
	}
	last := new(forge.File)
	last.Channel(4, "a/b", "qos", "0")
	last.Message(4, 2, 2, "1")
	chunks.Records(last)
	frames := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	frames = append(frames, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0)
	for range 5000 {
		frames = append(frames, make([]byte, 16)...) // one of no bytes
	}
	endless := bytes.Repeat([]byte("x"), 66<<20) // more than is kept of a line
	object := strings.TrimSuffix(lineOfLog(1), "\n")
	for _, test := range []struct {
		name, format string
		file         []byte
		messages     int
	}{
		{"chunks", "", chunks.Bytes(), 1},
		{"lines", recording.LogFormat, []byte(lineOfLog(1) + strings.Repeat("nothing\n", 5000) + lineOfLog(2)), 2},
		{"frames", "", frames, 0},
		{"one line", "", forge.Zstd(slices.Concat([]byte(lineOfLog(1)), endless, []byte("\n"+lineOfLog(2)))), 2},
		{"one object", "", forge.Zstd(slices.Concat([]byte("["+object+`,{"a":"`), endless, []byte(`"},`+object+"]"))), 2},
		{"what comes after messages", "", forge.Zstd(slices.Concat([]byte(`[{"messages":[`+object+`],"a":"`), endless, []byte(`"},`+object+"]"))), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, err := recording.Open(kept(t, test.file), test.format)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = f.Close() })
			enough, asked := errors.New("enough"), 0
			f.StopBy(func() error {
				if asked++; asked%2 == 0 {
					return enough
				}
				return nil
			})
			messages, stops := 0, 0
			for {
				var e recording.Entry
				err := f.Next(&e)
				switch {
				case errors.Is(err, io.EOF):
					if messages != test.messages || stops < 2 {
						t.Errorf("%d messages, stopped %d times", messages, stops)
					}
					return
				case errors.Is(err, enough):
					stops++
				case err != nil:
					t.Fatal(err)
				case e.Kind == recording.MessageEntry:
					messages++
				}
			}
		})
	}
}

func lineOfLog(n int) string {
	return `{"time":"2026-11-22T14:00:0` + strconv.Itoa(n) + `Z","topic":"a/b","qos":0,"retained":false,"dup":false,"payload":"1"}` + "\n"
}
