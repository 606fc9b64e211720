package decode_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/model/decode"
)

// TestUnread has payloads that are too large for their parts to be read. Each is one text.
func TestUnread(t *testing.T) {
	t.Parallel()
	fits := `{"a":"` + strings.Repeat("x", decode.MaxRead-8) + `"}`
	tests := []struct {
		name, payload string
		unread        bool
		path          string // of the first reading
	}{
		{"JSON that fits", fits, false, "a"},
		{"blanks around it do not count", strings.Repeat(" ", 1000) + fits, false, "a"},
		{"JSON", `{"a":"x` + fits[6:], true, ""},
		{"an array", "[1" + strings.Repeat(",1", decode.MaxRead/2) + "]", true, ""},
		{"no JSON, as far as one sees", `{"a":` + fits, true, ""},
		{"a list", "a=1" + strings.Repeat(",b=1", decode.MaxRead/4), false, ""},
		{"text", "it is" + strings.Repeat(" long", decode.MaxRead/4), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out model.Decoded
			conventions(t, decode.Options{}).Decoder("lab/x/data").Decode(&model.Message{Payload: []byte(tt.payload), Size: len(tt.payload)}, &out)
			if out.Unread != tt.unread || out.Undecodable || len(out.Readings) != 1 || out.Readings[0].Path != tt.path {
				t.Fatalf("unread %v, undecodable %v, %d readings", out.Unread, out.Undecodable, len(out.Readings))
			}
			if r := out.Readings[0]; r.Value.Kind != model.Text || len(r.Raw) != 1024 {
				t.Errorf("%v of %d bytes", r.Value, len(r.Raw))
			}
		})
	}
}

// TestManyTries has more values than are looked at: what is left out is counted.
func TestManyTries(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"JSON": `{"a":1` + strings.Repeat(`,"a":2`, 5000) + `,"b":{"c":[1,2]}}`,
		"list": "a=1" + strings.Repeat(",a=2", 5000) + ",b=1,c=2",
	} {
		var out model.Decoded
		conventions(t, decode.Options{}).Decoder("lab/x/data").Decode(&model.Message{Payload: []byte(payload), Size: len(payload)}, &out)
		if len(out.Readings) != 1 || out.Readings[0].Value.Num != 2 || out.Skipped != 5003-1024 {
			t.Errorf("%s: %d readings, %d skipped", name, len(out.Readings), out.Skipped)
		}
	}
}

// TestLongStrings cuts strings with escapes, never within one.
func TestLongStrings(t *testing.T) {
	t.Parallel()
	for _, each := range []string{"x", `\b`, `\"`, `\\`, `\u00b0`, `\ud83d\ude00`, "ö", `😀`} {
		for shift := range 13 {
			payload := `{"a":"` + strings.Repeat("y", shift) + strings.Repeat(each, 30_000/len(each)) + `","b":1}`
			var out model.Decoded
			conventions(t, decode.Options{}).Decoder("lab/x/data").Decode(&model.Message{Payload: []byte(payload), Size: len(payload)}, &out)
			if len(out.Readings) != 2 || out.Readings[1].Value.Num != 1 {
				t.Fatalf("%s: %+v", each, out.Readings)
			}
			if raw := out.Readings[0].Raw; len(raw) < 1020 || len(raw) > 1024 || strings.Contains(string(raw), "�") {
				t.Errorf("%s: %d bytes, %q", each, len(raw), raw[len(raw)-9:])
			}
			alone := payload[len(`{"a":`) : len(payload)-len(`,"b":1}`)]
			out.Reset()
			conventions(t, decode.Options{}).Decoder("lab/x/data").Decode(&model.Message{Payload: []byte(alone), Size: len(alone)}, &out)
			if len(out.Readings) != 1 || out.Undecodable || len(out.Readings[0].Raw) < 1020 {
				t.Errorf("%s, %d before it, as the whole payload: %d readings, undecodable %v", each, shift, len(out.Readings), out.Undecodable)
			}
		}
	}
}

// TestWorkIsBounded takes the time of payloads that are much work, and for each beside it
// that of a look at half a MiB of JSON, which is as slow where the machine is: none takes
// five times as long. It is half as long at most, and twice with the race detector; the
// benchmark tells more.
func TestWorkIsBounded(t *testing.T) {
	look := []byte(large(1 << 19)[0].payload)
	for _, size := range []int{decode.MaxRead, 1 << 20} {
		for _, l := range large(size) {
			d := conventions(t, decode.Options{}).Decoder("home/a/data")
			m := model.Message{Payload: []byte(l.payload), Size: len(l.payload)}
			best, once := time.Hour, time.Hour
			for range 10 {
				var out model.Decoded
				start := time.Now()
				d.Decode(&m, &out)
				decoded := time.Now()
				json.Valid(look)
				best, once = min(best, decoded.Sub(start)), min(once, time.Since(decoded))
			}
			if best > 5*once {
				t.Errorf("%s of %d bytes: %v, and the look %v", l.name, size, best, once)
			}
		}
	}
}
