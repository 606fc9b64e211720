package decode_test

import (
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/model/decode"
)

// TestWritten takes the age of a stored message out of its payload, and none where that
// does not tell it or cannot be right.
func TestWritten(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 14, 32, 15, 0, time.UTC)
	local := time.Date(2026, 11, 20, 8, 0, 0, 0, time.Local)
	utc := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for payload, want := range map[string]time.Time{
		`{"last_seen":"2026-11-20T08:00:00Z","temperature":21}`: utc,
		`{"last_seen":"2026-11-20T10:00:00.000+02:00"}`:         utc,
		` {"Time":"2026-11-20T08:00:00","BME280":{"T":1}}`:      local,
		`{"time":"2026-11-20 08:00:00","model":"x"}`:            local,
		`{"_type":"lwt","tst":1795161600}`:                      utc,
		`{"last_seen":1795161600000}`:                           utc,
		`{"ts":"1795161600"}`:                                   utc,
		`{"ts":1795161600.5}`:                                   utc.Add(500 * time.Millisecond),
		`{"time":"soon","timestamp":1795161600}`:                utc,
		`{"time":"2027-11-20T08:00:00Z"}`:                       {}, // planned
		`{"time":"1970-01-01T00:00:12Z"}`:                       {}, // never set
		`{"time":12}`:                                           {},
		`{"time":-1}`:                                           {},
		`{"time":1e300}`:                                        {},
		`{"time":null,"ts":{"a":1}}`:                            {},
		`{"a":{"time":"2026-11-20T08:00:00Z"}}`:                 {},
		`online`:                                                {},
		`1795161600`:                                            {},
		``:                                                      {},
		`{"time":"2026-11-20T08:00:00Z"`:                        {},
		`{"time":1795161600,"x":"` + strings.Repeat("x", 1<<17) + `"}`: {},
	} {
		if got := decode.Written([]byte(payload), now); !got.Equal(want) {
			t.Errorf("%.60s: %v, want %v", payload, got, want)
		}
	}
}

// TestWrittenRetained tells it of stored messages only.
func TestWrittenRetained(t *testing.T) {
	t.Parallel()
	c, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, retained := range []bool{true, false} {
		var out model.Decoded
		c.Decoder("iotclass/lab1/config").Decode(&model.Message{
			Topic: "iotclass/lab1/config", Payload: []byte(`{"ts":1795161600}`), Size: 17, Retained: retained, Time: time.Unix(1795200000, 0),
		}, &out)
		if out.Written.IsZero() == retained {
			t.Errorf("retained %v: %v", retained, out.Written)
		}
	}
}
