package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/cli"
)

// run runs a command line in process, in an environment of its own.
func run(t *testing.T, variables map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), args, cli.Environment{
		Stdout: &out,
		Stderr: &errs,
		LookupEnv: func(name string) (string, bool) {
			value, ok := variables[name]
			return value, ok
		},
	})
	return code, out.String(), errs.String()
}

// write writes a config file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandLineErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"unknown flag", nil, []string{"--brokr", "x"}, "unknown flag: --brokr; did you mean --broker?"},
		{"far flag", nil, []string{"--zzz"}, "unknown flag: --zzz; see labtop --help"},
		{"unknown letter", nil, []string{"-x"}, "unknown flag: -x; see labtop --help"},
		{"missing value", nil, []string{"--broker"}, "--broker needs a value; write --broker URL"},
		{"missing value of a letter", nil, []string{"-t"}, "--topic needs a value; write --topic FILTER[@QOS]"},
		{"unknown command", nil, []string{"confg"}, `unknown command "confg"; did you mean "config"?`},
		{"far command", nil, []string{"zzz"}, `unknown command "zzz"; see labtop --help`},
		{"missing command", nil, []string{"config"}, "config needs a command: init, check, show or path"},
		{"unknown subcommand", nil, []string{"config", "chek"}, `unknown command "chek"; did you mean "check"?`},
		{"extra argument", nil, []string{"version", "x"}, `labtop version takes no argument, got "x"; remove it`},
		{"extra file", nil, []string{"config", "check", "a", "b"}, `labtop config check takes one FILE, got "b" too; remove it`},
		{"bad switch", nil, []string{"version", "--json=x"}, `--json: "x" is not a bool`},
		{"missing shell", nil, []string{"completion"}, "completion needs a shell: bash, zsh, fish, powershell"},
		{"unknown shell", nil, []string{"completion", "tcsh"}, `unknown shell "tcsh"; write one of bash, zsh, fish, powershell`},
		{"range", nil, []string{"config", "show", "--fps", "99"}, `--fps: "99" is out of range; write a number from 1 to 60`},
		{"huge", nil, []string{"config", "show", "--fps", "99999999999999999999"}, `--fps: "99999999999999999999" is out of range; write a number from 1 to 60`},
		{"no number", nil, []string{"config", "show", "--qos", "two"}, `--qos: "two" is not a whole number; write one from 0 to 2`},
		{"no unit", nil, []string{"config", "show", "--keepalive", "10"}, `--keepalive: "10" has no unit; write "10s" for seconds`},
		{"no duration", nil, []string{"config", "show", "--keepalive", "soon"}, `--keepalive: "soon" is not a duration; write one like 10s or 1m30s`},
		{"split second", nil, []string{"config", "show", "--keepalive", "1500ms"}, `--keepalive: "1500ms" is not a multiple of 1s; round it`},
		{"theme", nil, []string{"config", "show", "--theme", "drak"}, `--theme: "drak" is none of auto, dark, light, contrast; did you mean "dark"?`},
		{"filter", nil, []string{"config", "show", "-t", "a/#/b"}, `--topic: topic filter "a/#/b": # at level 2 is not the last level; use "a/#", or + for one level`},
		{"variable", map[string]string{"LABTOP_FPS": "0"}, []string{"config", "show"}, `LABTOP_FPS: "0" is out of range; write a number from 1 to 60`},
		{"variable's switch", map[string]string{"LABTOP_ASCII": "maybe"}, []string{"config", "show"}, `LABTOP_ASCII: "maybe" is not true or false; write one of them`},
		{"variable's filter", map[string]string{"LABTOP_TOPIC": "a,b#"}, []string{"config", "show"}, `LABTOP_TOPIC: topic filter "b#": level 1 ("b#") mixes a wildcard with text; # and + stand alone between slashes`},
		{"overridden variable", map[string]string{"LABTOP_FPS": "x"}, []string{"config", "show", "--fps", "9"}, `LABTOP_FPS: "x" is not a whole number; write one from 1 to 60`},
		{"control characters", nil, []string{"config", "show", "-u", "a\x1b[2Jb"}, `--username: "a\x1b[2Jb" holds a control character; remove it`},
		{"broker", nil, []string{"config", "show", "-b", "http://x"}, `--broker: broker "http://x": unknown scheme "http"; use mqtt, mqtts, ws or wss`},
		{"certificate alone", nil, []string{"config", "show", "--cert-file", "c"}, "--cert-file: a client certificate needs its key; give --key-file too"},
		{"key alone", nil, []string{"config", "show", "--key-file", "k"}, "--key-file: a client key needs its certificate; give --cert-file too"},
		{"kept session", nil, []string{"config", "show", "--clean-session=false"}, "--clean-session: a kept session needs a name; give --client-id too"},
		{"presence's topic", nil, []string{"config", "show", "--presence-topic", "lab/+"}, `--presence-topic: topic "lab/+": holds a wildcard; # and + are for subscribing only`},
		{"presence at the broker's", nil, []string{"config", "show", "--presence-topic", "$SYS/x"}, `--presence-topic: topic "$SYS/x": topics that begin with $ are the broker's own`},
		{"presence in read-only mode", nil, []string{"--presence-topic", "lab/desk", "--read-only"}, "--presence-topic: labtop publishes there, which it must not in read-only mode; remove it, or write --presence-topic ''"},
		{"no config file", nil, []string{"config", "show", "-c", "/nowhere/x.yaml"}, "--config: there is no file /nowhere/x.yaml; labtop config init PATH writes one"},
		{"no profile's file", nil, []string{"config", "show", "--profile", "x"}, `--profile: there is no config file with the profile "x"; labtop config init writes one`},
		{"no such QoS", nil, []string{"config", "show", "-t", "a@9"}, `--topic: topic filter "a@9": QoS is 0, 1 or 2; a topic that ends in @9 is written "a@9@0"`},
		{"variable's QoS", map[string]string{"LABTOP_TOPIC": "a@1,b@3"}, []string{"config", "show"}, `LABTOP_TOPIC: topic filter "b@3": QoS is 0, 1 or 2; a topic that ends in @3 is written "b@3@0"`},
		{"unknown command with a flag", nil, []string{"rekord", "-o", "x"}, `unknown command "rekord"; did you mean "record"?`},
		{"unknown command after a flag", nil, []string{"-b", "mqtt://h", "confg", "--zzz"}, `unknown command "confg"; did you mean "config"?`},
		{"unknown command without a value", nil, []string{"confg", "--broker"}, `unknown command "confg"; did you mean "config"?`},
		{"unknown subcommand with a flag", nil, []string{"config", "chek", "-o"}, `unknown command "chek"; did you mean "check"?`},
		{"unknown flag before an argument", nil, []string{"-o", "x"}, "unknown flag: -o; see labtop --help"},
		{"standstill", nil, []string{"demo", "--speed", "0"}, "--speed: 0 is out of range; write a number above 0 and up to 1000"},
		{"backwards", nil, []string{"demo", "--speed", "-1"}, "--speed: -1 is out of range; write a number above 0 and up to 1000"},
		{"too fast", nil, []string{"demo", "--speed", "1001"}, "--speed: 1001 is out of range; write a number above 0 and up to 1000"},
		{"no speed", nil, []string{"demo", "--speed", "nan"}, "--speed: NaN is out of range; write a number above 0 and up to 1000"},
		{"no interval", nil, []string{"simulate", "--interval", "0s"}, "--interval: 0s is out of range; write a duration of 1ms or more"},
		{"negative interval", nil, []string{"simulate", "--interval", "-5s"}, "--interval: -5s is out of range; write a duration of 1ms or more"},
		{"negative boards", nil, []string{"simulate", "--labs", "-1"}, "--labs: -1 is out of range; write a number from 0 to 10000"},
		{"too many rooms", nil, []string{"simulate", "--rooms", "10001"}, "--rooms: 10001 is out of range; write a number from 0 to 10000"},
		{"no devices", nil, []string{"simulate", "--labs", "0", "--rooms", "0"}, "--labs and --rooms are both 0; simulate one device at least"},
		{"slow simulation", nil, []string{"simulate", "--speed", "0"}, "--speed: 0 is out of range; write a number above 0 and up to 1000"},
		{"no devices by name", nil, []string{"simulate", "--labs", "0", "--rooms", "0", "--chaos", ""}, "--labs and --rooms are both 0; simulate one device at least"},
		{"unknown chaos", nil, []string{"simulate", "--chaos", "flap, garbge"}, `--chaos: "garbge" is none of crash, offline-twice, early-close, ghost, duplicates, skew, garbage, flap, takeover, reboot, silent, spike, stuck, all; did you mean "garbage"?`},
		{"unknown challenge", nil, []string{"demo", "--challenge", "batery"}, `--challenge: "batery" is none of on-change, battery, json, dimmer, schedule, all; did you mean "battery"?`},
		{"challenge for chaos", map[string]string{"LABTOP_CHALLENGE": "crash"}, []string{"demo"}, `LABTOP_CHALLENGE: "crash" is none of on-change, battery, json, dimmer, schedule, all`},
		{"chaos elsewhere", nil, []string{"snapshot", "--chaos", "crash"}, "unknown flag: --chaos; see labtop snapshot --help"},
		{"no home", nil, []string{"config", "path"}, "there is no home directory; name the config file with --config"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, tt.env, tt.args...)
			if code != cli.ExitUsage || stdout != "" {
				t.Errorf("code %d, stdout %q; want code 2 and nothing", code, stdout)
			}
			if diff := cmp.Diff("labtop: "+tt.want+"\n", stderr); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, content, want string }{
		{"unknown key", "\n\nbrocker: x\n", `:3:1: unknown key "brocker"; did you mean "broker"?`},
		{"far key", "zzzz: x\n", `:1:1: unknown key "zzzz"; labtop config init - shows all keys`},
		{"misplaced key", "ca_file: x\n", `:1:1: unknown key "ca_file"; it belongs below "tls"`},
		{"misplaced top key", "tls:\n  broker: x\n", `:2:3: unknown key "broker"; it belongs to the top level`},
		{"unknown key in a section", "tls: {cafile: x}\n", `:1:7: unknown key "cafile"; did you mean "ca_file"?`},
		{"unknown key in a profile", "profiles:\n  a:\n    fsp: 3\n", `:3:5: unknown key "fsp"; did you mean "fps"?`},
		{"profiles in a profile", "profiles: {a: {profiles: {}}}\n", `:1:16: unknown key "profiles"; labtop config init - shows all keys`},
		{"unknown chaos", "simulation: {chaos: [flap, crahs]}\n", `:1:28: simulation.chaos: "crahs" is none of crash, offline-twice, early-close, ghost, duplicates, skew, garbage, flap, takeover, reboot, silent, spike, stuck, all; did you mean "crash"?`},
		{"unknown field", "metrics: {t: {units: C}}\n", `:1:15: unknown key "units"; did you mean "unit"?; metrics takes unit, decimals`},
		{"rules", "rules: x.yaml\n", `:1:1: unknown key "rules"; the rules stand below alerts, or in a file of their own that --rules names`},
		{"password", "password: canary\n", `:1:1: a password does not belong in the config; put it in a file and name that with password_file`},
		{"list for a value", "fps: [a]\n", `:1:6: fps is a list; write a single value`},
		{"value for a list", "topics: a\n", `:1:9: topics is a single value; write a list such as [a, b]`},
		{"mapping for a value", "fps: {a: 1}\n", `:1:6: fps is a mapping; write a single value`},
		{"value for a section", "tls: yes\n", `:1:6: tls is a single value; write a mapping of keys`},
		{"value for a metric", "metrics: {t: C}\n", `:1:14: t is a single value; write a mapping of unit, decimals`},
		{"list in a list", "topics: [[a]]\n", `:1:10: an element of topics is a list; write a single value`},
		{"no value", "broker:\n", `:1:1: broker has no value; give a single value or remove the key`},
		{"no filter", "topics: [{qos: 1}]\n", `:1:10: topics: the filter is missing; write {filter: ..., qos: ...}`},
		{"field's range", "topics: [{filter: a, qos: 3}]\n", `:1:27: qos: "3" is out of range; write a number from 0 to 2`},
		{"decimals", "metrics: {t: {decimals: x}}\n", `:1:25: decimals: "x" is not a whole number; write one from 0 to 9`},
		{"empty list", "topics: []\n", `:1:1: no topic filter is left; give one or remove the empty list`},
		{"range", "fps: 100\n", `:1:6: fps: "100" is out of range; write a number from 1 to 60`},
		{"size", "limits: {payload: big}\n", `:1:19: limits.payload: "big" is not a size; write one like 512KiB or 1MiB`},
		{"size's range", "limits: {payload: 1}\n", `:1:19: limits.payload: "1" is out of range; write a size from 1KiB to 256MiB`},
		{"filter", "topics: [a, \"b/#/c\"]\n", `:1:13: topics: topic filter "b/#/c": # at level 2 is not the last level; use "b/#", or + for one level`},
		{"pattern", "devices: [a/b]\n", `:1:11: devices: pattern "a/b": no {device}`},
		{"syntax", "a: [1\n", `:1:4: sequence end token ']' not found`},
		{"duplicate", "fps: 1\nfps: 2\n", `:2:1: mapping key "fps" already defined at [1:1]`},
		{"alias", "broker: &x mqtt://a\n", `:1:9: broker is an anchor or alias, which labtop does not read; write a single value`},
		{"tag", "broker: !!str a\n", `:1:9: broker is a tag, which labtop does not read; write a single value`},
		{"no mapping", "- a\n", `:1:1: the file is a list; write keys with values, such as broker: mqtt://localhost:1883`},
		{"two documents", "fps: 1\n---\nfps: 2\n", `:3:1: a second document begins; put everything in one`},
		{"deep", "a: " + strings.Repeat("[", 100), `:1:20: nested too deeply; a config file needs 16 levels at most`},
		{"deep list", strings.Repeat("- ", 100), `:1:33: nested too deeply; a config file needs 16 levels at most`},
		{"long", strings.Repeat("- a\n", 40_000), `: more than 30000 words; a config file is smaller`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, tt.content)
			for _, args := range [][]string{{"config", "check", path}, {"config", "show", "-c", path}} {
				code, _, stderr := run(t, nil, args...)
				if code != cli.ExitUsage {
					t.Errorf("code %d", code)
				}
				if diff := cmp.Diff("labtop: "+path+tt.want+"\n", stderr); diff != "" {
					t.Error(args, diff)
				}
			}
		})
	}
}

func TestHugeFile(t *testing.T) {
	t.Parallel()
	path := write(t, "#"+strings.Repeat("x", 1<<20))
	code, _, stderr := run(t, nil, "config", "check", path)
	if want := "labtop: cannot read the config file: " + path + " is larger than 1MiB\n"; code != cli.ExitUsage || stderr != want {
		t.Errorf("code %d, %q; want %q", code, stderr, want)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	path := write(t, "broker: mqtt://top\nfps: 10\ntls: {ca_file: ca.crt, alpn: mqtt}\n"+
		"profiles:\n  home: {broker: mqtt://home, tls: {alpn: other}}\n  lab: {fps: 20}\n  empty:\n")
	dir := filepath.Dir(path)
	tests := []struct {
		profile string
		want    []string
	}{
		{"", []string{"mqtt://top:1883", path + ":1:1", "10", path + ":2:1", "mqtt"}},
		{"home", []string{"mqtt://home:1883", path + ":5:10", filepath.Join(dir, "ca.crt"), "other", "--profile"}},
		{"lab", []string{"mqtt://top:1883", "20", path + ":6:9"}},
		{"empty", []string{"mqtt://top:1883", "10"}},
	}
	for _, tt := range tests {
		t.Run(tt.profile, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, nil, "config", "show", "-c", path, "--profile", tt.profile)
			if code != cli.ExitOK {
				t.Fatal(stderr)
			}
			fields := strings.Fields(stdout)
			for _, want := range tt.want {
				if !contains(fields, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
		})
	}
	for profile, want := range map[string]string{
		"hom": `--profile: ` + path + ` has no profile "hom"; did you mean "home"?`,
		"zzz": `--profile: ` + path + ` has no profile "zzz"; there are empty, home, lab`,
	} {
		if _, _, stderr := run(t, nil, "config", "show", "-c", path, "--profile", profile); stderr != "labtop: "+want+"\n" {
			t.Errorf("got %q, want %q", stderr, want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		environ  []string
		warnings string
	}{
		{"none", nil, ""},
		{"others", []string{"PATH=/bin", "LABTOPIC=x", "=", ""}, ""},
		{"known", []string{"LABTOP_BROKER=mqtt://h", "LABTOP_PASSWORD=x", "LABTOP_CONFIG=c", "LABTOP_PROFILE=p", "LABTOP_NO_COLOR=1"}, ""},
		{"empty", []string{"LABTOP_BROKR="}, ""},
		{"near", []string{"LABTOP_BROKR=canary"}, "labtop: warning: unknown environment variable LABTOP_BROKR; did you mean LABTOP_BROKER?\n"},
		{"far", []string{"LABTOP_ZZZZ=canary"}, "labtop: warning: unknown environment variable LABTOP_ZZZZ; see labtop config show\n"},
		{"two", []string{"LABTOP_FSP=1", "LABTOP_TOPICS=a"}, "labtop: warning: unknown environment variable LABTOP_FSP; did you mean LABTOP_FPS?\n" +
			"labtop: warning: unknown environment variable LABTOP_TOPICS; did you mean LABTOP_TOPIC?\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var errs bytes.Buffer
			code := cli.Run(t.Context(), []string{"config", "show"}, cli.Environment{
				Stderr: &errs, Environ: func() []string { return tt.environ },
			})
			if code != cli.ExitOK || errs.String() != tt.warnings {
				t.Errorf("code %d, %q, want %q", code, errs.String(), tt.warnings)
			}
		})
	}
}

func contains(fields []string, want string) bool {
	for _, f := range fields {
		if f == want {
			return true
		}
	}
	return false
}

func TestNoColor(t *testing.T) {
	t.Parallel()
	path := write(t, "no_color: false\n")
	tests := []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"unset", nil, nil, "false default"},
		{"empty", map[string]string{"NO_COLOR": ""}, nil, "false default"},
		{"set", map[string]string{"NO_COLOR": "0"}, nil, "true NO_COLOR"},
		{"config wins", map[string]string{"NO_COLOR": "1"}, []string{"-c", path}, "false " + path + ":1:1"},
		{"own variable wins", map[string]string{"NO_COLOR": "1", "LABTOP_NO_COLOR": "false"}, nil, "false LABTOP_NO_COLOR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, stdout, _ := run(t, tt.env, append([]string{"config", "show"}, tt.args...)...)
			for line := range strings.Lines(stdout) {
				if f := strings.Fields(line); f[0] == "no-color" && strings.Join(f[1:], " ") != tt.want {
					t.Errorf("got %q, want %q", line, tt.want)
				}
			}
		})
	}
}

func TestExampleIsValid(t *testing.T) {
	t.Parallel()
	code, example, _ := run(t, nil, "config", "init", "-")
	if code != cli.ExitOK {
		t.Fatal("config init failed")
	}
	code, stdout, stderr := run(t, nil, "config", "check", write(t, example))
	if code != cli.ExitOK || !strings.HasPrefix(stdout, "ok: ") {
		t.Errorf("as it is: %s", stderr)
	}
	// With every key set it loads too. The files it names are not there, so only show can do.
	all := strings.NewReplacer("\n#  ", "\n  ", "\n# ", "\n# ", "\n#", "\n").Replace(example)
	if code, _, stderr := run(t, nil, "config", "show", "-c", write(t, all)); code != cli.ExitOK {
		t.Errorf("with every key set: %s", stderr)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"config", "-h"}, {"help", "completion"}, {"version", "--help"}, {"config", "init", "--help"}} {
		code, stdout, stderr := run(t, nil, args...)
		if code != cli.ExitOK || stderr != "" || !strings.Contains(stdout, "Usage\n") {
			t.Errorf("%v: code %d, stderr %q, stdout %q", args, code, stderr, stdout)
		}
		for line := range strings.Lines(stdout) {
			if len(line) > 81 || strings.ContainsRune(line, '\x1b') {
				t.Errorf("%v: %q", args, line)
			}
		}
	}
}
