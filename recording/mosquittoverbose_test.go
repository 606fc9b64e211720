package recording_test

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestMosquittoVerbose has what mosquitto_sub 2.0.11 prints with -v, one trap each.
func TestMosquittoVerbose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, log string
		want      []string // topic and payload
		health    recording.Health
	}{
		{
			"the course's lab", "iotclass/lab1/status online\niotclass/lab1/temperature  22.50\n",
			[]string{`iotclass/lab1/status "online"`, `iotclass/lab1/temperature " 22.50"`},
			recording.Health{},
		},
		{"an empty payload", "empty/q0 (null)\na/b \n", []string{`empty/q0 ""`, `a/b ""`}, recording.Health{}},
		{"a topic with a blank cannot be told", "with space/topic name payload\na/b 1\n", []string{`with "space/topic name payload"`, `a/b "1"`}, recording.Health{}},
		{"a topic with a blank that is known", "$SYS/broker/retained messages/count 40\n", []string{`$SYS/broker/retained messages/count "40"`}, recording.Health{}},
		{
			"a topic with a blank before JSON", "a b/c {\"x\":1}\na/b c [1,2]\na b/c [x]\na/b c/d {\"x\":\n1}\n",
			[]string{`a b/c "{\"x\":1}"`, `a/b "c [1,2]"`, `a "b/c [x]"`, `a/b c/d "{\"x\":\n1}"`},
			recording.Health{},
		},
		{
			"JSON of several lines", "json/pretty {\n  \"pretty\": true,\n  \"t\": 20\n}\nother/topic 1\n",
			[]string{`json/pretty "{\n  \"pretty\": true,\n  \"t\": 20\n}"`, `other/topic "1"`},
			recording.Health{},
		},
		{
			"JSON of several lines at their start", "json/pretty {\n\"pretty\": true,\n\"u\": \"a/b c\",\n1 , 2\n}\nother/topic 1\n",
			[]string{`json/pretty "{\n\"pretty\": true,\n\"u\": \"a/b c\",\n1 , 2\n}"`, `other/topic "1"`},
			recording.Health{},
		},
		{
			"text of several lines", "text/multiline line1\nline2\n\nnote: see http://host/a b\na/b 1\n",
			[]string{`text/multiline "line1\nline2\n\nnote: see http://host/a b"`, `a/b "1"`},
			recording.Health{},
		},
		{"binary", "bin/raw \x00\xff\n\xfe\na/b 1\n", []string{`bin/raw "\x00\xff\n\xfe"`, `a/b "1"`}, recording.Health{}},
		{
			"binary of several lines", "bin/raw \xff\x00\n\xd3M \xbd\nk/\x81 2\na/b 1\n",
			[]string{`bin/raw "\xff\x00\n\xd3M \xbd\nk/\x81 2"`, `a/b "1"`},
			recording.Health{},
		},
		{"escape sequences", "a/b \x1b[31mred\x07\n", []string{`a/b "\x1b[31mred\a"`}, recording.Health{}},
		{"Latin-1", "k\xfcche/temperatur 21,5 \xb0C\n", []string{"k\xfcche/temperatur " + `"21,5 \xb0C"`}, recording.Health{}},
		{
			"topics of other shapes", "/home/x 1\nhome/x/ 2\na//b 3\nlab:1/AA:BB 4\ntemperature 22.5\nküche/температура/温度 5\n",
			[]string{`/home/x "1"`, `home/x/ "2"`, `a//b "3"`, `lab:1/AA:BB "4"`, `temperature "22.5"`, `küche/температура/温度 "5"`},
			recording.Health{},
		},
		{
			"chatter", "Client mosq-1 sending CONNECT\nSubscribed (mid: 1): 0\na/b 1\nWarning: odd\na/b 2\nTimed out\n^C\n",
			[]string{`a/b "1"`, `a/b "2"`},
			recording.Health{Skipped: 5, FirstSkipped: 1},
		},
		{"a shell's prompt before it", "$ mosquitto_sub -v -t '#'\na/b 1\na/b 2\n", []string{`a/b "1"`, `a/b "2"`}, recording.Health{Skipped: 1, FirstSkipped: 1}},
		{"an error that names its file", "a/b 1\nError: Connection refused\n", []string{`a/b "1"`}, recording.Health{Skipped: 1, FirstSkipped: 2}},
		{"no last line end", "a/b 1\na/b 22", []string{`a/b "1"`, `a/b "22"`}, recording.Health{Torn: true}},
		{"a long payload", "a/b " + strings.Repeat("x", 300_000) + "\na/b 1\n", []string{`a/b "` + strings.Repeat("x", 300_000) + `"`, `a/b "1"`}, recording.Health{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, health := logMessages(t, recording.VerboseFormat, test.log)
			var got []string
			for i, m := range messages {
				at, rest, _ := strings.Cut(m, " ")
				if want := changed.Add(time.Duration(i) * time.Second).Format("15:04:05.000000"); at != want {
					t.Errorf("message %d at %s, want %s", i, at, want)
				}
				topic, payload, _ := strings.Cut(rest, " Q0 false ")
				got = append(got, topic+" "+payload[:strings.LastIndexByte(payload, ' ')])
			}
			if diff := cmp.Diff(test.want, got); diff != "" || health != test.health {
				t.Errorf("%+v, want %+v\n%s", health, test.health, diff)
			}
		})
	}
}

// TestNoVerboseLog has texts of words that are no log.
func TestNoVerboseLog(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"hello world\n", "The quick brown fox\njumps over the lazy dog\n", "a: 1\nb:\n  - c\n", "time,topic\n2026,a/b c\n",
		"<a href=\"x\">\n", "#!/bin/sh -e\n", "-rw-r--r-- 1 root staff\n", "2026-11-22 14:00:00 error x\n", "Timed out\n", "a/b\nc/d\n",
		"2026-11-22T14:00:00Z {\"a\":1}\n2026-11-22T14:00:01Z 2\n",
	} {
		if f, err := openText(t, "", text); err == nil {
			t.Errorf("%q is taken for %s", text, f.Format)
		}
	}
}

// TestPlace says where messages without times go.
func TestPlace(t *testing.T) {
	t.Parallel()
	f, err := openText(t, "", "a/b 1\na/b 2\n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	f.Place(changed.Add(-time.Hour), 5*time.Second)
	want := []string{`13:00:00.000000 a/b Q0 false "1" 1`, `13:00:05.000000 a/b Q0 false "2" 1`}
	if diff := cmp.Diff(want, messagesOf(t, f)); diff != "" {
		t.Error(diff)
	}
}

// zeros are zero bytes without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestVerboseBound: a line without end is left out, in bounded memory.
func TestVerboseBound(t *testing.T) { // alone, since it measures
	f, err := recording.OpenStream(io.MultiReader(strings.NewReader("a/b 1\na/b "), io.LimitReader(zeros{}, 150<<20), strings.NewReader("\na/b 2\n")), recording.VerboseFormat)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	messages := messagesOf(t, f)
	runtime.ReadMemStats(&after)
	if h := f.Health(); len(messages) != 2 || h.Skipped != 1 || h.FirstSkipped != 2 {
		t.Errorf("%d messages, %+v", len(messages), h)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<20 {
		t.Errorf("%d MiB were taken", grown>>20)
	}
}
