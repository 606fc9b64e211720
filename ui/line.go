package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"labtop/safetext"
)

// line builds one row of the screen, never wider than it may be. What does not
// fit is cut with a sign. Text from outside goes through put, which makes it
// safe to print; glyph is for the program's own signs.
type line struct {
	b     strings.Builder
	theme *Theme
	width int
	used  int
	// chosen paints the row as the cursor's.
	chosen bool
	ascii  bool
	role   Role // of what was written last
	styled bool
}

// newLine begins a row of at most [MaxWidth] cells, with room for its styles.
func newLine(theme *Theme, width int, ascii bool) *line {
	l := &line{theme: theme, width: min(width, MaxWidth), ascii: ascii}
	l.b.Grow(3 * max(l.width, 0))
	return l
}

// ellipsis is the sign for text that was cut.
func (l *line) ellipsis() string {
	if l.ascii {
		return "~"
	}
	return "…"
}

// bytesPerCell is more than the bytes of what stands in one cell: a character and its
// marks, four bytes each before it was made safe.
const bytesPerCell = 32

// beginning is as much of a text from outside as is more than so many cells hold: a
// topic may have 64 KiB, and a row is made anew with each picture.
func beginning(text string, width int) string {
	return text[:min(len(text), bytesIn(width))]
}

// ending is beginning from the end.
func ending(text string, width int) string { return text[max(0, len(text)-bytesIn(width)):] }

// nameEnd is as much of a topic's end, or of a part of one, as is more than so many
// cells hold, made safe.
func nameEnd(topic string, width int) string { return safetext.NameEnd(topic, bytesIn(width)) }

func bytesIn(width int) int { return bytesPerCell * (max(width, 0) + 2) }

// safe is text that may reach a cell.
func (l *line) safe(text string) string {
	text = safetext.Clean(beginning(text, l.width))
	if l.ascii {
		text = toASCII(text)
	}
	return text
}

// put writes text of a role, cut at the end of the row.
func (l *line) put(role Role, text string) {
	text = l.safe(text)
	l.write(role, text, cells(text))
}

// cell writes text in a column of a width, cut and padded to it.
func (l *line) cell(role Role, text string, width int) { l.column(role, text, width, false) }

// cellRight is cell with the text at the right.
func (l *line) cellRight(role Role, text string, width int) { l.column(role, text, width, true) }

func (l *line) column(role Role, text string, width int, right bool) {
	l.place(role, l.safe(text), width, right)
}

// place is column for text that is safe already.
func (l *line) place(role Role, text string, width int, right bool) {
	width = min(width, l.width-l.used)
	if width <= 0 {
		return
	}
	n := cells(text)
	if n > width {
		text = truncate(text, width, l.ellipsis())
		n = cells(text)
	}
	if right {
		l.space(width - n)
	}
	l.write(role, text, n)
	if !right {
		l.space(width - n)
	}
}

// cellEnd is cell for paths such as "sensors.net.rssi": when cut, the end
// stays, from the beginning of a level on where that fits.
func (l *line) cellEnd(role Role, text string, width int) {
	text = l.safe(ending(text, min(width, l.width)))
	if n := cells(text); n > width && width > 1 {
		end := ansi.TruncateLeftWc(text, n-width+1, "")
		if i := strings.IndexAny(end, "./"); i >= 0 && i < len(end)-1 && i < len(end)/2 {
			end = end[i+1:]
		}
		text = l.ellipsis() + end
	}
	l.place(role, text, width, false)
}

// glyph writes the program's own signs, one cell each.
func (l *line) glyph(role Role, signs string, width int) {
	l.write(role, signs, width)
}

// blanks are as many as a row can have.
var blanks = strings.Repeat(" ", MaxWidth)

// space writes n blanks.
func (l *line) space(n int) {
	n = min(n, l.width-l.used)
	if n <= 0 {
		return
	}
	if !l.styled && l.chosen {
		l.style(RoleText)
	}
	l.b.WriteString(blanks[:n])
	l.used += n
}

// gap writes blanks in the look of the header.
func (l *line) gap(n int) {
	if n = min(n, l.width-l.used); n > 0 {
		l.write(RoleBar, blanks[:n], n)
	}
}

func (l *line) write(role Role, text string, n int) {
	room := l.width - l.used
	if room <= 0 || n == 0 {
		return
	}
	if n > room {
		text = truncate(text, room, l.ellipsis())
		n = cells(text)
	}
	if !l.styled || l.role != role {
		l.style(role)
	}
	l.b.WriteString(text)
	l.used += n
}

func (l *line) style(role Role) {
	open := l.theme.open[role]
	if l.chosen {
		open = l.theme.chosen[role]
	}
	if l.styled {
		l.b.WriteString(reset)
	}
	l.b.WriteString(open)
	l.role, l.styled = role, true
}

// end fills the row to its width and returns it.
func (l *line) end() string {
	l.space(l.width - l.used)
	if l.styled {
		l.b.WriteString(reset)
	}
	return l.b.String()
}

// cells is the width of text on the screen, once it is made safe: a control may
// have no width, but its stand-in has. It is taken character by character, as the
// painter and most terminals do, not by what belongs together in a script: so the
// columns stand where they should behind Thai and Hindi names too.
func cells(text string) int {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return ansi.StringWidthWc(safetext.Clean(text))
		}
	}
	return len(text)
}

// runeCells is the width of one character of safe text; marks have none.
func runeCells(r rune) int { return ansi.StringWidthWc(string(r)) }

// truncate cuts safe text to a width, tail included, never between a character and
// its marks. [ansi.TruncateWc] decides by clusters whether there is anything to cut.
func truncate(text string, width int, tail string) string {
	if cells(text) <= width {
		return text
	}
	room := width - cells(tail)
	if room < 0 {
		return ""
	}
	for i, r := range text {
		if room -= runeCells(r); room < 0 {
			return text[:i] + tail
		}
	}
	return text
}

// truncateMiddle cuts a text that is too wide in its middle: the end of an error tells why.
func truncateMiddle(text string, width int, middle string) string {
	if cells(text) <= width {
		return text
	}
	begin := truncate(text, width/2, middle)
	for room := width - cells(begin); cells(text) > room; {
		_, n := utf8.DecodeRuneInString(text)
		text = text[n:]
	}
	return begin + text
}

// toASCII replaces what a plain terminal cannot show. Units keep their meaning.
func toASCII(text string) string {
	clean := true
	for i := range len(text) {
		if text[i] >= 0x80 {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r == '°':
			// "22.5 C": the degree sign is the only one that reads well left out.
		case r == 'µ' || r == 'μ':
			b.WriteByte('u')
		case r == '²':
			b.WriteByte('2')
		case r == '³':
			b.WriteByte('3')
		case r == '…':
			b.WriteByte('~')
		case r == '“' || r == '”':
			b.WriteByte('"')
		case r == '×':
			b.WriteByte('x')
		case r == '·':
			b.WriteByte('-')
		case r == '–' || r == '—' || r == '−':
			b.WriteByte('-')
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
