package oracle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"labtop/testkit/attack"
	"labtop/testkit/oracle"
)

// TestTerminal feeds a terminal what our renderer would write.
func TestTerminal(t *testing.T) {
	t.Parallel()
	term := oracle.New(t, 20, 4)
	for _, b := range []byte("\x1b[?1049h\x1b[2;3H\x1b[1mb\x1b[m 漢字\r\n\ve\u0301x\x1b[1;20H") { // byte by byte
		if _, err := term.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	s := term.State()
	if want := []string{"", "  b 漢字", "", "e\u0301x"}; !slices.Equal(s.Rows, want) {
		t.Errorf("rows %q, want %q", s.Rows, want)
	}
	if c := s.Cells[1][2:9]; !slices.Equal(c, []string{"b", " ", "漢", "", "字", "", " "}) || len(s.Cells[1]) != 20 {
		t.Errorf("cells %q", c)
	}
	if s.Looks[1][2] != "bold" || s.Looks[1][4] != "" {
		t.Errorf("looks %q", s.Looks[1])
	}
	if s.X != 19 || s.Y != 0 || !s.Alternate || s.Modes["wraparoundMode"] != true {
		t.Errorf("cursor %d, %d, alternate %v, modes %v", s.X, s.Y, s.Alternate, s.Modes)
	}
	if len(s.Titles)+len(s.Replies)+len(s.Commands)+s.Bells+len(s.Above) != 0 {
		t.Errorf("what nobody did: %+v", s)
	}
	term.Resize(10, 2)
	if s := term.State(); len(s.Rows) != 2 || len(s.Cells[0]) != 10 {
		t.Errorf("%d rows of %d cells after the resize", len(s.Rows), len(s.Cells[0]))
	}
	term.Open(5, 2)
	_, _ = term.Write([]byte("1\r\n2\r\n3"))
	if s := term.State(); s.Alternate || s.Text() != "2\n3" || !slices.Equal(s.Above, []string{"1"}) {
		t.Errorf("the new terminal shows %q below %q, alternate %v", s.Rows, s.Above, s.Alternate)
	}
}

// TestAttacks proves that the terminal does what attackers want when it is given
// their texts raw, in the 7-bit and the 8-bit form, and that it is seen.
func TestAttacks(t *testing.T) {
	t.Parallel()
	term := oracle.New(t, 40, 5)
	keyboard := new(bytes.Buffer) // written by the terminal, read once it has answered
	for _, tt := range []struct {
		name, text string
		seen       func(*oracle.State) bool
	}{
		{"title", "\x1b]0;gotcha\a", func(s *oracle.State) bool { return slices.Equal(s.Titles, []string{"gotcha"}) }},
		{"title, c1 as utf-8", "\u009d2;gotcha\u009c", func(s *oracle.State) bool { return slices.Equal(s.Titles, []string{"gotcha"}) }},
		{"cursor report", "ab\x1b[6n", func(s *oracle.State) bool { return slices.Equal(s.Replies, []string{"\x1b[1;3R"}) }},
		{"cursor report, c1 as utf-8", "\u009b6n", func(s *oracle.State) bool { return slices.Equal(s.Replies, []string{"\x1b[1;1R"}) }},
		{"device attributes", "\x1b[c", func(s *oracle.State) bool { return len(s.Replies) == 1 }},
		{"decrqss", "\x1bP$qm\x1b\\", func(s *oracle.State) bool { return len(s.Replies) == 1 && strings.HasPrefix(s.Replies[0], "\x1bP1$r") }},
		{"two reports", "\x1b[6n\x1b[6n", func(s *oracle.State) bool { return len(s.Replies) == 2 }},
		{"clipboard", "\x1b]52;c;cm0gLXJmIC8=\a", func(s *oracle.State) bool { return slices.Equal(s.Clipboard(), []string{"rm -rf /"}) }},
		{"link", "\x1b]8;;http://evil\a", func(s *oracle.State) bool {
			return slices.Equal(s.Commands, []oracle.Command{{Number: 8, Data: ";http://evil"}})
		}},
		{"notification", "\x1b]777;notify;a;b\a", func(s *oracle.State) bool { return len(s.Commands) == 1 }},
		{"bell", "\a\a", func(s *oracle.State) bool { return s.Bells == 2 }},
		{"conceal", "a\x1b[8mb", func(s *oracle.State) bool { return s.Looks[0][0] == "" && s.Looks[0][1] == "invisible" }},
		{"colour", "\x1b[31mb", func(s *oracle.State) bool { return strings.HasPrefix(s.Looks[0][0], "fg") }},
		{"carriage return", "price 10\rvalue", func(s *oracle.State) bool { return s.Rows[0] == "value 10" }},
		{"unterminated osc", "\x1b]9;rest of the frame\r\nand of the screen", func(s *oracle.State) bool { return s.Text() == "\n\n\n\n" }},
		{"alternate screen", "\x1b[?1049h", func(s *oracle.State) bool { return s.Alternate }},
		{"decaln", "\x1b#8", func(s *oracle.State) bool { return s.Rows[4] == strings.Repeat("E", 40) }},
		{"mouse", "\x1b[?1003h", func(s *oracle.State) bool { return s.Modes["mouseTrackingMode"] == "any" }},
		{"scroll away", strings.Repeat("\n", 9), func(s *oracle.State) bool { return len(s.Above) == 5 }},
	} {
		term.Open(40, 5)
		if _, err := term.Write([]byte(tt.text)); err != nil {
			t.Fatal(err)
		}
		if s := term.State(); !tt.seen(&s) {
			t.Errorf("%s: %+v", tt.name, s)
		}
		if found := oracle.ScanStream([]byte(tt.text)); len(found) == 0 && !slices.Contains([]string{"colour", "conceal", "carriage return", "alternate screen", "scroll away"}, tt.name) {
			t.Errorf("%s: the scan finds nothing", tt.name)
		}
	}
	term.TypeTo(keyboard)
	_, _ = term.Write([]byte("\x1b[6n"))
	if term.State(); keyboard.String() != "\x1b[6;1R" && keyboard.String() != "\x1b[5;1R" {
		t.Errorf("the terminal typed %q", keyboard)
	}
}

// TestScanFindsEveryAttack scans the texts of the table as they are, between other
// text, and what is to be seen of them.
func TestScanFindsEveryAttack(t *testing.T) {
	t.Parallel()
	for _, c := range attack.Hostile() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, text := range []string{c.Text, "x " + c.Text + " y"} {
				if c.Name == "combining first" && strings.HasPrefix(text, "x") {
					continue // it joins the blank and is harmless
				}
				if len(oracle.ScanText([]byte(text))) == 0 && !lines[c.Name] && !joins[c.Name] {
					t.Errorf("nothing found in text %+q", text)
				}
				if len(oracle.ScanFrame([]byte(text))) == 0 && !lines[c.Name] && !joins[c.Name] && !colours[c.Name] {
					t.Errorf("nothing found in a frame %+q", text)
				}
				if len(oracle.ScanStream([]byte(text))) == 0 && !lines[c.Name] && !joins[c.Name] && !colours[c.Name] && !moves[c.Name] {
					t.Errorf("nothing found in a stream %+q", text)
				}
			}
			for _, scan := range []func([]byte) []oracle.Finding{oracle.ScanText, oracle.ScanFrame, func(b []byte) []oracle.Finding { return oracle.ScanStream(b) }} {
				if found := scan([]byte("x " + c.Shown + " y")); len(found) > 0 {
					t.Errorf("found in the neutral text: %v", found)
				}
			}
		})
	}
	for _, c := range attack.Harmless() {
		if found := oracle.ScanText([]byte(c.Text)); len(found) > 0 {
			t.Errorf("%s: %v", c.Name, found)
		}
	}
}

// What a scan alone cannot tell from a program's own output, or from letters of a
// living language; comparing the picture with that of the neutral text does.
var (
	lines   = map[string]bool{"lf": true, "log line": true}
	joins   = map[string]bool{"thai am bomb": true, "conjunct bomb": true, "prepend bomb": true}
	colours = map[string]bool{"csi colour": true, "csi conceal": true}
	moves   = map[string]bool{
		"csi clear": true, "csi leave the alternate screen": true,
		"osc 11 background query": true, "cr": true, "crlf": true,
	}
)

func TestScanStream(t *testing.T) {
	t.Parallel()
	own := "\x1b[?1049h\x1b[?25l\x1b]2;labtop\a\x1b[1;2H\x1b[38;2;1;2;3ma\x1b[m\r\n\x1b[K\x1b[3C\x1b[m\x1b]2;\a\x1b[?1049l"
	if found := oracle.ScanStream([]byte(own)); len(found) > 0 {
		t.Errorf("found in our own: %v", found)
	}
	copied := "\x1b]52;c;MjI=\a"
	if found := oracle.ScanStream([]byte(own+copied), copied); len(found) > 0 {
		t.Errorf("found in what was allowed: %v", found)
	}
	for _, text := range []string{copied, "\x1b]2;labtop2\a", "\x1b[1;2;3H", "\x1b[?9h", "\x1b", "\x1b[", "\x1b[1", "\x1b]2;labtop", "a\x00"} {
		if found := oracle.ScanStream([]byte(own + text)); len(found) == 0 {
			t.Errorf("nothing found in %q", text)
		} else if found[0].Offset < len(own) || found[0].String() == "" {
			t.Errorf("%q: %v", text, found)
		}
	}
}
