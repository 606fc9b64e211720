package recording_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"labtop/model"
	"labtop/recording"
)

// epoch is when the tests' recordings begin.
var epoch = time.Unix(0, time.Date(2026, 11, 22, 14, 0, 0, 123456789, time.UTC).UnixNano())

func about() recording.Info {
	return recording.Info{Program: "labtop test", Broker: "mqtt://lab-pi:1883", Started: epoch.UTC()}
}

// message is the i-th message of a test.
func message(i int, topic, payload string) model.Message {
	m := model.Message{Topic: topic, Size: len(payload), Time: epoch.Add(time.Duration(i) * 250 * time.Millisecond)}
	if payload != "" {
		m.Payload = []byte(payload)
	}
	return m
}

// written is a recording of what write does, closed a minute after the epoch.
func written(tb testing.TB, write func(w *recording.Writer) error) []byte {
	tb.Helper()
	file, w := begun(tb)
	if err := write(w); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(epoch.Add(time.Minute)); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

// begun is a recording that was begun.
func begun(tb interface {
	Helper()
	Fatal(args ...any)
},
) (*bytes.Buffer, *recording.Writer) {
	tb.Helper()
	var file bytes.Buffer
	w, err := recording.NewWriter(&file, about())
	if err != nil {
		tb.Fatal(err)
	}
	return &file, w
}

// read returns everything that a recording holds.
func read(file []byte) (entries []recording.Entry, health recording.Health, err error) {
	r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, recording.Health{}, err
	}
	for {
		var e recording.Entry
		if err := r.Next(&e); errors.Is(err, io.EOF) {
			return entries, r.Health(), nil
		} else if err != nil {
			return entries, r.Health(), err
		}
		entries = append(entries, e)
	}
}

// same says whether two entries are the same in the tests' eyes.
func same(a, b *recording.Entry) bool { return text(a) == text(b) }

func text(e *recording.Entry) string {
	m := &e.Message
	s := fmt.Sprintf("%d %d %q %q %d %d %v %v %v %q %v %v %v", e.Kind, e.Time.UnixNano(), m.Topic, m.Payload, m.Size, m.QoS, m.Retained, m.Dup,
		e.Gap, e.Note, e.Alert, e.Step, e.Away)
	if p := recording.PropertiesJSON(m.Properties); p != nil {
		s += " " + string(p)
	}
	if e.Connection != nil {
		connection, _ := json.Marshal(e.Connection) // follows its pointers
		s += " " + string(connection)
	}
	return s
}

// lab is a small recording with a bit of everything, in several chunks.
func lab(tb testing.TB) []byte {
	tb.Helper()
	return written(tb, func(w *recording.Writer) error {
		connection := model.Connection{
			State: model.Connected, Since: epoch, Connects: 1, ClientID: "labtop-1",
			Subscriptions: []model.Subscription{{Filter: "#", Answered: true}, {Filter: "secret/#", Requested: 1, Answered: true, Error: "refused"}},
		}
		errs := []error{w.Connection(connection.Since, &connection)}
		for i := range 40 {
			topic := fmt.Sprintf("iotclass/lab%d/temperature", i%5)
			m := message(i, topic, fmt.Sprintf("2%d.50", i%10))
			m.QoS, m.Retained, m.Dup = byte(i%3), i < 5, i%7 == 0
			m.Properties = propertySets()[i%12]
			errs = append(errs, w.Message(&m))
			if i%8 == 7 {
				errs = append(errs, w.Flush())
			}
		}
		errs = append(errs, w.Note(epoch.Add(10*time.Second), "the window was opened"),
			w.Gap(epoch.Add(11*time.Second), recording.Gap{From: epoch, To: epoch.Add(time.Second), Messages: 3, Bytes: 90, Reason: "the disk was too slow"}))
		return errors.Join(errs...)
	})
}
