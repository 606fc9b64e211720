package cli_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/cli"
	"labtop/subscriber"
	"labtop/testkit/mosquitto"
)

// TestPlanPage runs the commands of docs/plan.md, which begin with what it shows.
func TestPlanPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```\n\\$ labtop (.*?)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d commands", len(blocks))
	}
	for _, b := range blocks {
		code, stdout, stderr := run(t, nil, strings.Fields(b[1])...)
		if code != cli.ExitOK || stderr != "" {
			t.Errorf("%s: code %d, %s", b[1], code, stderr)
		}
		if shown := stdout[:min(len(stdout), len(b[2]))]; shown != b[2] {
			t.Errorf("%s:\n%s", b[1], cmp.Diff(b[2], shown))
		}
	}
}

func TestPlanConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want []string
		not  string
	}{
		{"--devices 1000 --backends 5 --monitors 2", []string{"(1,000 × 1.2) + (5 × 2) + (2 × 3) = 1,216\n"}, "%"},
		{"--devices 7", []string{"7 × 1.2 = 8.4\n", "9  (rounded up)\n", " = 9\n"}, "%"},
		{"--devices 1000 --limit 1500", []string{"✓ ok  1,200 of 1,500 connections are 80.0 %, not above the 80 % line (1,200)\n"}, "→"},
		{"--devices 1001 --limit 1500", []string{"▲ warning  1,202 of 1,500 connections are 80.1 %, above the 80 % line (1,200)\n", "→ a limit of 1,503 leaves a fifth free\n"}, "✓"},
		{"--devices 1000 --limit 1000", []string{"◆ too many  1,200 of 1,000 connections are 120.0 %: the broker refuses what is above its limit, 200\n", "→ a limit of 1,500"}, "✓"},
		{"--devices 1000 --limit 1000 --ascii", []string{"(1,000 x 1.2)", " too many ", "-> a limit of 1,500"}, "×"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, nil, append([]string{"plan", "connections"}, strings.Fields(tt.args)...)...)
			if code != cli.ExitOK || stderr != "" || strings.Contains(stdout, tt.not) {
				t.Errorf("code %d, %s\n%s", code, stderr, stdout)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
		})
	}
}

func TestPlanConnectionsJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"--devices 1000 --backends 5 --monitors 2", `{
			"devices": {"count": 1000, "factor": 1.2, "connections": 1200}, "backends": {"count": 5, "factor": 2, "connections": 10},
			"monitors": {"count": 2, "factor": 3, "connections": 6}, "connections": 1216, "limit": null, "broker": null}`},
		{"--devices 3 --limit 4", `{
			"devices": {"count": 3, "factor": 1.2, "connections": 3.6}, "backends": {"count": 0, "factor": 2, "connections": 0},
			"monitors": {"count": 0, "factor": 3, "connections": 0}, "connections": 4,
			"limit": {"connections": 4, "line": 3, "used_percent": 100, "state": "warning", "needed": 5}, "broker": null}`},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			_, stdout, stderr := run(t, nil, append([]string{"plan", "connections", "--json"}, strings.Fields(tt.args)...)...)
			if diff := cmp.Diff(object(t, tt.want), object(t, stdout)); diff != "" || stderr != "" {
				t.Error(diff, stderr)
			}
		})
	}
}

// object reads one JSON object.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return o
}

// TestPlanBesideBroker compares with what a real broker has.
func TestPlanBesideBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	p := subscriber.NewPublisher(subscriber.Options{Broker: address(t, b)})
	defer p.Close()
	if _, err := p.Publish(t.Context(), []subscriber.Publication{{Topic: "a", QoS: 1}}); err != nil {
		t.Fatal(err)
	}
	args := []string{"plan", "connections", "--devices", "10", "-b", b.Addr}
	// The broker counts once a second, and may count labtop too.
	told := regexp.MustCompile(`has (1 client|2 clients), by its \$SYS.*; the plan has 1[10] more\n`)
	for until := time.Now().Add(20 * time.Second); ; {
		code, stdout, stderr := run(t, nil, args...)
		if told.MatchString(stdout) && code == cli.ExitOK {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("code %d, %s\n%s", code, stderr, stdout)
		}
	}
	_, stdout, _ := run(t, nil, append(args, "--json")...)
	if now, _ := object(t, stdout)["broker"].(map[string]any); now["clients"] == nil || now["url"] != "mqtt://"+b.Addr {
		t.Errorf("broker: %v", now)
	}
	b.Stop()
	if code, stdout, stderr := run(t, nil, args...); code != cli.ExitUnreachable || stdout != "" || !strings.Contains(stderr, "refused the connection") {
		t.Errorf("code %d, %s%s", code, stderr, stdout)
	}
	// A broker of the environment is not asked.
	if code, _, stderr := run(t, map[string]string{"LABTOP_BROKER": b.Addr}, args[:4]...); code != cli.ExitOK {
		t.Error(stderr)
	}
}

// address is a broker's URL.
func address(t *testing.T, b *mosquitto.Broker) subscriber.Broker {
	t.Helper()
	parsed, err := subscriber.ParseBroker(b.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestPlanBattery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string
		want []string
		not  string
	}{
		{"", []string{
			"  QOS  PACKETS  RADIO ON  MEAN CURRENT     LASTS  CONNECTING EACH TIME\n" +
				"    0        1     50 ms     0.2100 mA  496 days             12.7 days\n" +
				"    1        2    100 ms     0.4100 mA  254 days             12.4 days\n" +
				"    2        4    200 ms     0.8100 mA  129 days             11.8 days\n",
			"QoS 0, step by step\n", "QoS 1, step by step\n", "QoS 2, step by step\n", "--capacity 2,500 mAh (assumed)",
		}, "as given"},
		{"--radio-time 10ms,20ms,30ms", []string{"as given", "--connect-time 2 s (assumed)"}, "a packet (assumed)"},
		{"--qos 0 --current 100mA --sleep-current 0 --capacity 10mAh --interval 1s --radio-time 500ms", []string{"0.2 h", "50.0000 mA"}, "QoS 1"},
		{"--current 1 --sleep-current 1 --radio-time 1ms --connect-time 0s --interval 1s --capacity 96", []string{"4.0 days              4.0 days"}, "Nobody gave"},
		{"--connect-time 2m", []string{" 496 days                10.4 h\n", " 129 days                10.4 h\n"}, "--connect-time 2 s"},
		{"--ascii", []string{"1 packet x 50 ms"}, "×"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, nil, append([]string{"plan", "battery"}, strings.Fields(tt.args)...)...)
			if code != cli.ExitOK || stderr != "" || strings.Contains(stdout, tt.not) {
				t.Errorf("code %d, %s\n%s", code, stderr, stdout)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
		})
	}
}

func TestPlanBatteryJSON(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := run(t, nil, "plan", "battery", "--json", "--current", "100", "--sleep-current", "0", "--capacity", "24",
		"--interval", "1s", "--radio-time", "10ms,20ms,40ms", "--connect-time", "460ms")
	life := func(mA, hours float64) string {
		b, _ := json.Marshal(map[string]float64{"mean_ma": mA, "hours": hours, "days": hours / 24})
		return string(b)
	}
	row := func(qos, packets, ms, own, connecting string) string {
		return `{"qos": ` + qos + `, "packets": ` + packets + `, "radio_time_ms": ` + ms + `, "connecting": ` + connecting + `, ` + own[1:]
	}
	want := `{"current_ma": 100, "sleep_current_ma": 0, "capacity_mah": 24, "interval_s": 1, "connect_time_ms": 460, "qos": [` +
		row("0", "1", "10", life(1, 24), life(47, 24./47)) + "," +
		row("1", "2", "20", life(2, 12), life(48, .5)) + "," +
		row("2", "4", "40", life(4, 6), life(50, .48)) + "]}"
	if diff := cmp.Diff(object(t, want), object(t, stdout)); diff != "" || stderr != "" || code != cli.ExitOK {
		t.Error(diff, stderr)
	}
}

func TestPlanErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"", "plan needs a command: connections or battery"},
		{"conections", `unknown command "conections"; did you mean "connections"?`},
		{"connections", "there is nothing to reckon; give --devices, --backends or --monitors"},
		{"connections 5", `labtop plan connections takes no argument, got "5"; remove it`},
		{"connections --devices -1", "--devices: -1 is out of range; write a number from 0 to 10000000"},
		{"connections --devices 10000001", "--devices: 10000001 is out of range; write a number from 0 to 10000000"},
		{"connections --backends -2", "--backends: -2 is out of range; write a number from 0 to 10000000"},
		{"connections --monitors -2", "--monitors: -2 is out of range; write a number from 0 to 10000000"},
		{"connections --devices 1 --limit -1", "--limit: -1 is out of range; write a number from 0 to 10000000"},
		{"connections --devices many", `--devices: "many" is not a whole number; write one such as 3`},
		{"connections --devices 1.5", `--devices: "1.5" is not a whole number; write one such as 3`},
		{"connections --devices", "--devices needs a value; write --devices N"},
		{"battery --current x", `--current: "x" is not a number; write one in mA, such as 80 or 0.01`},
		{"battery --current NaN", `--current: "NaN" is out of range; write a number from 0.001 to 100000, in mA`},
		{"battery --current 0", `--current: "0" is out of range; write a number from 0.001 to 100000, in mA`},
		{"battery --sleep-current 300", `--sleep-current: "300" is out of range; write a number from 0 to 240, in mA`},
		{"battery --capacity -1", `--capacity: "-1" is out of range; write a number from 0.001 to 10000000, in mAh`},
		{"battery --capacity 1e300", `--capacity: "1e300" is out of range; write a number from 0.001 to 10000000, in mAh`},
		{"battery --interval 60", `--interval: "60" has no unit; write "60s" for seconds`},
		{"battery --interval 0s", `--interval: "0s" is out of range; write a duration from 1ms to 8760h0m0s`},
		{"battery --interval 200ms", `--interval: 200ms leaves no time to sleep, for at QoS 2 the radio is on for 200ms; write a longer one`},
		{"battery --radio-time 50ms,100ms", `--radio-time: "50ms,100ms" is 2 durations; write one for a packet, or three for QoS 0, 1 and 2`},
		{"battery --radio-time 50ms,soon,1s", `--radio-time: "soon" is not a duration; write one like 10s or 1m30s`},
		{"battery --radio-time 0s", `--radio-time: "0s" is out of range; write a duration from 1µs to 1h0m0s`},
		{"battery --connect-time -1s", `--connect-time: "-1s" is out of range; write a duration from 0s to 8760h0m0s`},
		{"battery --qos 3", `--qos: "3" is out of range; write a number from 0 to 2`},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, nil, append([]string{"plan"}, strings.Fields(tt.args)...)...)
			if code != cli.ExitUsage || stdout != "" {
				t.Errorf("code %d, stdout %q; want code 2 and nothing", code, stdout)
			}
			if diff := cmp.Diff("labtop: "+tt.want+"\n", stderr); diff != "" {
				t.Error(diff)
			}
		})
	}
}
