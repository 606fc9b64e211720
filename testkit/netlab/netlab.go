package netlab

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// cable is the name of the cable's end in each namespace.
const cable = "lab0"

// Lab is a client's place and a broker's, with a cable between them.
type Lab struct {
	Client, Broker Place

	tb testing.TB
}

// Place is one end of the cable.
type Place struct {
	// IP and IPv6 are its addresses, which only the other end reaches.
	IP, IPv6 string

	namespace string
	resolv    string // path of its resolv.conf, with the broker's place as name server
}

// Argv is the command line that runs a program in the place, with the lab's name
// server. The process that is started becomes the program.
func (p *Place) Argv(program string, args ...string) []string {
	// A namespace of mounts comes with ip netns exec.
	enter := []string{"ip", "netns", "exec", p.namespace, "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, p.resolv}
	return append(append(enter, program), args...)
}

// Listen listens at a TCP port of the place, 0 for a free one, until the test ends.
func (p *Place) Listen(tb testing.TB, port int) net.Listener {
	tb.Helper()
	var l net.Listener
	var err error
	if failed := p.within(func() {
		l, err = new(net.ListenConfig).Listen(tb.Context(), "tcp", fmt.Sprint(":", port))
	}); failed != nil || err != nil {
		tb.Fatalf("listening in %s: %v, %v", p.namespace, failed, err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

// Blackhole drops every packet that reaches or leaves the broker's place.
func (l *Lab) Blackhole() {
	l.tb.Helper()
	l.filter("iptables", "-A", "INPUT", "-j", "DROP")
	l.filter("iptables", "-A", "OUTPUT", "-j", "DROP")
	l.filter("ip6tables", "-A", "INPUT", "-j", "DROP")
	l.filter("ip6tables", "-A", "OUTPUT", "-j", "DROP")
}

// BlackholeIPv6 drops every IPv6 packet that reaches the broker's place.
func (l *Lab) BlackholeIPv6() {
	l.tb.Helper()
	l.filter("ip6tables", "-A", "INPUT", "-j", "DROP")
}

// Swallow drops every TCP packet to the broker's place that holds the text. As TCP
// sends it again and again, nothing that follows it arrives either. The test is
// skipped where the system cannot look into packets.
func (l *Lab) Swallow(text string) {
	l.tb.Helper()
	args := []string{"-A", "INPUT", "-p", "tcp", "-m", "string", "--algo", "bm", "--string", text, "-j", "DROP"}
	if err := l.exec(&l.Broker, "iptables", args...); err != nil {
		l.tb.Skipf("packets cannot be looked into: %v", err)
	}
}

// Heal ends what Blackhole, BlackholeIPv6 and Swallow began.
func (l *Lab) Heal() {
	l.tb.Helper()
	l.filter("iptables", "-F")
	l.filter("ip6tables", "-F")
}

// Rate limits what the broker's place sends, as in "8mbit".
func (l *Lab) Rate(rate string) {
	l.tb.Helper()
	l.filter("tc", limit(rate)...)
}

// RateUp limits what the client's place sends.
func (l *Lab) RateUp(rate string) {
	l.tb.Helper()
	if err := l.exec(&l.Client, "tc", limit(rate)...); err != nil {
		l.tb.Fatal(err)
	}
}

// limit are the arguments with which tc limits what is sent over the cable.
func limit(rate string) []string {
	return []string{"qdisc", "replace", "dev", cable, "root", "tbf", "rate", rate, "burst", "32kb", "latency", "400ms"}
}

// Unplug takes the broker's end of the cable down, so that nothing arrives and
// nobody is told; Plug puts it back.
func (l *Lab) Unplug() {
	l.tb.Helper()
	l.filter("ip", "link", "set", cable, "down")
}

// Plug undoes Unplug.
func (l *Lab) Plug() {
	l.tb.Helper()
	l.filter("ip", "link", "set", cable, "up")
}

// filter runs a program in the broker's place.
func (l *Lab) filter(program string, args ...string) {
	l.tb.Helper()
	if err := l.exec(&l.Broker, program, args...); err != nil {
		l.tb.Fatal(err)
	}
}

func (l *Lab) exec(p *Place, program string, args ...string) error {
	return run(append([]string{"ip", "netns", "exec", p.namespace, program}, args...)...)
}

// run runs a program to its end.
func run(args ...string) error {
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput() //nolint:gosec,noctx // it takes milliseconds, also after the test
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
