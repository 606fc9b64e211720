package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
)

// onlyCertificates is a watcher of the certificates' figures alone.
type onlyCertificates struct {
	model.Watcher // nothing else is called
	subjects      []model.Subject
	said          []string
}

func (w *onlyCertificates) WatchMetric(s model.Subject) uint32 {
	w.subjects = append(w.subjects, s)
	return uint32(len(w.subjects))
}

func (w *onlyCertificates) Observe(seen []model.Observation) {
	for _, o := range seen {
		s := w.subjects[o.Hook-1]
		w.said = append(w.said, fmt.Sprintf("%s: %s of %s: %s %s", time.Unix(0, o.At).Sub(at(0)), s.Metric, s.Name, o.Text, o.Unit))
	}
	slices.Sort(w.said)
}

func (*onlyCertificates) Connection(*model.Connection)  {}
func (*onlyCertificates) Tick(time.Time, time.Duration) {}

// TestCertificates: those of a connection are figures that rules can watch, with each
// connection, and once an hour while it lasts.
func TestCertificates(t *testing.T) {
	t.Parallel()
	l, w := newLab(t, model.Limits{}), &onlyCertificates{}
	l.Watch(w)
	const day = 24 * time.Hour
	until := func(subject string, left time.Duration) *model.Certificate {
		return &model.Certificate{Subject: subject, NotAfter: at(0).Add(left)}
	}
	connected := func(second float64, tls *model.TLS) {
		l.SetConnection(model.Connection{State: model.Connected, Since: at(second), Connects: 1, Link: &model.Link{TLS: tls}})
	}
	check := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, w.said); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		w.said = nil
	}
	connected(0, nil)
	check("without TLS")
	connected(0, &model.TLS{Broker: *until("localhost", 10*day), Authority: until("lab CA", 300*day), Client: until("us", -day)})
	check("connected", "0s: authority of lab CA: 300.0 d", "0s: broker of localhost: 10.0 d", "0s: client of us: -1.0 d")
	l.tick(3599)
	check("within the hour")
	l.tick(7201.5)
	check("later", "1h0m0s: authority of lab CA: 300.0 d", "1h0m0s: broker of localhost: 10.0 d", "1h0m0s: client of us: -1.0 d",
		"2h0m0s: authority of lab CA: 299.9 d", "2h0m0s: broker of localhost: 9.9 d", "2h0m0s: client of us: -1.1 d")
	l.SetConnection(model.Connection{State: model.Waiting, Since: at(7300)})
	l.tick(20_000)
	check("while there is no connection")
	connected(20_000, &model.TLS{Broker: *until("pi.lab", 100*day)})
	check("renewed under another name", "5h33m20s: broker of localhost: 99.8 d", "5h33m20s: broker of pi.lab: 99.8 d")
}
