package cli

import (
	"slices"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// reportSession is what is known of our session with the broker. What is not known is
// empty or null.
type reportSession struct {
	// Address is the broker's IP address and port; empty when no network is between.
	Address  string `json:"address"`
	Protocol string `json:"protocol"`
	ClientID string `json:"client_id"`
	// CleanSession is null before the first connection; SessionPresent says that the
	// broker had kept the session from before.
	CleanSession     *bool      `json:"clean_session"`
	SessionPresent   bool       `json:"session_present"`
	KeepAliveSeconds float64    `json:"keep_alive_seconds"`
	Since            *time.Time `json:"since"`
	Attempts         int        `json:"attempts"`
	// PingMS are the milliseconds that the broker took to answer the last PINGREQs; null
	// when it has not yet been asked.
	PingMS         *reportPing `json:"ping_ms"`
	BytesPerSecond float64     `json:"bytes_rate"`
	PerSecond      float64     `json:"rate"`
	LastByte       *time.Time  `json:"last_byte"`
	Insecure       bool        `json:"insecure"`
	// TLS is null without it.
	TLS *reportTLS `json:"tls"`
	// Reconnects are the last times without a connection after the first, the newest
	// first.
	Reconnects []reportLoss `json:"reconnects"`
}

type reportPing struct {
	Last   float64 `json:"last"`
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
	Count  int     `json:"count"`
}

type reportTLS struct {
	Version string              `json:"version"`
	Cipher  string              `json:"cipher"`
	ALPN    string              `json:"alpn"`
	Broker  examinedCertificate `json:"broker"`
	// Authority is of those that vouch for the broker's the one that expires first.
	Authority *examinedCertificate `json:"authority"`
	Client    *examinedCertificate `json:"client"`
}

type reportLoss struct {
	Lost time.Time `json:"lost"`
	// Back is null while there is no connection.
	Back     *time.Time `json:"back"`
	Seconds  float64    `json:"seconds"`
	Attempts int        `json:"attempts"`
	Problem  string     `json:"problem"`
	Hint     string     `json:"hint"`
}

func newReportSession(status *model.Status, now time.Time) reportSession {
	c := &status.Connection
	r := reportSession{
		ClientID: safetext.Clean(c.ClientID), Since: stamp(c.Since), Attempts: c.Attempts, Insecure: c.Insecure,
		BytesPerSecond: status.BytesPerSec, PerSecond: status.PerSec, LastByte: stamp(status.Source.LastByte),
		Reconnects: make([]reportLoss, 0, len(status.Losses)),
	}
	if p := status.Source.PingTimes(); p.Count > 0 {
		r.PingMS = &reportPing{inMS(p.Last), inMS(p.Min), inMS(p.Median), inMS(p.Max), p.Count}
	}
	if l := c.Link; l != nil {
		clean := !l.Persistent
		r.Address, r.Protocol = safetext.Clean(l.Address), safetext.Clean(l.Protocol)
		r.CleanSession, r.SessionPresent, r.KeepAliveSeconds = &clean, l.Present, l.KeepAlive.Seconds()
		r.TLS = newReportTLS(l.TLS, now)
	}
	for _, loss := range slices.Backward(status.Losses) {
		until := loss.Until
		if until.IsZero() {
			until = status.Now
		}
		r.Reconnects = append(r.Reconnects, reportLoss{
			Lost: loss.Since.UTC().Truncate(time.Millisecond), Back: stamp(loss.Until), Seconds: until.Sub(loss.Since).Seconds(),
			Attempts: loss.Attempts, Problem: safetext.Clean(loss.Problem), Hint: safetext.Clean(loss.Hint),
		})
	}
	return r
}

func newReportTLS(t *model.TLS, now time.Time) *reportTLS {
	if t == nil {
		return nil
	}
	r := &reportTLS{
		Version: safetext.Clean(t.Version), Cipher: safetext.Clean(t.Cipher), ALPN: safetext.Clean(t.ALPN),
		Broker: newExaminedCertificate(&t.Broker, now),
	}
	for from, to := range map[*model.Certificate]**examinedCertificate{t.Authority: &r.Authority, t.Client: &r.Client} {
		if from != nil {
			c := newExaminedCertificate(from, now)
			*to = &c
		}
	}
	return r
}

// reportSubscription is a subscription of ours and what it has brought.
type reportSubscription struct {
	reportFilter
	// State is asked, refused, silent (granted, but nothing has come on the present
	// connection) or receiving.
	State string `json:"state"`
	// ReceivedQoS counts the messages by the QoS that they came with, 0 to 2; Dup those
	// that the broker may have sent before.
	ReceivedQoS [3]uint64  `json:"received_qos"`
	Dup         uint64     `json:"dup"`
	PerSecond   float64    `json:"rate"`
	LastMessage *time.Time `json:"last_message"`
}

func newReportSubscription(status *model.Status, i int) reportSubscription {
	got := &status.Received[i]
	return reportSubscription{
		reportFilter: newReportFilter(&status.Connection.Subscriptions[i], got.Messages, got.Retained),
		State:        status.Filter(i).String(), ReceivedQoS: got.QoS, Dup: got.Dup,
		PerSecond: got.PerSec, LastMessage: stamp(got.Last),
	}
}

func newReportFilter(s *model.Subscription, messages, retained uint64) reportFilter {
	r := reportFilter{
		Filter: safetext.Clean(s.Filter), RequestedQoS: s.Requested, Error: safetext.Clean(s.Error),
		Messages: messages, Retained: retained,
	}
	if s.Answered && !s.Refused() {
		r.GrantedQoS = &s.Granted
	}
	return r
}
