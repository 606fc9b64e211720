//go:build linux

package load_test

import (
	"testing"

	"labtop/testkit/blast"
)

// TestManyTopics lets very many topics speak, two of each board: the memory of the
// whole process is bounded, what is not tracked is counted exactly, and what is
// tracked goes on. The promises are 150 and 256 MiB; where others use the machine the
// collector comes late, by a fifth in what was seen, and the bars leave room for twice that.
func TestManyTopics(t *testing.T) {
	tests := []struct {
		name   string
		topics int
		// The end of the stream is one topic more.
		shown string
		most  float64 // MiB
	}{
		{"100 000", 100_000, "300 001 messages", 210},
		{"a million", 1_000_000, "2 250 001 not tracked", 360},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := blast.Send(t, blast.Stream{Messages: 3 * tt.topics, Topics: tt.topics})
			d := open(t, 120, 40, "-b", s.Addr, "-t", "#")
			elapsed, err := s.Elapsed()
			if err != nil {
				t.Fatal(err)
			}
			d.shows(tt.shown)
			now, most := d.memory()
			t.Logf("%.0f MiB, %.0f MiB at most; %v, processor %v", now, most, elapsed, d.cpu())
			if most > tt.most {
				t.Errorf("%.0f MiB, want at most %.0f", most, tt.most)
			}
			d.quit()
		})
	}
}
