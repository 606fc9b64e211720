package recording_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"labtop/recording"
)

// TestCutAnywhere cuts a recording at every byte: it reads as the longest prefix
// of whole chunks, and says that it was cut unless nothing is missing.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	file := lab(t)
	whole, _, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := texts(whole)
	before := 0
	for n := range file {
		entries, health, err := read(file[:n])
		if err != nil {
			if n >= 8 {
				t.Fatalf("cut at %d: %v", n, err)
			}
			continue
		}
		if health.Damaged != 0 && health.Cut || health.Lost != 0 {
			t.Fatalf("cut at %d: %+v", n, health)
		}
		if health.Cut == (len(entries) == len(whole)) {
			t.Fatalf("cut at %d: %d of %d entries, %+v", n, len(entries), len(whole), health)
		}
		if len(entries) < before {
			t.Fatalf("cut at %d: %d entries, and %d before", n, len(entries), before)
		}
		before = len(entries)
		for i := range entries {
			if got := text(&entries[i]); got != want[i] {
				t.Fatalf("cut at %d: entry %d is %s", n, i, got)
			}
		}
	}
	if before != len(whole) {
		t.Errorf("%d of %d entries in the longest", before, len(whole))
	}
}

// TestCutInTheLast64KiB cuts a larger recording, of binary payloads, within its last 64
// KiB: at every byte when LABTOP_EVERY_BYTE is set, else at every eleventh.
func TestCutInTheLast64KiB(t *testing.T) {
	t.Parallel()
	noise := rand.New(rand.NewPCG(1, 2))
	file := written(t, func(w *recording.Writer) error {
		for i := range 1000 {
			payload := make([]byte, 80+i%40)
			for i := range payload {
				payload[i] = byte(noise.Uint32())
			}
			m := message(i, fmt.Sprintf("lab/%d", i%9), string(payload))
			if err := w.Message(&m); err != nil {
				return err
			}
			if i%50 == 49 {
				if err := w.Flush(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	whole, _, err := read(file)
	if err != nil || len(file) < 80<<10 {
		t.Fatalf("%d bytes, %v", len(file), err)
	}
	before, step := 0, 11
	if os.Getenv("LABTOP_EVERY_BYTE") != "" {
		step = 1
	}
	for n := len(file) - 64<<10; n < len(file); n += step {
		entries, health, err := read(file[:n])
		switch {
		case err != nil:
			t.Fatalf("cut at %d: %v", n, err)
		case health.Lost > 0 || health.Cut == (len(entries) == len(whole)) || len(entries) < before:
			t.Fatalf("cut at %d: %d of %d entries, %d before, %+v", n, len(entries), len(whole), before, health)
		case len(entries) > before && !same(&entries[len(entries)-1], &whole[len(entries)-1]):
			t.Fatalf("cut at %d: the last entry is %s", n, text(&entries[len(entries)-1]))
		}
		before = len(entries)
	}
	if before < len(whole)-50 {
		t.Errorf("%d of %d entries in the longest", before, len(whole))
	}
}

// TestFlippedBytes changes each byte, in one of several ways: nothing is invented and
// nothing comes out of order; what is missing is said, as one place.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	file := lab(t)
	whole, _, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := texts(whole)
	for i := range file {
		mask := []byte{0x01, 0x80, 0xff, file[i] | 1<<(i%8)}[i%4]
		file[i] ^= mask
		checkFlipped(t, fmt.Sprintf("byte %d ^ %02x", i, mask), file, want)
		file[i] ^= mask
	}
}

func checkFlipped(t *testing.T, what string, file []byte, whole []string) {
	t.Helper()
	entries, health, err := read(file)
	if err != nil {
		return // it was refused
	}
	next := 0
	for i, got := range texts(entries) {
		for next < len(whole) && got != whole[next] {
			next++
		}
		if next == len(whole) {
			t.Fatalf("%s: entry %d was never recorded, or comes again: %s", what, i, got)
		}
		next++
	}
	if health.Damaged > 1 {
		t.Fatalf("%s: %+v", what, health)
	}
	if missing := len(whole) - len(entries); missing > 0 && health == (recording.Health{}) {
		t.Fatalf("%s: %d entries are missing, and nothing is said", what, missing)
	} else if missing > 12 { // more than the largest chunk
		t.Fatalf("%s: %d of %d entries are missing: %+v", what, missing, len(whole), health)
	}
}

func texts(entries []recording.Entry) []string {
	list := make([]string, len(entries))
	for i := range entries {
		list[i] = text(&entries[i])
	}
	return list
}
