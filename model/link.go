package model

import (
	"slices"
	"time"
)

// Link is what is known of a connection that was made: with whom it was, and how.
// Nobody changes it. Its texts may come from outside.
type Link struct {
	// Address is the broker's IP address and port that was really connected to; empty
	// when the connection did not go over a network.
	Address string
	// Protocol names the version of MQTT: "MQTT 3.1.1" or "MQTT 5".
	Protocol string
	// KeepAlive is how long the connection may be silent before it is probed; 0 when the
	// broker wants no keep-alive.
	KeepAlive time.Duration
	// Persistent says that the broker was asked to keep the session (MQTT 3.1.1 section
	// 3.1.2.4), Present that it had kept one from before.
	Persistent, Present bool
	// TLS is nil when the connection is not encrypted.
	TLS *TLS
}

// TLS is what a TLS handshake agreed on and showed.
type TLS struct {
	// Version and Cipher are those that were agreed on, ALPN the protocol, empty for none.
	Version, Cipher, ALPN string
	// Broker is the broker's certificate, Authority of those that vouch for it the one that
	// expires first, nil for none. Client is ours, nil when we have none.
	Broker            Certificate
	Authority, Client *Certificate
}

// Certificate is what people want to know of one.
type Certificate struct {
	Subject, Issuer string
	// Names are the hosts that it is for.
	Names               []string
	NotBefore, NotAfter time.Time
}

// ExpiresSoon is how long before its end a certificate is worth a warning.
const ExpiresSoon = 14 * 24 * time.Hour

// RoleCertificate is a certificate and whose it is: the broker's, the authority's or the
// client's.
type RoleCertificate struct {
	Role string
	*Certificate
}

// Certificates are those of the connection.
func (t *TLS) Certificates() []RoleCertificate {
	all := []RoleCertificate{{"broker", &t.Broker}, {"authority", t.Authority}, {"client", t.Client}}
	return slices.DeleteFunc(all, func(c RoleCertificate) bool { return c.Certificate == nil })
}

// Left is for how long the certificate is still valid; below 0 when it has expired.
func (c *Certificate) Left(now time.Time) time.Duration { return c.NotAfter.Sub(now) }

// PingTimes sums up how long the broker took to answer PINGREQs; Count is how many, and
// when it is 0 the rest means nothing.
type PingTimes struct {
	Last, Min, Median, Max time.Duration
	Count                  int
}

// PingTimes sums up the last PINGREQs.
func (s *SourceStats) PingTimes() PingTimes {
	n := len(s.Pings)
	if n == 0 {
		return PingTimes{}
	}
	sorted := slices.Sorted(slices.Values(s.Pings))
	return PingTimes{Last: s.Pings[n-1], Min: sorted[0], Median: sorted[n/2], Max: sorted[n-1], Count: n}
}

// Loss is a time without a connection after there had been one.
type Loss struct {
	// Since is when the connection was lost, Until when there was one again; zero while
	// there is none.
	Since, Until time.Time
	// Problem says in one line why it was lost, Hint what to do about that; either may
	// be empty.
	Problem, Hint string
	// Attempts counts the attempts that have failed since.
	Attempts int
}

// mostLosses is how many of the last losses are kept.
const mostLosses = 100

// follow takes in what a new state of the connection says of losses. What was handed
// out is never changed.
func (f *facts) follow(c *Connection) {
	losses := f.losses
	switch last := len(losses) - 1; {
	case f.connection.State == Connected && (c.State == Connecting || c.State == Waiting):
		losses = append(losses[max(0, len(losses)-mostLosses+1):len(losses):len(losses)],
			Loss{Since: c.Since, Problem: c.Problem, Hint: c.Hint})
	case last < 0 || !losses[last].Until.IsZero():
		return
	default:
		losses = slices.Clone(losses)
		loss := &losses[last]
		loss.Attempts = max(loss.Attempts, c.Attempts)
		if c.State == Connected {
			loss.Until = c.Since
		}
	}
	f.losses = losses
}

// shiftedLosses are the losses on a clock that was set by so much.
func shiftedLosses(losses []Loss, by time.Duration) []Loss {
	losses = slices.Clone(losses)
	for i := range losses {
		l := &losses[i]
		l.Since, l.Until = movedTime(l.Since, by), movedTime(l.Until, by)
	}
	return losses
}
