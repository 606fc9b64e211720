package plot

import "time"

// timeSteps are the distances of time labels, in seconds; beyond them labels
// are a number of months apart.
var timeSteps = [...]int64{
	1, 2, 5, 10, 15, 30,
	60, 2 * 60, 5 * 60, 10 * 60, 15 * 60, 30 * 60,
	hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour,
	day, 2 * day, 7 * day,
}

const (
	hour = 3600
	day  = 24 * hour
	// monday is one in 1970, so that steps of a week start on Mondays.
	monday = 4 * day
)

// labelGap is the least number of blanks between two time labels.
const labelGap = 4

// timeAxis writes times below the area: at round local times, never so many
// that two would touch.
func (a *area) timeAxis(from, to time.Time) {
	span := float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9
	if span <= 0 {
		return
	}
	perCell := span / float64(a.width)
	steps, layout := timeStep(perCell)
	free := a.left // the first cell that a label may use
	var buf [16]byte
	t := steps.after(from.Add(-time.Nanosecond))
	for range a.width {
		if t.After(to) {
			break
		}
		offset := float64(t.Unix()-from.Unix()) - float64(from.Nanosecond())/1e9
		x := a.left + min(int(offset/perCell), a.width-1)
		label := t.AppendFormat(buf[:0], steps.layout(t, layout))
		start := min(max(x-len(label)/2, 0), a.p.Width-len(label))
		if start >= free {
			a.p.text(start, a.height, label, Axis)
			free = start + len(label) + labelGap/2
		}
		t = steps.after(t)
	}
}

// stepper goes from one round time to the next: a number of seconds, or of
// months when that is not 0.
type stepper struct {
	seconds int64
	months  int
}

// timeStep returns the least step that leaves room for its labels, and their
// layout.
func timeStep(perCell float64) (stepper, string) {
	for _, s := range timeSteps {
		layout := layoutOf(s)
		if float64(s) >= perCell*float64(len(layout)+labelGap) {
			return stepper{seconds: s}, layout
		}
	}
	for _, months := range [...]int{1, 3, 6} {
		if float64(months)*30*day >= perCell*float64(len("2006-01")+labelGap) {
			return stepper{months: months}, "2006-01"
		}
	}
	years := 1
	for f := 0; float64(years)*365*day < perCell*float64(len("2006")+labelGap) && years < 1e13; f++ {
		years *= [...]int{2, 5}[f%2] // 1, 2, 10, 20, 100, …
	}
	return stepper{months: 12 * years}, "2006"
}

func layoutOf(seconds int64) string {
	switch {
	case seconds < 60:
		return "15:04:05"
	case seconds < day:
		return "15:04"
	}
	return "01-02"
}

// layout returns the layout for t: among times of day midnight is shown as the
// date that starts.
func (s stepper) layout(t time.Time, layout string) string {
	if s.months == 0 && s.seconds >= 60 && t.Hour() == 0 && t.Minute() == 0 {
		return "01-02"
	}
	return layout
}

// after returns the first round local time after t.
func (s stepper) after(t time.Time) time.Time {
	if s.months > 0 {
		months := (t.Year()*12+int(t.Month())-1)/s.months*s.months + s.months
		return time.Date(months/12, time.Month(months%12+1), 1, 0, 0, 0, 0, t.Location())
	}
	_, zone := t.Zone()
	local := t.Unix() + int64(zone) - monday
	local += s.seconds - mod(local, s.seconds)
	next := time.Unix(local-int64(zone)+monday, 0).In(t.Location())
	_, z := next.Zone()
	if z == zone {
		return next
	}
	// Summer time began or ended in between.
	next = next.Add(time.Duration(zone-z) * time.Second)
	if _, now := next.Zone(); now != z { // in the hour that is left out
		return s.after(next.Add(time.Duration(z-zone) * time.Second))
	}
	return next
}

// mod returns the remainder of a division, never negative.
func mod(a, b int64) int64 { return (a%b + b) % b }
