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
		{"many levels", strings.Repeat("\x1b/", 16) + "\x1b", strings.Repeat("␛/", 16) + "␛‹6810›"},
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

// TestNameEnd cuts names: what is left has the marks of the whole.
func TestNameEnd(t *testing.T) {
	t.Parallel()
	many := "1/" + strings.Repeat("\x1b/", 40)
	slashes := "1/" + strings.Repeat("/", 400)
	tests := []struct {
		name, topic string
		bytes       int
		want        string
	}{
		{"clean", "lab/a/temperature", 12, "/temperature"},
		{"what is cut off does not matter", "lab\x1b/temperature", 12, "/temperature"},
		{"all of it", "a/temp\x1b", 12, "a/temp␛" + mark(t, "temp\x1b")},
		{"at a level", "lab/a temp\x1b", 7, "a temp␛" + mark(t, "a temp\x1b")},
		{"in a level", "lab/a temp\x1b", 5, "temp␛" + mark(t, "a temp\x1b")},
		{"in a character", "lab/ä\x1b", 2, "␛" + mark(t, "ä\x1b")},
		{"before a mark", "lab/a\u0301\u0302b", 5, "b"},
		{"nothing but bytes", "a/" + strings.Repeat("\x80", 99), 30, strings.Repeat("�", 30) + mark(t, strings.Repeat("\x80", 99))},
		{"few of many levels", many, 4, "␛‹6826›/␛‹6826›/"},
		{"many levels", many, 60, strings.Repeat("␛/", 30) + mark(t, many)},
		{"many clean levels", slashes, 300, slashes[102:]},
		{"many levels, one of them not clean", slashes + "\x1b", 300, slashes[103:] + "␛" + mark(t, slashes+"\x1b")},
		{"nothing", "lab\x1b", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := safetext.NameEnd(tt.topic, tt.bytes); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// mark is what a level that has to be changed ends in.
func mark(t *testing.T, level string) string {
	t.Helper()
	return strings.TrimPrefix(safetext.Name(level), safetext.Clean(level))
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
