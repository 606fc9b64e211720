//go:build linux

package load_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"labtop/subscriber/wire"
	"labtop/testkit/binary"
	"labtop/testkit/blast"
	"labtop/testkit/mosquitto"
)

// Receivers other than the dashboard, each a process of its own. They run until
// they are killed; the sender tells when everything was handled.

// peerVariable in the environment makes this test program a receiver.
const peerVariable = "LABTOP_LOAD_PEER"

// runPeer is a receiver that does nothing with the messages: paho on the bare
// connection, or behind the guard.
func runPeer(peer, addr string) int {
	kind, qos, _ := strings.Cut(peer, "@")
	o := mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetProtocolVersion(4).SetAutoReconnect(false)
	if kind == "guard" {
		o.SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				return nil, fmt.Errorf("dial: %w", err)
			}
			return wire.New(conn, wire.Options{}), nil
		})
	}
	ended := make(chan struct{})
	o.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {})
	o.SetConnectionLostHandler(func(mqtt.Client, error) { close(ended) })
	level, _ := strconv.Atoi(qos)
	client := mqtt.NewClient(o)
	token := client.Connect()
	if token.Wait(); token.Error() == nil {
		token = client.Subscribe("#", byte(level), nil)
		token.Wait()
	}
	if token.Error() != nil {
		_, _ = fmt.Fprintln(os.Stderr, token.Error())
		return 1
	}
	<-ended
	return 0
}

// receiver starts a program that receives everything at an address at a QoS.
type receiver struct {
	name  string
	start func(tb testing.TB, addr string, qos byte) (stop func())
}

// plainPaho is the client library with an empty handler; guardedPaho is behind the
// guard, which takes the messages itself.
func plainPaho() receiver { return ourselvesAs("paho", "paho, empty handler") }

func guardedPaho() receiver {
	return ourselvesAs("guard", "paho behind the guard, which takes the messages and throws them away")
}

func ourselvesAs(kind, name string) receiver {
	return receiver{name, func(tb testing.TB, addr string, qos byte) func() { return ourselves(tb, kind, addr, qos) }}
}

func ourselves(tb testing.TB, kind, addr string, qos byte) func() {
	cmd := exec.CommandContext(tb.Context(), os.Args[0], addr)
	cmd.Env = append(os.Environ(), peerVariable+"="+kind+"@"+strconv.Itoa(int(qos)))
	return background(tb, cmd)
}

// mosquittoSub is Mosquitto's own program, whose output the system throws away.
func mosquittoSub() receiver {
	return receiver{"mosquitto_sub to /dev/null", func(tb testing.TB, addr string, qos byte) func() {
		host, port, _ := net.SplitHostPort(addr)
		return background(tb, exec.CommandContext(tb.Context(), mosquitto.Program(tb, "mosquitto_sub"),
			"-h", host, "-p", port, "-t", "#", "-q", strconv.Itoa(int(qos))))
	}}
}

// mosquittoSubHere says whether it is installed.
func mosquittoSubHere() bool {
	_, err := exec.LookPath("mosquitto_sub")
	return err == nil
}

// labtopTo is a receiver that is a command of labtop's, to /dev/null.
func labtopTo(name string, args ...string) receiver {
	return receiver{name, func(tb testing.TB, addr string, qos byte) func() {
		args := append(args, "-b", addr, "-t", "#", "--qos", strconv.Itoa(int(qos)))
		return background(tb, exec.CommandContext(tb.Context(), binary.Path(tb), args...))
	}}
}

// labtopDashboard is the dashboard in a terminal.
func labtopDashboard() receiver {
	return receiver{"labtop, the dashboard of 120x40 in a terminal", func(tb testing.TB, addr string, qos byte) func() {
		d := open(tb, 120, 40, "-b", addr, "-t", "#", "--qos", strconv.Itoa(int(qos)))
		return func() { d.terminal.Signal(syscall.SIGKILL) }
	}}
}

// interrupted says whether a program was ended by a signal.
func interrupted(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() //nolint:forcetypeassert // on Linux it is
}

// background runs a program until stop is called; what it prints is thrown away
// by the system.
func background(tb testing.TB, cmd *exec.Cmd) (stop func()) {
	tb.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err != nil && !errors.Is(err, exec.ErrWaitDelay) && !interrupted(err) {
			tb.Errorf("%s: %v\n%s", cmd.Args[0], err, errs.String())
		}
	}
}

// rate lets a receiver receive a stream and returns how many messages a second
// it took.
func rate(tb testing.TB, r receiver, stream blast.Stream) float64 {
	tb.Helper()
	s := blast.Send(tb, stream)
	stop := r.start(tb, s.Addr, stream.QoS)
	elapsed, err := s.Elapsed()
	if err != nil {
		tb.Errorf("%s: %v", r.name, err)
		return 0
	}
	stop()
	return float64(s.Total()) / elapsed.Seconds()
}
