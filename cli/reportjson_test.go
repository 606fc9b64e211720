package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// reportedStore is a store with some devices, one of which has many metrics, and one a
// name made to look like a part of a report.
func reportedStore(t *testing.T, devices int) *model.Store {
	t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	at := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	say := func(topic, payload string) {
		store.Apply([]model.Message{{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: at}})
	}
	for i := range devices {
		say(fmt.Sprintf("iotclass/lab%d/temperature", i), "22.5")
	}
	for i := range min(devices, 700) {
		say(fmt.Sprintf("lab/many/%d", i), "<&>")
	}
	if devices > 1 {
		say(`lab/x", "devices": [], "metrics": []/y`, `"metrics": []`)
	}
	store.Tick(at, model.SourceStats{})
	return store
}

// TestReportIsPlainJSON: what is printed device by device is what encoding/json prints of
// the whole.
func TestReportIsPlainJSON(t *testing.T) {
	t.Parallel()
	for _, devices := range []int{0, 1, 2, 1000} {
		store := reportedStore(t, devices)
		standing := func(k model.Key) alerts.Standing {
			if k.Device == "iotclass/lab1" {
				return alerts.Standing{Severity: alerts.Critical}
			}
			return alerts.Standing{}
		}
		m := &moment{status: store.Status(), devices: store.Listing(true), standing: standing}
		r := newReport("here", m.status.Now, m)
		var got, want bytes.Buffer
		if err := writeReport(&got, &r, m.devices, standing); err != nil {
			t.Fatal(err)
		}
		for d, metrics := range m.devices {
			one := newReportDevice(&d)
			for metric := range metrics {
				one.Metrics = append(one.Metrics, newReportMetric(&metric, standing(keyOf(&d, &metric))))
			}
			r.Devices = append(r.Devices, one)
		}
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%d devices: %s", devices, diff)
		}
	}
}

// TestReportNeedsLittleMemory: a report of very many devices needs little more memory
// than they do. It looks at the whole process and so is not parallel.
func TestReportNeedsLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	store := reportedStore(t, 50_000)
	m := &moment{status: store.Status(), devices: store.Listing(false), standing: func(model.Key) alerts.Standing { return alerts.Standing{} }}
	r := newReport("here", m.status.Now, m)
	before := heapInUse()
	most := int64(0)
	watch := writerFunc(func(p []byte) (int, error) {
		if n := heapInUse(); n > most {
			most = n
		}
		return len(p), nil
	})
	// Some writes of many, for each look takes a collection.
	if err := writeReport(&seldom{to: watch, every: 100}, &r, m.devices, m.standing); err != nil {
		t.Fatal(err)
	}
	if grown := (most - before) >> 10; grown > 4<<10 {
		t.Errorf("it needed %d KiB", grown)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// seldom hands over one write of many.
type seldom struct {
	to       io.Writer
	every, n int
}

func (s *seldom) Write(p []byte) (int, error) {
	if s.n++; s.n%s.every == 0 {
		return s.to.Write(p)
	}
	return len(p), nil
}

// failing fails after so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

// TestReportThatCannotBePrinted is told of, wherever it fails.
func TestReportThatCannotBePrinted(t *testing.T) {
	t.Parallel()
	store := reportedStore(t, 1000)
	m := &moment{status: store.Status(), devices: store.Listing(true), standing: func(model.Key) alerts.Standing { return alerts.Standing{} }}
	r := newReport("here", m.status.Now, m)
	for _, left := range []int{0, 1, 100_000, 300_000} {
		if err := writeReport(&failing{left}, &r, m.devices, m.standing); err == nil {
			t.Errorf("no error after %d bytes", left)
		}
	}
}

// TestReportConfirmsPresence: a presence that only a stored message tells is not confirmed
// before the device has spoken, and an unknown one never.
func TestReportConfirmsPresence(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		d    model.Device
		want bool
	}{
		{"unknown", model.Device{Presence: model.Unknown, LastSeen: at}, false},
		{"a stored word", model.Device{Presence: model.Online, PresenceRetained: true}, false},
		{"a stored word of a device that speaks", model.Device{Presence: model.Online, PresenceRetained: true, LastSeen: at}, true},
		{"its own word", model.Device{Presence: model.Offline, LastSeen: at}, true},
	} {
		if got := newReportDevice(&tt.d).PresenceConfirmed; got != tt.want {
			t.Errorf("%s: confirmed is %v", tt.name, got)
		}
	}
}
