package decode_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"labtop/model"
	"labtop/model/decode"
)

// TestTreeBytes holds what decoders say that they have learned to the memory that it takes,
// with few and with many places on each of many topics, and has those that find no memory
// take none. It looks at the whole process and so is not parallel.
func TestTreeBytes(t *testing.T) {
	for _, test := range []struct {
		topics, places int
		full           bool
	}{{10_000, 1, false}, {10_000, 5, false}, {3000, 20, false}, {300, 200, false}, {10_000, 5, true}} {
		conventions, err := decode.New(decode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		decoders := make([]model.Decoder, test.topics)
		for i := range decoders {
			decoders[i] = conventions.Decoder(fmt.Sprintf("iotclass/lab%d/all", i))
		}
		before, said := heap(), 0
		for i, d := range decoders {
			var members []string
			for j := range test.places {
				members = append(members, fmt.Sprintf(`"key%d":1`, i*test.places+j))
			}
			out := model.Decoded{Full: test.full}
			d.Decode(&model.Message{Payload: []byte("{" + strings.Join(members, ",") + "}")}, &out)
			said += out.Learned
		}
		is := heap() - before
		t.Logf("%+v: %d bytes a topic, said to be %d", test, is/test.topics, said/test.topics)
		// There are some bytes of the runtime's own, and the race detector adds to each piece.
		if room := 64 * test.topics; is > said*3/2+room || said > is*3/2+room {
			t.Errorf("%+v: %d bytes, said to be %d", test, is, said)
		}
		runtime.KeepAlive(decoders)
	}
}

// heap is how many bytes of it are in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
