package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/alerts"
	"labtop/model"
)

// TestDefaultRulesAsText: what `config init` writes are the built-in rules.
func TestDefaultRulesAsText(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll("alerts:"+exampleRules(), "\n#", "\n")
	read, err := parseRules("rules.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(alerts.Defaults(), rulesOf(&Config{Rules: read})); diff != "" {
		t.Error(diff)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	read, err := parseRules("rules.yaml", []byte(`
- name: too-hot
  metric: temperature
  device: lab*
  path: BME280.*
  topic: iotclass/+/temperature
  unit: "°C"
  warning:  {above: 28, clear: 27}
  critical: {above: 32, clear: 30, for: 1s}
  for: 10s
  cooldown: 5m
  help: |
    Open a window.
    Then wait.
  notify: [bell, desktop]
- {name: silent, metric: "*", no_data: 30s, severity: critical, expect: [lab1, lab2], even_offline: true}
- {name: gone, presence: offline}
- {name: jump, metric: t, rate_above: 2.5, clear: 1, direction: falling, window: 2m, severity: critical}
- {name: dry, metric: humidity, outside: [30, 60], clear: [32, 58], notify: bell, retained: true}
- {name: door, topic: home/+/door, equals: true}
- {name: mode, topic: home/+/mode, not: 3}
- {name: stuck, metric: t, stuck: 10m}
- {name: nan, metric: t, not_a_number: true}
- {name: learned, metric: t, no_data: learned}
- {name: clients, broker: clients_percent, at_least: 80, clear: 75, retained: true}
- {name: rebooted, metric: uptime, falls_by: 5, window: 10m}
- {name: leak, metric: heap, grows: 20, window: 2h, severity: critical}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []alerts.Rule{
		{
			Name: "too-hot", Metric: "temperature", Device: "lab*", Path: "BME280.*", Topic: "iotclass/+/temperature", Unit: "°C",
			Warning:  &alerts.Condition{Kind: alerts.Above, Limit: 28, HasClear: true, Clear: 27, For: 10 * time.Second},
			Critical: &alerts.Condition{Kind: alerts.Above, Limit: 32, HasClear: true, Clear: 30, For: time.Second},
			Cooldown: 5 * time.Minute, Help: "Open a window.\nThen wait.\n", Notify: []string{"bell", "desktop"},
		},
		{
			Name: "silent", Metric: "*", Critical: &alerts.Condition{Kind: alerts.NoData, After: 30 * time.Second},
			Expect: []string{"lab1", "lab2"}, EvenOffline: true,
		},
		{Name: "gone", Warning: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline}},
		{Name: "jump", Metric: "t", Critical: &alerts.Condition{
			Kind: alerts.Rate, Limit: 2.5, HasClear: true, Clear: 1, Direction: alerts.Falling, Window: 2 * time.Minute,
		}},
		{
			Name: "dry", Metric: "humidity", Retained: true, Notify: []string{"bell"},
			Warning: &alerts.Condition{Kind: alerts.Outside, Limit: 30, Upper: 60, HasClear: true, Clear: 32, UpperClear: 58},
		},
		{Name: "door", Topic: "home/+/door", Warning: &alerts.Condition{Kind: alerts.Equals, Text: "true"}},
		{Name: "mode", Topic: "home/+/mode", Warning: &alerts.Condition{Kind: alerts.Not, Text: "3"}},
		{Name: "stuck", Metric: "t", Warning: &alerts.Condition{Kind: alerts.Stuck, After: 10 * time.Minute}},
		{Name: "nan", Metric: "t", Warning: &alerts.Condition{Kind: alerts.NotANumber}},
		{Name: "learned", Metric: "t", Warning: &alerts.Condition{Kind: alerts.NoData}},
		{Name: "clients", Broker: "clients_percent", Retained: true, Warning: &alerts.Condition{Kind: alerts.AtLeast, Limit: 80, HasClear: true, Clear: 75}},
		{Name: "rebooted", Metric: "uptime", Warning: &alerts.Condition{Kind: alerts.FallsBy, Limit: 5, Window: 10 * time.Minute}},
		{Name: "leak", Metric: "heap", Critical: &alerts.Condition{Kind: alerts.Grows, Limit: 20, Window: 2 * time.Hour}},
	}
	if diff := cmp.Diff(want, rulesOf(&Config{Rules: read})); diff != "" {
		t.Error(diff)
	}
}

// TestBadRules: each is refused with its place and what to write.
func TestBadRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, content, want string }{
		{"no list", "a: 1", `1:1: unknown key "a"; labtop config init - shows all keys`},
		{"no alerts", "fps: 3", `1:1: there is no key alerts; write a list of rules, or alerts: with the list`},
		{"no rule", "- x", `1:3: a rule is a single value; write keys with values, such as {name: too-hot, metric: temperature, above: 30}`},
		{"single value", "x", `1:1: the file is a single value; write a list of rules`},
		{"unknown key", "- {name: a, metirc: t, above: 1}", `1:13: unknown key "metirc"; did you mean "metric"?`},
		{"unknown condition", "- {name: a, metric: t, warning: {abov: 1}}", `1:34: unknown key "abov"; did you mean "above"?`},
		{"misplaced key", "- {name: a, warning: {notify: [b]}}", `1:23: unknown key "notify"; it belongs to the rule itself`},
		{"no name", "- {metric: t, above: 1}", `1:3: the rule has no name; give it one`},
		{"no condition", "- {name: a, metric: t}", `1:3: rule "a": nothing is wrong yet; say above, below, outside, at_least, equals, not, rate_above, falls_by, grows, no_data, presence, stuck or not_a_number`},
		{"no match", "- {name: a, above: 1}", `1:3: rule "a": nothing says what is watched; add metric, topic, device, path or broker, or metric: "*" for all`},
		{"twice", "- {name: a, metric: t, above: 1}\n- {name: a, metric: u, above: 1}", `2:10: the rule "a" is there already, at rules.yaml:1:10; rename one`},
		{"two conditions", "- {name: a, metric: t, above: 1, below: 0}", `1:34: below after above; a condition is one of them: write outside: [low, high] for both ends, or two rules`},
		{"both forms", "- {name: a, metric: t, above: 1, critical: {above: 2}}", `1:31: above stands beside warning or critical; put it into one of them`},
		{"severity beside", "- {name: a, metric: t, critical: {above: 2}, severity: warning}", `1:56: severity says nothing beside warning and critical; remove it`},
		{"clear beside", "- {name: a, metric: t, critical: {above: 2}, clear: 1}", `1:53: clear belongs into warning or critical, beside the limit`},
		{"clear above", "- {name: a, metric: t, above: 30, clear: 31}", `1:42: rule "a": clear: 31 is above the limit 30, so that an alert would end while it begins; write 30 or less`},
		{"clear below", "- {name: a, metric: t, warning: {below: 5, clear: 4}}", `1:51: rule "a": clear: 4 is below the limit 5, so that an alert would end while it begins; write 5 or more`},
		{"clear of a range", "- {name: a, metric: t, outside: [1, 2], clear: 1}", `1:48: clear is a range where the limit is one; write clear: [low, high]`},
		{"range of a number", "- {name: a, metric: t, above: 3, clear: [1, 2]}", `1:41: clear is one number where the limit is one`},
		{"wide clear", "- {name: a, metric: t, outside: [1, 2], clear: [0, 2]}", `1:48: rule "a": clear: it is wider than the limits, so that an alert would end while it begins; keep it within 1 to 2`},
		{"clear upside down", "- {name: a, metric: t, outside: [1, 9], clear: [5, 4]}", `1:48: rule "a": clear: the range begins at 5, above its end 4; exchange them`},
		{"upside down", "- {name: a, metric: t, outside: [30, 15]}", `1:33: rule "a": outside: the range begins at 30, above its end 15; exchange them`},
		{"three numbers", "- {name: a, metric: t, outside: [1, 2, 3]}", `1:33: outside: 3 numbers are no range; write [low, high]`},
		{"number for a range", "- {name: a, metric: t, outside: 3}", `1:33: outside is a single value; write a range: [low, high]`},
		{"range for a number", "- {name: a, metric: t, above: [3]}", `1:31: above is a list; write a number`},
		{"no number", "- {name: a, metric: t, above: hot}", `1:31: above: "hot" is not a number; write one such as 30 or 29.5`},
		{"nan", "- {name: a, metric: t, above: .nan}", `1:31: above: ".nan" is not a number; write one such as 30 or 29.5`},
		{"no unit", "- {name: a, metric: t, no_data: 30}", `1:33: no_data: "30" has no unit; write "30s" for seconds`},
		{"negative", "- {name: a, metric: t, above: 3, for: -1s}", `1:39: for: "-1s" is negative; write a positive duration`},
		{"long", "- {name: a, metric: t, above: 3, for: 99999h}", `1:39: rule "a": for: 99999h0m0s is out of range; write a duration up to 8784h0m0s`},
		{"no silence", "- {name: a, metric: t, no_data: 0s}", `1:33: no_data: a silence of 0 s is none; write a duration, or learned for three times the interval`},
		{"not stuck", "- {name: a, metric: t, stuck: 0s}", `1:31: rule "a": stuck: 0s is out of range; write a duration up to 8784h0m0s`},
		{"levels exchanged", "- {name: a, metric: t, warning: {above: 3}, critical: {above: 2}}", `1:55: rule "a": critical: it comes before the warning does; exchange them`},
		{"levels differ", "- {name: a, metric: t, warning: {above: 3}, critical: {below: 2}}", `1:55: rule "a": critical: it says below where warning says above; use the same for both, or make two rules`},
		{"presence word", "- {name: a, presence: ofline}", `1:23: presence: "ofline" is none of offline, asleep, online; did you mean "offline"?`},
		{"presence of a metric", "- {name: a, metric: t, presence: offline}", `1:3: rule "a": presence is of a device; say which with device, and remove metric, topic and path`},
		{"severity word", "- {name: a, metric: t, above: 1, severity: error}", `1:44: severity: "error" is none of warning, critical`},
		{"falling", "- {name: a, metric: t, rate_above: -1}", `1:36: rule "a": rate_above: -1 is negative; write a positive number, and direction: falling for falls`},
		{"direction", "- {name: a, metric: t, above: 1, direction: falling}", `1:45: direction goes with rate_above only; remove it`},
		{"clear of a word", "- {name: a, metric: t, equals: x, clear: 1}", `1:42: rule "a": clear: equals has no clear level; remove it`},
		{"filter", "- {name: a, topic: a/#/b, above: 1}", `1:20: rule "a": topic: "a/#/b" is no topic filter; + stands for a whole level, # for all levels at the end`},
		{"clear at the limit", "- {name: a, metric: t, at_least: 30, clear: 30}", `1:45: rule "a": clear: 30 is not below the limit 30, so that an alert would end while it begins; write less`},
		{"rising by less than nothing", "- {name: a, metric: t, grows: -1}", `1:31: rule "a": grows: -1 is negative; write 0 or more`},
		{"a short window", "- {name: a, metric: t, grows: 5, window: 1s}", `1:42: rule "a": window: 1s is too short to see that something grows; write a minute or more`},
		{"a window of limits", "- {name: a, metric: t, above: 1, window: 1m}", `1:42: window goes with rate_above, falls_by and grows only; remove it`},
		{"clear of a fall", "- {name: a, metric: t, falls_by: 1, clear: 1}", `1:44: rule "a": clear: falls_by has no clear level; remove it`},
		{"figure", "- {name: a, broker: client, above: 1}", `1:21: broker: "client" is none of clients, clients_percent, sessions, retained, subscriptions, heap, uptime, dropped, messages_received, messages_sent, bytes_received, bytes_sent, certificate_days; did you mean "clients"?`},
		{"figure of a metric", "- {name: a, broker: clients, metric: t, above: 1}", `1:21: rule "a": broker: it is what the broker says of itself; remove metric, topic, device and path`},
		{"presence of the broker", "- {name: a, broker: clients, presence: offline}", `1:21: rule "a": broker: presence is of a device; say which with device`},
		{"expect", "- {name: a, metric: t, above: 1, expect: [x]}", `1:42: rule "a": expect: only a rule with no_data expects devices`},
		{"expect without a time", "- {name: a, metric: t, no_data: learned, expect: [x]}", `1:50: rule "a": expect: nothing is known of the interval of a device that never spoke; give no_data a duration`},
		{"not_a_number", "- {name: a, metric: t, not_a_number: false}", `1:38: not_a_number is false, which watches nothing; write true or remove it`},
		{"boolean", "- {name: a, metric: t, above: 1, retained: maybe}", `1:44: retained: "maybe" is not true or false; write one of them`},
		{"empty", "- {name: \"\", metric: t, above: 1}", `1:10: name: the text is empty; write one or remove the key`},
		{"control character", "- {name: \"a\\eb\", metric: t, above: 1}", `1:10: name: "a\x1bb" holds a control character; remove it`},
		{"second document", "- {name: a, presence: offline}\n---\n- {name: b, presence: offline}", `3:1: a second document begins; put everything in one`},
		{"no value", "- {name: a, metric: t, above: }", `1:24: above has no value; give a number or remove the key`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseRules("rules.yaml", []byte(tt.content))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff("rules.yaml:"+tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			_, err = parseFile("rules.yaml", []byte("alerts:\n  "+strings.ReplaceAll(tt.content, "\n", "\n  ")))
			if strings.HasPrefix(tt.content, "- ") && (err == nil || !strings.HasPrefix(err.Error(), "rules.yaml:")) {
				t.Errorf("in a config: %v", err)
			}
		})
	}
}

// TestRulesFile: the file that a flag or a variable names comes before the config.
func TestRulesFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name, content string) string {
		name = filepath.Join(dir, name)
		writeFile(t, name, content)
		return name
	}
	config := path("config.yaml", "alerts: [{name: config, presence: offline}]\nprofiles: {p: {alerts: [{name: profile, presence: offline}]}, none: {alerts: []}}\n")
	list := path("list.yaml", "- {name: list, presence: offline}\n")
	whole := path("whole.yaml", "fps: 9\nalerts: [{name: whole, presence: offline}]\n")
	plain := path("plain.yaml", "fps: 9\n")
	if c, err := fileAlone(func(string) (string, bool) { return "", false }, plain, "").load(); err != nil || c.Rules != nil || len(rulesOf(c)) == 0 {
		t.Errorf("without rules: %v, %v; want the built-in ones", c, err)
	}
	bad := path("bad.yaml", "- {name: list, prsence: offline}\n")
	for _, tt := range []struct{ profile, env, flag, want string }{
		{want: "config"},
		{profile: "p", want: "profile"},
		{profile: "none", want: ""},
		{env: list, want: "list"},
		{profile: "p", env: list, want: "list"},
		{env: list, flag: whole, want: "whole"},
		{flag: bad, want: bad + `:1:16: unknown key "prsence"; did you mean "presence"?`},
		{flag: filepath.Join(dir, "none.yaml"), want: "--rules: there is no file " + filepath.Join(dir, "none.yaml")},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{"LABTOP_RULES": tt.env}
			l := fileAlone(func(name string) (string, bool) { return variables[name], true }, config, tt.profile)
			if tt.flag != "" {
				l.flags["rules"] = &flagValue{texts: []string{tt.flag}}
			}
			c, err := l.load()
			if err != nil {
				if err.Error() != tt.want || exitCode(err) != ExitUsage {
					t.Errorf("%v (exit %d), want %v", err, exitCode(err), tt.want)
				}
				return
			}
			if got := rules().show(c); got != tt.want || c.Rules == nil {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzRules(f *testing.F) {
	f.Add("alerts:" + strings.ReplaceAll(exampleRules(), "\n#", "\n"))
	for _, seed := range []string{
		"- {name: a, metric: t, outside: [1, 2], clear: [1, 2], for: 1s}", "- {name: a, warning: {above: 1}, critical: {}}",
		"- {name: &x a}", "[]", "- []", "- {name: a, metric: t, rate_above: 1e308, direction: rising}", "- {name: a, clear: [1, .inf], outside: [0, 9]}",
		"- {name: a, broker: dropped, rate_above: 0, direction: rising}", "- {name: a, broker: uptime, warning: {falls_by: 5, window: 1m}, retained: true}",
		"- {name: a, metric: t, at_least: 80, clear: 80}", "- {name: a, metric: t, grows: 1e308, window: 24h}",
		"- {warning: {warning: {}}}", "- {name: a, warning: }", "- {? [a] : b}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		read, err := parseRules("rules.yaml", []byte(content))
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "rules.yaml:") {
				t.Fatalf("not one line with its place: %q", err)
			}
			return
		}
		if _, err := alerts.New(rulesOf(&Config{Rules: read}), alerts.Options{}); err != nil {
			t.Fatalf("rules that were read are refused: %v", err)
		}
	})
}
