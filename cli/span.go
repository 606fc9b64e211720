package cli

import "time"

// span is a part of a recording: from since on and before until. Zero times are no
// bounds.
type span struct {
	since, until   time.Time
	after, atMost  time.Duration // from the start, where that is how it was given
	relativeBegin  bool
	relativeFinish bool
}

// parseSpan reads --since and --until.
func parseSpan(since, until string) (s span, err error) {
	if s.since, s.after, s.relativeBegin, err = parseMoment("since", since); err != nil {
		return s, err
	}
	s.until, s.atMost, s.relativeFinish, err = parseMoment("until", until)
	return s, err
}

// parseMoment reads a time, or a duration since the start of a recording.
func parseMoment(flag, text string) (at time.Time, after time.Duration, relative bool, err error) {
	if text == "" {
		return time.Time{}, 0, false, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return time.Time{}, d, true, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, 0, false, nil
		}
	}
	return at, 0, false, usagef("--%s: %s is no time; write one like 2026-11-22T14:30:00Z, \"2026-11-22 14:30\" or 10m after the start", flag, quote(text))
}

// from says when the recording begins.
func (s *span) from(start time.Time) {
	if s.relativeBegin {
		s.since = start.Add(s.after)
	}
	if s.relativeFinish {
		s.until = start.Add(s.atMost)
	}
}

func (s *span) holds(at time.Time) bool {
	return (s.since.IsZero() || !at.Before(s.since)) && (s.until.IsZero() || at.Before(s.until))
}
