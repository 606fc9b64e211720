package recording

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// stamps reads the times that programs write before what they log. The rules are:
//
//   - A date and a time may have a T or a blank between them, slashes in the date, a point,
//     a comma or a colon before the fraction, and a zone in one of the shapes of ISO 8601.
//     Without one it is this machine's.
//   - As a field of its own it can also be what Python, JavaScript and spreadsheets make of
//     one by default, where day and month cannot be mixed up.
//   - A number counts from 1970: seconds, or thousandths, millionths or milliardths of
//     them, whichever gives a year before 5000.
//   - "Nov 22 06:47:00" is in the last year in which it is not after the end of the log.
//   - A time of the day is on the last day on which the first one is not after the end of
//     the log; when it goes back by more than half a day, the next day has begun.
type stamps struct {
	end     time.Time // the log ends at the latest then
	day     time.Time // on which the last time of a day was
	ofDay   time.Duration
	started bool
	last    time.Time // of those without a zone
}

// read reads a time. lacks says what it does not tell.
func (s *stamps) read(text string) (at time.Time, lacks Lacks, ok bool) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) >= 19 && (text[4] == '-' || text[4] == '/'):
		if at, lacks, ok = readDate(text); ok && lacks == LacksZone {
			at = s.inOrder(at)
		}
		return at, lacks, ok
	case len(text) == 15 && text[3] == ' ':
		at, err := time.ParseInLocation("2006 Jan _2 15:04:05", strconv.Itoa(s.end.In(time.Local).Year())+" "+text, time.Local)
		if at.After(s.end.Add(time.Hour)) {
			at = at.AddDate(-1, 0, 0)
		}
		return at, LacksDates | LacksZone, err == nil
	case len(text) >= 8 && text[2] == ':' && text[5] == ':':
		at, err := time.Parse("15:04:05", text)
		if err != nil {
			return at, 0, false
		}
		return s.onDay(at.Sub(at.Truncate(24 * time.Hour))), LacksDates | LacksZone, true
	}
	if at, ok = readEpoch(text); ok {
		return at, 0, true
	}
	return readOther(text)
}

// readOther reads what are no usual times of logs.
func readOther(text string) (at time.Time, lacks Lacks, ok bool) {
	text, _, _ = strings.Cut(text, " (") // JavaScript's name of a zone
	for _, layout := range []string{
		"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC1123Z, "Mon Jan 02 2006 15:04:05 GMT-0700", "2006-01-02T15:04Z07:00",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, 0, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "02.01.2006 15:04", "02.01.2006 15:04:05", time.ANSIC} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, LacksZone, true
		}
	}
	return at, 0, false
}

// onDay is the time on the day that a time of the day is on.
func (s *stamps) onDay(ofDay time.Duration) time.Time {
	switch {
	case !s.started:
		y, m, d := s.end.In(time.Local).Date()
		s.day, s.started = time.Date(y, m, d, 0, 0, 0, 0, time.Local), true
		if clockOn(s.day, ofDay).After(s.end.Add(time.Minute)) {
			s.day = s.day.AddDate(0, 0, -1)
		}
	case ofDay < s.ofDay-12*time.Hour:
		s.day = s.day.AddDate(0, 0, 1)
	}
	s.ofDay = ofDay
	return clockOn(s.day, ofDay)
}

// inOrder is a time of this machine's clock. The hour that it shows twice when summer ends is
// the first one, unless that is before the time before.
func (s *stamps) inOrder(at time.Time) time.Time {
	_, before := at.Add(-time.Hour).Zone()
	_, after := at.Add(time.Hour).Zone()
	if before > after {
		for _, by := range []time.Duration{-time.Hour, 0, time.Hour} {
			other := at.Add(by)
			if other.Hour() == at.Hour() && !other.Before(s.last) {
				at = other
				break
			}
		}
	}
	s.last = at
	return at
}

// clockOn is when the clock shows a time of a day. That is not as long after midnight on a
// day on which the clock is set.
func clockOn(day time.Time, ofDay time.Duration) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, int(ofDay/time.Second), int(ofDay%time.Second), time.Local)
}

// readDate reads a date and a time.
func readDate(text string) (at time.Time, lacks Lacks, ok bool) {
	const local = "2006-01-02T15:04:05"
	shape := []byte(text)
	if shape[10] == ' ' {
		shape[10] = 'T'
	}
	if shape[4] == '/' && shape[7] == '/' { // Go's
		shape[4], shape[7] = '-', '-'
	}
	if len(shape) > 20 && shape[19] == ':' {
		shape[19] = '.'
	}
	if i := bytes.IndexByte(shape, 'Z'); i >= 0 && i < len(shape)-1 { // mosquitto_sub's Z+0000
		shape = append(shape[:i], shape[i+1:]...)
	}
	clock := strings.Replace(string(shape), " ", "", 1) // of "12:00:00 +0100"
	if len(clock) < len(local) {
		return at, 0, false
	}
	zone := strings.IndexAny(clock[len(local):], "Z+-")
	if zone < 0 {
		at, err := time.ParseInLocation(local, clock, time.Local)
		return at, LacksZone, err == nil
	}
	switch zone += len(local); len(clock) - zone {
	case len("+01"):
		clock += ":00"
	case len("+0100"):
		clock = clock[:zone+3] + ":" + clock[zone+3:]
	}
	at, err := time.Parse(time.RFC3339, clock) // the one layout that it is fast with
	return at, 0, err == nil
}

// readEpoch reads a number of seconds since 1970, or of parts of them.
func readEpoch(text string) (at time.Time, ok bool) {
	whole, fraction, _ := strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return at, false
	}
	unit := int64(time.Second)
	for n >= 1e11 && unit > 1 {
		// Further digits are of the fraction of a second.
		unit /= 1000
		n, fraction = n/1000, pad3(n%1000)+fraction
	}
	fraction = (fraction + "000000000")[:9]
	ns, err := strconv.ParseUint(fraction, 10, 32)
	return time.Unix(n, int64(ns)), err == nil
}

// pad3 is a number below 1000 as three digits.
func pad3(n int64) string { return strconv.FormatInt(1000+n, 10)[1:] }

// cutStamp parts a time at the start of a line, within brackets or not, and what comes
// after it and a blank. It looks at the shape only.
func cutStamp(line []byte) (stamp string, rest []byte, ok bool) {
	if len(line) > 0 && line[0] == '[' {
		inner, _, ok := bytes.Cut(line[1:min(len(line), 64)], []byte("]"))
		if !ok || len(inner) == 0 || shapeLength(append(bytes.Clone(inner), ' ')) != len(inner) {
			return "", nil, false
		}
		return string(inner), bytes.TrimPrefix(line[len(inner)+2:], []byte(" ")), true
	}
	n := shapeLength(line)
	if n <= 0 {
		return "", nil, false
	}
	return string(line[:n]), line[n+1:], true
}

// shapeLength is how many bytes a time at the start of a line has, before a blank.
func shapeLength(line []byte) int {
	n := wordLength(line)
	switch {
	case isShape(line, "dddd-dd-ddTdd:dd:dd"), isShape(line, "dd:dd:dd"):
	case isShape(line, "dddd-dd-dd dd:dd:dd"), isShape(line, "dddd/dd/dd dd:dd:dd"):
		n = 11 + wordLength(line[11:])
	case isShape(line, "aaa dd dd:dd:dd "), isShape(line, "aaa  d dd:dd:dd "):
		n = 15
	case isShape(line, "ddddddddd"): // seconds since 1970, of these decades
	default:
		return -1
	}
	if n >= len(line) {
		return -1
	}
	return n
}

// wordLength is where the first blank is.
func wordLength(line []byte) int {
	if i := bytes.IndexByte(line[:min(len(line), 64)], ' '); i >= 0 {
		return i
	}
	return len(line)
}

// isShape says whether a line begins like a shape, in which d is a digit and a is a letter.
func isShape(line []byte, shape string) bool {
	if len(line) < len(shape) {
		return false
	}
	for i := range len(shape) {
		c := line[i]
		switch shape[i] {
		case 'd':
			if c < '0' || c > '9' {
				return false
			}
		case 'a':
			if (c|0x20) < 'a' || (c|0x20) > 'z' {
				return false
			}
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	return true
}
