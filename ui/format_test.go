package ui

import (
	"testing"
	"time"

	"labtop/model"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1 000", 12874: "12 874", 1234567: "1 234 567", 9999999: "9 999 999",
		10_000_000: "10.0M", 123_456_789: "123M", 12_000_000_000: "12.0G", 1 << 63: "9223372T",
	} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
	for _, tt := range []struct {
		n     uint64
		width int
		want  string
	}{{999, 6, "999"}, {12874, 6, "12 874"}, {128745, 6, "128745"}, {1287456, 6, "1.29M"}} {
		if got := countIn(tt.n, tt.width); got != tt.want {
			t.Errorf("countIn(%d, %d) = %q, want %q", tt.n, tt.width, got, tt.want)
		}
	}
}

func TestAgeAndSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d         time.Duration
		age, span string
	}{
		{-time.Second, "0s", ""},
		{0, "0s", "0 s"},
		{800 * time.Millisecond, "0s", "0.8 s"},
		{5 * time.Second, "5s", "5 s"},
		{9980 * time.Millisecond, "9s", "10 s"},
		{90 * time.Second, "1m", "1 m 30 s"},
		{26 * time.Hour, "1d", "1 d 2 h"},
		{5000 * 24 * time.Hour, "999d", "5000 d"},
	}
	for _, tt := range tests {
		if got := age(tt.d); got != tt.age {
			t.Errorf("age(%v) = %q, want %q", tt.d, got, tt.age)
		}
		if got := span(tt.d); tt.d >= 0 && got != tt.span {
			t.Errorf("span(%v) = %q, want %q", tt.d, got, tt.span)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{22.5, 2, "22.50"},
		{13.100000381469727, 3, "13.100"},
		{-0.04, 1, "-0.0"},
		{0, 3, "0.000"},
		{1e300, 2, "1e+300"},
		{123456789, 0, "123456789"},
		{4e-7, 3, "4e-07"},
	} {
		if got := number(tt.v, tt.decimals); got != tt.want {
			t.Errorf("number(%v, %d) = %q, want %q", tt.v, tt.decimals, got, tt.want)
		}
	}
}

func TestTitles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"lab1": "LAB1", "Lab1": "Lab1", "küche": "KÜCHE", "straße": "STRAßE", "AA:bb": "AA:bb", "": ""} {
		if got := title(name); got != want {
			t.Errorf("title(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"temperature": "Temperature", "light state": "Light State", "wind_speed": "Wind Speed", "": ""} {
		if got := heading(name); got != want {
			t.Errorf("heading(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPayloadLines(t *testing.T) {
	t.Parallel()
	deep := make([]byte, 100_000)
	for i := range deep {
		deep[i] = '['
	}
	for _, tt := range []struct {
		name, payload string
		form          payloadForm
		want          []string
	}{
		{"text is wrapped", "abcdefghij", asText, []string{"abcd", "efgh", "ij"}},
		{"and stops", "abcdefghijklmnopqrstuvwxyz", asText, []string{"abcd", "efgh", "ijkl"}},
		{"empty", "", asText, []string{"(empty)"}},
		{"no JSON as tree is text", "ab", asTree, []string{"ab"}},
		{"a tree", `{"a":{"b":[1,null]}}`, asTree, []string{"{", "  a: {", "    b: ["}},
		{"a cut tree shows what is there", `{"a":1,`, asTree, []string{"{", "  a: 1"}},
		{"deep", string(deep), asTree, []string{"[", "  [", "    ["}},
		{"escapes in keys", `{"\u001b[2J":"\u001b"}`, asTree, []string{"{", "  \x1b[2J: \"\\x1b\"", "}"}},
		{"hex", "\x00A\xff", asHex, []string{"00000000  00 41 ff                 .A."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := model.Message{Payload: []byte(tt.payload), Size: len(tt.payload)}
			got := payloadLines(&m, tt.form, 4, 3)
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("row %d is %q, want %q", i, got[i], tt.want[i])
				}
			}
		})
	}
}
