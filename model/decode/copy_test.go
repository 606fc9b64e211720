package decode_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
	"labtop/model/decode"
)

// drawPayloads draws payloads whose members come and go, more than a decoder remembers.
func drawPayloads(t *rapid.T, name string) []string {
	text := rapid.Custom(func(t *rapid.T) string {
		key := rapid.SampledFrom([]string{"a", "b", "c", "value", "", `A`, "temp", "tempUnit"})
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			return fmt.Sprintf("%s=1,%s=2", key.Draw(t, "key"), key.Draw(t, "key"))
		case 1:
			return fmt.Sprintf("[1,[%d,2],{%q:3}]", rapid.IntRange(0, 9).Draw(t, "n"), key.Draw(t, "key"))
		case 2:
			return `{"` + key.Draw(t, "key") + `":` + `{"` + key.Draw(t, "key") + `":1,"` + key.Draw(t, "key") + `":"C"}}`
		}
		return "22.5"
	})
	return rapid.SliceOfN(text, 0, 12).Draw(t, name)
}

// TestCopy: a copy reads what comes next as the decoder would have, and neither knows
// what the other has read.
func TestCopy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		conventions, err := decode.New(decode.Options{MaxPaths: rapid.IntRange(1, 12).Draw(t, "paths")})
		if err != nil {
			t.Fatal(err)
		}
		before, lost, after := drawPayloads(t, "before"), drawPayloads(t, "lost"), drawPayloads(t, "after")
		read := func(d model.Decoder, payloads []string) (all []model.Decoded) {
			for _, p := range payloads {
				var out model.Decoded
				d.Decode(&model.Message{Topic: "dev/1/sensor", Payload: []byte(p), Size: len(p)}, &out)
				all = append(all, out)
			}
			return all
		}
		want, got := conventions.Decoder("dev/1/sensor"), conventions.Decoder("dev/1/sensor")
		read(want, before)
		read(got, before)
		copied := got.Copy()
		read(got, lost)
		again := copied.Copy()
		wanted := read(want, after)
		for _, d := range []model.Decoder{copied, again} {
			if diff := cmp.Diff(wanted, read(d, after)); diff != "" {
				t.Fatal("a copy (-want +got):\n" + diff)
			}
		}
	})
}
