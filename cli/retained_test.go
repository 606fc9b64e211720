package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/cli"
)

// keeping is a broker that keeps a few messages.
func keeping(t *testing.T) (url string) {
	t.Helper()
	url = embedded(t)
	for _, m := range [][2]string{
		{"iotclass/lab1/status", "online"},
		{"iotclass/lab1/config", `{"interval":5,"time":"2001-02-03T04:05:06Z"}`},
		{"iotclass/lab10/status", "\x1b[2Joffline\xff" + strings.Repeat("°", 300)},
		{"other", "x"},
	} {
		if code, _, stderr := run(t, nil, "publish", m[0], m[1], "--retain", "--qos", "1", "-b", url); code != 0 {
			t.Fatal(stderr)
		}
	}
	return url
}

// TestRetainedList shows what a broker keeps, and nothing that a terminal would obey.
func TestRetainedList(t *testing.T) {
	t.Parallel()
	url := keeping(t)
	code, stdout, stderr := run(t, nil, "retained", "list", "iotclass/#", "-b", url)
	want := "     SIZE  QOS    AGE  TOPIC                  PAYLOAD\n" +
		" 44 bytes    1  AGED  iotclass/lab1/config   {\"interval\":5,\"time\":\"2001-02-03T04:05:…\n" +
		"  6 bytes    1      -  iotclass/lab1/status   online\n" +
		"612 bytes    1      -  iotclass/lab10/status  ␛[2Joffline�" + strings.Repeat("°", 27) + "…\n"
	aged := strings.Fields(strings.SplitN(stdout+"\n\n", "\n", 3)[1] + " - - - -")[3]
	want = strings.Replace(want, "AGED", fmt.Sprintf("%5s", aged), 1)
	if !strings.HasSuffix(aged, "d") || code != 0 || stderr != "labtop: 3 retained messages on iotclass/#\n" {
		t.Errorf("code %d, age %s, %s", code, aged, stderr)
	}
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Error(diff)
	}

	code, stdout, stderr = run(t, nil, "retained", "list", "--json", "iotclass/#", "-b", url)
	var got struct {
		Filter   string
		More     int
		Retained []map[string]any
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || stderr != "" || len(got.Retained) != 3 {
		t.Fatalf("code %d, %v, %s\n%s", code, err, stderr, stdout)
	}
	first := map[string]any{
		"topic": "iotclass/lab1/config", "size": 44.0, "qos": 1.0, "written": "2001-02-03T04:05:06Z",
		"payload": `{"interval":5,"time":"2001-02-03T04:05:06Z"}`,
	}
	if diff := cmp.Diff(first, got.Retained[0]); diff != "" {
		t.Error(diff)
	}
	if got.Retained[2]["payload_base64"] == nil || got.Retained[2]["payload"] != nil || got.Retained[1]["written"] != nil || strings.Contains(stdout, "\x1b") {
		t.Error(stdout)
	}

	code, stdout, stderr = run(t, nil, "retained", "list", "none/#", "-b", url)
	if code != 0 || stdout != "" || stderr != "labtop: no retained messages on none/#, or none that the broker shows to this client\n" {
		t.Errorf("code %d, %q, %s", code, stdout, stderr)
	}
}

// TestRetainedClear clears what is asked for and nothing else, and nothing at all unless
// somebody has agreed.
func TestRetainedClear(t *testing.T) {
	t.Parallel()
	url := keeping(t)
	const dead = "mqtt://127.0.0.1:1"
	for _, tt := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"retained", "clear", "other", "-b", dead}, cli.ExitUsage, "there is no terminal to ask on; look with --dry-run, then give --yes to clear without being asked"},
		{[]string{"decommission", "lab1", "-b", dead}, cli.ExitUsage, "there is no terminal to ask on; look with --dry-run, then give --yes to clear without being asked"},
		{[]string{"retained", "clear", "other", "--yes", "--read-only", "-b", url}, cli.ExitUsage, "--read-only: nothing is cleared in read-only mode; remove it to clear, or look with --dry-run"},
		{[]string{"publish", "other", "--retain", "--read-only", "-b", url}, cli.ExitUsage, "--read-only: nothing is published in read-only mode; remove it to publish"},
		{[]string{"retained", "clear", "$SYS/#", "--yes", "-b", url}, cli.ExitUsage, "topics that begin with $ are the broker's own, and are not cleared"},
		{[]string{"decommission", "$SYS/broker", "--yes", "-b", url}, cli.ExitUsage, "topics that begin with $ are the broker's own, and are not cleared"},
		{[]string{"retained", "clear", "a/#/b", "--yes", "-b", url}, cli.ExitUsage, `topic filter "a/#/b": # at level 2 is not the last level; use "a/#", or + for one level`},
		{[]string{"retained", "list", "$share/g/#", "-b", url}, cli.ExitUsage, "a shared subscription gets no retained messages; give the filter without $share"},
		{[]string{"retained", "clear"}, cli.ExitUsage, "retained clear needs a topic filter; in quotes, as in labtop retained clear 'iotclass/#'"},
		{[]string{"retained"}, cli.ExitUsage, "retained needs a command: list or clear"},
		{[]string{"decommission"}, cli.ExitUsage, "decommission needs a device: its name, its id, or the topic that all of its own begin with"},
		{[]string{"retained", "clear", "#", "--dry-run", "--read-only", "-b", url}, 0, "dry run: would clear 4 retained messages on #, all that the broker keeps"},
		{[]string{"retained", "clear", "other", "--yes", "-b", dead}, cli.ExitUnreachable, "mqtt://127.0.0.1:1 refused the connection; is the broker running, and is this its port?"},
		{[]string{"decommission", "boiler", "--yes", "-b", url}, cli.ExitUsage, `nothing is retained of a device "boiler"`},
		{[]string{"decommission", "lab100", "--dry-run", "-b", url}, cli.ExitUsage, `nothing is retained of a device "lab100"; did you mean "lab10"?`},
		{[]string{"decommission", "iotclas/lab1", "--yes", "-b", url}, cli.ExitUsage, `nothing is retained of a device "iotclas/lab1"; did you mean "iotclass/lab1"?`},
		{[]string{"decommission", "iotclass", "--yes", "-b", url}, cli.ExitUsage, `"iotclass" holds several devices: iotclass/lab1, iotclass/lab10; name one of them, with a slash at its end`},
		{[]string{"retained", "list", "other", "-b", url}, 0, "1 retained message on other"},
		{[]string{"retained", "clear", "other", "--yes", "-b", url}, 0, "cleared 1 of 1 retained message, and checked with a new subscription"},
		{[]string{"retained", "clear", "other", "--yes", "-b", url}, 0, "no retained messages on other, or none that the broker shows to this client"},
		{[]string{"decommission", "LAB1", "--yes", "-b", url}, 0, "cleared 2 of 2 retained messages, and checked with a new subscription"},
		{[]string{"retained", "list", "#", "-b", url}, 0, "1 retained message on #"},
	} {
		code, _, stderr := run(t, nil, tt.args...)
		if code != tt.code || stderr != "labtop: "+tt.said+"\n" {
			t.Errorf("%q: code %d, %s", tt.args, code, stderr)
		}
	}
}
