package main_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"labtop/ui"
)

var update = flag.Bool("update", false, "write generated parts of the README anew")

// TestKeysInReadme holds the README to the one table of keys.
func TestKeysInReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "TestKeysInReadme -update -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(text), begin)
	keys, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the keys")
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(before+begin+ui.KeyTable()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if keys != ui.KeyTable() {
		t.Error("the keys in the README are not those of the program; run this test with -update")
	}
}
