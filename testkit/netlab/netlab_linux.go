package netlab

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// New makes a lab whose two places reach each other. It is taken away when the
// test ends; what runs in it should have ended by then.
func New(tb testing.TB) *Lab {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("network namespaces need root")
	}
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, as documented
	id := "labtop-" + hex.EncodeToString(b[:])
	resolv := filepath.Join(tb.TempDir(), "resolv.conf")
	l := &Lab{
		tb:     tb,
		Client: Place{namespace: id + "-c", resolv: resolv, IP: "10.77.0.1", IPv6: "2001:db8::1"},
		Broker: Place{namespace: id + "-b", resolv: resolv, IP: "10.77.0.2", IPv6: "2001:db8::2"},
	}
	if err := os.WriteFile(resolv, []byte("nameserver "+l.Broker.IP+"\n"), 0o644); err != nil { //nolint:gosec // it holds no secret
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, p := range []*Place{&l.Client, &l.Broker} {
			_ = run("ip", "netns", "delete", p.namespace) // with all that is in it
		}
	})
	for _, p := range []*Place{&l.Client, &l.Broker} {
		l.need("ip", "netns", "add", p.namespace)
	}
	l.need("ip", "link", "add", cable, "netns", l.Client.namespace, "type", "veth", "peer", "name", cable, "netns", l.Broker.namespace)
	for _, p := range []*Place{&l.Client, &l.Broker} {
		l.need("ip", "-n", p.namespace, "link", "set", "lo", "up")
		l.need("ip", "-n", p.namespace, "link", "set", cable, "up")
		l.need("ip", "-n", p.namespace, "addr", "add", p.IP+"/24", "dev", cable)
		l.need("ip", "-n", p.namespace, "addr", "add", p.IPv6+"/64", "dev", cable, "nodad")
	}
	// Whether packets can be dropped is known only when it is tried.
	l.need("ip", "netns", "exec", l.Broker.namespace, "iptables", "-L")
	l.need("ip", "netns", "exec", l.Broker.namespace, "ip6tables", "-L")
	return l
}

// need runs a program without which there is no lab.
func (l *Lab) need(args ...string) {
	l.tb.Helper()
	if err := run(args...); err != nil {
		l.tb.Skipf("no network namespaces here: %v", err)
	}
}

// within calls f on a thread that is in the place. Sockets that f makes stay there.
func (p *Place) within(f func()) error {
	runtime.LockOSThread()
	home, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() { _ = home.Close() }()
	away, err := os.Open(filepath.Join("/run/netns", p.namespace))
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() { _ = away.Close() }()
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	f()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		return err // the thread stays locked, and ends with its goroutine
	}
	runtime.UnlockOSThread()
	return nil
}
