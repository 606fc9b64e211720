package cli

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
	"labtop/ui"
)

// TestExportKnown writes what is known of a device and of a metric into the working
// directory.
func TestExportKnown(t *testing.T) {
	t.Chdir(t.TempDir())
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	start := time.Date(2026, 11, 22, 14, 0, 0, 0, time.Local)
	say := func(second int, topic, payload string) {
		store.Apply([]model.Message{{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: start.Add(time.Duration(second) * time.Second)}})
	}
	for i, payload := range []string{"22.50", "-3", "nan", "21"} {
		say(i, "iotclass/lab1/temperature", payload)
	}
	say(4, "iotclass/lab1/motion", "true")
	say(5, "iotclass/lab1/mode", `=HYPERLINK("http://x")`)
	store.Tick(start.Add(5*time.Second), model.SourceStats{})
	s := ui.Session{Store: store}
	// The columns that say something, of the rows below the head.
	rows := func(file string) (rows [][]string) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range all[1:] {
			at, err := time.Parse(time.RFC3339, row[0])
			if err != nil || row[1] != "iotclass/lab1" {
				t.Errorf("%v: %v", row, err)
			}
			rows = append(rows, []string{strconv.Itoa(int(at.Sub(start).Seconds())), row[2], row[3], row[4], row[5], row[8], row[9], row[10]})
		}
		return rows
	}
	temperature := [][]string{
		{"0", "temperature", "22.5", "°C", "", "22.5", "22.5", "1"},
		{"1", "temperature", "-3", "°C", "", "-3", "-3", "1"},
		{"2", "temperature", "", "°C", "", "", "", "0"},
		{"3", "temperature", "21", "°C", "", "21", "21", "1"},
	}
	for _, tt := range []struct {
		name string
		key  model.Key
		file string
		want [][]string
	}{
		{"metric", model.Key{Device: "iotclass/lab1", Topic: "iotclass/lab1/temperature"}, "lab1-temperature-2026-11-22-140005.csv", temperature},
		{"again", model.Key{Device: "iotclass/lab1", Topic: "iotclass/lab1/temperature"}, "lab1-temperature-2026-11-22-140005-2.csv", temperature},
		{"device", model.Key{Device: "iotclass/lab1"}, "lab1-2026-11-22-140005.csv", append([][]string{
			{"5", "mode", "", "", `'=HYPERLINK("http://x")`, "", "", "1"},
			{"4", "motion", "true", "", "", "true", "true", "1"},
		}, temperature...)},
	} {
		said, err := exportKnown(s, tt.key)
		file, remark, _ := strings.Cut(said, "; ")
		if (remark == "of a text only the last one is known") != (tt.name == "device") || remark != "" && tt.name != "device" {
			t.Errorf("%s: it says %q", tt.name, said)
		}
		if err != nil || file != tt.file {
			t.Errorf("%s: %q, %v, want %q", tt.name, file, err, tt.file)
			continue
		}
		got := rows(file)
		if diff := cmp.Diff(sorted(tt.want), sorted(got)); diff != "" {
			t.Errorf("%s: other rows (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := exportKnown(s, model.Key{Device: "gone"}); err == nil || !strings.Contains(err.Error(), "nothing is known") {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(".", 0o500); err != nil || os.Getuid() == 0 {
		return // root writes anywhere
	}
	defer func() { _ = os.Chmod(".", 0o700) }()
	if _, err := exportKnown(s, model.Key{Device: "iotclass/lab1"}); err == nil || !strings.HasSuffix(err.Error(), "permission denied") {
		t.Errorf("%v", err)
	}
}

// sorted are rows as lines, in order.
func sorted(rows [][]string) []string {
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = strings.Join(row, "|")
	}
	slices.Sort(lines)
	return lines
}
