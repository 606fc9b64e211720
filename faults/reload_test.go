//go:build unix

package faults_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// TestCertificatesAreReadAgain replaces the broker's certificate, the authority and the
// client's certificate while labtop runs: it takes the new files at the next attempt.
func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), 24*time.Hour
	file := func(name string) string { return filepath.Join(dir, name) }
	install := func(from, to string) {
		t.Helper()
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(file(to), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ours := func(a *authority.Authority, name string) {
		t.Helper()
		install(a.File, "ca.crt")
		cert, key := a.Issue(t, name, -day, day)
		install(cert, "client.crt")
		install(key, "client.key")
	}
	brokers := func(a *authority.Authority, name string) {
		t.Helper()
		install(a.File, "broker-ca.crt")
		cert, key := a.Issue(t, name, -day, 90*day, "localhost")
		install(cert, "broker.crt")
		install(key, "broker.key")
	}
	before, after := authority.New(t, t.TempDir(), "old"), authority.New(t, t.TempDir(), "new")
	ours(before, "us")
	brokers(before, "broker")
	b := mosquitto.Start(t, "cafile "+file("broker-ca.crt"), "certfile "+file("broker.crt"), "keyfile "+file("broker.key"),
		"require_certificate true", "use_identity_as_username true")
	term := dashboard(t, here, "-b", "mqtts://localhost:"+port(t, b.Addr), "-t", "lab/#",
		"--ca-file", file("ca.crt"), "--cert-file", file("client.crt"), "--key-file", file("client.key"))
	term.Wait("● mqtts://localhost")
	logs(t, b, " u'us'", 1)

	brokers(after, "broker anew")
	b.Stop()
	b.Start()
	term.Wait("○ mqtts://localhost", "the broker's certificate is signed by an authority that is not trusted here")
	ours(after, "us anew")
	term.Keys("R")
	term.Wait("● mqtts://localhost")
	logs(t, b, " u'us anew'", 1)
	term.Keys("q")
	term.Wait("ended with 0")
}
