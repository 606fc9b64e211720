package cli_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/cli"
	"labtop/testkit/evilbroker"
)

// steadied is a text without what differs from run to run.
func steadied(text string) string {
	for pattern, with := range map[string]string{
		`127\.0\.0\.1:\d+`: "ADDR", `labtop-[0-9a-f]{8}`: "ID", `\(?\b[\d.]+ ms\)?`: "TIME",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, with)
	}
	return text
}

// aBroker answers SUBSCRIBE by granting QoS 0, and sends a message that is stored and one
// that is not.
func aBroker(t *testing.T) (address string) {
	t.Helper()
	return evilbroker.New(t, evilbroker.Case{Stream: slices.Concat(
		evilbroker.Publish(1, "lab1/\x1b[2J°", 0, []byte("22.5 °C")), evilbroker.Hello)}).Listen(t)
}

func TestDoctorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"well", []string{"-t", "#"}, 0, `labtop doctor: mqtt://ADDR

  ✓ ok       DNS        127.0.0.1 is an address TIME
  ✓ ok       TCP        connected to ADDR TIME
  · skipped  TLS        not asked for: mqtt://
  ✓ ok       CONNECT    accepted, as client "ID" without a user name TIME
  ✓ ok       SUBSCRIBE  1 of 1 filter granted
                        ✓ #: receiving at QoS 0, 2 messages in 2s, 1 of them stored
  ▲ warning  $SYS       not offered: the broker says nothing of itself
                        → it may keep $SYS to administrators, or have none; the figures of the broker stay empty
  ✓ ok       retained   1 stored message
                        ✓ lab1/␛[2J° = 22.5 °C
  ✓ ok       ping       answered in TIME

It works, with a warning.
`},
		{"ascii", []string{"-t", "quiet/#@1", "--ascii"}, 0, `labtop doctor: mqtt://ADDR

  = ok       DNS        127.0.0.1 is an address TIME
  = ok       TCP        connected to ADDR TIME
  - skipped  TLS        not asked for: mqtt://
  = ok       CONNECT    accepted, as client "ID" without a user name TIME
  W warning  SUBSCRIBE  1 of 1 filter granted
                        W quiet/#: subscribed at QoS 0 instead of 1, nothing received in 2s
                          -> nobody may have published there meanwhile; or the broker's access rules hide it without a word, as Mosquitto's acl_file does
  W warning  $SYS       not offered: the broker says nothing of itself
                        -> it may keep $SYS to administrators, or have none; the figures of the broker stay empty
  = ok       retained   1 stored message
                        = lab1/?[2J = 22.5 C
  = ok       ping       answered in TIME

It works, with 2 warnings.
`},
		{"refused", []string{"-b", "127.0.0.2:1"}, 4, `labtop doctor: mqtt://127.0.0.2:1

  ✓ ok       DNS        127.0.0.2 is an address TIME
  ◆ failed   TCP        mqtt://127.0.0.2:1 refused the connection
                        → is the broker running, and is this its port?
  · skipped  TLS        not reached
  · skipped  CONNECT    not reached
  · skipped  SUBSCRIBE  not reached
  · skipped  $SYS       not reached
  · skipped  retained   not reached
  · skipped  ping       not reached

It fails at TCP.
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, map[string]string{"LABTOP_BROKER": aBroker(t)}, append([]string{"doctor"}, tt.args...)...)
			text := steadied(stdout)
			if code != tt.code || stderr != "" {
				t.Errorf("code %d, stderr %q", code, stderr)
			}
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDoctorJSON holds the names of the fields, which scripts read.
func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	lasting := embedded(t)
	if code, _, stderr := run(t, nil, "publish", "lab1/status", "online", "--retain", "--qos", "1", "-b", lasting); code != 0 {
		t.Fatal(stderr)
	}
	code, stdout, stderr := run(t, nil, "doctor", "--json", "--probe", "a", "-b", lasting)
	var found map[string]any
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || code != cli.ExitOK || stderr != "" {
		t.Fatalf("code %d, %v, %q", code, err, stderr)
	}
	fields := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				fields[path+name] = true
				walk(path+name+".", member)
			}
		case []any:
			for _, element := range v {
				walk(path, element)
			}
		}
	}
	found["sys"] = nil // its fields are topics
	walk("", found)
	var got []string
	for name := range fields {
		got = append(got, name)
	}
	sort.Strings(got)
	want := []string{
		"addresses", "addresses.address", "addresses.problem", "addresses.took_ms", "broker", "client_id", "ping_ms",
		"probe", "probe.acknowledged_ms", "probe.back_ms", "probe.back_qos", "probe.problem", "probe.qos",
		"retained", "retained.count", "retained.samples", "retained.samples.payload", "retained.samples.topic",
		"state", "steps", "steps.findings", "steps.findings.remedy", "steps.findings.state", "steps.findings.text",
		"steps.name", "steps.remedy", "steps.state", "steps.text", "steps.took_ms",
		"subscriptions", "subscriptions.error", "subscriptions.filter", "subscriptions.granted_qos", "subscriptions.messages",
		"subscriptions.requested_qos", "subscriptions.retained", "sys", "time", "tls", "username",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if found["state"] != "ok" || fmt.Sprint(found["ping_ms"]) == "<nil>" {
		t.Errorf("%v", found)
	}
}

func TestDoctorUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--probe", "a", "--read-only"}, "--read-only: nothing is published in read-only mode; remove it to use --probe"},
		{[]string{"--probe", "a/#"}, `--probe: topic "a/#": holds a wildcard; # and + are for subscribing only`},
		{[]string{"now"}, `labtop doctor takes no argument, got "now"; remove it`},
	} {
		code, stdout, stderr := run(t, nil, append([]string{"doctor"}, tt.args...)...)
		if code != cli.ExitUsage || stdout != "" || stderr != "labtop: "+tt.want+"\n" {
			t.Errorf("%v: code %d, %q, %q", tt.args, code, stdout, stderr)
		}
	}
}
