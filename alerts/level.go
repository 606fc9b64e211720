package alerts

// level is how a condition stands.
type level struct {
	held, fired bool
	last        bool  // the last reading was beyond the limit
	since       int64 // when it began to hold
	beyond      int64 // when a reading was last beyond the limit
}

// judge takes in what a reading says to one level.
func (l *level) judge(v verdict, at int64) {
	switch v {
	case beyond:
		if !l.held {
			l.held, l.since = true, at
		}
		l.last, l.beyond = true, at
	case between:
		l.last = false
	case cleared:
		*l = level{}
	}
}
