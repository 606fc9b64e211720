package decode

import (
	"math"
	"strconv"
)

// maxNumber is the longest number that is read, in bytes.
const maxNumber = 1024

// maxLead is where another digit may not fit in 64 bits.
const maxLead = 1e18

// maxExact is 2^53: greater integers do not all fit in a float64.
const maxExact = 1 << 53

// number is a decimal number at the start of a text.
type number struct {
	value float64
	// length is how many bytes it takes; zero when there is no number, or none that is finite.
	length int
	// comma says that it is written with a decimal comma.
	comma bool
	// exact says that it is no integer beyond 2^53.
	exact bool
	// bareExponent says that it is written like 12E45, as hexadecimal ids may be.
	bareExponent bool
	// padded says that it has zeros in front, like 007.
	padded bool
}

// scanNumber reads the number at the start of b: a sign, decimal digits with a
// point or a comma among them, an exponent. There is no other form: neither
// hexadecimal nor "1_000", "Infinity" or digits of other scripts.
func scanNumber(b []byte) number {
	var s scan
	s.sign(b)
	s.mantissa(b)
	if s.digits == 0 {
		return number{}
	}
	s.exponent(b)
	n := number{length: s.i, comma: s.comma, padded: s.padded, bareExponent: s.bare}
	n.value = s.float(b)
	if math.IsInf(n.value, 0) {
		return number{}
	}
	n.exact = s.point || s.power || math.Abs(n.value) < maxExact || s.lead == maxExact
	return n
}

// scan is the state while a number is read.
type scan struct {
	i        int    // the next byte
	lead     uint64 // the digits as one integer, unless long
	long     bool   // the digits do not fit in lead
	digits   int    // how many there are
	scale    int    // the value is lead * 10^scale
	negative bool
	point    bool // a point or comma was seen
	comma    bool
	power    bool // an exponent was seen
	bare     bool
	padded   bool
}

func (s *scan) sign(b []byte) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		s.negative = b[0] == '-'
		s.i++
	}
}

// mantissa reads digits with at most one point or comma.
func (s *scan) mantissa(b []byte) {
	i, lead, point := s.i, uint64(0), -1
	for ; i < len(b); i++ {
		c := b[i]
		if d := c - '0'; d <= 9 {
			if lead < maxLead {
				lead = 10*lead + uint64(d)
			} else {
				s.long = true
			}
		} else if (c == '.' || c == ',') && point < 0 {
			point = i
			s.comma = c == ','
		} else {
			break
		}
	}
	s.digits = i - s.i
	if point >= 0 {
		s.digits--
		s.point, s.scale = true, point+1-i
	}
	s.padded = s.digits > 1 && b[s.i] == '0' && isDigit(b[s.i+1])
	s.i, s.lead = i, lead
}

// exponent reads an exponent; an "e" without digits behind it is no part of
// the number.
func (s *scan) exponent(b []byte) {
	i := s.i
	if i >= len(b) || b[i]|0x20 != 'e' {
		return
	}
	i++
	signed, negative := false, false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		signed, negative = true, b[i] == '-'
		i++
	}
	first, e := i, 0
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		e = min(10*e+int(b[i]-'0'), 1<<20)
	}
	if i == first {
		return
	}
	if negative {
		e = -e
	}
	s.i, s.power, s.bare = i, true, !signed && !s.point
	s.scale += e
}

// float returns the value, correctly rounded: in one step when both parts are
// exact, else by the standard library.
func (s *scan) float(b []byte) float64 {
	if s.long || s.lead > maxExact || s.scale < -22 || s.scale > 22 {
		return s.slow(b[:s.i])
	}
	v := float64(s.lead)
	if s.scale < 0 {
		v /= powers[-s.scale]
	} else {
		v *= powers[s.scale]
	}
	if s.negative {
		v = -v
	}
	return v
}

// slow parses a number of any length; it may be infinite.
func (s *scan) slow(b []byte) float64 {
	text := []byte(nil)
	text = append(text, b...)
	for i, c := range text {
		if c == ',' {
			text[i] = '.'
		}
	}
	// The only error that is left is that of the range, which gives infinity.
	v, _ := strconv.ParseFloat(string(text), 64)
	return v
}

// powers are the powers of ten that a float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}
