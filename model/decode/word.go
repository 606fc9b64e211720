package decode

import "labtop/model"

// maxWord is the length of the longest word in the tables, in bytes.
const maxWord = 16

// fold returns the ASCII lower case of word in buf, or nothing when word is
// longer than any word in the tables.
func fold(buf *[maxWord]byte, word []byte) []byte {
	if len(word) > maxWord {
		return nil
	}
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return buf[:len(word)]
}

// noValue says whether the sender says with word that there is no reading.
// "nan" is what a DHT22 without a wire gives, "ovf" what AVR's String makes of
// a number that is too large.
func noValue(word []byte) bool {
	var low [maxWord]byte
	switch string(fold(&low, word)) {
	case "nan", "-nan", "+nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity",
		"ovf", "null", "none", "--", "n/a", "unavailable", "unknown":
		return true
	}
	return false
}

// boolean returns the two-state value that word stands for.
func boolean(word []byte) (model.Value, bool) {
	var low [maxWord]byte
	switch string(fold(&low, word)) {
	case "true", "on", "open", "detected":
		return model.Value{Kind: model.Bool, Num: 1}, true
	case "false", "off", "closed", "clear":
		return model.Value{Kind: model.Bool}, true
	}
	return model.Value{}, false
}
