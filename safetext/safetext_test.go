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
)

// hostile are texts that do something to a terminal, a log or a reader, and what
// is shown of them.
var hostile = []struct{ name, text, want string }{
	{"csi colour", "a\x1b[31mb", "a␛[31mb"},
	{"csi clear", "\x1b[2J\x1b[H", "␛[2J␛[H"},
	{"csi unterminated", "\x1b[12;", "␛[12;"},
	{"cursor report", "\x1b[6n", "␛[6n"},
	{"reset", "\x1bc", "␛c"},
	{"osc title bel", "\x1b]0;gotcha\a", "␛]0;gotcha␇"},
	{"osc title st", "\x1b]2;gotcha\x1b\\", "␛]2;gotcha␛\\"},
	{"osc unterminated", "\x1b]0;rest of the frame", "␛]0;rest of the frame"},
	{"osc 52 clipboard", "\x1b]52;c;cm0gLXJmIC8=\a", "␛]52;c;cm0gLXJmIC8=␇"},
	{"osc 8 link", "\x1b]8;;http://evil\x1b\\bank\x1b]8;;\x1b\\", "␛]8;;http://evil␛\\bank␛]8;;␛\\"},
	{"osc 9 notification", "\x1b]9;hi\a", "␛]9;hi␇"},
	{"osc 1337 file", "\x1b]1337;File=:AA==\a", "␛]1337;File=:AA==␇"},
	{"dcs decrqss", "\x1bP$qm\x1b\\", "␛P$qm␛\\"},
	{"dcs sixel", "\x1bPq#0;2;0;0;0~\x1b\\", "␛Pq#0;2;0;0;0~␛\\"},
	{"apc kitty graphics", "\x1b_Gf=24;AAAA\x1b\\", "␛_Gf=24;AAAA␛\\"},
	{"pm", "\x1b^x\x1b\\", "␛^x␛\\"},
	{"sos", "\x1bXx\x1b\\", "␛Xx␛\\"},
	{"charset shift", "\x0e\x0f", "␎␏"},
	{"c1 csi raw", "\x9b31m", "�31m"},
	{"c1 osc raw", "\x9d0;t\x9c", "�0;t�"},
	{"c1 csi as utf-8", "\u009b31m", "�31m"},
	{"c1 osc as utf-8", "\u009d0;t\u009c", "�0;t�"},
	{"c1 next line", "a\u0085b", "a�b"},
	{"all c0", "\x00\x01\x02\x1c\x1d\x1e\x1f", "␀␁␂␜␝␞␟"},
	{"cr", "value 1\rlabel", "value 1␍label"},
	{"lf", "a\nb", "a␊b"},
	{"crlf", "a\r\nb", "a␍␊b"},
	{"tab", "a\tb", "a␉b"},
	{"backspace", "ab\b\bcd", "ab␈␈cd"},
	{"vertical tab and form feed", "\v\f", "␋␌"},
	{"bell", "\a", "␇"},
	{"del", "a\x7fb", "a␡b"},
	{"bidi override", "\u202egnp.exe\u202c", "�gnp.exe�"},
	{"bidi isolate", "\u2066a\u2069", "�a�"},
	{"bidi marks", "\u200e\u200f\u061c", "���"},
	{"zero width space", "a\u200bb", "a�b"},
	{"zero width joiners", "a\u200c\u200db\u2060", "a��b�"},
	{"byte order mark", "\ufeffa", "�a"},
	{"soft hyphen", "a\u00adb", "a�b"},
	{"line and paragraph separator", "a\u2028b\u2029c", "a�b�c"},
	{"interlinear annotation", "\ufff9a\ufffab\ufffb", "�a�b�"},
	{"tags", "a\U000e0041\U000e007f", "a��"},
	{"language tag", "\U000e0001", "�"},
	{"hangul fillers", "\u115f\u1160\u3164\uffa0", "����"},
	{"grapheme joiner", "a\u034fb", "a�b"},
	{"khmer inherent vowel", "a\u17b4", "a�"},
	{"mongolian vowel separator", "a\u180eb", "a�b"},
	{"combining bomb", "a" + strings.Repeat("\u0301", 7), "a\u0301\u0301\u0301\u0301���"},
	{"combining first", "\u0301a", "�a"},
	{"combining only", "\u0301\u0302\u0303\u0304\u0305\u0306", "������"},
	{"mark after stand-in", "\x1b\u0301", "␛\u0301"},
	{"thai am bomb", "ก" + strings.Repeat("\u0e33", 6), "ก" + strings.Repeat("\u0e33", 4) + "��"},
	{"conjunct bomb", strings.Repeat("क\u094d", 6), strings.Repeat("क\u094d", 4) + "क�क\u094d"},
	{"prepend bomb", "\u0d4e\u0d4e\u0d15", "��ക"},
	{"jamo bomb", "\u1100\u1100\u1161\u11a8", "����"},
	{"invalid bytes", "a\xff\xfeb", "a��b"},
	{"truncated utf-8", "caf\xc3", "caf�"},
	{"truncated utf-8 of four", "a\xf0\x9f\x98", "a���"},
	{"overlong slash", "\xc0\xaf", "��"},
	{"overlong escape", "\xe0\x80\x9b", "���"},
	{"surrogate", "\xed\xa0\x80", "���"},
	{"beyond unicode", "\xf4\x90\x80\x80", "����"},
	{"noncharacters", "\ufffe\uffff\ufdd0\U0001ffff", "����"},
	{"private use", "\ue000\U000f0000\U00100000", "���"},
	{"unassigned", "\u0378\U0003fffd", "��"},
	{"emoji zwj", "👩\u200d🔬", "👩�🔬"},
	{"emoji selector", "⚠\ufe0f", "⚠�"},
	{"emoji skin tone", "👍🏽", "👍�"},
	{"flag", "🇩🇪", "��"},
	{"keycap", "1\ufe0f\u20e3", "1�\u20e3"},
	{"mongolian selector", "a\u180b", "a�"},
	{"ideographic selector", "葛\U000e0100", "葛�"},
	{"nul in topic", "home/\x00/x", "home/␀/x"},
}

// harmless are texts that stay as they are.
var harmless = []struct{ name, text string }{
	{"empty", ""},
	{"ascii", "iotclass/lab1/temperature 22.50 ~!@#$%^&*()_+"},
	{"unit", "21.5 °C µg/m³ 45 % Ω"},
	{"german", "küche/außen"},
	{"decomposed", "ku\u0308che"},
	{"chinese", "温度/传感器"},
	{"japanese", "温度ｾﾝｻｰ ﾊﾟ"},
	{"korean", "온도"},
	{"thai", "อุณหภูมิ น้ำ"},
	{"hindi", "तापमान क्षेत्र"},
	{"arabic", "درجة الحرارة"},
	{"hebrew", "טמפרטורה"},
	{"vietnamese", "nhiệt độ"},
	{"enclosing mark", "a\u20dd"},
	{"emoji", "🔥🌡👩"},
	{"box and braille", "┌─┐ ⣿⠀⡇ ▁▂▃"},
	{"blanks", "a\u00a0b\u2003c\u3000d"},
	{"pictures and replacement", "␛␀␡�"},
	{"object replacement", "\ufffc"},
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			check(t, c.text, c.want)
			if safetext.IsClean(c.text) {
				t.Error("IsClean says yes")
			}
			// In the middle of other text only a first mark may differ.
			if got := safetext.Clean("x " + c.text + " y"); !strings.HasSuffix(got, " y") || !strings.HasPrefix(got, "x ") {
				t.Errorf("neighbours are lost: %+q", got)
			}
		})
	}
	for _, c := range harmless {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			check(t, c.text, c.text)
			if !safetext.IsClean(c.text) {
				t.Error("IsClean says no")
			}
			if got := safetext.Clean(c.text); unsafe.StringData(got) != unsafe.StringData(c.text) {
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
	if got := string(safetext.AppendClean([]byte("\x1b"), []byte(text))); got != "\x1b"+want {
		t.Errorf("AppendClean(%+q) = %+q, want %+q", text, got, "\x1b"+want)
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
	text, raw := "home/küche/温度 21.5 °C", []byte("21.5 °C")
	dirty, buf := []byte("\x1b[31m\xff"), make([]byte, 0, 64)
	allocs := testing.AllocsPerRun(100, func() {
		safetext.Clean(text)
		safetext.CleanMax(text, 64)
		buf = safetext.AppendClean(buf[:0], raw)
		buf = safetext.AppendClean(buf[:0], dirty)
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
	if string(safetext.AppendClean(nil, []byte(text))) != got || safetext.CleanBytes([]byte(text)) != got {
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
	for _, c := range hostile {
		f.Add(c.text, 20)
	}
	for _, c := range harmless {
		f.Add(c.text, 5)
	}
	f.Fuzz(func(t *testing.T, text string, bound int) { invariants(t, text, bound) })
}
