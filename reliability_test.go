package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReliabilityNamesRealTests holds docs/reliability.md to the code: every test
// that it names is there, in the package that it names before.
func TestReliabilityNamesRealTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile("`([a-z/]+)`|\\b((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*)\\b")
	tests := 0
	for i, row := range strings.Split(string(page), "\n") {
		if !strings.HasPrefix(row, "| ") {
			continue
		}
		cells, folder := strings.Split(row, " | "), "" // a test without a folder is here
		for _, m := range word.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			switch {
			case m[1] != "":
				folder = m[1]
			default:
				tests++
				if !hasTest(t, folder, m[2]) {
					t.Errorf("line %d: there is no %s in %s", i+1, m[2], folder)
				}
			}
		}
	}
	if tests < 45 {
		t.Errorf("%d tests are named; is the page read as it is written?", tests)
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
