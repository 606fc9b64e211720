package recording_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestPlaces reads a file up to each of its entries, and goes on there with another
// reader: nothing is missing, nothing comes twice, and what is said of the file's health
// is the same.
func TestPlaces(t *testing.T) {
	t.Parallel()
	whole := lab(t)
	damaged := slices.Clone(whole)
	damaged[bytes.Index(damaged, []byte("zstd"))+900] ^= 1
	files := map[string]string{
		"whole": kept(t, whole), "damaged": kept(t, damaged), "cut": kept(t, whole[:len(whole)*2/3]),
	}
	logs, err := filepath.Glob("testdata/logs/*")
	if err != nil || len(logs) == 0 {
		t.Fatalf("%d logs: %v", len(logs), err)
	}
	for _, log := range logs {
		files[filepath.Base(log)] = log
	}
	for name, path := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, health := rest(t, path, 0)
			for n := range len(all) + 1 {
				got, gotHealth := rest(t, path, uint64(n))
				if !slices.Equal(all[n:], got) {
					t.Fatalf("after %d entries:\n%s", n, cmp.Diff(all[n:], got))
				}
				if gotHealth != health {
					t.Fatalf("after %d entries: %+v, want %+v", n, gotHealth, health)
				}
			}
		})
	}
}

func rest(t *testing.T, path string, entries uint64) (all []string, health recording.Health) {
	t.Helper()
	health, err := recording.Rest(path, entries, func(e *recording.Entry) { all = append(all, text(e)) })
	if err != nil {
		t.Fatal(err)
	}
	return all, health
}
