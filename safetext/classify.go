package safetext

import "unicode"

// class is what a character is to this package.
type class uint8

const (
	// forbidden characters are replaced.
	forbidden class = iota
	// base characters stay and fill cells of their own.
	base
	// mark characters stay and join the character before them.
	mark
	// linker characters are marks that also join the letter after them.
	linker
)

// classify tells what r is. Most characters are letters, so they come first.
//
// Forbidden are, with the reason where it is not plain:
//
//   - controls, C0, DEL and C1
//   - format characters (category Cf): bidi controls, zero-width characters and
//     joiners, byte order mark, soft hyphen, tags
//   - line and paragraph separators
//   - private use, surrogates, noncharacters and whatever Unicode has not
//     assigned: nobody knows how wide they are
//   - variation selectors, skin tones and the letters of flags: some terminals
//     join them with their neighbour, others do not, and the columns shift
//   - fillers and other characters that are drawn as nothing (U+034F, U+115F,
//     U+1160, U+17B4, U+3164, U+FFA0): they are two, one or no cells wide
//   - conjoining Hangul (composed syllables stay) and letters that join whatever
//     follows: any number of them is one cell
//
// Blanks stay, from U+00A0 to U+3000 and the braille blank U+2800 that braille
// graphs are made with: their width is agreed upon, and they can hide nothing
// that U+0020 cannot.
func classify(r rune) class {
	switch {
	case r < ' ':
		return forbidden
	case r < 0x7f:
		return base
	case r < 0xa0 || r == 0xad:
		return forbidden
	case r < 0x300 || 0x3400 <= r && r <= 0xa48c || 0xac00 <= r && r <= 0xd7a3:
		return base // Latin; Han and Yi; Hangul syllables
	case invisible(r) || joinsNext(r):
		return forbidden
	case joinsPrevious(r):
		return mark
	case unicode.IsLetter(r):
		return base
	case unicode.Is(unicode.M, r):
		if isLinker(r) {
			return linker
		}
		return mark
	case unicode.In(r, unicode.S, unicode.P, unicode.N, unicode.Zs):
		return base
	}
	return forbidden
}

// invisible says whether r is a letter or mark that is drawn as nothing.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// joinsNext says whether r belongs to one grapheme cluster with what follows it
// (Unicode annex 29: classes L, V, T, Prepend and Regional_Indicator), or is a
// skin tone.
func joinsNext(r rune) bool {
	switch {
	case 0x1100 <= r && r <= 0x11ff, 0xa960 <= r && r <= 0xa97f, 0xd7b0 <= r && r <= 0xd7ff:
		return true // conjoining Hangul
	case r == 0x0d4e, 0x111c2 <= r && r <= 0x111c3, r == 0x1193f, r == 0x11941,
		0x11a84 <= r && r <= 0x11a89, r == 0x11d46, r == 0x11f02:
		return true // Prepend
	case 0x1f1e6 <= r && r <= 0x1f1ff:
		return true // Regional_Indicator
	}
	return 0x1f3fb <= r && r <= 0x1f3ff
}

// joinsPrevious says whether r is a letter that belongs to one grapheme cluster
// with what stands before it: Thai and Lao am, the halfwidth sound marks of
// katakana.
func joinsPrevious(r rune) bool {
	return r == 0x0e33 || r == 0x0eb3 || r == 0xff9e || r == 0xff9f
}

// isLinker says whether the mark r joins consonants into one cluster (Unicode
// annex 29, rule GB9c).
func isLinker(r rune) bool {
	switch r {
	case 0x094d, 0x09cd, 0x0acd, 0x0b4d, 0x0c4d, 0x0d4d, 0x1039, 0x17d2, 0x1a60,
		0x1b44, 0x1bab, 0xa9c0, 0xaaf6, 0x10a3f, 0x11133, 0x113d0, 0x1193e, 0x11a47,
		0x11a99, 0x11f42:
		return true
	}
	return false
}
