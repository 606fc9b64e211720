package safetext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"

	"labtop/safetext"
	"labtop/testkit/attack"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range attack.Hostile() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			check(t, c.Text, c.Shown)
			if safetext.IsClean(c.Text) {
				t.Error("IsClean says yes")
			}
			// In the middle of other text only a first mark may differ.
			if got := safetext.Clean("x " + c.Text + " y"); !strings.HasSuffix(got, " y") || !strings.HasPrefix(got, "x ") {
				t.Errorf("neighbours are lost: %+q", got)
			}
		})
	}
	for _, c := range attack.Harmless() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			check(t, c.Text, c.Text)
			if !safetext.IsClean(c.Text) {
				t.Error("IsClean says no")
			}
			if got := safetext.Clean(c.Text); unsafe.StringData(got) != unsafe.StringData(c.Text) {
				t.Error("clean text is copied")
			}
		})
	}
}

// check cleans text in every way, and cleans the result again.
func check(t *testing.T, text, want string) {
	t.Helper()
	if got := safetext.Clean(text); got != want {
		t.Errorf("Clean(%+q) = %+q, want %+q", text, got, want)
	}
	if got := safetext.CleanBytes([]byte(text)); got != want {
		t.Errorf("CleanBytes(%+q) = %+q, want %+q", text, got, want)
	}
	if got := safetext.Clean(want); got != want {
		t.Errorf("Clean(%+q) = %+q, want it unchanged", want, got)
	}
}

// TestEveryPlace puts a control at each place of a text, around the
// word-at-a-time borders.
func TestEveryPlace(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("~ aZ}", 7)
	for c := range 256 {
		for i := range len(line) {
			text := line[:i] + string([]byte{byte(c)}) + line[i+1:]
			want := ' ' <= c && c <= '~'
			if got := safetext.IsClean(text); got != want {
				t.Fatalf("IsClean with byte %#x at %d = %v", c, i, got)
			}
		}
	}
}

func TestCleanMax(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		max        int
		want       string
	}{
		{"fits", "abc", 3, "abc"},
		{"cut", "abcd", 3, "…"},
		{"cut longer", "abcdefgh", 6, "abc…"},
		{"no room for the mark", "abcd", 2, ""},
		{"nothing", "abcd", 0, ""},
		{"negative", "abcd", -7, ""},
		{"empty", "", 0, ""},
		{"not in a character", "ab°°°", 6, "ab…"},
		{"not before a mark", "abe\u0301\u0301xyz", 7, "ab…"},
		{"not before a mark at the end", "abe\u0301\u0301", 6, "ab…"},
		{"stand-ins count", "\x1b\x1b\x1b", 8, "␛…"},
		{"long", strings.Repeat("x", 1<<20), 10, "xxxxxxx…"},
		{"long of shrinking characters", strings.Repeat("\U000e0041", 1000), 10, "��…"},
		{"longer of shrinking characters", strings.Repeat("\U000e0041", 1000), 100, strings.Repeat("�", 32) + "…"},
		{"largest bound", "ab", int(^uint(0) >> 1), "ab"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := safetext.CleanMax(c.text, c.max); got != c.want {
				t.Errorf("CleanMax(%.20q, %d) = %q, want %q", c.text, c.max, got, c.want)
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	text := "home/küche/温度 21.5 °C"
	allocs := testing.AllocsPerRun(100, func() {
		safetext.Clean(text)
		safetext.CleanMax(text, 64)
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

// dangerous says whether r must never be shown; it is written from the rules, not from the code.
func dangerous(r rune) bool {
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Join_Control,
		unicode.Variation_Selector, unicode.Noncharacter_Code_Point,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Regional_Indicator)
}

// tester is what [testing.T] and [rapid.T] have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// maxCell is how many characters one cell holds at most: a letter, four marks, and
// a letter after each of those that joins it.
const maxCell = 9

// cellsAreBounded checks how many characters share a cell.
func cellsAreBounded(t tester, clean string) {
	t.Helper()
	for cells := displaywidth.StringGraphemes(clean); cells.Next(); {
		if n := utf8.RuneCountInString(cells.Value()); n > maxCell {
			t.Fatalf("%d characters in one cell, %+q", n, cells.Value())
		}
	}
}

// invariants checks what holds for the clean form of any text.
func invariants(t tester, text string, bound int) {
	t.Helper()
	got := safetext.Clean(text)
	if !utf8.ValidString(got) {
		t.Fatalf("Clean(%+q) = %+q is not UTF-8", text, got)
	}
	if again := safetext.Clean(got); again != got || !safetext.IsClean(got) {
		t.Fatalf("Clean(%+q) = %+q, and again %+q", text, got, again)
	}
	if safetext.IsClean(text) != (got == text) {
		t.Fatalf("IsClean(%+q) and Clean disagree", text)
	}
	if utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
		t.Fatalf("Clean(%+q) = %+q has another number of characters", text, got)
	}
	for _, r := range got {
		if dangerous(r) {
			t.Fatalf("Clean(%+q) = %+q keeps %U", text, got, r)
		}
	}
	cellsAreBounded(t, got)
	if w := displaywidth.String("|" + got); w != displaywidth.String(got)+1 {
		t.Fatalf("Clean(%+q) = %+q joins what stands before it", text, got)
	}
	if safetext.CleanBytes([]byte(text)) != got {
		t.Fatalf("Clean(%+q) depends on the type", text)
	}
	short := safetext.CleanMax(text, bound)
	if len(short) > max(bound, 0) || !safetext.IsClean(short) {
		t.Fatalf("CleanMax(%+q, %d) = %+q", text, bound, short)
	}
	if len(got) <= bound && short != got {
		t.Fatalf("CleanMax(%+q, %d) = %+q is cut without need", text, bound, short)
	}
	if head, cut := strings.CutSuffix(short, "…"); cut && !strings.HasPrefix(got, head) {
		t.Fatalf("CleanMax(%+q, %d) = %+q is no beginning of %+q", text, bound, short, got)
	}
}

func TestInvariants(t *testing.T) {
	t.Parallel()
	nasty := rapid.SampledFrom([]rune{
		'a', ' ', 0x1b, 0x9b, 0x301, 0x20dd, 0x200d, 0xfe0f, 0xe33, 0x915, 0x94d,
		0x93f, 0x1100, 0x1161, 0x11a8, 0xac00, 0x1f1e9, 0x1f44d, 0x1f3fd, 0xd4e, 0xff9e, 0x3164, 0x2028,
	})
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(rapid.OneOf(nasty, rapid.Rune()), 0, 30).Draw(t, "runes")
		invariants(t, string(runes), rapid.IntRange(-1, 60).Draw(t, "bound"))
	})
}

// TestEveryCharacter checks each character in a row, and between letters of a
// script that joins them. The planes from 2 to 13 hold nothing but Han.
func TestEveryCharacter(t *testing.T) {
	t.Parallel()
	check := func(from, to rune) {
		for r := from; r <= to; r++ {
			text := strings.Repeat(string(r), maxCell+1)
			if utf8.ValidRune(r) && dangerous(r) && safetext.IsClean("a"+string(r)) {
				t.Fatalf("%U is kept", r)
			}
			if unicode.Is(unicode.M, r) {
				text += strings.Repeat("क"+string(r), maxCell+1)
			}
			cellsAreBounded(t, safetext.Clean(text))
		}
	}
	check(0, 0x1ffff)
	check(0xe0000, 0xe01ff)
}

func FuzzClean(f *testing.F) {
	for _, c := range attack.Hostile() {
		f.Add(c.Text, 20)
	}
	for _, c := range attack.Harmless() {
		f.Add(c.Text, 5)
	}
	f.Fuzz(func(t *testing.T, text string, bound int) { invariants(t, text, bound) })
}
