package safetext

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Name is [Clean] for topics and the names in them, of which two that differ must not
// look the same: each level that had to be changed ends in a mark made of its bytes,
// "lab�‹0731›". The mark has four digits and is no proof: somebody who wants to can make
// two names that look the same. A topic with more than 16 such levels, or with
// very many others, has one mark, made of all of it: nobody could read the others.
func Name(topic string) string { return NameEnd(topic, len(topic)) }

// NameEnd is [Name] of the last bytes of a topic, or of a few less: it is not cut within
// a character. The level that is cut has the mark of all of it. The time depends on
// bytes, but for what the marks need.
func NameEnd(topic string, bytes int) string {
	start := characterAt(topic, len(topic)-bytes)
	end := topic[start:]
	if IsClean(end) {
		return end
	}
	from := strings.LastIndexByte(topic[:start], '/') + 1 // of the level that is cut
	levels, changed := strings.SplitN(end, "/", mostLevels), 0
	for i, level := range levels {
		if !IsClean(level) {
			changed++
			levels[i] = Clean(level) + marked(topic[from:start+len(level)])
		}
		start += len(level) + 1
		from = start
	}
	if changed > mostMarks || len(levels) == mostLevels {
		return Clean(end) + marked(topic)
	}
	return Clean(strings.Join(levels, "/"))
}

// characterAt is the place of the first character from i on that is no mark of the one
// before, where one is near.
func characterAt(s string, i int) int {
	if i <= 0 {
		return 0
	}
	for next := i; next < len(s) && next < i+(1+maxMarks)*utf8.UTFMax; next++ {
		r, size := utf8.DecodeRuneInString(s[next:])
		if utf8.RuneStart(s[next]) && (r != utf8.RuneError || size > 1) && classify(r) != mark && classify(r) != linker {
			return next
		}
	}
	return i
}

// The bounds of the marks in a name.
const (
	mostMarks  = 16
	mostLevels = 256
)

// marked is the mark of a level. It has digits only: capitals do not change it.
func marked(level string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(level))
	digits := strconv.Itoa(int(h.Sum32() % 10_000))
	return "‹" + strings.Repeat("0", 4-len(digits)) + digits + "›"
}
