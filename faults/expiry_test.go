//go:build unix

package faults_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// TestCertificatesExpireSoon has a broker's certificate that is valid for ten days and our
// own that is for two: both are alerts, with their names, and the doctor's warnings. When
// the broker's is renewed, its alert ends with the next connection.
func TestCertificatesExpireSoon(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), 24*time.Hour
	ca := authority.New(t, dir, "lab")
	cert, key := ca.Issue(t, "pi.lab", -day, 10*day+time.Hour, "localhost")
	ours, oursKey := ca.Issue(t, "desk", -day, 2*day+time.Hour)
	b := mosquitto.Start(t, "cafile "+ca.File, "certfile "+cert, "keyfile "+key, "require_certificate true")
	args := []string{"-b", "mqtts://localhost:" + port(t, b.Addr), "-t", "lab/#", "--ca-file", ca.File, "--cert-file", ours, "--key-file", oursKey}

	p := start(t, here, append([]string{"snapshot", "--json", "--for", "3s"}, args...)...)
	if code := p.wait(); code != 3 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	type alert struct {
		Rule, Device, Name, Metric, State, Severity, Unit string
		Value                                             float64
	}
	var report struct {
		Alerts  []alert
		Session struct {
			TLS struct {
				Broker, Client, Authority struct {
					Subject  string
					DaysLeft float64 `json:"days_left"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(p.stdout.String()), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Alerts) != 2 {
		t.Fatalf("%+v", report.Alerts)
	}
	for i, want := range []alert{
		{Name: "desk", Metric: "client", Severity: "critical", Value: 2},
		{Name: "pi.lab", Metric: "broker", Severity: "warning", Value: 10},
	} {
		if a := report.Alerts[i]; a.Rule != "certificate" || a.State != "firing" || a.Name != want.Name || a.Metric != want.Metric ||
			a.Severity != want.Severity || a.Unit != "d" || a.Value < want.Value || a.Value > want.Value+1 {
			t.Errorf("%+v, want %+v", a, want)
		}
	}
	if tls := &report.Session.TLS; tls.Broker.Subject != "pi.lab" || tls.Client.DaysLeft < 2 || tls.Authority.Subject != "lab CA" || tls.Authority.DaysLeft < 300 {
		t.Errorf("%+v", tls)
	}

	p = start(t, here, append([]string{"snapshot", "--for", "3s"}, args...)...)
	p.wait()
	says(t, p.stdout.String(), "\nCertificate of the broker (pi.lab): expires in 10 days\n", "\nCertificate of the client (desk): expires in 2 days\n")
	says(t, examine(t, here, 0, args...), "warning  TLS", "▲ broker: pi.lab, for localhost, signed by lab CA, valid until ", "(10 days)", "renew it on the broker",
		"▲ ours: desk, signed by lab CA, valid until ", "(2 days)", "have a new one made")

	term := dashboard(t, here, args...)
	term.Wait("● mqtts://localhost", "◆1", "▲1")
	term.Keys("3")
	term.Wait("◆ critical", "DESK            client", "2.0 d", "▲ warning", "PI.LAB          broker", "10.0 d")
	ca.Issue(t, "pi.lab", -day, 90*day, "localhost") // into the same files
	b.Stop()
	b.Start()
	term.Until("tells of ours alone", func(screen string) bool {
		return strings.Contains(screen, "1 critical ") && !strings.Contains(screen, "1 warning") && strings.Contains(screen, "DESK            client")
	})
	term.Keys("q")
	term.Wait("ended with 0")
}
