//go:build unix

package faults_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"labtop/testkit/mosquitto"
	"labtop/testkit/toxic"
	"labtop/testkit/transcript"
)

const own = "labtop/desk/status"

// listen is what mosquitto_sub prints of labtop's presence, a line a message.
func listen(t *testing.T, b *mosquitto.Broker) *transcript.Transcript {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.Addr)
	heard := transcript.New()
	cmd := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), "-h", host, "-p", port, "-t", own, "-q", "1", "-F", "%p", "-i", "listener")
	cmd.Stdout = heard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	logs(t, b, "Sending SUBACK to listener", 1)
	return heard
}

// words waits until the last of some words was heard, and compares them all.
func words(t *testing.T, heard *transcript.Transcript, want ...string) {
	t.Helper()
	var got []string
	if !heard.Wait(patience, func(all string) (string, bool) {
		got = strings.Fields(all)
		return all, len(got) >= len(want)
	}) || !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// goodbye looks for the steps of an orderly end in the broker's log: offline, its
// acknowledgement, DISCONNECT, the end of the connection; and for no last will.
func goodbye(t *testing.T, b *mosquitto.Broker) {
	t.Helper()
	logs(t, b, "Client desk disconnected.", 1)
	log := b.Log()
	rest := log
	for _, step := range []string{
		"Received SUBSCRIBE from desk", "Received PUBLISH from desk", "Sending PUBACK to desk", // online
		"Received PUBLISH from desk", "Sending PUBACK to desk", "Received DISCONNECT from desk", "Client desk disconnected.",
	} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("no %q in\n%s", step, rest)
		}
		rest = after
	}
}

// TestPresence ends labtop in every way there is while somebody listens: each says
// offline once. The last will speaks for a labtop that was killed, and for no other.
func TestPresence(t *testing.T) {
	t.Parallel()
	args := func(b *mosquitto.Broker, more ...string) []string {
		return append([]string{"-b", b.Addr, "--client-id", "desk", "--presence-topic", own}, more...)
	}
	for _, end := range [][2]string{{"q", "3.1.1"}, {"C-c", "3.1.1"}, {"q", "5"}} {
		keys, version := end[0], end[1]
		t.Run(keys+" with MQTT "+version, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			heard := listen(t, b)
			term := dashboard(t, here, args(b, "--protocol", version)...)
			term.Wait("● mqtt://"+b.Addr, "online")
			words(t, heard, "online", "online")
			term.Keys(keys)
			term.Wait("ended with")
			words(t, heard, "online", "online", "offline")
			goodbye(t, b)
		})
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			heard := listen(t, b)
			p := start(t, here, args(b, "--plain")...)
			words(t, heard, "online", "online")
			_ = p.cmd.Process.Signal(sig)
			if code := p.wait(); code != 128+int(sig) {
				t.Errorf("exit code %d", code)
			}
			words(t, heard, "online", "online", "offline")
			goodbye(t, b)
		})
	}
	for _, version := range versions {
		t.Run("kill -9 with MQTT "+version, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			heard := listen(t, b)
			p := start(t, here, args(b, "--plain", "--protocol", version)...)
			words(t, heard, "online", "online")
			_ = p.cmd.Process.Kill()
			words(t, heard, "online", "online", "offline")
			if strings.Contains(b.Log(), "Received DISCONNECT from desk") {
				t.Error("it said good-bye")
			}
		})
	}
	t.Run("record", func(t *testing.T) {
		t.Parallel()
		b := mosquitto.Start(t)
		heard := listen(t, b)
		p := start(t, here, append([]string{"record", "-o", filepath.Join(t.TempDir(), "x.mcap"), "--for", "3s"}, args(b)...)...)
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d: %s", code, p.stderr)
		}
		words(t, heard, "online", "online", "offline")
		goodbye(t, b)
	})
}

// TestPresenceReturns cuts a dashboard off: others hear that it is offline and that it
// is back; it hears nothing bad of itself.
func TestPresenceReturns(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	proxy := toxic.Start(t, b.Addr)
	heard := listen(t, b)
	term := dashboard(t, here, "-b", proxy.Addr, "--client-id", "desk", "--presence-topic", own)
	term.Wait("● mqtt://"+proxy.Addr, "DESK", "online")
	words(t, heard, "online", "online")
	proxy.Poison(toxic.ToClient, &toxics.ResetToxic{})
	term.Wait("○ mqtt://" + proxy.Addr)
	proxy.Heal()
	words(t, heard, "online", "online", "offline", "online", "online")
	screen := term.Wait("● mqtt://"+proxy.Addr, "DESK", "online")
	if strings.Contains(screen, "offline") || strings.Contains(screen, "critical") {
		t.Errorf("it lists itself as broken:\n%s", screen)
	}
	term.Keys("q")
	term.Wait("ended with 0")
	words(t, heard, "online", "online", "offline", "online", "online", "offline")
}

// TestPresenceOnFrozenBroker ends although nobody acknowledges anything.
func TestPresenceOnFrozenBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	heard := listen(t, b)
	term := dashboard(t, here, "-b", b.Addr, "--presence-topic", own)
	term.Wait("● mqtt://"+b.Addr, "online")
	words(t, heard, "online", "online")
	b.Pause()
	began := time.Now()
	term.Keys("q")
	term.Wait("ended with 0")
	took(t, "the end", began, 1500*time.Millisecond)
	b.Resume() // it may find the connection closed before it has read all of it: the last will then says it too
	if !heard.Wait(patience, func(all string) (string, bool) { return all, strings.HasSuffix(all, "offline\n") }) {
		t.Errorf("heard %q", heard)
	}
}

// TestPresenceForbidden has access rules under which labtop may read all and write
// nothing, of which Mosquitto does not tell a client of MQTT 3.1.1.
func TestPresenceForbidden(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "acl")
	if err := os.WriteFile(rules, []byte("topic readwrite other/#\ntopic read #\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "acl_file "+rules)
	term := dashboard(t, here, "-b", b.Addr, "--presence-topic", own)
	term.Wait("● mqtt://"+b.Addr, own+": presence is not passed on; may labtop publish there?")
	term.Keys("q")
	term.Wait("ended with 0")
	v5 := dashboard(t, here, "-b", b.Addr, "--protocol", "5", "--presence-topic", own)
	v5.Wait("● mqtt://"+b.Addr, own+": the broker refuses labtop's presence: not authorised")
	v5.Keys("q")
	v5.Wait("ended with 0")
	for _, command := range [][]string{{"record", "-o", filepath.Join(t.TempDir(), "x.mcap")}, {"log"}} {
		p := start(t, here, append(command, "-b", b.Addr, "--presence-topic", own)...)
		p.says("warning: " + own + ": presence is not passed on")
		p.interrupt()
	}
}
