package decode_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	run(t, "lab/x/reading", []testCase{
		{"nested", `{"BME280":{"Temperature":21.3,"DewPoint":8.9},"n":1}`, []model.Reading{
			plain("BME280.Temperature", 21.3, "21.3"), plain("BME280.DewPoint", 8.9, "8.9"), plain("n", 1, "1"),
		}},
		{"array", `{"voltage":[230.1, 231]}`, []model.Reading{plain("voltage[0]", 230.1, "230.1"), plain("voltage[1]", 231, "231")}},
		{"array at the top", `[1,[2],{"a":3}]`, []model.Reading{plain("[0]", 1, "1"), plain("[1][0]", 2, "2"), plain("[2].a", 3, "3")}},
		{"blanks everywhere", " {\n \"a\" : [ 1 , 2 ] ,\t\"b\" : { } , \"c\" : -1e-3 } ", []model.Reading{
			plain("a[0]", 1, "1"), plain("a[1]", 2, "2"), plain("c", -0.001, "-1e-3"),
		}},
		{"byte order mark", "\ufeff{\"a\":1}", one(plain("a", 1, "1"))},
		{"empty object", `{}`, one(text("", "{}"))},
		{"empty array", `[]`, one(text("", "[]"))},
		{"nothing within", `{"a":[{}]}`, one(text("", `{"a":[{}]}`))},
		{"duplicate keys", `{"a":1,"b":2,"a":3}`, []model.Reading{plain("a", 3, "3"), plain("b", 2, "2")}},
		{"duplicate by escape", `{"a":1,"\u0061":3}`, one(plain("a", 3, "3"))},
		{"duplicate by path", `{"a.b":1,"a":{"b":3}}`, one(plain("a.b", 3, "3"))},
		{"key with colon and blank", `{"switch:0":{"a power":1}}`, one(plain("switch:0.a power", 1, "1"))},
		{"empty key", `{"":1}`, one(plain("", 1, "1"))},
		{"brackets in strings", `{"a":"}],\"","b":1}`, []model.Reading{text("a", `}],"`), plain("b", 1, "1")}},
		{"backslash before the quote", `{"a":"x\\","b":"\\\""}`, []model.Reading{text("a", `x\`), text("b", `\"`)}},
		{"escapes", `{"unit text":"\u00b0C \ud83d\ude00\n"}`, one(text("unit text", "°C 😀"))},

		{"true", `{"a":true,"b":false}`, []model.Reading{boolean("a", true, "true"), boolean("b", false, "false")}},
		{"null", `{"a":null}`, one(none("a", "null"))},
		{"words", `{"a":"ON","b":"closed","c":"nan","d":"","e":"unavailable"}`, []model.Reading{
			boolean("a", true, "ON"), boolean("b", false, "closed"), none("c", "nan"), none("d", ""), none("e", "unavailable"),
		}},
		{"2^53", `{"a":9007199254740992}`, one(plain("a", 9007199254740992, "9007199254740992"))},
		{"beyond 2^53", `{"a":9007199254740993}`, one(text("a", "9007199254740993"))},
		{"beyond 2^53 below zero", `{"a":-9007199254740993}`, one(text("a", "-9007199254740993"))},
		{"64 bits", `{"a":18446744073709551615}`, one(text("a", "18446744073709551615"))},
		{"large float", `{"a":1e20}`, one(plain("a", 1e20, "1e20"))},
		{"not finite", `{"a":1e999}`, one(text("a", "1e999"))},
		{"number of 64 KiB", `{"a":` + strings.Repeat("7", decode.MaxRead-6) + `}`, one(text("a", strings.Repeat("7", 1024)))},

		{"number in a string", `{"a":"21.5"}`, one(plain("a", 21.5, "21.5"))},
		{"blanks in a string", `{"a":" 21.5 "}`, one(plain("a", 21.5, "21.5"))},
		{"small exponent in a string", `{"a":"1.5e-3"}`, one(plain("a", 0.0015, "1.5e-3"))},
		{"leading zeros in a string", `{"a":"007","b":"-01","c":"0.5","d":"0"}`, []model.Reading{
			text("a", "007"), text("b", "-01"), plain("c", 0.5, "0.5"), plain("d", 0, "0"),
		}},
		{"hexadecimal ids", `{"a":"12E45F","b":"12E45","c":"0x12"}`, []model.Reading{text("a", "12E45F"), text("b", "12E45"), text("c", "0x12")}},
		{"large integer in a string", `{"a":"9007199254740993"}`, one(text("a", "9007199254740993"))},
		{"decimal comma in a string", `{"a":"21,5"}`, one(text("a", "21,5"))},

		{"ids", `{"id":1,"mac":"112233445566","serial":12,"device_id":3,"deviceId":4,"idx":5,"uuid":"6","sw_version":"1.10"}`, []model.Reading{
			text("id", "1"), text("mac", "112233445566"), text("serial", "12"), text("device_id", "3"), text("deviceId", "4"),
			text("idx", "5"), text("uuid", "6"), text("sw_version", "1.10"),
		}},
		{"no ids", `{"humid":1,"grid":2,"paid":3,"version2":4}`, []model.Reading{
			plain("humid", 1, "1"), plain("grid", 2, "2"), plain("paid", 3, "3"), plain("version2", 4, "4"),
		}},
		{"times", `{"Time":"2024-01-01T12:00:00","ts":1631266595.43,"tst":1700000000,"last_seen":1700000000000,"timestamp":"1700000000"}`, []model.Reading{
			text("Time", "2024-01-01T12:00:00"), text("ts", "1631266595.43"), text("tst", "1700000000"),
			text("last_seen", "1700000000000"), text("timestamp", "1700000000"),
		}},
		{"null id", `{"id":null}`, one(none("id", "null"))},
		{"long text", `{"a":"` + strings.Repeat("é", 600) + `"}`, one(text("a", strings.Repeat("é", 512)))},

		{"units of two values", `{"t":21.5,"h":45,"unit":"C"}`, []model.Reading{plain("t", 21.5, "21.5"), plain("h", 45, "45"), text("unit", "C")}},
		{"units by name", `{"t":21.5,"tUnit":"C","p":5,"p_unit":"hPa","n":"x"}`, []model.Reading{
			num("t", 21.5, "21.5", "°C", model.UnitDeclared), num("p", 5, "5", "hPa", model.UnitDeclared), text("n", "x"),
		}},
		{"unit in each element", `[{"v":1,"u":"V"},{"v":2,"u":"A"}]`, []model.Reading{
			num("[0].v", 1, "1", "V", model.UnitDeclared), num("[1].v", 2, "2", "A", model.UnitDeclared),
		}},
		{"unit of a member given twice", `{"v":1,"v":2,"unit":"V"}`, one(num("v", 2, "2", "V", model.UnitDeclared))},
		{"unit of nothing", `{"TempUnit":"C","u":"V"}`, []model.Reading{text("TempUnit", "C"), text("u", "V")}},
		{"voltage called u", `{"u":230,"i":5}`, []model.Reading{plain("u", 230, "230"), plain("i", 5, "5")}},
		{"unit that is too long", `{"v":1,"unit":"a very long unit indeed"}`, one(plain("v", 1, "1"))},
		{"value beside an id and a time", `{"id":7,"ts":1,"v":2,"unit":"V"}`, []model.Reading{
			text("id", "7"), text("ts", "1"), num("v", 2, "2", "V", model.UnitDeclared),
		}},
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf(`"k%d":{"a":[%d,"x"],"b":{}}`, i, i))
	}
	nest := func(n int) string { return strings.Repeat(`[`, n) + "1" + strings.Repeat(`]`, n) }
	cases := []struct {
		name, payload     string
		options           decode.Options
		readings, skipped int
	}{
		{"leaves", `[` + strings.Repeat("1,", 999) + `2]`, decode.Options{}, 256, 744},
		{"few leaves", `[1,2,3]`, decode.Options{MaxLeaves: 2}, 2, 1},
		{"depth allowed", nest(64), decode.Options{}, 1, 0},
		{"depth", nest(65), decode.Options{}, 1, 1},
		{"deep beside shallow", `{"a":` + nest(200) + `,"b":2}`, decode.Options{}, 1, 1},
		{"depth of json itself", nest(9000), decode.Options{}, 1, 1},
		{"skipped leaves are counted", `{"a":{"b":{"c":[1,"x",null,{"d":true,"e":{}}]}}}`, decode.Options{MaxDepth: 2}, 1, 4},
		{"paths", "{" + strings.Join(many, ",") + "}", decode.Options{MaxPaths: 5}, 2, 598},
		{"long key", `{"` + strings.Repeat("k", 257) + `":1,"a":2}`, decode.Options{}, 1, 1},
		{"long path", `{"` + strings.Repeat("k", 200) + `":{"` + strings.Repeat("k", 200) + `":[1,2]},"a":2}`, decode.Options{}, 1, 2},
		{"pairs", "a=1,b=2,c=3", decode.Options{MaxLeaves: 2}, 2, 1},
		{"pair paths", "a=1,b=2,c=3", decode.Options{MaxPaths: 2}, 2, 1},
		{"open brackets", strings.Repeat("[", 1<<20), decode.Options{}, 1, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decodeOne(t, c.options, "a/b", c.payload)
			if got.Undecodable || len(got.Readings) != c.readings || got.Skipped != c.skipped {
				t.Errorf("undecodable %v, %d readings, %d skipped; want %d, %d", got.Undecodable, len(got.Readings), got.Skipped, c.readings, c.skipped)
			}
		})
	}
}

// TestTooDeep: JSON of which nothing is read is shown as it came.
func TestTooDeep(t *testing.T) {
	t.Parallel()
	payload := strings.Repeat(`{"a":`, 200) + "21.5" + strings.Repeat("}", 200)
	got := decodeOne(t, decode.Options{}, "a/b", payload)
	if got.Undecodable || got.Skipped != 1 {
		t.Errorf("undecodable %v, %d skipped", got.Undecodable, got.Skipped)
	}
	if diff := cmp.Diff(one(text("", payload[:1024])), got.Readings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInventedKeys sends new keys for ever: the decoder's memory stays bounded,
// and what it knows goes on.
func TestInventedKeys(t *testing.T) {
	t.Parallel()
	d := conventions(t, decode.Options{MaxPaths: 50}).Decoder("a/b")
	var out model.Decoded
	skipped := 0
	for i := range 1000 {
		out.Reset()
		d.Decode(&model.Message{Payload: fmt.Appendf(nil, `{"t":%d,"key%d":1}`, i, i)}, &out)
		if len(out.Readings) == 0 || out.Readings[0].Path != "t" {
			t.Fatalf("message %d: %+v", i, out.Readings)
		}
		skipped += out.Skipped
	}
	if skipped != 1000-49 {
		t.Errorf("%d skipped", skipped)
	}
}

func TestSamePath(t *testing.T) {
	t.Parallel()
	d := conventions(t, decode.Options{}).Decoder("a/b")
	first, second := decodePaths(d, `{"a":{"b":[1,2]},"c":3}`), decodePaths(d, `{"c":3,"x":0,"a":{"y":9,"b":[1,2]}}`)
	for path, data := range first {
		if second[path] != data {
			t.Errorf("%q is another string the second time", path)
		}
	}
	if len(first) != 3 || len(second) != 5 {
		t.Errorf("paths %v and %v", first, second)
	}
}

// decodePaths returns the paths of a payload with their place in memory.
func decodePaths(d model.Decoder, payload string) map[string]*byte {
	var out model.Decoded
	d.Decode(&model.Message{Payload: []byte(payload)}, &out)
	paths := make(map[string]*byte)
	for _, r := range out.Readings {
		paths[r.Path] = unsafe.StringData(r.Path)
	}
	return paths
}

func TestAllocations(t *testing.T) {
	cases := []struct{ name, topic, payload string }{
		{"bare", "iotclass/lab1/temperature", " 22.50"},
		{"unit", "iotclass/lab1/temperature", "22.50 °C"},
		{"word", "home/kitchen/light/state", "ON"},
		{"presence", "iotclass/lab1/status", "online"},
		{"pairs", "a/b", "Temp=22.5,Hum=45%"},
		{"json", "tele/plug/SENSOR", tasmota},
		{"json with unit", "a/b", `{"value":21.5,"unit":"C"}`},
		{"json with unknown unit", "a/b", `{"value":21.5,"unit":"furlong"}`},
		{"json presence", "a/status", `{"state":"online"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := conventions(t, decode.Options{}).Decoder(c.topic)
			m := model.Message{Topic: c.topic, Payload: []byte(c.payload)}
			var out model.Decoded
			d.Decode(&m, &out)
			// The race detector lets the pool of encoding/json lose some, by chance.
			allocs := 1.0
			for try := 0; try < 5 && allocs != 0; try++ {
				allocs = testing.AllocsPerRun(100, func() {
					out.Reset()
					d.Decode(&m, &out)
				})
			}
			if allocs != 0 {
				t.Errorf("%v allocations, want none", allocs)
			}
		})
	}
}
