package model

import (
	"strconv"
	"time"

	"labtop/health"
)

// certificateDays is the figure by which rules watch certificates: for how many days they
// are still valid.
const certificateDays = "certificate_days"

// Figures are the words of what rules can watch besides what devices say: health.Figures,
// and the certificates of the connection.
func Figures() []string { return append(health.Figures(), certificateDays) }

// certificateLook is how often the certificates are looked at while a connection lasts.
const certificateLook = int64(time.Hour)

// seeCertificates notes for how long the certificates of a connection that was made at a
// time are valid then.
func (s *Store) seeCertificates(at int64) {
	link := s.connection.Link
	if s.watcher == nil || s.connection.State != Connected || link == nil || link.TLS == nil {
		return
	}
	s.certified = at
	for _, c := range link.TLS.Certificates() {
		s.seeCertificate(c, at)
	}
}

// lookAgain looks at the certificates of a long connection once more, under the lock. The
// time is that when it was due, whatever the time of the tick.
func (s *Store) lookAgain() {
	for s.certified != 0 && s.connection.State == Connected && s.now-s.certified >= certificateLook {
		s.seeCertificates(s.certified + certificateLook)
	}
}

// seeCertificate notes an observation of a certificate. It has taken the place of any
// other in its role.
func (s *Store) seeCertificate(c RoleCertificate, at int64) {
	now := Key{Device: "$certificate/" + c.Subject, Topic: c.Role}
	if _, known := s.figures[now]; !known && len(s.figures) < maxFigures {
		s.figures[now] = s.watcher.WatchMetric(Subject{Key: now, Name: c.Subject, Metric: c.Role, Class: System, Figure: certificateDays})
	}
	days := c.Left(stamp(at)).Hours() / 24
	text := strconv.AppendFloat(nil, days, 'f', 1, 64)
	for key, hook := range s.figures {
		if key.Topic == c.Role && hook != 0 {
			s.seen = append(s.seen, Observation{Hook: hook, At: at, Value: Value{Number, days}, Text: text, Unit: "d"})
		}
	}
}
