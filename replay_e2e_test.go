package main_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"labtop/testkit/binary"
	"labtop/testkit/terminal"
)

// only is the one file of a folder that matches a pattern.
func only(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	return files[0]
}

// TestRecordedOnScreen records the demo from its screen, notes and exports something,
// and studies the recording afterwards.
func TestRecordedOnScreen(t *testing.T) {
	t.Parallel()
	dir, path := t.TempDir(), binary.Path(t)
	open := func(args string) *terminal.Terminal {
		return terminal.Start(t, 120, 40, "cd '"+dir+"' && "+path+" "+args, "HOME="+dir, "TZ=UTC", "COLORTERM=truecolor")
	}
	term := open("demo --speed 20")
	term.Wait("LAB1", "°C", "space pause")
	term.Keys("r")
	term.Wait("recording to labtop-20", "● rec ")
	term.Wait("KiB")
	term.Keys("n")
	term.Wait("note", "enter keep")
	term.Keys("f", "a", "n", "Space", "o", "n", "Enter")
	term.Wait("noted: fan on")
	term.Keys("e")
	term.Wait("written to node1-sensors_temperature-20")
	much := regexp.MustCompile(`● rec \d+ s [1-9]\d\.\d KiB`)
	term.Until("has recorded 10 KiB", much.MatchString)
	term.Keys("r")
	term.Wait("messages in labtop-20", ".mcap, ")
	term.Keys("q")
	term.Wait("ended with 0")

	file := only(t, filepath.Join(dir, "labtop-*.mcap"))
	table, err := os.Open(only(t, filepath.Join(dir, "node1-*.csv")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = table.Close() }()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil || len(rows) < 2 || rows[1][1] != "devices/node1" || rows[1][2] != "temperature" {
		t.Errorf("%v, %v", rows, err)
	}

	// last waits until a note is the last thing that happened, at the right of the row.
	last := func(note string) {
		t.Helper()
		shown := regexp.MustCompile(`¶ \d\d:\d\d:\d\d ` + note + `\s`)
		term.Until("stands behind the note "+note, shown.MatchString)
	}
	term = open("replay --paused " + filepath.Base(file))
	term.Wait("replay labtop-20", "║ paused 1x", "space play")
	term.Keys("}")
	last("fan on")
	term.Keys("Right", "n", "h", "e", "r", "e", "Enter")
	term.Wait("noted: here")
	last("here")
	term.Keys("t", "1", "0", "0", "%", "Enter", ">", ">", "Space")
	term.Wait("5x", "replay labtop-20")
	term.Keys("q")
	term.Wait("ended with 0")

	term = open("replay --paused '" + file + "'") // which keeps its notes
	term.Wait("replay labtop-20", "║ paused 1x")
	term.Keys("}")
	last("fan on")
	term.Keys("}")
	last("here")
	term.Keys("q")
	term.Wait("ended with 0")
}
