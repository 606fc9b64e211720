package safetext_test

import (
	"strings"
	"testing"

	"labtop/safetext"
)

func TestName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, topic, want string }{
		{"clean", "küche/温度", "küche/温度"},
		{"empty", "", ""},
		{"one level", "lab\x1b", "lab␛‹8061›"},
		{"a level of several", "iotclass/lab\x1b/temperature", "iotclass/lab␛‹8061›/temperature"},
		{"two levels", "\x1b/\x1b", "␛‹6826›/␛‹6826›"},
		{"a stand-in that was sent", "lab�", "lab�"},
		{"a mark after a slash", "a/\u0301b", "a/\u0301b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := safetext.Name(tt.topic); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestNamesStayDistinct has names of which all look the same when they are cleaned.
func TestNamesStayDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, level := range []string{"\u009b", "\u009d", "\xff", "\xfe", "\u200b", "\u200c", "\u202e", "\ufeff", "�"} {
		topic := "iotclass/lab" + level + "/temperature"
		shown := safetext.Name(topic)
		if !safetext.IsClean(shown) || !strings.HasPrefix(shown, "iotclass/lab�") || !strings.HasSuffix(shown, "/temperature") {
			t.Errorf("%q is shown as %q", topic, shown)
		}
		if other, ok := seen[shown]; ok {
			t.Errorf("%q and %q are both shown as %q", topic, other, shown)
		}
		seen[shown] = topic
	}
}
