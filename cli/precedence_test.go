package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples hold for every setting of the table three values that differ from one another and from
// the default: for the flag, the variable and the file. Values that a setting
// shows otherwise are compared by what it shows.
func samples() map[string][3]string {
	onOff := [3]string{"true", "false", "true"}
	texts := [3]string{"/a", "/b", "/c"}
	return map[string][3]string{
		"broker":             {"mqtt://a:1", "mqtts://b:2", "ws://c:3/mqtt"},
		"topic":              {"a@0", "b/#@1", "c@2"},
		"broker-limit":       {"7", "8", "9"},
		"qos":                {"1", "2", "1"},
		"username":           texts,
		"password":           texts,
		"password-file":      texts,
		"password-command":   texts,
		"password-prompt":    onOff,
		"ca-file":            texts,
		"cert-file":          texts,
		"key-file":           texts,
		"key-password":       texts,
		"key-password-file":  texts,
		"server-name":        texts,
		"alpn":               texts,
		"insecure":           onOff,
		"protocol":           {"5", "3.1.1", "5"},
		"client-id":          texts,
		"presence-topic":     texts,
		"keepalive":          {"1s", "2s", "3s"},
		"clean-session":      {"false", "true", "false"},
		"session-expiry":     {"1m0s", "2m0s", "3m0s"},
		"connect-timeout":    {"1s", "2s", "3s"},
		"read-only":          onOff,
		"devices":            {"", "", "a/{device}"},
		"metrics":            {"", "", "temperature"},
		"stale-after":        {"", "", "1m0s"},
		"guess-units":        {"", "", "true"},
		"limit-topics":       {"", "", "7"},
		"limit-metrics":      {"", "", "7"},
		"limit-alerts":       {"", "", "7"},
		"limit-payload":      {"", "", "2KiB"},
		"limit-history":      {"", "", "2MiB"},
		"limit-rewind":       {"", "", "2MiB"},
		"limit-log":          {"", "", "2MiB"},
		"limit-log-messages": {"", "", "7"},
		"limit-queue":        {"", "", "77"},
		"plain":              onOff,
		"no-color":           onOff,
		"ascii":              onOff,
		"theme":              {"dark", "light", "contrast"},
		"fps":                {"1", "2", "3"},
		"no-mouse":           onOff,
		"log-file":           texts,
		"record":             {"one", "two", ""},
		"rotate":             {"64KiB", "1h0m0s", ""},
		"force":              {"true", "", ""},
		"alerts":             {"", "", "hot"},
		"rules":              {},
		"notify":             {"", "", "phone (bell)"},
		"config":             {},
		"profile":            {},
		"challenge":          {"on-change", "battery", "json"},
		"chaos":              {"crash", "ghost", "flap"},
	}
}

// yamlFor writes a setting's value as a config file.
func yamlFor(s *setting, value string) string {
	switch s.shape {
	case list:
		value = `["` + value + `"]`
	case table:
		value = "{" + value + ": {unit: x}}"
	case channelTable:
		name, _, _ := strings.Cut(value, " ")
		value = "{" + name + ": {bell: }}"
	case ruleList:
		value = "[{name: " + value + ", metric: t, above: 1}]"
	case scalar:
		value = `"` + value + `"`
	}
	if section, key, nested := strings.Cut(s.key, "."); nested {
		return section + ":\n  " + key + ": " + value + "\n"
	}
	return s.key + ": " + value + "\n"
}

// companions are other settings that a valid config needs beside one.
func companions(name string) map[string]*flagValue {
	flags := map[string]*flagValue{}
	add := func(name, text string) { flags[name] = &flagValue{setting: &setting{}, texts: []string{text}} }
	switch name {
	case "cert-file":
		add("key-file", "/k")
	case "key-file":
		add("cert-file", "/k")
	case "clean-session":
		add("client-id", "me")
	}
	return flags
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	values := samples()
	each(settings(), func(s *setting) {
		three, ok := values[s.name]
		if !ok {
			t.Errorf("no samples for the setting %q", s.name)
		}
		if s.name == "config" || s.name == "profile" || s.name == "rules" {
			return // they choose files and layers; TestProfiles and TestRulesFile have them
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config.yaml")
			variables := map[string]string{}
			l := &loader{flags: map[string]*flagValue{}, lookup: func(name string) (string, bool) {
				value, ok := variables[name]
				return value, ok
			}}
			l.flags["config"] = &flagValue{setting: s, texts: []string{path}}
			check := func(want, place string) {
				t.Helper()
				c, err := l.load()
				if err != nil {
					t.Fatal(err)
				}
				if got := s.show(c); want != "" && got != want && (got != hidden || s.name != "password" && s.name != "key-password") {
					t.Errorf("value %q, want %q", got, want)
				}
				if got := c.origins[s.name].place; got != place && !strings.HasPrefix(got, place+":") {
					t.Errorf("origin %q, want %q", got, place)
				}
			}
			writeFile(t, path, "")
			standard := strings.Join(s.standard, ", ")
			if s.name == "topic" {
				standard = "#@0, $SYS/#@0"
			}
			check(standard, "default")
			maps.Copy(l.flags, companions(s.name))
			if s.key != "" {
				writeFile(t, path, yamlFor(s, three[2]))
				check(three[2], path)
			}
			if s.is(onEnv) {
				variables[s.variable()] = three[1]
				check(three[1], s.variable())
			}
			if s.is(onFlag) {
				l.flags[s.name] = &flagValue{setting: s, texts: []string{three[0]}}
				check(three[0], "--"+s.name)
			}
		})
	})
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	each(settings(), func(s *setting) {
		for _, name := range []string{s.name, s.key, s.short} {
			if name != "" && name != s.name && seen[name] || name == s.name && seen["--"+name] {
				t.Errorf("%q is there twice", name)
			}
			seen[name] = true
		}
		seen["--"+s.name] = true
		if s.help == "" || s.set == nil || s.show == nil {
			t.Errorf("the row %q is incomplete", s.name)
		}
		if s.sources == 0 && s.key == "" {
			t.Errorf("%q can be set nowhere", s.name)
		}
		if s.key != "" && s.standard == nil && s.example == "" {
			t.Errorf("%q has nothing to show in an example", s.name)
		}
	})
}

func TestPasswordOrigin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		flag, env     string
		file, profile string
		password      string
		want          string
	}{
		{name: "none"},
		{name: "variable beats file", password: "p", file: "password_file: /x\n", want: "password"},
		{name: "variable beats variable", password: "p", env: "/x", want: "password"},
		{name: "flag beats variable", password: "p", flag: "/x", want: "password-file"},
		{name: "variable beats command", env: "/x", file: "password_command: [a]\n", want: "password-file"},
		{name: "prompt", file: "password_prompt: true\n", want: "password-prompt"},
		{name: "variable beats prompt", env: "/x", file: "password_prompt: true\n", want: "password-file"},
		{name: "prompt of a profile beats top", file: "password_file: /x\nprofiles: {p: {password_prompt: true}}\n", profile: "p", want: "password-prompt"},
		{name: "command", file: "password_command: [a]\n", want: "password-command"},
		{name: "profile beats top", file: "password_file: /x\nprofiles: {p: {password_command: [a]}}\n", profile: "p", want: "password-command"},
		{name: "emptied", file: "password_file: /x\nprofiles: {p: {password_file: \"\"}}\n", profile: "p"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config.yaml")
			writeFile(t, path, tt.file)
			variables := map[string]string{"LABTOP_PASSWORD": tt.password, "LABTOP_PASSWORD_FILE": tt.env}
			l := fileAlone(func(name string) (string, bool) { return variables[name], true }, path, tt.profile)
			if tt.flag != "" {
				l.flags["password-file"] = &flagValue{texts: []string{tt.flag}}
			}
			c, err := l.load()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.passwordOrigin(); got != tt.want || err != nil {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(exampleConfig())
	f.Add(strings.ReplaceAll(exampleConfig(), "\n#", "\n"))
	for _, seed := range []string{
		"broker: [a", "a: &x 1\nb: *x", "<<: {a: 1}", "? [x]\n: 1", "broker: !!str x", "tls: 3", "profiles: {a: {b: 1}}",
		"topics: [{filter: a, qos: 9}]", "metrics: {a: {decimals: -1}}", "- x", "\t- x", "---\na: 1\n---\nb: 1", "password: canary",
		"limits: {payload: 99999999999999999999GiB}", "broker:", "topics: [[a]]", "[[[[[[[[[[[[[[[[[[[[", "keepalive: 10",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		layers, err := parseFile("config.yaml", []byte(content))
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "config.yaml:") {
				t.Fatalf("not one line with its place: %q", err)
			}
			return
		}
		c := &Config{origins: map[string]origin{}}
		l := &loader{lookup: func(string) (string, bool) { return "", false }}
		each(settings(), func(s *setting) {
			for _, layer := range []map[string]given{defaultLayer(settings()), layers.top} {
				if g, ok := layer[s.name]; ok && err == nil {
					err = l.set(c, s, g)
				}
			}
		})
		if err != nil {
			return
		}
		_ = c.finish()
		each(settings(), func(s *setting) { s.show(c) })
	})
}
