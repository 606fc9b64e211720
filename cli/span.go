package cli

import "time"

// span is a part of a recording: from since on and before until. Zero times are no
// bounds.
type span struct {
	since, until time.Time
	first, last  point // nil for no bound
}

// point is a moment of a recording, which is known when its start is.
type point func(start time.Time) time.Time

// parseSpan reads --since and --until.
func parseSpan(since, until string) (s span, err error) {
	if since != "" {
		if s.first, err = parsePoint("since", since); err != nil {
			return s, err
		}
	}
	if until != "" {
		s.last, err = parsePoint("until", until)
	}
	return s, err
}

// parsePoint reads a duration since the start of a recording, a time of its first day, or a
// time with a date.
func parsePoint(flag, text string) (point, error) {
	for _, layout := range []string{"15:04:05", "15:04"} {
		if clock, err := time.Parse(layout, text); err == nil {
			return func(start time.Time) time.Time { return nextClock(start, clock) }, nil
		}
	}
	moment, after, relative, err := parseMoment(flag, text)
	return func(start time.Time) time.Time {
		if relative {
			return start.Add(after)
		}
		return moment
	}, err
}

// nextClock is when the clock on the wall first shows a time after the start.
func nextClock(start, clock time.Time) time.Time {
	s := start.Local()
	at := time.Date(s.Year(), s.Month(), s.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.Local)
	if at.Before(start.Truncate(time.Minute)) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// parseMoment reads a time with a date, or a duration since the start of a recording.
func parseMoment(flag, text string) (at time.Time, after time.Duration, relative bool, err error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return time.Time{}, d, true, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, 0, false, nil
		}
	}
	return at, 0, false, usagef("--%s: %s is no time; write one like 2026-11-22T14:30:00Z, \"2026-11-22 14:30\", 14:30, or 10m after the start", flag, quote(text))
}

// from says when the recording begins.
func (s *span) from(start time.Time) error {
	if s.first != nil {
		s.since = s.first(start)
	}
	if s.last != nil {
		s.until = s.last(start)
	}
	if s.first != nil && s.last != nil && !s.since.Before(s.until) {
		const layout = "2006-01-02 15:04:05"
		return usagef("--until: it is %s, and --since %s; write a later time", s.until.Local().Format(layout), s.since.Local().Format(layout))
	}
	return nil
}

func (s *span) holds(at time.Time) bool {
	return (s.since.IsZero() || !at.Before(s.since)) && (s.until.IsZero() || at.Before(s.until))
}
