package decode_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"labtop/model"
	"labtop/model/decode"
)

// TestNumbers: every finite float, in each of Go's formats, is read as itself.
func TestNumbers(t *testing.T) {
	t.Parallel()
	d := conventions(t, decode.Options{}).Decoder("a/b")
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "value")
		format := rapid.SampledFrom([]byte("eEfgG")).Draw(t, "format")
		precision := rapid.SampledFrom([]int{-1, -1, 2, 6, 17}).Draw(t, "precision")
		s := strconv.FormatFloat(v, format, precision, 64)
		want, _ := strconv.ParseFloat(s, 64)
		if math.IsInf(want, 0) {
			t.Skip("rounded up to infinity")
		}
		var out model.Decoded
		for _, payload := range []string{s, "  " + s + "\r\n", strings.Replace(s, ".", ",", 1), `"` + s + `"`} {
			out.Reset()
			d.Decode(&model.Message{Payload: []byte(payload)}, &out)
			if len(out.Readings) != 1 || out.Readings[0].Value != (model.Value{Kind: model.Number, Num: want}) {
				t.Fatalf("%q is %+v", payload, out.Readings)
			}
		}
	})
}

// TestDigits compares every text made of a number's characters with the standard library.
func TestDigits(t *testing.T) {
	t.Parallel()
	d := conventions(t, decode.Options{}).Decoder("a/b")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[-+]?[0-9.]{1,30}([eE][-+]?[0-9]{1,3})?`).Draw(t, "text")
		want, err := strconv.ParseFloat(s, 64)
		var out model.Decoded
		d.Decode(&model.Message{Payload: []byte(s)}, &out)
		got := out.Readings[0].Value
		if err == nil && got != (model.Value{Kind: model.Number, Num: want}) || err != nil && got.Kind == model.Number {
			t.Fatalf("%q is %+v, want %v, %v", s, got, want, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, payload := range []string{
		"", " ", "{'t':1}", `{"t":NaN,"h":1}`, "\x1b[31mred", " 22.50", "21,5 °C", "22.5;45.3", "Temp=22.5,Hum=45", "nan", "ON", "online", "-60dBm", "1e999", "0x1p9999", "\xff\xd8\xff",
		tasmota, `{"value":21.5,"unit":"C"}`, `{"a":1,"\u0061":2,"a":{"b":[1,{"c":null}]}}`, `{"tUnit":"C","t":1,"t":2}`, `[[[[1]]],"\"\\"]`,
		`{"a.b":1,"a":{"b":2}}`, `{"_type":"lwt"}`, `{"state":"online"}`, `"quoted"`, `{"": {"": 1}}`, "{\"\xff\":1}", "\ufeff{}", "a=1;a=2",
		strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70),
	} {
		for _, topic := range []string{"iotclass/lab1/temperature", "a/status", "homie/x/$state", "x/wind_km_h", "/", "$SYS/x"} {
			f.Add(topic, []byte(payload), []byte(`{"a":{"b":1}}`))
		}
	}
	f.Fuzz(func(t *testing.T, topic string, payload, second []byte) {
		o := decode.Options{MaxLeaves: 20, MaxPaths: 40, MaxDepth: 8, GuessUnits: true}
		d := conventions(t, o).Decoder(topic)
		if r := d.Route(); topic != "" && (r.Device == "" || r.Name == "" || r.Metric == "" || r.Label == "") {
			t.Fatalf("route %+v", r)
		}
		var first, out model.Decoded
		start := time.Now()
		for _, p := range [][]byte{payload, second, payload} {
			m := model.Message{Topic: topic, Payload: bytes.Clone(p), Size: len(p)}
			out.Reset()
			d.Decode(&m, &out)
			if !bytes.Equal(m.Payload, p) {
				t.Fatal("the payload was changed")
			}
			checkDecoded(t, &out, p)
			printable := len(p) > 0 && utf8.Valid(p) && bytes.IndexByte(p, 0) < 0
			if printable && len(out.Readings) == 0 && d.Route().Class != model.Command {
				t.Fatalf("nothing to show of %q", p)
			}
			if first.Readings == nil {
				first = model.Decoded{Readings: append([]model.Reading{}, out.Readings...)}
			}
		}
		if took := time.Since(start); took > 10*time.Second+time.Duration(len(payload)+len(second))*time.Microsecond {
			t.Fatalf("%d bytes took %v", len(payload)+len(second), took)
		}
	})
}

// checkDecoded checks what holds for any message.
func checkDecoded(t *testing.T, out *model.Decoded, payload []byte) {
	t.Helper()
	if len(out.Readings) > 20 {
		t.Fatalf("%d readings", len(out.Readings))
	}
	for _, r := range out.Readings {
		if out.Undecodable && (len(out.Readings) > 1 || r.Path != "" || r.Value.Kind != model.Text) {
			t.Fatalf("%+v from an undecodable payload", out.Readings)
		}
	}
	paths := make(map[string]bool)
	for _, r := range out.Readings {
		if paths[r.Path] || !utf8.ValidString(r.Path) || len(r.Path) > 256 {
			t.Fatalf("path %q", r.Path)
		}
		paths[r.Path] = true
		if r.Value.Kind > model.Text || math.IsNaN(r.Value.Num) || math.IsInf(r.Value.Num, 0) {
			t.Fatalf("value %+v", r.Value)
		}
		if !r.Value.Plottable() && r.Value.Num != 0 || r.Value.Kind == model.Bool && r.Value.Num != 0 && r.Value.Num != 1 {
			t.Fatalf("value %+v", r.Value)
		}
		if len(r.Raw) > 1024 {
			t.Fatalf("%d bytes of text", len(r.Raw))
		}
		if (r.Unit == "") != (r.UnitSource == model.UnitNone) || r.Unit != "" && r.Value.Kind != model.Number || len(r.Unit) > 48 {
			t.Fatalf("unit %q from %d", r.Unit, r.UnitSource)
		}
	}
	text := bytes.TrimRight(payload, "\x00 \t\r\n") // what a string in C may end with
	if bytes.HasPrefix(text, []byte("{")) && !json.Valid(text) && !out.Undecodable && !out.Unread {
		t.Fatalf("%q is not undecodable", payload)
	}
}
