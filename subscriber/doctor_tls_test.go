package subscriber_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"labtop/subscriber"
	"labtop/testkit/authority"
	"labtop/testkit/evilbroker"
)

// listenTLS is a broker behind TLS.
func listenTLS(t *testing.T, cert, key string, change func(*tls.Config)) subscriber.Broker {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS10}
	if change != nil {
		change(config)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	evilbroker.New(t).Serve(t, tls.NewListener(l, config))
	return brokerAt(t, "mqtts", "localhost", l.Addr().String())
}

// TestExamineTLS has handshakes of all kinds, and compares what is told of them.
func TestExamineTLS(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	dir := t.TempDir()
	ca, other := authority.New(t, dir, "lab"), authority.New(t, dir, "other")
	cert, key := ca.Issue(t, "broker\x1b[2J", -day, 100*day, "localhost", "lab-pi")
	brief, briefKey := ca.Issue(t, "brief", -day, 13*day+time.Hour, "localhost")
	old, oldKey := ca.Issue(t, "old", -30*day, -10*day-time.Hour, "localhost")
	ours, oursKey := ca.Issue(t, "ours", -3*day, -2*day)
	trusting := subscriber.TLSOptions{CAFile: ca.File}
	tests := []struct {
		name      string
		cert, key string
		change    func(*tls.Config)
		options   subscriber.TLSOptions
		state     subscriber.StepState
		text      string   // how the step's begins
		findings  []string // how they begin, with their states
	}{
		{"well", cert, key, nil, trusting, subscriber.StepOK, "TLS 1.3, TLS_", []string{
			"ok broker: broker␛[2J, for localhost, lab-pi, signed by lab CA, valid until ", "ok trusted for localhost by lab CA, of " + ca.File,
		}},
		{"TLS 1.2", cert, key, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, trusting, subscriber.StepOK, "TLS 1.2, TLS_ECDHE_", nil},
		{
			"too old", cert, key, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 }, trusting, subscriber.StepFailed,
			"the broker ended the TLS handshake: protocol version not supported", nil,
		},
		{
			"expires soon", brief, briefKey, nil, trusting, subscriber.StepWarning, "TLS 1.3, ",
			[]string{"warning broker: brief, for localhost, signed by lab CA, valid until "},
		},
		{
			"expired", old, oldKey, nil, trusting, subscriber.StepFailed, "the broker's certificate expired on ",
			[]string{"warning broker: old, for localhost, signed by lab CA, expired on "},
		},
		{
			"unknown authority", cert, key, nil,
			subscriber.TLSOptions{CAFile: other.File},
			subscriber.StepFailed,
			"the broker's certificate is signed by an authority that is not trusted here",
			[]string{"ok broker: broker␛[2J, for localhost, lab-pi, signed by lab CA, "},
		},
		{
			"wrong name", cert, key, nil,
			subscriber.TLSOptions{CAFile: ca.File, ServerName: "lab-pi.local"},
			subscriber.StepFailed,
			"the broker's certificate is for localhost, lab-pi, not for lab-pi.local", nil,
		},
		{"not verified", cert, key, nil, subscriber.TLSOptions{Insecure: true, CAFile: ca.File}, subscriber.StepWarning, "TLS 1.3, ", []string{
			"ok broker: ", "warning the broker's certificate is not verified (--insecure)",
		}},
		{"not to be trusted", cert, key, nil, subscriber.TLSOptions{Insecure: true, CAFile: other.File}, subscriber.StepWarning, "TLS 1.3, ", []string{
			"ok broker: ", "warning the broker's certificate is not verified (--insecure): the broker's certificate is signed by an authority that is not trusted here",
		}},
		{
			"ALPN", cert, key, func(c *tls.Config) { c.NextProtos = []string{"x-amzn-mqtt-ca"} },
			subscriber.TLSOptions{CAFile: ca.File, ALPN: "x-amzn-mqtt-ca"},
			subscriber.StepOK, "TLS 1.3, TLS_AES_128_GCM_SHA256, ALPN x-amzn-mqtt-ca", nil,
		},
		{
			"ALPN that the broker does not know", cert, key, nil,
			subscriber.TLSOptions{CAFile: ca.File, ALPN: "mqtt"},
			subscriber.StepWarning, "TLS 1.3, ",
			[]string{`warning the broker did not take up the ALPN protocol "mqtt"`},
		},
		{
			"our certificate has expired", cert, key, nil,
			subscriber.TLSOptions{CAFile: ca.File, CertFile: ours, KeyFile: oursKey},
			subscriber.StepWarning, "TLS 1.3, ",
			[]string{"ok broker: ", "warning ours: ours, signed by lab CA, expired on "},
		},
		{"no certificate of ours", cert, key, nil, subscriber.TLSOptions{CertFile: "none", KeyFile: "none"}, subscriber.StepFailed, "cannot use the client certificate: open none: no such file", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := listenTLS(t, tt.cert, tt.key, tt.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			x := &subscriber.Examination{}
			_, _ = subscriber.Examine(ctx, subscriber.Options{Broker: b, TLS: tt.options, Filters: filters("#")}, subscriber.Errand{Tell: func(s subscriber.Step) {
				if x.Steps = append(x.Steps, s); s.Name == subscriber.StepConnect {
					cancel() // the rest takes seconds
				}
			}})
			step := stepOf(t, x, subscriber.StepTLS)
			if step.State != tt.state || !strings.HasPrefix(step.Text, tt.text) || step.State == subscriber.StepFailed && step.Remedy == "" {
				t.Errorf("%v %q, remedy %q; want %v %q", step.State, step.Text, step.Remedy, tt.state, tt.text)
			}
			for i, want := range tt.findings {
				if i >= len(step.Findings) || !strings.HasPrefix(step.Findings[i].State.String()+" "+step.Findings[i].Text, want) {
					t.Errorf("finding %d: want %q in %+v", i, want, step.Findings)
				}
			}
			if connect := stepOf(t, x, subscriber.StepConnect); (connect.State == subscriber.StepOK) != (tt.state != subscriber.StepFailed) {
				t.Errorf("%+v", connect)
			}
		})
	}
}

// TestExamineTrickle has servers that are silent in the handshake, or send it byte by
// byte for ever.
func TestExamineTrickle(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string][]byte{"silent": nil, "trickle": {0x16, 3, 3, 0x40, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var serving sync.WaitGroup
			t.Cleanup(func() {
				_ = l.Close()
				serving.Wait()
			})
			serving.Go(func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					serving.Go(func() {
						defer func() { _ = conn.Close() }()
						for _, b := range sent {
							_, _ = conn.Write([]byte{b})
							time.Sleep(20 * time.Millisecond) // the trickle
						}
						_, _ = io.Copy(io.Discard, conn)
					})
				}
			})
			began := time.Now()
			x, err := subscriber.Examine(t.Context(), subscriber.Options{
				Broker: brokerAt(t, "mqtts", "localhost", l.Addr().String()), ConnectTimeout: 2 * time.Second, Filters: filters("#"),
			}, subscriber.Errand{})
			if err != nil {
				t.Fatal(err)
			}
			step, _ := failedStep(x)
			if step.Name != subscriber.StepTLS || !strings.HasPrefix(step.Text, "the TLS handshake with mqtts://localhost:") || !strings.HasSuffix(step.Text, " did not end within 2s") {
				t.Errorf("%+v", step)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}
