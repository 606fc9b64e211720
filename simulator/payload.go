package simulator

import (
	"fmt"
	"strings"
)

// dtostrf formats a reading as the course's sketches do, with Arduino's
// dtostrf(v, 6, 2, buf): two decimals, blanks in front up to six characters,
// and "nan" for a sensor that did not answer.
func dtostrf(v float64) string {
	return strings.ToLower(fmt.Sprintf("%6.2f", v))
}
