package safetext

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// Name is [Clean] for topics and the names in them, of which two that differ must not
// look the same: each level that had to be changed ends in a mark made of its bytes,
// "lab�‹0731›". The mark has four digits and is no proof: somebody who wants to can make
// two names that look the same.
func Name(topic string) string {
	if IsClean(topic) {
		return topic
	}
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		if !IsClean(level) {
			levels[i] = Clean(level) + marked(level)
		}
	}
	return Clean(strings.Join(levels, "/"))
}

// marked is the mark of a level. It has digits only: capitals do not change it.
func marked(level string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(level))
	digits := strconv.Itoa(int(h.Sum32() % 10_000))
	return "‹" + strings.Repeat("0", 4-len(digits)) + digits + "›"
}
