// Package safetext makes text from outside safe to show: topics, payloads,
// certificate names, error texts, anything a stranger may have written. Every
// byte of such text passes here once before it reaches a screen, a log, a title,
// a clipboard or a notification.
//
// The rules are:
//
//   - It is a predicate on characters, never a matcher of escape sequences: a
//     matcher misses the unterminated and the 8-bit forms.
//   - A character that may do more than fill its own cells is replaced by a
//     visible stand-in, never deleted: C0 controls and DEL by their pictures
//     (U+2400 to U+2421), everything else by U+FFFD, one for each character and
//     one for each byte that is not UTF-8. Text is always one line.
//   - What stays: letters, marks, numbers, punctuation, symbols and blanks that
//     Unicode has assigned, but for those that terminals draw differently.
//     Emoji built from several characters come apart.
//   - A character carries at most four combining marks; the rest are replaced.
//     A mark that has no character before it is replaced too, so that no text
//     reaches into what stands before it on the screen.
//
// The result is valid UTF-8, and cleaning it again changes nothing. Two
// different texts may look the same afterwards: compare the raw ones, and show
// names with [Name]. All
// functions may be called from any goroutine.
package safetext

import (
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one character may carry. Living
// languages need three.
const maxMarks = 4

// ellipsis marks a cut.
const ellipsis = "…"

// text is what can be cleaned.
type text interface{ ~string | ~[]byte }

// Clean returns s made safe to show. It returns s itself, without allocating,
// when s is clean.
func Clean(s string) string {
	n := cleanPrefix(s)
	if n == len(s) {
		return s
	}
	return string(appendClean(make([]byte, 0, grown(len(s))), s))
}

// CleanBytes is [Clean] for bytes; it allocates the string that it returns.
func CleanBytes(b []byte) string {
	if cleanPrefix(b) == len(b) {
		return string(b)
	}
	return string(appendClean(make([]byte, 0, grown(len(b))), b))
}

// IsClean says whether [Clean] would return s unchanged.
func IsClean(s string) bool { return cleanPrefix(s) == len(s) }

// CleanMax is [Clean] with a bound: the result has at most maxBytes bytes. Text
// that is longer is cut between two characters, never between a character and
// its marks, and ends in "…". With maxBytes below 3 it is cut to nothing. The
// time depends on maxBytes, not on the length of s.
func CleanMax(s string, maxBytes int) string {
	cut := false
	// Cleaning shrinks text by a quarter at most, from four bytes to three, so
	// twice the bound is enough of it.
	maxBytes = max(maxBytes, 0)
	if len(s)/2-utf8.UTFMax > maxBytes {
		s, cut = s[:2*(maxBytes+utf8.UTFMax)], true
	}
	s = Clean(s)
	if !cut && len(s) <= maxBytes {
		return s
	}
	n := maxBytes - len(ellipsis)
	if n < 0 {
		return ""
	}
	for n > 0 && !startsCharacter(s[n:]) {
		n--
	}
	return s[:n] + ellipsis
}

// startsCharacter says whether clean text may be cut in front of s.
func startsCharacter(s string) bool {
	if !utf8.RuneStart(s[0]) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return classify(r) == base
}

// cleanPrefix returns how many bytes at the start of s are clean: len(s), or the place of
// the first character that is to be replaced.
func cleanPrefix[T text](s T) int {
	i := printable(s, 0)
	if i == len(s) {
		return i
	}
	c := before(i)
	for i < len(s) {
		if n := printable(s, i); n > i {
			i, c = n, cell{}
			continue
		}
		r, size := decode(s, i)
		if !c.admit(r, size) {
			return i
		}
		i += size
	}
	return i
}

// appendClean appends the clean form of s to dst.
func appendClean[T text](dst []byte, s T) []byte {
	c := before(0)
	for i := 0; i < len(s); {
		if n := printable(s, i); n > i {
			dst = append(dst, s[i:n]...)
			i, c = n, cell{}
			continue
		}
		r, size := decode(s, i)
		if c.admit(r, size) {
			dst = append(dst, s[i:i+size]...)
		} else {
			dst = utf8.AppendRune(dst, standIn(r))
		}
		i += size
	}
	return dst
}

// cell is the character that marks would join now.
type cell struct {
	marks  int  // how many it carries
	linked bool // one of them joins the next letter
}

// before returns the cell in front of the text's place i; in front of the
// whole text is none that could carry a mark.
func before(i int) cell {
	if i == 0 {
		return cell{marks: maxMarks}
	}
	return cell{}
}

// admit says whether the character r, size bytes long in its text, stays.
func (c *cell) admit(r rune, size int) bool {
	kind := classify(r)
	if r == utf8.RuneError && size == 1 {
		kind = forbidden
	}
	switch kind {
	case mark, linker:
		if c.marks == maxMarks {
			return false
		}
		c.marks++
		c.linked = c.linked || kind == linker
		return true
	case base:
		if c.linked && unicode.IsLetter(r) {
			c.linked = false // still the same cell
		} else {
			*c = cell{}
		}
		return true
	}
	*c = cell{}
	return false
}

// standIn returns what is shown instead of r.
func standIn(r rune) rune {
	switch {
	case 0 <= r && r < ' ':
		return 0x2400 + r
	case r == 0x7f:
		return 0x2421
	}
	return utf8.RuneError
}

// decode returns the character at s[i:] and its length in bytes.
func decode[T text](s T, i int) (rune, int) {
	return utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
}

// printable returns the end of the run of printable ASCII that starts at i.
func printable[T text](s T, i int) int {
	const (
		ones   = 0x0101010101010101
		blanks = ' ' * ones
		highs  = 0x80 * ones
	)
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		// The high bit of a byte comes up in w from 0x80, in w+1 from 0x7f and
		// in w-0x20 below 0x20.
		if (w|(w+ones)|(w-blanks))&highs != 0 {
			break
		}
	}
	for i < len(s) && ' ' <= s[i] && s[i] <= '~' {
		i++
	}
	return i
}

// grown is the room to make for the clean form of n dirty bytes: most text has
// few characters to replace.
func grown(n int) int { return n + n/8 + 16 }
