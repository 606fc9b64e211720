package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// recorded writes a recording of messages, a second after one another, and returns its
// path.
func recorded(t *testing.T, messages ...model.Message) string {
	t.Helper()
	var file bytes.Buffer
	start := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	w, err := recording.NewWriter(&file, recording.Info{Program: "labtop test", Broker: "mqtt://lab-pi", Started: start})
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		messages[i].Time, messages[i].Size = start.Add(time.Duration(i)*time.Second), len(messages[i].Payload)
		if err := w.Message(&messages[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lab.mcap")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func message(topic, payload string) model.Message {
	return model.Message{Topic: topic, Payload: []byte(payload)}
}

// lab is a recording of a few readings of all kinds.
func lab(t *testing.T) string {
	t.Helper()
	stored := message("iotclass/lab1/status", "online")
	stored.Retained, stored.QoS = true, 1
	return recorded(t, stored, message("iotclass/lab1/temperature", " 22.50"), message("iotclass/lab1/temperature", "-3"),
		message("iotclass/lab1/temperature", "nan"), message("iotclass/lab2/sensors", `{"temperature":21.5,"motion":true}`),
		message("home/hall/light/state", "ON"), message("notes/=cmd", "=1+1"), message("notes/text", "say \"hi\", \x1b[31m\nnow"),
		message("notes/empty", ""), message("notes/binary", "\x00\xff"))
}

func TestExportCSV(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, nil, "export", lab(t))
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	want := `time,device,metric,value,unit,text,topic,qos,retained,path
2026-11-22T14:00:00Z,iotclass/lab1,status,,,online,iotclass/lab1/status,1,true,
2026-11-22T14:00:01Z,iotclass/lab1,temperature,22.5,°C,22.50,iotclass/lab1/temperature,0,false,
2026-11-22T14:00:02Z,iotclass/lab1,temperature,-3,°C,-3,iotclass/lab1/temperature,0,false,
2026-11-22T14:00:03Z,iotclass/lab1,temperature,,,nan,iotclass/lab1/temperature,0,false,
2026-11-22T14:00:04Z,iotclass/lab2,temperature,21.5,°C,21.5,iotclass/lab2/sensors,0,false,temperature
2026-11-22T14:00:04Z,iotclass/lab2,motion,true,,true,iotclass/lab2/sensors,0,false,motion
2026-11-22T14:00:05Z,home/hall,state,true,,ON,home/hall/light/state,0,false,
2026-11-22T14:00:06Z,notes,'=cmd,,,'=1+1,notes/=cmd,0,false,
2026-11-22T14:00:07Z,notes,text,,,"say ""hi"", ␛[31m␊now",notes/text,0,false,
2026-11-22T14:00:08Z,notes,empty,,,,notes/empty,0,false,
2026-11-22T14:00:09Z,notes,binary,,,␀�,notes/binary,0,false,
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if _, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil {
		t.Error(err)
	}
}

func TestExportWide(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, nil, "export", lab(t), "--wide", "--every", "2s")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	want := `time,home/hall light state,iotclass/lab1 temperature (°C),iotclass/lab2 sensors.motion,iotclass/lab2 sensors.temperature (°C)
2026-11-22T14:00:00Z,,22.5,,
2026-11-22T14:00:02Z,,-3,,
2026-11-22T14:00:04Z,1,,1,21.5
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
}

func TestExportPart(t *testing.T) {
	t.Parallel()
	path := lab(t)
	clock := time.Date(2026, 11, 22, 14, 0, 2, 0, time.UTC).Local().Format("15:04:05")
	for _, test := range []struct {
		args  string
		lines int
	}{
		{"", 10},
		{"-t iotclass/#", 5},
		{"-t iotclass/+/temperature -t notes/#", 7},
		{"--since 2s --until 5s", 3},
		{"--since 2026-11-22T15:00:02+01:00 --until 5s", 3},
		{"--until 2026-11-22T14:00:01Z", 1},
		{"--since " + clock + " --until 5s", 3},
		{"--since 1h", 0},
	} {
		args := append([]string{"export", path, "--format", "ndjson"}, strings.Fields(test.args)...)
		code, out, errs := run(t, nil, args...)
		said := map[bool]string{true: "labtop: warning: no message of " + path + " is of the topics and the time that were chosen\n"}[test.lines == 0]
		if got := strings.Count(out, "\n"); code != 0 || errs != said || got != test.lines {
			t.Errorf("%s: exit code %d, %d lines, want %d: %s", test.args, code, got, test.lines, errs)
		}
	}
}

// TestExportFile writes to a file, which it makes anew only when that is asked for,
// and leaves nothing behind when it fails.
func TestExportFile(t *testing.T) {
	t.Parallel()
	path, out := lab(t), filepath.Join(t.TempDir(), "lab.csv")
	for _, test := range []struct {
		args string
		code int
	}{{"", 0}, {"", 2}, {"--force", 0}, {"--force --wide", 0}} {
		args := append([]string{"export", path, "-o", out}, strings.Fields(test.args)...)
		if code, _, errs := run(t, nil, args...); code != test.code {
			t.Errorf("%s: exit code %d, want %d: %s", test.args, code, test.code, errs)
		}
	}
	other := filepath.Join(t.TempDir(), "none.csv")
	if code, _, _ := run(t, nil, "export", out, "-o", other); code != 2 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("a failed export left its file: %v", err)
	}
}

func TestExportMistakes(t *testing.T) {
	t.Parallel()
	path := lab(t)
	pipe := t.TempDir()
	for _, test := range []struct{ args, want string }{
		{"export", "labtop export needs a recording; write labtop export FILE"},
		{"export a b", `labtop export takes one FILE, got "b" too; remove it`},
		{"export none.mcap", "the recording cannot be read: open none.mcap: no such file or directory"},
		{"export " + pipe, "is no file but a directory"},
		{"export /dev/null", "is no file but a device"},
		{"export " + path + " --format xml", `--format: "xml" is neither csv nor ndjson`},
		{"export " + path + " --format ndjson --wide", "--wide: only CSV has columns; remove it, or --format"},
		{"export " + path + " --every 10s", "--every: only --wide has a line for some time; add it, or remove --every"},
		{"export " + path + " --since 5s --until 2s", "and --since 20"},
		{"export " + path + " --since 5s --until 5s", "; write a later time"},
		{"export " + path + " --wide --every 0s", "--every: 0s is too short for a line; write 1ms or more"},
		{"export " + path + " --since soon", `--since: "soon" is no time`},
		{"snapshot --from " + path + " --for 3s", "--for: a recording is read to its end; remove it"},
		{"snapshot --from " + path + " --record x", "--record: what comes from a recording is recorded already; remove it"},
		{"snapshot --from none.mcap", "the recording cannot be read: open none.mcap: no such file or directory"},
	} {
		if code, out, errs := run(t, nil, strings.Fields(test.args)...); code != 2 || out != "" || !strings.Contains(errs, test.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", test.args, code, errs)
		}
	}
}

// TestDamagedRecordings says what is missing of a recording, and uses the rest.
func TestDamagedRecordings(t *testing.T) {
	t.Parallel()
	path := lab(t)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		change     func([]byte) []byte
	}{
		{"cut", " was not closed: cut, or still being written; it reads up to there", func(b []byte) []byte { return b[:bytes.Index(b, []byte("zstd"))-40] }},
		{"damaged", "; nothing tells how much was lost there", func(b []byte) []byte { b[bytes.Index(b, []byte("zstd"))+30] ^= 1; return b }},
	} {
		if err := os.WriteFile(path, test.change(bytes.Clone(data)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"export", path}, {"snapshot", "--from", path}, {"snapshot", "--from", path, "--json"}} {
			if code, out, errs := run(t, nil, args...); code != 0 || !strings.Contains(errs, test.want) || out == "" {
				t.Errorf("%s: %v: exit code %d, %s", test.name, args, code, errs)
			}
		}
	}
}

// TestDroppedMessages: each command says how many messages a recording's gaps are of.
func TestDroppedMessages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lab.mcap")
	start := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := recording.NewWriter(f, recording.Info{Broker: "mqtt://lab-pi", Started: start})
	if err != nil {
		t.Fatal(err)
	}
	gap := recording.Gap{From: start, To: start.Add(time.Second), Messages: 6, Reason: "the disk was too slow"}
	err = errors.Join(w.Message(&model.Message{Topic: "a/b", Payload: []byte("1"), Size: 1, Time: start}),
		w.Gap(gap.To, gap), w.Gap(gap.To, recording.Gap{From: gap.To, To: gap.To, Messages: 1}), w.Close(gap.To), f.Close())
	if err != nil {
		t.Fatal(err)
	}
	want := "missing from " + path + ": 7 messages that came too fast for the disk\n"
	for _, args := range [][]string{
		{"snapshot", "--from", path},
		{"export", path},
		{"alerts", "check", path},
		{"import", path, "-o", path + ".again"},
		{"replay", path, "--plain", "--speed", "max"},
	} {
		if code, _, stderr := run(t, nil, args...); code != 0 || strings.Count(stderr, want) != 1 {
			t.Errorf("%s: exit code %d: %s", args, code, stderr)
		}
	}
}

// TestRulesOverARecording has an alert of the recorded time.
func TestRulesOverARecording(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("alerts:\n  - {name: cold, metric: temperature, below: 0, severity: warning}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := recorded(t, message("iotclass/lab1/temperature", "22.50"), message("iotclass/lab1/temperature", "-3"))
	if code, out, errs := run(t, nil, "alerts", "check", "--rules", rules, path); code != 3 || !strings.Contains(out, "cold") || errs != "" {
		t.Errorf("alerts check: exit code %d, %s\n%s", code, errs, out)
	}
	code, out, errs := run(t, nil, "snapshot", "--from", path, "--json", "--rules", rules)
	if code != 3 || !strings.Contains(out, `"since": "2026-11-22T14:00:01Z"`) {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// TestImport has what was exported imported and exported again: nothing changes, and
// the state after it is the same.
func TestImport(t *testing.T) {
	t.Parallel()
	path, dir := lab(t), t.TempDir()
	first, again, second := filepath.Join(dir, "first.ndjson"), filepath.Join(dir, "again.mcap"), filepath.Join(dir, "second.ndjson")
	for _, args := range [][]string{
		{"export", path, "--format", "ndjson", "-o", first},
		{"import", first, "-o", again},
		{"export", again, "--format", "ndjson", "-o", second},
	} {
		if code, out, errs := run(t, nil, args...); code != 0 || out != "" || strings.Contains(errs, "warning") {
			t.Fatalf("%v: exit code %d, %q, %s", args, code, out, errs)
		}
	}
	want, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" || len(want) < 1000 {
		t.Error(diff)
	}
	_, fromLog, _ := run(t, nil, "snapshot", "--from", first)
	if _, fromImport, _ := run(t, nil, "snapshot", "--from", again); fromLog != fromImport || !strings.Contains(fromLog, "Temperature") {
		t.Errorf("%s\n%s", fromLog, fromImport)
	}
	_, csvOfLog, _ := run(t, nil, "export", first)
	if _, csvOfRecording, _ := run(t, nil, "export", path); csvOfLog != csvOfRecording {
		t.Error(cmp.Diff(csvOfRecording, csvOfLog))
	}
}

// TestNoFormula: no cell of a table is a formula, wherever a spreadsheet begins a cell.
func TestNoFormula(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	lines := []string{
		"=a/@b =1+1", "a/b +1+1", "a/b -1", "a/b -1,5", "a/b +1 V", "a/b x;=1", "a/b 1;-2;+3;@x", `a/b "=1"`, "a/b x; =1;y", `a/b {"+p":{"-q":"=r"}}`, "a/b x=1", "a/b \x1b=1", "+c/d;=e 1",
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"export", path}, {"export", path, "--wide"}} {
		code, out, errs := run(t, nil, args...)
		if code != 0 {
			t.Fatalf("exit code %d, %s", code, errs)
		}
		for _, separator := range []rune{',', ';'} {
			r := csv.NewReader(strings.NewReader(out))
			r.Comma, r.LazyQuotes, r.FieldsPerRecord = separator, true, -1
			rows, err := r.ReadAll()
			if err != nil || len(rows) < 4 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for _, row := range rows {
				for _, cell := range row {
					start := strings.TrimLeft(cell, ` "`)
					_, err := strconv.ParseFloat(strings.SplitN(strings.Replace(start, ",", ".", 1), ",", 2)[0], 64)
					if start != "" && strings.Contains("=+-@", start[:1]) && err != nil {
						t.Errorf("%v: %q", args, cell)
					}
				}
			}
		}
	}
}

// TestImportLongPayload: what a recording cannot hold of a payload is said.
func TestImportLongPayload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, out := filepath.Join(dir, "long"), filepath.Join(dir, "out.mcap")
	text := "a/b 1\na/b " + strings.Repeat("x", recording.MaxPayload+1) + "\na/b " + strings.Repeat("x", recording.MaxPayload) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := run(t, nil, "import", path, "-o", out)
	if want := "warning: 1 payload of more than 15 MiB in " + path + ", of which a recording holds no more"; code != 0 || !strings.Contains(errs, want) {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

func TestImportMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	const line = `{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"payload":"1"}`
	good, chatter, out := path("good", line+"\noops\n"+line+"\n"), path("chatter", "hello\n"), filepath.Join(dir, "out.mcap")
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"import", 2, "labtop import needs a recording; write labtop import FILE"},
		{"import " + good, 2, "a recording needs a file; write labtop import IN -o FILE"},
		{"import " + good + " -o " + good, 2, "exists already; choose another name, or give --force"},
		{"import " + good + " -o " + out + " --format xml", 2, `--format: "xml" is none of mcap, pcap, pcapng, labtop-log, mosquitto-json, `},
		{"import " + good + " -o " + out + " --format labtop-logs", 2, `; did you mean "labtop-log"?`},
		{"import " + good + " -o " + out + " --start soon", 2, `--start: "soon" is no date with a time; write one like 2026-11-22T14:30:00Z or "2026-11-22 14:30"`},
		{"import " + good + " -o " + out + " --start 10m", 2, `--start: "10m" is no date with a time; write one like`},
		{"import " + good + " -o " + out + " --interval -1s", 2, "--interval: -1s is no time between two messages; write one like 5s"},
		{"import " + good + " -o " + out + " --format mcap", 2, "no recording and no log that can be read as one; labtop import --help lists what labtop reads"},
		{"import " + chatter + " -o " + out, 2, "no recording and no log"},
		{"import " + chatter + " -o " + out + " --format labtop-log", 2, "there is no message to import"},
		{"import " + good + " -o " + out, 0, "1 line of " + good + " holds no message and is left out: line 2"},
		{"import " + out + " -o " + out + "2", 0, out + " is a recording\nlabtop: 2 messages in " + out + "2\n"},
	} {
		code, _, errs := run(t, nil, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%s: exit code %d, %s", test.args, code, errs)
		}
		if _, err := os.Stat(out); code != 0 && err == nil {
			t.Errorf("%s: a failed import left its file", test.args)
		}
	}
}

// TestDamagedCompressed: what can be decompressed of a log is shown, exported and imported,
// and one line says that it is not all.
func TestDamagedCompressed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 20_000 {
		if _, err := fmt.Fprintf(z, `{"time":"2026-11-22T14:00:00Z","topic":"a/%d","qos":0,"payload":"%d"}`+"\n", i%7, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Flush(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "lab.ndjson.gz")
	if err := os.WriteFile(path, append(b.Bytes(), bytes.Repeat([]byte{0xff}, 100)...), 0o600); err != nil { // no block begins so
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"snapshot", "--from", path},
		{"export", path, "--format", "ndjson", "-o", filepath.Join(dir, "out.ndjson")},
		{"import", path, "-o", filepath.Join(dir, "out.mcap")},
	} {
		code, _, errs := run(t, nil, args...)
		if code != 0 || strings.Count(errs, "warning") != 1 || !strings.Contains(errs, path+" is damaged and cannot be decompressed to its end; it reads up to there, for ") {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
	}
	if about, err := os.Stat(filepath.Join(dir, "out.ndjson")); err != nil || about.Size() < 100_000 {
		t.Errorf("%v, %v", about, err)
	}
}
