// Package attack is one table of texts that do something to a terminal, a log or a
// reader, for the tests of everything that shows text from outside.
package attack

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case is one text and its neutral twin.
type Case struct {
	Name string
	// Text is what a stranger wrote, byte for byte.
	Text string
	// Shown is what is to be seen of it: written by hand, not by the code that is
	// tested. Where Shown stands in place of Text, all must look the same.
	Shown string
}

// Binary says whether a payload of the text is more or less than its characters: it
// is not UTF-8, holds zero bytes, or begins with a byte order mark.
func (c Case) Binary() bool {
	return !utf8.ValidString(c.Text) || strings.Contains(c.Text, "\x00") || strings.HasPrefix(c.Text, "\ufeff")
}

// Joins says whether the text joins the character before it, so that the two are to
// be looked at together.
func (c Case) Joins() bool {
	r, _ := utf8.DecodeRuneInString(c.Text)
	return unicode.Is(unicode.M, r)
}

// All are the hostile and the harmless texts.
func All() []Case { return append(Hostile(), Harmless()...) }

// Hostile are texts that must not reach a terminal as they are.
func Hostile() []Case {
	return []Case{
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
		{"csi device attributes", "\x1b[c\x1b[>c", "␛[c␛[>c"},
		{"csi terminal version", "\x1b[>q", "␛[>q"},
		{"csi title report", "\x1b[21t", "␛[21t"},
		{"csi resize", "\x1b[8;1;1t", "␛[8;1;1t"},
		{"csi conceal", "\x1b[8msecret", "␛[8msecret"},
		{"csi leave the alternate screen", "\x1b[?1049l", "␛[?1049l"},
		{"csi mouse", "\x1b[?1003h", "␛[?1003h"},
		{"csi end of paste", "\x1b[201~rm -rf", "␛[201~rm -rf"},
		{"csi scroll region", "\x1b[1;1r\x1b[9S", "␛[1;1r␛[9S"},
		{"csi repeat", "x\x1b[999b", "x␛[999b"},
		{"decaln", "\x1b#8", "␛#8"},
		{"application keypad", "\x1b=\x1b>", "␛=␛>"},
		{"osc 4 colour query", "\x1b]4;1;?\a", "␛]4;1;?␇"},
		{"osc 11 background query", "\x1b]11;?\a", "␛]11;?␇"},
		{"osc 50 font", "\x1b]50;?\a", "␛]50;?␇"},
		{"osc 777 notification", "\x1b]777;notify;a;b\a", "␛]777;notify;a;b␇"},
		{"osc 8 unterminated", "\x1b]8;;http://evil", "␛]8;;http://evil"},
		{"dcs unterminated", "\x1bP1$", "␛P1$"},
		{"apc unterminated", "\x1b_G", "␛_G"},
		{"dcs request for a capability", "\x1bP+q544e\x1b\\", "␛P+q544e␛\\"},
		{"c1 dcs as utf-8", "\u0090$qm\u009c", "�$qm�"},
		{"c1 report as utf-8", "\u009b6n\u009bc", "�6n�c"},
		{"c1 osc unterminated as utf-8", "\u009d2;t", "�2;t"},
		{"c1 all of them as utf-8", "\u0080\u0084\u0088\u008d\u008e\u0096\u0098\u009a\u009e\u009f", "����������"},
		{"c1 all of them raw", "\x80\x84\x88\x8d\x8e\x96\x98\x9a\x9e\x9f", "����������"},
		{"escape at the end", "a\x1b", "a␛"},
		{"bidi embedding", "\u202a\u202b\u202da\u202c", "���a�"},
		{"bidi isolates all", "\u2067a\u2068b\u2069", "�a�b�"},
		{"invisible operators", "a\u2061\u2062\u2063\u2064b", "a����b"},
		{"deprecated format characters", "\u206a\u206f", "��"},
		{"two thousand marks", "a" + strings.Repeat("\u0301", 2000), "a\u0301\u0301\u0301\u0301" + strings.Repeat("�", 1996)},
		{"tall marks", "H̸̡̪̯ͨ͊̽̅̾̎", "H̸̡̪̯" + strings.Repeat("�", 6)},
		{"overlong nul", "\xc0\x80", "��"},
		{"lone continuation", "\xbf\xbf", "��"},
		{"flag of a region", "🏴\U000e0067\U000e0062\U000e007f", "🏴���"},
		{"family", "👨\u200d👩\u200d👧", "👨�👩�👧"},
		{"log line", "ok\nlabtop: all is well", "ok␊labtop: all is well"},
	}
}

// Harmless are texts that look strange and stay as they are.
func Harmless() []Case {
	var cases []Case
	for _, c := range [][2]string{
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
		{"shell", "$(touch x); rm -rf -- `id` | sh"},
		{"format string", "%s%n%!v(PANIC)%[1]*.*d"},
		{"json", `"},{"a":[1,`},
		{"markup", "<script>alert(1)</script>&amp;"},
		{"arabic letters alone", "بيت"},
		{"ambiguous width", "±§αЖ①─★"},
		{"wide", "漢字ｗｉｄｅ한글"},
		{"spacing marks", "தமிழ் កម្ពុជា"},
	} {
		cases = append(cases, Case{c[0], c[1], c[1]})
	}
	return cases
}
