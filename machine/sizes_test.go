//go:build unix

package machine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"labtop/testkit/oracle"
	"labtop/testkit/pseudo"
)

// sizes are columns and rows that nobody has.
var sizes = [][2]int{{1, 1}, {2, 1}, {1, 50}, {500, 1}, {0, 0}, {0, 50}, {4000, 4000}, {65535, 1}, {1, 65535}, {65535, 65535}}

// mostMiB is how much memory the program may have for whatever size: a picture of
// 65 535 columns alone would need gigabytes.
const mostMiB = 150

func TestSizesAtStart(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			s := start(t, pseudo.Options{Width: size[0], Height: size[1], NoSize: true}, nil, "demo")
			s.Expect("\x1b[?1049h")
			s.Resize(81, 24)
			s.Expect("LAB1")
			if most := memoryMiB(t, s.PID(), "VmHWM"); most > mostMiB {
				t.Errorf("%d MiB", most)
			}
			began := time.Now()
			s.Type("q")
			s.ends(began, 0, soon)
		})
	}
}

// TestSizes changes the size to those that nobody has, and to others a hundred times a
// second. The picture of the last size is right whatever came before.
func TestSizes(t *testing.T) {
	t.Parallel()
	shown := oracle.New(t, 100, 30)
	s := start(t, pseudo.Options{Width: 100, Height: 30, Show: shown}, nil, "demo")
	shown.Wait("LAB1")
	for _, size := range sizes {
		s.Resize(size[0], size[1])
		s.Resize(30, 4)
		s.Expect("enlarge the window")
	}
	random := rand.New(rand.NewPCG(1, 2))
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for range 300 {
		s.Resize(1+random.IntN(200), 1+random.IntN(60))
		<-pace.C
	}
	s.Resize(100, 30)
	s.Type(" ") // a picture that stands still
	shown.Until("is right after the storm", func(state *oracle.State) bool {
		text := state.Text()
		return strings.Contains(state.Rows[0], "labtop") && strings.Contains(state.Rows[1], "DEVICE") && strings.Contains(state.Rows[29], "quit") &&
			strings.Contains(text, "paused") && strings.Count(text, "labtop") == 1 && strings.Count(text, "DEVICE") == 1 && !strings.Contains(text, "enlarge")
	})
	if most := memoryMiB(t, s.PID(), "VmHWM"); most > mostMiB {
		t.Errorf("%d MiB", most)
	}
	began := time.Now()
	s.Type("q")
	s.ends(began, 0, soon)
}
