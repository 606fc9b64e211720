package cli

import (
	"time"

	"labtop/model"
	"labtop/safetext"
	"labtop/subscriber"
)

// examined is an examination as `labtop doctor --json` prints it. Scripts read it: fields
// are added, never renamed, and lists are never null.
type examined struct {
	Time     time.Time `json:"time"`
	Broker   string    `json:"broker"`
	ClientID string    `json:"client_id"`
	Username string    `json:"username"`
	// State is ok, warning or failed, as the worst step is.
	State         string            `json:"state"`
	Steps         []examinedStep    `json:"steps"`
	Addresses     []examinedAddress `json:"addresses"`
	TLS           *examinedTLS      `json:"tls"`
	Subscriptions []reportFilter    `json:"subscriptions"`
	System        map[string]string `json:"sys"`
	Retained      examinedRetained  `json:"retained"`
	// PingMS is null when the broker answered none.
	PingMS *float64       `json:"ping_ms"`
	Probe  []examinedTrip `json:"probe"`
	// Others are the broker's other addresses; missing when it has one.
	Others []examined `json:"others,omitempty"`
}

type examinedFinding struct {
	State  string `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}

type examinedStep struct {
	Name string `json:"name"`
	examinedFinding
	TookMS   float64           `json:"took_ms"`
	Findings []examinedFinding `json:"findings"`
}

type examinedAddress struct {
	Address string  `json:"address"`
	TookMS  float64 `json:"took_ms"`
	Problem string  `json:"problem"`
}

type examinedTLS struct {
	Version    string `json:"version"`
	Cipher     string `json:"cipher"`
	ALPN       string `json:"alpn"`
	ServerName string `json:"server_name"`
	Trusted    bool   `json:"trusted"`
	// Problem says why the certificate is not trusted.
	Problem string `json:"problem"`
	// Certificates are those of the broker, its own first; Client is ours.
	Certificates []examinedCertificate `json:"certificates"`
	Client       *examinedCertificate  `json:"client"`
}

type examinedCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	// DaysLeft is negative when it has expired.
	DaysLeft float64 `json:"days_left"`
}

type examinedRetained struct {
	Count   uint64           `json:"count"`
	Samples []examinedSample `json:"samples"`
}

type examinedSample struct {
	Topic   string `json:"topic"`
	Payload string `json:"payload"`
}

type examinedTrip struct {
	QoS byte `json:"qos"`
	// AcknowledgedMS is null at QoS 0, BackMS and BackQoS are when nothing came back.
	AcknowledgedMS *float64 `json:"acknowledged_ms"`
	BackMS         *float64 `json:"back_ms"`
	BackQoS        *byte    `json:"back_qos"`
	Problem        string   `json:"problem"`
}

func newExamined(x *subscriber.Examination) examined {
	now := time.Now()
	r := examined{
		Time: now.UTC(), Broker: x.Broker, ClientID: x.ClientID, Username: x.Username, State: x.State().String(),
		Steps: []examinedStep{}, Addresses: []examinedAddress{}, Subscriptions: []reportFilter{}, System: x.System,
		Retained: examinedRetained{Count: x.RetainedCount, Samples: []examinedSample{}},
		PingMS:   measured(x.Ping), Probe: []examinedTrip{},
	}
	for i := range x.Steps {
		s := &x.Steps[i]
		step := examinedStep{Name: s.Name, examinedFinding: newFinding(s.Finding), TookMS: inMS(s.Took), Findings: []examinedFinding{}}
		for _, f := range s.Findings {
			step.Findings = append(step.Findings, newFinding(f))
		}
		r.Steps = append(r.Steps, step)
	}
	for _, a := range x.Addresses {
		r.Addresses = append(r.Addresses, examinedAddress{Address: a.IP, TookMS: inMS(a.Took), Problem: safetext.Clean(a.Problem)})
	}
	if x.TLS != nil {
		r.TLS = newExaminedTLS(x.TLS, now)
	}
	for _, s := range x.Subscriptions {
		r.Subscriptions = append(r.Subscriptions, newReportFilter(&s.Subscription, s.Messages, s.Retained))
	}
	for _, s := range x.Retained {
		r.Retained.Samples = append(r.Retained.Samples, examinedSample(s))
	}
	for _, t := range x.Probes {
		trip := examinedTrip{QoS: t.QoS, AcknowledgedMS: measured(t.Acknowledged), BackMS: measured(t.Back), Problem: t.Problem}
		if trip.BackMS != nil {
			trip.BackQoS = &t.BackQoS
		}
		r.Probe = append(r.Probe, trip)
	}
	return r
}

func newFinding(f subscriber.Finding) examinedFinding {
	return examinedFinding{State: f.State.String(), Text: f.Text, Remedy: f.Remedy}
}

func newExaminedTLS(t *subscriber.TLSReport, now time.Time) *examinedTLS {
	r := &examinedTLS{
		Version: t.Version, Cipher: t.Cipher, ALPN: t.ALPN, ServerName: t.ServerName, Trusted: t.Trusted, Problem: t.Problem,
		Certificates: []examinedCertificate{},
	}
	for i := range t.Chain {
		r.Certificates = append(r.Certificates, newExaminedCertificate(&t.Chain[i], now))
	}
	if t.Client != nil {
		ours := newExaminedCertificate(t.Client, now)
		r.Client = &ours
	}
	return r
}

func newExaminedCertificate(c *model.Certificate, now time.Time) examinedCertificate {
	names := make([]string, len(c.Names))
	for i, name := range c.Names {
		names[i] = safetext.Clean(name)
	}
	return examinedCertificate{
		Subject: safetext.Clean(c.Subject), Issuer: safetext.Clean(c.Issuer), Names: names, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		DaysLeft: float64(c.Left(now).Milliseconds()/864_000) / 100,
	}
}

// inMS is a time in milliseconds, to the microsecond.
func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// measured is nil for a time that was not measured.
func measured(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	ms := inMS(d)
	return &ms
}
