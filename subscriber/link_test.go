package subscriber_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// TestLink connects to a real broker in several ways, and again: the state says how.
func TestLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := authority.New(t, dir, "lab")
	const day = 24 * time.Hour
	cert, key := ca.Issue(t, "broker", -day, 10*day, "localhost")
	ours, oursKey := ca.Issue(t, "client", -day, 3*day)
	secure := mosquitto.Start(t, "certfile "+cert, "keyfile "+key, "cafile "+ca.File, "require_certificate true")
	plain := mosquitto.Start(t)
	connect := func(o subscriber.Options) *model.Link {
		t.Helper()
		r := run(t, o)
		link := r.until(model.Connected).Link
		r.stop()
		return link
	}

	o := subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", plain.Addr), Filters: filters("#"), ClientID: "lab", PersistentSession: true, KeepAlive: 7 * time.Second}
	want := &model.Link{Address: plain.Addr, Protocol: "MQTT 3.1.1", KeepAlive: 7 * time.Second, Persistent: true}
	for _, want.Present = range []bool{false, true} {
		if diff := cmp.Diff(want, connect(o)); diff != "" {
			t.Errorf("present %v (-want +got):\n%s", want.Present, diff)
		}
	}

	got := connect(subscriber.Options{
		Broker: brokerAt(t, "mqtts", "localhost", secure.Addr), Filters: filters("#"),
		TLS: subscriber.TLSOptions{CAFile: ca.File, CertFile: ours, KeyFile: oursKey},
	})
	want = &model.Link{Protocol: "MQTT 3.1.1", KeepAlive: 10 * time.Second, TLS: &model.TLS{
		Version:   "TLS 1.3",
		Broker:    model.Certificate{Subject: "broker", Issuer: "lab CA", Names: []string{"localhost"}},
		Authority: &model.Certificate{Subject: "lab CA", Issuer: "lab CA"},
		Client:    &model.Certificate{Subject: "client", Issuer: "lab CA"},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Link{}, "Address"), cmpopts.IgnoreFields(model.TLS{}, "Cipher"), cmpopts.IgnoreTypes(time.Time{})); diff != "" {
		t.Fatalf("with TLS (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(got.TLS.Cipher, "TLS_") {
		t.Errorf("cipher %q", got.TLS.Cipher)
	}
	for c, valid := range map[*model.Certificate]time.Duration{&got.TLS.Broker: 10 * day, got.TLS.Client: 3 * day} {
		if left := c.Left(time.Now()); left > valid || left < valid-time.Hour {
			t.Errorf("%s is valid for %v", c.Subject, left)
		}
	}
}

// TestPings lets a connection be idle: the broker is asked for signs of life, and how long
// its answers take is known, until the next connection.
func TestPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#")})
		if c := r.until(model.Connected); c.Link.Address != "" || c.Link.TLS != nil {
			t.Errorf("through a pipe: %+v", c.Link)
		}
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if n := len(r.Stats().Pings); n < 3 || n > 5 {
			t.Errorf("%d answers in 9 s without messages", n)
		}
		time.Sleep(10 * time.Minute)
		if n := len(r.Stats().Pings); n != 60 {
			t.Errorf("%d answers are known after ten minutes, want 60", n)
		}
		l.cut()
		r.until(model.Connected)
		if n := len(r.Stats().Pings); n != 0 {
			t.Errorf("%d answers on a new connection", n)
		}
	})
}
