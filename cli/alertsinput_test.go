package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
	"labtop/recording"
)

// readAll reads all messages of a log.
func readAll(t *rapid.T, text io.Reader) (messages []model.Message) {
	f, err := recording.OpenStream(text, recording.LogFormat)
	if err != nil {
		t.Fatal(err)
	}
	for {
		var e recording.Entry
		err := f.Next(&e)
		if errors.Is(err, io.EOF) {
			return messages
		}
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, e.Message)
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
		if diff := cmp.Diff(want, readAll(t, &text), cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzAlertsInput: no input does more than be refused.
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
		in, err := recording.OpenStream(strings.NewReader(text), "")
		if err != nil {
			return
		}
		if err := recording.Feed(t.Context(), in, store); err != nil {
			t.Fatal(err)
		}
		_ = in.Close()
		page := engine.Read(0, 100)
		for i := range page.Alerts {
			newReportAlert(&page.Alerts[i], page.Now)
		}
	})
}
