package model

import (
	"testing"

	"pgregory.net/rapid"
)

func TestRecentAgainstList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.IntRange(1, 20).Draw(t, "messages")
		limit := rapid.IntRange(1, 100).Draw(t, "bytes")
		r := newRecent(messages, limit)
		var all []Message
		for _, size := range rapid.SliceOfN(rapid.IntRange(0, 120), 1, 100).Draw(t, "sizes") {
			m := Message{Topic: string(rune('a' + size%3)), Payload: make([]byte, size), Size: size}
			r.add(&m, m.Topic)
			m.Payload = m.Payload[:min(size, limit-1)]
			all = append(all, m)
			for {
				bytes := 0
				for _, m := range all {
					bytes += len(m.Topic) + len(m.Payload)
				}
				if len(all) <= messages && bytes <= limit {
					break
				}
				all = all[1:]
			}
		}
		held := 0
		for i := range r.ring {
			held += len(r.ring[i].Topic) + len(r.ring[i].Payload)
		}
		if held != r.bytes || r.n != len(all) {
			t.Fatalf("%d messages, %d bytes counted, %d held; want %d messages", r.n, r.bytes, held, len(all))
		}
		for _, topic := range []string{"a", "b", "c", "d"} {
			var want []int
			for i := len(all) - 1; i >= 0; i-- {
				if all[i].Topic == topic {
					want = append(want, all[i].Size)
				}
			}
			got := r.of(topic, len(all))
			if len(got) != len(want) {
				t.Fatalf("%q: %d messages, want %d", topic, len(got), len(want))
			}
			for i := range got {
				if got[i].Size != want[i] {
					t.Errorf("%q: message %d has %d bytes, want %d", topic, i, got[i].Size, want[i])
				}
			}
		}
	})
}

func TestRecentCutsWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	r := newRecent(10, 100)
	r.add(&Message{Payload: make([]byte, 50), Size: 50}, "small")
	r.add(&Message{Payload: make([]byte, 1<<20), Size: 1 << 20}, "large")
	got := r.of("large", 5)
	if len(got) != 1 || len(got[0].Payload) != 95 || cap(got[0].Payload) > 200 || !got[0].Truncated() {
		t.Errorf("got %d messages, want one that is cut", len(got))
	}
	if len(r.of("small", 5)) != 0 {
		t.Error("the bound is exceeded")
	}
}
