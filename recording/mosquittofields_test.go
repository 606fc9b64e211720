package recording_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestMosquittoFields has what mosquitto_sub 2.0.11 prints with -F, one trap each.
func TestMosquittoFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, format, log string
		want              []string
		health            recording.Health
		lacks             recording.Lacks
	}{
		{
			"all of it", "", sample(t, recording.FieldsFormat), []string{
				`06:46:59.000000 iotclass/lab1/status Q1 true "online" 6`,
				`06:46:59.000000 iotclass/lab1/temperature Q0 true " 22.50" 6`,
				`06:47:00.000000 empty/q0 Q0 false "" 0`,
				`06:47:00.000000 küche/температура/温度 Q0 false "21,5 °C" 8`,
				`06:47:00.000000 q2 Q2 false "two" 3`,
				`06:47:00.000000 with space/topic name Q0 false "payload with spaces" 19`,
				`06:47:00.000000 text/multiline Q0 false "line1\nline2\n" 12`,
				`06:47:01.000000 json/pretty Q0 false "{\n  \"pretty\": true\n}" 20`,
			}, recording.Health{Skipped: 1, FirstSkipped: 13}, recording.LacksDup | recording.LacksBytes,
		},
		{
			"the blank before an empty payload is gone", "", "2026-11-22T06:47:00+0100 a 0 1\n2026-11-22T06:47:00+0000 b 0 0 x\n",
			[]string{`05:47:00.000000 a Q0 true "" 0`, `06:47:00.000000 b Q0 false "x" 1`},
			recording.Health{},
			recording.LacksDup | recording.LacksBytes,
		},
		{
			"the first QoS and flag part them", "", "2026-11-22T06:47:00+0000 a 9 1 2 1 0 0 x\n",
			[]string{`06:47:00.000000 a 9 1 Q2 true "0 0 x" 5`},
			recording.Health{},
			recording.LacksDup | recording.LacksBytes,
		},
		{
			"a payload like a message", "", "2026-11-22T06:47:00+0000 a 0 0 x\n2026-11-22T06:47:00+0000 b\n2026-11-22T06:47:00+0000 c 0 0 y\n",
			[]string{`06:47:00.000000 a Q0 false "x\n2026-11-22T06:47:00+0000 b" 28`, `06:47:00.000000 c Q0 false "y" 1`},
			recording.Health{},
			recording.LacksDup | recording.LacksBytes,
		},
		{
			"every byte", "", sample(t, recording.HexFormat), []string{
				`06:46:59.946453 iotclass/lab1/status Q1 true "online" 6`,
				`06:46:59.946453 iotclass/lab1/temperature Q0 true " 22.50" 6`,
				`06:47:00.000000 empty/q0 Q0 false "" 0`,
				`06:47:00.100000 with space/topic name Q2 false "\x00\xff\n\r" 4`,
				`06:47:00.200000 küche/температура/温度 Q0 false "21,5 °C" 8`,
			}, recording.Health{}, recording.LacksDup,
		},
		{
			"digits that are none, a length that is another", "", "1795330019.9 0 0 2 zz a\n1795330019.9 0 0 9 61 a\n1795330019.9 0 0 1 61 b\n",
			[]string{`06:46:59.900000 a Q0 false "a" 9`, `06:46:59.900000 b Q0 false "a" 1`},
			recording.Health{Skipped: 1, FirstSkipped: 1},
			recording.LacksDup,
		},
		{
			"a format of one's own", `%U\t%t\t%p`, "1795330019.5\ta/b\t 22.50\n1795330019.500000001\ta b\t\nmore\n5\tx\ty\n",
			[]string{`06:46:59.500000 a/b Q0 false " 22.50" 6`, `06:46:59.500000 a b Q0 false "\nmore\n5\tx\ty" 11`},
			recording.Health{},
			recording.LacksQoS | recording.LacksRetained | recording.LacksDup | recording.LacksBytes,
		},
		{
			"one without a time", `%%%r|%X|%t`, "%1|4F4E|a|b\n%0||c\n",
			[]string{`14:00:00.000000 a|b Q0 true "ON" 2`, `14:00:01.000000 c Q0 false "" 0`},
			recording.Health{},
			recording.LacksTimes | recording.LacksQoS | recording.LacksDup,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, err := openText(t, test.format, test.log)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if diff := cmp.Diff(test.want, messagesOf(t, f)); diff != "" || f.Health() != test.health || f.Lacks != test.lacks {
				t.Errorf("%+v, want %+v; lacks %b, want %b\n%s", f.Health(), test.health, f.Lacks, test.lacks, diff)
			}
		})
	}
}

// TestFieldsByChance has a log of another format in which a payload looks like the fields
// that it does not have.
func TestFieldsByChance(t *testing.T) {
	t.Parallel()
	f, err := openText(t, "", "2026-11-22T06:46:59+0000 a/b 1\n2026-11-22T06:47:00+0000 a/b 5 0 1 x\n2026-11-22T06:47:01+0000 a/b 3\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`06:46:59.000000 a/b Q0 false "1" 1`, `06:47:00.000000 a/b Q0 false "5 0 1 x" 7`, `06:47:01.000000 a/b Q0 false "3" 1`}
	if diff := cmp.Diff(want, messagesOf(t, f)); diff != "" || f.Format != recording.StampedFormat || f.Close() != nil {
		t.Errorf("%s: %s", f.Format, diff)
	}
}

// TestNoTemplate has formats that nothing can be read by.
func TestNoTemplate(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"%p":       "has no %t, the topic",
		"%t%p":     "has nothing before %p",
		"%j %t":    "has %j, which labtop does not read",
		"@H:@M %t": "has @H, which labtop does not read",
		`%t\n%p`:   `has \n, which labtop does not read`,
		"%t %":     "has %, which labtop does not read",
		"%t %q %q": "has %q twice",
	} {
		if _, err := openText(t, format, "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// TestStamps has the times that are put before lines.
func TestStamps(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		stamp, want string // in UTC, or on this machine's clock
		lacks       recording.Lacks
	}{
		{"2026-11-22T13:00:00Z", "2026-11-22 13:00:00", 0},
		{"2026-11-22T13:00:00.123456789+01:00", "2026-11-22 12:00:00.123456789", 0},
		{"2026-11-22T13:00:00+0000", "2026-11-22 13:00:00", 0},
		{"2026-11-22T06:46:59.945435Z+0000", "2026-11-22 06:46:59.945435", 0},
		{"2026-11-22 13:00:00.5", "2026-11-22 13:00:00.5", recording.LacksZone},
		{"2026-11-22 13:00:00,123", "2026-11-22 13:00:00.123", recording.LacksZone},
		{"2026-11-22 13:00:00:123", "2026-11-22 13:00:00.123", recording.LacksZone},
		{"2026/11/22 13:00:00", "2026-11-22 13:00:00", recording.LacksZone},
		{"2026/11/22 13:00:00.123456", "2026-11-22 13:00:00.123456", recording.LacksZone},
		{"[2026-11-22 13:00:00]", "2026-11-22 13:00:00", recording.LacksZone},
		{"Nov 22 13:00:00", "2026-11-22 13:00:00", recording.LacksDates | recording.LacksZone},
		{"Nov  2 13:00:00", "2026-11-02 13:00:00", recording.LacksDates | recording.LacksZone},
		{"Dec 31 13:00:00", "2025-12-31 13:00:00", recording.LacksDates | recording.LacksZone},
		{"13:00:00", "2026-11-22 13:00:00", recording.LacksDates | recording.LacksZone},
		{"16:00:00.25", "2026-11-21 16:00:00.25", recording.LacksDates | recording.LacksZone},
		{"1795330019", "2026-11-22 06:46:59", 0},
		{"1795330019.946453100", "2026-11-22 06:46:59.9464531", 0},
		{"1795330019946", "2026-11-22 06:46:59.946", 0},
		{"1795330019946453", "2026-11-22 06:46:59.946453", 0},
		{"1795330019946453100", "2026-11-22 06:46:59.9464531", 0},
	} {
		f, err := openText(t, "", test.stamp+" a/b 1\n")
		if err != nil {
			t.Errorf("%s: %v", test.stamp, err)
			continue
		}
		var e recording.Entry
		err = f.Next(&e)
		at := e.Time.UTC()
		if test.lacks != 0 {
			at = e.Time.In(time.Local)
		}
		if got := at.Format("2006-01-02 15:04:05.999999999"); err != nil || got != test.want || f.Lacks&(recording.LacksDates|recording.LacksZone) != test.lacks {
			t.Errorf("%s: %s, want %s; lacks %b; %v", test.stamp, got, test.want, f.Lacks, err)
		}
		_ = f.Close()
	}
}

// TestMidnight: times of the day go on over midnight, and may go back a little.
func TestMidnight(t *testing.T) {
	t.Parallel()
	f, err := openText(t, "", "23:59:59 a/b 1\n23:59:58 a/b 2\n00:00:01 a/b 3\n12:00:00 a/b 4\n11:59:59 a/b 5\n00:00:00 a/b 6\n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var e recording.Entry
	for _, want := range []string{"21 23:59:59", "21 23:59:58", "22 00:00:01", "22 12:00:00", "22 11:59:59", "22 00:00:00"} {
		if err := f.Next(&e); err != nil || e.Time.In(time.Local).Format("02 15:04:05") != want {
			t.Errorf("%s, want %s; %v", e.Time, want, err)
		}
	}
}

// TestStampedLines: where only the first line of a payload has a time, as with
// mosquitto_sub -F '@H:@M:@S %t %p', and where each has one, as with ts.
func TestStampedLines(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"once":    "13:00:00 a/b {\n  \"x\": 1,\nk/l 2\n}\n13:00:01 bin/raw \xff\n\x00\n\nTimed out\n13:00:02 a/b 3\n",
		"by line": "13:00:00 a/b {\n13:00:00   \"x\": 1,\nk/l 2\n13:00:00 }\n13:00:01 bin/raw \xff\n13:00:01 \x00\n13:00:01 \n13:00:01 Timed out\n13:00:02 a/b 3\n",
	} {
		messages, health := logMessages(t, recording.StampedFormat, text)
		want := []string{`12:00:00.000000 a/b Q0 false "{\n  \"x\": 1,\nk/l 2\n}" 19`, `12:00:01.000000 bin/raw Q0 false "\xff\n\x00\n" 4`, `12:00:02.000000 a/b Q0 false "3" 1`}
		if diff := cmp.Diff(want, messages); diff != "" || health != (recording.Health{Skipped: 1, FirstSkipped: 8}) {
			t.Errorf("%s: %+v\n%s", name, health, diff)
		}
	}
}

// TestShortDay: a time of a day on which the clock is set is the time that it showed.
func TestShortDay(t *testing.T) {
	t.Parallel()
	f, err := recording.Open(changedAt(t, "00:30:00 a/b 1\n13:00:00.5 a/b 2\n", time.Date(2026, 10, 25, 14, 0, 0, 0, time.Local)), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if diff := cmp.Diff([]string{`22:30:00.000000 a/b Q0 false "1" 1`, `12:00:00.500000 a/b Q0 false "2" 1`}, messagesOf(t, f)); diff != "" {
		t.Error(diff)
	}
}

// TestLongNight: of the hour that the clock shows twice when summer ends, times keep their
// order.
func TestLongNight(t *testing.T) {
	t.Parallel()
	messages, _ := logMessages(t, recording.StampedFormat, "2026-10-25 01:59:00 a/b 1\n2026-10-25 02:00:00 a/b 2\n2026-10-25 02:59:00 a/b 3\n2026-10-25 02:00:30 a/b 4\n2026-10-25 02:59:30 a/b 5\n2026-10-25 03:00:00 a/b 6\n")
	want := []string{
		`23:59:00.000000 a/b Q0 false "1" 1`, `00:00:00.000000 a/b Q0 false "2" 1`, `00:59:00.000000 a/b Q0 false "3" 1`,
		`01:00:30.000000 a/b Q0 false "4" 1`, `01:59:30.000000 a/b Q0 false "5" 1`, `02:00:00.000000 a/b Q0 false "6" 1`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Error(diff)
	}
}
