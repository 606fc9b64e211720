//go:build unix

package faults_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/netlab"
	"labtop/testkit/terminal"
)

// newNetwork is a lab with a broker in its place.
func newNetwork(t *testing.T) (*netlab.Lab, *mosquitto.Broker) {
	t.Helper()
	l := netlab.New(t)
	return l, mosquitto.StartIn(t, mosquitto.Place{Host: l.Broker.IP, Argv: l.Broker.Argv})
}

// port is the port of an address.
func port(t *testing.T, addr string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// live checks that a dashboard answers keys, by opening the help and closing it.
func live(t *testing.T, term *terminal.Terminal) {
	t.Helper()
	began := time.Now()
	term.Keys("?")
	term.Wait("line up", "esc close")
	took(t, "help opened", began, time.Second)
	term.Keys("Escape")
	// A key right after Escape would be taken for Alt and that key.
	term.Until("closes the help", func(screen string) bool { return !strings.Contains(screen, "esc close") })
}

// TestBlackhole has a network that swallows everything. What was heard stays on
// the screen, which stays alive, and labtop comes back by itself.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	publish(t, l.Broker.Argv, b, "iotclass/lab1/status", "online", "-r")
	term := dashboard(t, l.Client.Argv, "-b", b.Addr)
	term.Wait("● mqtt://"+b.Addr, "LAB1")

	l.Blackhole()
	began := time.Now()
	live(t, term)
	term.Wait("no answer for", "the broker or the network hangs")
	took(t, "said to be silent", began, 6*time.Second)
	term.Wait("LAB1", "stopped answering") // also while the next attempt is under way, which follows in no time
	took(t, "lost", began, 20*time.Second)
	live(t, term)
	term.Wait("◌ mqtt://"+b.Addr, "LAB1") // an attempt is under way, and will come to nothing

	l.Heal()
	began = time.Now()
	term.Wait("● mqtt://"+b.Addr, "LAB1")
	took(t, "back after the network", began, 6*time.Second)
	live(t, term)
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestUnplugged pulls the cable out, so that not even the own system knows.
func TestUnplugged(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	p := start(t, l.Client.Argv, "log", "-b", b.Addr)
	p.says("connected")
	l.Unplug()
	began := time.Now()
	// The kernel may find out before the broker is missed: "unreachable" is as true
	// as "stopped answering".
	p.says("labtop: mqtt://" + b.Addr + " ")
	took(t, "lost", began, 20*time.Second)
	l.Plug()
	began = time.Now()
	p.says("connected")
	took(t, "back after the cable", began, 6*time.Second)
	p.interrupt()
}

// TestPublishIntoNothing has a network that swallows the message that is published.
func TestPublishIntoNothing(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	l.Swallow("swallowed")
	p := start(t, l.Client.Argv, "publish", "lab/swallowed", "x", "--qos", "1", "-b", b.Addr)
	logs(t, b, "New client connected", 1)
	began := time.Now()
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	took(t, "failed", began, 10*time.Second)
	if want := `the broker may not have the message for "lab/swallowed"`; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("it said %q, want %q", p.stderr, want)
	}
	if logged := b.Log(); !strings.Contains(logged, "New client connected") || strings.Contains(logged, "Received PUBLISH") {
		t.Errorf("the broker got more or less than the connection:\n%s", logged)
	}
}

// TestPublishToFrozenBroker has a system that acknowledges for a broker which does
// not.
func TestPublishToFrozenBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	b.Pause()
	p := start(t, here, "publish", "lab/x", "x", "--qos", "1", "-b", b.Addr)
	began := reached(t, b.Addr)
	if code := p.wait(); code != 4 {
		t.Errorf("exit code %d", code)
	}
	took(t, "failed", began, 10*time.Second)
	if want := "did not answer CONNECT within 9s"; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("it said %q, want %q", p.stderr, want)
	}
}

// reached waits until somebody is connected to a loopback address, and returns the time: on
// a busy machine a program takes its time to start, and the broker is in no state to tell.
func reached(t *testing.T, addr string) time.Time {
	t.Helper()
	n, err := strconv.Atoi(port(t, addr))
	if err != nil {
		t.Fatal(err)
	}
	connected := regexp.MustCompile(fmt.Sprintf(`(?m) 0100007F:%04X 01 `, n)) // remote address, state
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		sockets, err := os.ReadFile("/proc/net/tcp")
		if err != nil || connected.Match(sockets) { // elsewhere than on Linux: from now on
			return time.Now()
		}
	}
	t.Fatalf("nobody connected to %s", addr)
	return time.Time{}
}

// TestSlowLink gets 20 MB stored by the broker over a line of 1 MB/s. Nothing is
// lost but the part of the payload over the cap.
func TestSlowLink(t *testing.T) {
	t.Parallel()
	const size = 20_000_000
	l, b := newNetwork(t)
	p := start(t, l.Client.Argv, "log", "--json", "-b", b.Addr)
	p.says("connected")
	publish(t, l.Broker.Argv, b, "lab/small", "x")
	p.prints(1)
	small := p.peakKiB()
	p.interrupt()

	publish(t, l.Broker.Argv, b, "lab/big", strings.Repeat("x", size), "-r")
	l.Rate("8mbit")
	p = start(t, l.Client.Argv, "log", "--json", "-b", b.Addr, "-t", "lab/#")
	p.says("connected") // some brokers send the message before the SUBACK
	p.prints(1)
	took(t, "20 MB", p.began, 35*time.Second)
	if time.Since(p.began) < 15*time.Second {
		t.Error("the link was not slow")
	}
	rise := p.peakKiB() - small
	if t.Logf("memory: %d KiB, and %d KiB more", small, rise); rise > 16<<10 {
		t.Errorf("memory rose by %d KiB", rise)
	}
	out := p.stdout.String()
	if !strings.Contains(out, `"size":20000000`) || len(out) < 1<<20 || len(out) > 1<<20+1000 {
		t.Errorf("%d bytes printed: %.300s", len(out), out)
	}
	if n := strings.Count(b.Log(), "New client connected from "+l.Client.IP); n != 2 {
		t.Errorf("%d connections, want one each time", n)
	}
	p.interrupt()
}

// TestSlowUplink publishes 2 MB over a line of 128 KB/s, for which one write has not
// time enough, nor a small message in all.
func TestSlowUplink(t *testing.T) {
	t.Parallel()
	const size = 2_000_000
	l, b := newNetwork(t)
	l.RateUp("1mbit")
	began := time.Now()
	code, said := publishes(t, l, b, strings.Repeat("x", size))
	if took(t, "2 MB", began, 40*time.Second); time.Since(began) < 12*time.Second {
		t.Error("the line was not slow")
	}
	if code != 0 || said != "" {
		t.Errorf("exit code %d: %s", code, said)
	}
	if logged := b.Log(); !strings.Contains(logged, "(2000000 bytes)") {
		t.Errorf("the broker did not get the message:\n%s", logged)
	}
}

// TestHoleInLargePublish has a network that swallows all from some place in a large
// message on.
func TestHoleInLargePublish(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	l.Swallow("swallowed")
	began := time.Now()
	code, said := publishes(t, l, b, strings.Repeat("x", 300_000)+"swallowed"+strings.Repeat("x", 10_000_000))
	took(t, "failed", began, 10*time.Second)
	if want := `the broker may not have the message for "lab/big"`; code != 1 || !strings.Contains(said, want) {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// publishes has labtop publish what it reads, and returns its exit code and what it
// said.
func publishes(t *testing.T, l *netlab.Lab, b *mosquitto.Broker, payload string) (code int, said string) {
	t.Helper()
	argv := l.Client.Argv(binary.Path(t), "publish", "lab/big", "-", "--qos", "1", "-b", b.Addr)
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	cmd.Stdin = strings.NewReader(payload)
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestNames has a name server that does not know the broker, then does; that is
// silent, then is not.
func TestNames(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	names := l.Resolver(t)
	url := "mqtt://broker.lab:" + port(t, b.Addr)

	p := start(t, l.Client.Argv, "log", "-b", url)
	began := queried(names, 0)
	p.says(`no such host "broker.lab"`)
	took(t, "no such host", began, time.Second)
	asked := names.Queries()
	names.Set("broker.lab", l.Broker.IP)
	p.says("connected")
	if names.Queries() == asked {
		t.Error("the name was not asked for again")
	}
	p.interrupt()

	names.Silence(true)
	asked = names.Queries()
	p = start(t, l.Client.Argv, "log", "-b", url, "--connect-timeout", "2s")
	began = queried(names, asked)
	p.says(`the name server did not answer for "broker.lab"`)
	took(t, "silent name server", began, 3*time.Second)
	names.Silence(false)
	p.says("connected")
	p.interrupt()
}

// queried waits until the name server has had more than n questions, for a while
// at most, and returns the time: a program takes its time to start.
func queried(names *netlab.Resolver, n int) time.Time {
	for end := time.Now().Add(patience); names.Queries() <= n && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it tells nobody
	}
	return time.Now()
}

// TestDeadIPv6 has a broker whose IPv6 address leads nowhere.
func TestDeadIPv6(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	names := l.Resolver(t)
	names.Set("broker.lab", l.Broker.IPv6, l.Broker.IP)
	l.BlackholeIPv6()
	p := start(t, l.Client.Argv, "log", "-b", "mqtt://broker.lab:"+port(t, b.Addr))
	began := queried(names, 0)
	p.says("connected")
	took(t, "connected", began, time.Second)
	p.interrupt()
}

// TestQuitWhileConnecting ends labtop while it waits for an address, for a socket,
// for a TLS handshake and for an answer.
func TestQuitWhileConnecting(t *testing.T) {
	t.Parallel()
	l, b := newNetwork(t)
	l.Resolver(t).Silence(true)
	silent := l.Broker.Listen(t, 0).Addr().String() // the kernel accepts, nobody answers
	l.Swallow("MQTT")                               // every CONNECT
	hole := "10.77.0.9:1883"                        // nobody has this address
	for name, broker := range map[string]string{
		"name":    "broker.lab",
		"socket":  hole,
		"TLS":     "mqtts://" + l.Broker.IP + ":" + port(t, silent),
		"CONNACK": b.Addr,
	} {
		for key, code := range map[string]string{"q": "0", "C-c": "130"} {
			t.Run(name+" "+key, func(t *testing.T) {
				t.Parallel()
				term := dashboard(t, l.Client.Argv, "-b", broker)
				term.Wait("No connection yet.", "◌ ")
				term.Keys(key)
				began := time.Now()
				term.Wait("ended with " + code)
				took(t, "quit", began, time.Second)
				if term.AltScreen() {
					t.Error("the terminal is not restored")
				}
			})
		}
	}
}
