package oracle

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A scan looks for what may not be in the bytes that a program writes. It knows
// the sequences that labtop itself writes, each in the exact forms that
// it uses, and demands that everything else is printable. The rules are:
//
//   - What is left is valid UTF-8, of letters, marks, numbers, punctuation, symbols
//     and blanks that Unicode has assigned; no control, format, separator, private
//     or ignorable character, no variation selector, no letter of a flag.
//   - A character carries at most four marks; none stands alone.
//
// Colours are labtop's own, so a scan cannot tell a stranger's: compare the
// looks with those of a neutral text.

// Finding is something that may not be there.
type Finding struct {
	Offset int
	What   string
	// Context is what stands around it, quoted.
	Context string
}

// String is the finding in a line.
func (f Finding) String() string { return fmt.Sprintf("%s at %d in %s", f.What, f.Offset, f.Context) }

// ScanText scans text for pipes and files: lines without any sequence.
func ScanText(b []byte) []Finding { return scan(b, "\n", nil) }

// ScanFrame scans a picture on its way to the painter: lines with colours.
func ScanFrame(b []byte) []Finding { return scan(b, "\n", frameSequence) }

// ScanStream scans what a program wrote to its terminal from start to end. also
// are further sequences that are expected, such as a text for the clipboard.
func ScanStream(b []byte, also ...string) []Finding {
	return scan(b, "\r\n", func(b []byte) int {
		for _, s := range also {
			if s != "" && len(b) >= len(s) && string(b[:len(s)]) == s {
				return len(s)
			}
		}
		return streamSequence(b)
	})
}

const colours = `\x1b\[[0-9;:]*m`

var frameSequence = prefix(colours)

// streamSequence knows what the painter writes, its modes, what is asked of the terminal,
// and the title.
var streamSequence = prefix(colours +
	`|\x1b\[(\d+(;\d+)?)?H|\x1b\[\d*C` + // moves
	`|\x1b\[K|\x1b\[2J` + // erasing
	`|\x1b\[\?(25|1002|1006|1049|2004|2026)[hl]` +
	`|\x1b\[\?2026\$p` + // does the terminal know it?
	`|\x1b\]11;\?\x07` + // its background colour
	`|\x1b\]2;(labtop)?\x07`)

// prefix returns how long the sequence of a pattern at the start of a text is; 0 is
// none.
func prefix(pattern string) func([]byte) int {
	r := regexp.MustCompile(`\A(?:` + pattern + `)`)
	return func(b []byte) int { return len(r.Find(b)) }
}

// most is how many findings a scan returns, so that a report can be read.
const most = 20

// maxMarks is how many combining marks one character may carry.
const maxMarks = 4

func scan(b []byte, controls string, sequence func([]byte) int) []Finding {
	var found []Finding
	marks := maxMarks // at the start is nothing that could carry one
	for i := 0; i < len(b) && len(found) < most; {
		if b[i] == 0x1b && sequence != nil {
			if n := sequence(b[i:]); n > 0 {
				i, marks = i+n, maxMarks
				continue
			}
		}
		r, size := utf8.DecodeRune(b[i:])
		what := ""
		switch {
		case r < 0x80 && strings.IndexByte(controls, byte(r)) >= 0:
			marks = maxMarks
		case r == utf8.RuneError && size == 1:
			what = fmt.Sprintf("byte %#02x, which is not UTF-8", b[i])
		case !Printable(r):
			what = fmt.Sprintf("%U", r)
		case !unicode.Is(unicode.M, r):
			marks = 0
		default:
			if marks++; marks > maxMarks {
				what = "a fifth mark on one character, or one without any"
			}
		}
		if what != "" {
			found = append(found, Finding{i, what, around(b, i)})
		}
		i += size
	}
	return found
}

func around(b []byte, at int) string {
	return strconv.QuoteToASCII(string(b[max(at-30, 0):min(at+30, len(b))]))
}

// Printable says whether a terminal may be given the character: it does nothing but
// fill its own cells or join the character before it. It is written from the rules
// of Unicode and not from the sanitizer that it checks.
func Printable(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r >= 0x2500 && r <= 0x28ff: // boxes, blocks, braille: most of a picture
		return true
	case r >= 0xe0000 && r <= 0xe0fff: // tags and what else is ignored by default
		return false
	case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return false
	case r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97f, r >= 0xd7b0 && r <= 0xd7ff: // conjoining Hangul
		return false
	case unicode.In(r, unicode.Variation_Selector, unicode.Regional_Indicator, unicode.Noncharacter_Code_Point,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Bidi_Control, unicode.Join_Control):
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs)
}
