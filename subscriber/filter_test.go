package subscriber_test

import (
	"strings"
	"testing"

	"labtop/subscriber"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in    string
		topic string
		qos   byte
	}{
		{"#", "#", 1},
		{"iotclass/#@0", "iotclass/#", 0},
		{"iotclass/#@1", "iotclass/#", 1},
		{"a@2", "a", 2},
		{"a@3", "a@3", 1},
		{"a@12", "a@12", 1},
		{"a@1@0", "a@1", 0},
		{"ann@home/x", "ann@home/x", 1},
		{"ann@home", "ann@home", 1},
		{"a@", "a@", 1},
		{"@/x", "@/x", 1},
		{"$SYS/#@2", "$SYS/#", 2},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			f, err := subscriber.ParseFilter(tt.in, 1)
			if err != nil || f.Topic != tt.topic || f.QoS != tt.qos {
				t.Errorf("got %v, %v, want %q at %d", f, err, tt.topic, tt.qos)
			}
			if again, err := subscriber.ParseFilter(f.String(), 2); again != f || err != nil {
				t.Errorf("%q parses to %v, %v", f.String(), again, err)
			}
		})
	}
	if _, err := subscriber.ParseFilter("a", 3); err == nil || err.Error() != `topic filter "a": QoS 3 does not exist; use 0, 1 or 2` {
		t.Errorf("QoS 3: %v", err)
	}
	if _, err := subscriber.ParseFilter("@1", 0); err == nil {
		t.Error("an empty filter with a QoS is accepted")
	}
}

func TestValidateFilter(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"#", ""},
		{"+", ""},
		{"/", ""},
		{"a//b", ""},
		{"+/+/#", ""},
		{"/+", ""},
		{"a b/ü/$x", ""},
		{"$SYS/#", ""},
		{"$share/group/#", ""},
		{"$share/group//a", ""},
		{"$shared/#", ""},
		{strings.Repeat("a", 65535), ""},
		{"", `topic filter "": is empty`},
		{"a/#/b", `topic filter "a/#/b": # at level 2 is not the last level; use "a/#", or + for one level`},
		{"#/", `topic filter "#/": # at level 1 is not the last level; use "#", or + for one level`},
		{"a+/b", `topic filter "a+/b": level 1 ("a+") mixes a wildcard with text; # and + stand alone between slashes`},
		{"a/b#", `topic filter "a/b#": level 2 ("b#") mixes a wildcard with text; # and + stand alone between slashes`},
		{"a/++", `topic filter "a/++": level 2 ("++") mixes a wildcard with text; # and + stand alone between slashes`},
		{"a\x00b", `topic filter "a\x00b": holds a NUL character at byte 2; MQTT forbids it`},
		{"a\xff", `topic filter "a\xff": is not valid UTF-8`},
		{"$share", `topic filter "$share": a shared subscription is written $share/GROUP/FILTER`},
		{"$share/g", `topic filter "$share/g": a shared subscription is written $share/GROUP/FILTER`},
		{"$share//a", `topic filter "$share//a": a shared subscription is written $share/GROUP/FILTER`},
		{"$share/g/", `topic filter "$share/g/": a shared subscription is written $share/GROUP/FILTER`},
		{"$share/+/a", `topic filter "$share/+/a": the group "+" holds a wildcard; it is a plain name`},
		{"$share/g/#/b", `topic filter "$share/g/#/b": # at level 1 is not the last level; use "#", or + for one level`},
	}
	for _, tt := range tests {
		t.Run(tt.in[:min(20, len(tt.in))], func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := subscriber.ValidateFilter(tt.in); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("error %s\nwant  %s", got, tt.want)
			}
		})
	}
	long := strings.Repeat("a/", 33000)
	if err := subscriber.ValidateFilter(long); err == nil || len(err.Error()) > 200 {
		t.Errorf("66000 bytes: %v", err)
	}
}

func TestValidateTopic(t *testing.T) {
	t.Parallel()
	for topic, ok := range map[string]bool{"a/b": true, "/": true, "$SYS/x": true, "": false, "a/+": false, "#": false, "a\x00": false, "\xc0": false} {
		if err := subscriber.ValidateTopic(topic); (err == nil) != ok {
			t.Errorf("%q: %v", topic, err)
		}
	}
}
