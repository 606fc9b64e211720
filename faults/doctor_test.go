//go:build unix

package faults_test

import (
	"strings"
	"testing"
	"time"

	"labtop/testkit/evilbroker"
)

// examine runs labtop doctor to its end and returns its text.
func examine(t *testing.T, place func(string, ...string) []string, code int, args ...string) string {
	t.Helper()
	p := start(t, place, append([]string{"doctor"}, args...)...)
	if got := p.wait(); got != code || p.stderr.String() != "" {
		t.Errorf("exit code %d, want %d; stderr %q\n%s", got, code, p.stderr, p.stdout)
	}
	return p.stdout.String()
}

// says checks that a report has the lines, each begun by a state and a step, or by a sign.
func says(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line) {
			t.Errorf("it does not say %q:\n%s", line, text)
		}
	}
}

// TestDoctorOnTheWay walks to a broker whose name, addresses and network are at fault.
func TestDoctorOnTheWay(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	names := l.Resolver(t)
	p := port(t, b.Addr)
	args := []string{"-b", "mqtt://broker.lab:" + p, "--connect-timeout", "2s"}

	says(t, examine(t, l.Client.Argv, 4, args...), `failed   DNS        no such host "broker.lab"`, "skipped  TCP        not reached")

	names.Set("broker.lab", l.Broker.IP, l.Broker.IPv6)
	l.BlackholeIPv6()
	says(t, examine(t, l.Client.Argv, 0, args...),
		"ok       DNS        broker.lab is ", l.Broker.IP, l.Broker.IPv6,
		"warning  TCP        connected to "+l.Broker.IP+":"+p,
		"✓ "+l.Broker.IP+" took the connection in",
		"▲ no answer from mqtt://["+l.Broker.IPv6+"]:"+p+" within 2s",
		"ok       CONNECT", "ok       ping")

	l.Blackhole()
	began := time.Now()
	says(t, examine(t, l.Client.Argv, 4, "-b", "mqtt://"+b.Addr, "--connect-timeout", "2s"),
		"failed   TCP        no answer from mqtt://"+b.Addr+" within 2s", "no firewall")
	took(t, "a black hole", began, 5*time.Second)

	names.Silence(true)
	l.Heal()
	began = time.Now()
	says(t, examine(t, l.Client.Argv, 4, args...), `failed   DNS        the name server did not answer for "broker.lab"`)
	took(t, "a silent name server", began, 5*time.Second)
}

// TestDoctorInterrupted ends a doctor that waits for a broker.
func TestDoctorInterrupted(t *testing.T) {
	t.Parallel()
	silent := evilbroker.Case{Connack: []byte{}, Then: evilbroker.Mute}
	p := start(t, here, "doctor", "-b", evilbroker.New(t, silent).Listen(t))
	p.prints(5) // up to TLS
	p.interrupt()
}
