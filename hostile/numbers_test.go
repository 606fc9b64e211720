package hostile_test

import (
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/model/decode"
	"labtop/testkit/oracle"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// tricks are payloads that some reader of numbers falls for: what is not finite, not
// decimal, or costs more than it is worth.
func tricks() map[string]string {
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	return map[string]string{
		"+Inf": "+Inf", "-inf": "-inf", "infinity": "Infinity", "nan": "nan", "-NaN": "-NaN", "nan(1)": "nan(0x1)", "1.#QNAN": "1.#QNAN",
		"hexadecimal": "0x1p9999", "hexadecimal small": "0x10", "octal": "0o17", "binary": "0b1", "underscores": "1_000",
		"1e999": "1e999", "-1e999": "-1e999", "1e-999": "1e-999", "largest": "1.7976931348623157e308", "smallest": "4.9e-324", "minus zero": "-0",
		"arabic digits": "١٢", "wide digits": "１２", "superscript": "2²", "minus sign": "−5", "thousands": "1.234.567,89",
		"1 MiB of digits": strings.Repeat("7", 1<<20), "1 MiB of zeros": strings.Repeat("0", 1<<20), "1 MiB behind the point": "0." + strings.Repeat("3", 1<<20),
		"1 MiB exponent": "1e" + strings.Repeat("9", 1<<20), "1 MiB in JSON": `{"t":` + strings.Repeat("7", 1<<20) + `}`,
		"depth 100000": deep, "depth 1 MiB": strings.Repeat("[", 1<<20), "many members": `{` + strings.Repeat(`"a":1,`, 100_000) + `"a":1}`,
		"many values": "[" + strings.Repeat("1,", 300_000) + "1]", "many pairs": strings.Repeat("a=1,", 200_000) + "a=1", "many blanks": strings.Repeat(" ", 1<<20),
		"JSON 1e999": `{"t":1e999}`, "JSON NaN": `{"t":NaN}`, "JSON duplicate": `{"t":1,"t":1e999,"t":2}`, "escapes": `{"t":"` + strings.Repeat(`\u0031`, 100_000) + `"}`,
	}
}

// TestNumberTricks: what is read of them is finite, costs a bounded time, and the chart
// of it is a picture like any other.
func TestNumberTricks(t *testing.T) {
	t.Parallel()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, payload := range tricks() {
		t.Run(name, func(t *testing.T) {
			decoder := conventions.Decoder("iotclass/lab1/temperature")
			m := model.Message{Topic: "iotclass/lab1/temperature", Payload: []byte(payload), Size: len(payload)}
			var out model.Decoded
			best := time.Hour
			for range 5 {
				out.Reset()
				start := time.Now()
				decoder.Decode(&m, &out)
				best = min(best, time.Since(start))
			}
			// A millisecond for any message, and what it takes to read a large one once; ten
			// times of both for slow machines and the race detector.
			if budget := 10 * (time.Millisecond + time.Duration(len(payload))*100*time.Nanosecond); best > budget {
				t.Errorf("%d bytes took %v, the budget is %v", len(payload), best, budget)
			}
			for _, r := range out.Readings {
				if math.IsNaN(r.Value.Num) || math.IsInf(r.Value.Num, 0) {
					t.Errorf("%+v", r.Value)
				}
			}
			s := newScene()
			s.messages = nil
			for _, value := range []string{"1", payload, "2", payload} {
				s.say(m.Topic, value)
			}
			checkChart(t, s)
		})
	}
}

func checkChart(t *testing.T, s *scene) {
	t.Helper()
	for _, size := range []tea.WindowSizeMsg{{Width: 120, Height: 40}, {Width: 40, Height: 8}, {Width: ui.MaxWidth, Height: ui.MaxHeight}} {
		v := show(t, place{width: size.Width, height: size.Height, keys: []string{"enter"}}, s)
		if err := viewer.Fits(v.Frame(), size.Width, size.Height); err != nil {
			t.Error(err)
		}
		if found := oracle.ScanFrame([]byte(v.Frame())); len(found) > 0 {
			t.Error(found)
		}
	}
}
