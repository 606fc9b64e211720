package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
)

// readAll reads all messages of a text.
func readAll(text io.Reader) (messages []model.Message, err error) {
	r := newLogReader("in", text)
	for {
		m, err := r.next()
		if errors.Is(err, io.EOF) {
			return messages, nil
		}
		if err != nil {
			return messages, err
		}
		messages = append(messages, m)
	}
}

// TestLogRoundTrip: what `labtop log --json` prints is read as it was.
func TestLogRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var text bytes.Buffer
		w := bufio.NewWriter(&text)
		var want []model.Message
		for range rapid.IntRange(0, 5).Draw(t, "messages") {
			payload := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "payload")
			m := model.Message{
				Topic:   string(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "topic")),
				Payload: payload, Size: len(payload) + rapid.IntRange(0, 3).Draw(t, "cut"),
				Time: time.Unix(rapid.Int64Range(1e8, 3e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC(),
				QoS:  rapid.ByteRange(0, 2).Draw(t, "qos"), Retained: rapid.Bool().Draw(t, "retained"), Dup: rapid.Bool().Draw(t, "dup"),
			}
			if err := writeJSON(w, &m); err != nil {
				t.Fatal(err)
			}
			want = append(want, m)
		}
		_ = w.Flush()
		got, err := readAll(&text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestLogReader(t *testing.T) {
	t.Parallel()
	const good = `{"time":"2026-11-22T14:00:00Z","topic":"a/b","payload":"1"}`
	long := `{"time":"2026-11-22T14:00:00Z","topic":"a","payload":"` + strings.Repeat("x", longestLine) + `"}`
	for _, tt := range []struct {
		name, text string
		want       int
		err        string
	}{
		{"nothing", "", 0, ""},
		{"blank lines", "\n \r\n" + good + "\r\n\n", 1, ""},
		{"no end", good + "\n" + good, 2, ""},
		{"cut off", good + "\n" + good[:40], 1, ""},
		{"garbage", good + "\n\x00\xff\n" + good, 1, "in:2: this is no line of labtop log --json"},
		{"a list", "[]\n", 0, "in:1: this is no line of labtop log --json"},
		{"deep", strings.Repeat("[", 100_000) + "\n", 0, "in:1: this is no line of labtop log --json"},
		{"no time", `{"topic":"a"}` + "\n", 0, "in:1: the time is missing"},
		{"far time", `{"time":"9999-11-22T14:00:00Z","topic":"a"}` + "\n", 0, "in:1: the time 9999-11-22T14:00:00Z is out of range"},
		{"old time", `{"time":"0001-11-22T14:00:00Z","topic":"a"}` + "\n", 0, "in:1: the time 0001-11-22T14:00:00Z is out of range"},
		{"no topic", `{"time":"2026-11-22T14:00:00Z"}` + "\n", 0, "in:1: the topic is missing or too long"},
		{"QoS", `{"time":"2026-11-22T14:00:00Z","topic":"a","qos":3}` + "\n", 0, "in:1: the QoS is 3"},
		{"two payloads", `{"time":"2026-11-22T14:00:00Z","topic":"a","payload":"","payload_base64":""}` + "\n", 0, "in:1: payload and payload_base64 exclude each other"},
		{"no base64", `{"time":"2026-11-22T14:00:00Z","topic":"a","payload_base64":"!"}` + "\n", 0, "in:1: payload_base64 is no base64"},
		{"no base64 topic", `{"time":"2026-11-22T14:00:00Z","topic_base64":"!"}` + "\n", 0, "in:1: topic_base64 is no base64"},
		{"long", good + "\n" + long + "\n", 1, "in:2: the line is longer than 8MiB"},
		{"endless", strings.Repeat("x", longestLine+1), 0, "in:1: the line is longer than 8MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAll(strings.NewReader(tt.text))
			text := ""
			if err != nil {
				text = err.Error()
				if exitCode(err) != ExitUsage {
					t.Errorf("exit code %d", exitCode(err))
				}
			}
			if len(got) != tt.want || text != tt.err {
				t.Errorf("%d messages, %q; want %d, %q", len(got), text, tt.want, tt.err)
			}
		})
	}
	if _, err := readAll(iotest.ErrReader(errors.New("disk"))); err == nil || err.Error() != "reading in: disk" || exitCode(err) != ExitFailure {
		t.Errorf("a broken disk: %v", err)
	}
}

// FuzzAlertsInput: no input does more than be refused, with its line.
func FuzzAlertsInput(f *testing.F) {
	for _, seed := range []string{
		`{"time":"2026-11-22T14:00:00Z","topic":"iotclass/lab1/temperature","qos":0,"retained":false,"dup":false,"size":4,"payload":"31.0"}` + "\n",
		`{"time":"2026-11-22T14:00:00Z","topic":"a","payload_base64":"/w=="}` + "\n" + `{"time":"2020-11-22T14:00:00.5+01:00","topic":"$SYS/x","payload":"nan","dup":true}`,
		`{"time":"2026-11-22T14:00:00Z","topic":"iotclass/lab1/status","payload":"offline","retained":true}` + "\n\n[1",
		"", "\n", "{}", "null\n", `{"time":1}`, `{"time":"2026-11-22T14:00:00Z","topic":"\u0000","size":-1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &Config{}
		store, err := newStore(c)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := newAlerts(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		store.Watch(engine)
		_, err = replayed(store, newLogReader("in", strings.NewReader(text)), func() error { return nil })
		if err != nil && (exitCode(err) != ExitUsage || !strings.HasPrefix(err.Error(), "in:")) {
			t.Fatal(err)
		}
		page := engine.Read(0, 100)
		for i := range page.Alerts {
			newReportAlert(&page.Alerts[i], page.Now)
		}
	})
}
