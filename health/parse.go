package health

import (
	"slices"
	"strconv"
	"strings"
)

// most is the largest number that is read: what a float64 still counts one by one.
const most = 1 << 53

// number reads a decimal number from 0 to below most, which is whole unless it may have a
// fraction. No sign, no exponent, no "NaN".
func number(text string, fraction bool) (float64, bool) {
	if len(text) > 24 {
		return 0, false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c != '.' || !fraction) {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n < most
}

// units are the lengths of the units of an uptime's text, in seconds.
var units = map[string]float64{
	"second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400,
}

// seconds reads an uptime: bare seconds, Mosquitto's "23 seconds", or EMQX's "1 days,2
// hours, 3 minutes, 4 seconds".
func seconds(text string) (float64, bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) == 1 {
		return number(words[0], false)
	}
	if len(words) == 0 || len(words)%2 != 0 {
		return 0, false
	}
	total := 0.0
	for pair := range slices.Chunk(words, 2) {
		n, ok := number(pair[0], false)
		unit, known := units[pair[1]]
		if !ok || !known {
			return 0, false
		}
		total += n * unit
	}
	return total, total < most
}
