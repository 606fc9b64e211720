package ui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// number writes a value with the decimals that the sender uses.
func number(v float64, decimals int) string {
	switch a := math.Abs(v); {
	case a >= 1e9 || a != 0 && a < 1e-3 && decimals >= 3:
		return strconv.FormatFloat(v, 'g', 4, 64)
	default:
		return strconv.FormatFloat(v, 'f', decimals, 64)
	}
}

// declareDecimals sets how many decimals a metric has when that is declared for
// its name.
func declareDecimals(m *model.Metric, declared map[string]int) {
	if m == nil {
		return
	}
	if n, ok := declared[m.Name]; ok {
		m.Decimals = n
	}
}

// reading writes a metric's last value without its unit.
func reading(m *model.Metric) string {
	switch {
	case m.Value.Kind == model.Number:
		return number(m.Value.Num, m.Decimals)
	case m.Condition == model.Empty || m.Condition == model.Binary || m.Value.Kind == model.NoValue && m.Condition != model.Fine:
		return "(" + m.Condition.String() + ")"
	}
	return m.Text
}

// readingUnit is reading with the unit behind it.
func readingUnit(m *model.Metric) string {
	if m.Unit == "" {
		return reading(m)
	}
	return reading(m) + " " + m.Unit
}

// whole is a number without a fraction that is not negative.
type whole interface{ ~int | ~int64 | ~uint64 }

// count writes a number in groups of three digits, and short when it is long:
// 12 874, 1.29M.
func count[N whole](n N) string {
	switch n := uint64(n); {
	case n >= 1e13:
		return short(float64(n)/1e12) + "T"
	case n >= 1e10:
		return short(float64(n)/1e9) + "G"
	case n >= 1e7:
		return short(float64(n)/1e6) + "M"
	}
	s := strconv.FormatUint(uint64(n), 10)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// counted is count with what is counted: 1 message, 12 874 messages.
func counted[N whole](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return count(n) + " " + what
}

// countIn is count for a column of a width: without groups where they do not
// fit, shorter still where that does not.
func countIn[N whole](n N, width int) string {
	if s := count(n); len(s) <= width {
		return s
	}
	if s := strconv.FormatUint(uint64(n), 10); len(s) <= width {
		return s
	}
	return short(float64(n)/1e6) + "M"
}

// size writes a number of bytes that is mostly a round one: 512 KiB, 64 MiB.
func size(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size {
			return strconv.FormatFloat(math.Round(float64(n)/float64(unit.size)*10)/10, 'f', -1, 64) + " " + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// short writes three significant digits.
func short(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// perSec writes a rate: 0.20, 4.2, 42, 12 874.
func perSec(r float64) string {
	switch {
	case r < 0.005:
		return "0"
	case r < 1:
		return strconv.FormatFloat(r, 'f', 2, 64)
	case r < 9.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return count(uint64(math.Round(r)))
}

// age writes a duration in one unit, at most four cells: 0s, 59s, 12m, 23h, 99d.
func age(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "h"
	}
	return strconv.Itoa(min(int(d.Hours()/24), 999)) + "d"
}

// ageSince is age, and a sign where the time is not known.
func ageSince(now, t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return age(now.Sub(t))
}

// span writes a duration for people, to two units: 5 s, 1 m 30 s, 2 h.
func span(d time.Duration) string {
	if tenths := d.Round(100 * time.Millisecond); tenths < 10*time.Second && tenths%time.Second != 0 {
		return strconv.FormatFloat(tenths.Seconds(), 'f', 1, 64) + " s"
	}
	d = d.Round(time.Second)
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts = append(parts, strconv.Itoa(int(n))+" "+u.name)
			d %= u.size
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// clock writes the time of day; the date too when it is not today's.
func clock(t, now time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case sameDay(t, now):
		return t.Local().Format("15:04:05")
	}
	return t.Local().Format("Jan 02")
}

func sameDay(a, b time.Time) bool {
	a, b = a.Local(), b.Local()
	return a.YearDay() == b.YearDay() && a.Year() == b.Year()
}

// title writes a device's name as a heading, made safe: what is no letter must not
// decide about capitals. Names in small letters become capitals; others are left
// as they are, so that Lab1 and LAB1 stay apart.
func title(name string) string { return titleIn(name, len(name)) }

// titleIn is as much of the title's end as is more than so many cells hold.
func titleIn(name string, width int) string {
	name = nameEnd(name, width)
	if name != strings.ToLower(name) || strings.ToLower(strings.ToUpper(name)) != name {
		return name
	}
	return strings.ToUpper(name)
}

// deviceTitle names a device in safe text: by its id when the name does not tell it
// apart.
func deviceTitle(d *model.Device) string { return deviceTitleIn(d, len(d.ID)) }

// deviceTitleIn is as much of the title's end as is more than so many cells hold.
func deviceTitleIn(d *model.Device, width int) string {
	if d.Ambiguous {
		return nameEnd(d.ID, width)
	}
	return titleIn(d.Name, width)
}

// label is a metric's name in safe text. What a payload calls its members is no topic:
// such names are told apart by what stands in the payload.
func label(m *model.Metric) string { return labelIn(m, len(m.Label)) }

// labelIn is as much of the label's end as is more than so many cells hold.
func labelIn(m *model.Metric, width int) string {
	if m.Path != "" {
		return safetext.Clean(ending(m.Label, width))
	}
	return nameEnd(m.Label, width)
}

// heading writes a metric's name with a capital.
func heading(name string) string {
	words := strings.Fields(strings.ReplaceAll(name, "_", " "))
	for i, w := range words {
		if w[0] >= 'a' && w[0] <= 'z' {
			words[i] = string(w[0]-'a'+'A') + w[1:]
		}
	}
	return strings.Join(words, " ")
}
