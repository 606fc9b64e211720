package cli_test

import (
	"net"
	"strings"
	"testing"

	"labtop/cli"
)

// freeAddress is a loopback address at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answering is the address of a server that reads a little, sends answer and
// hangs up.
func answering(t *testing.T, answer []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1024))
			_, _ = conn.Write(answer)
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestSimulateWithoutBroker(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, addr, want string }{
		{"nobody listens", freeAddress(t), "mqtt://ADDR refused the connection; is the broker running, and is this its port?"},
		{"bad password", answering(t, []byte{0x20, 2, 0, 4}), "the broker refused the connection: bad user name or password (code 4); check --username and --password-file"},
		{"not authorised", answering(t, []byte{0x20, 2, 0, 5}), "the broker refused the connection: not authorised (code 5); check --username and --password-file"},
		{"unavailable", answering(t, []byte{0x20, 2, 0, 3}), "the broker refused the connection: server unavailable (code 3); look at the broker's log"},
		{"no answer", answering(t, nil), "lab1: the broker closed the connection without an answer to CONNECT; is mqtt://ADDR an MQTT broker?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := run(t, nil, "simulate", "-b", "mqtt://"+tt.addr, "--labs", "1", "--rooms", "0")
			_, problem, _ := strings.Cut(stderr, "\n") // after the line that says what is simulated
			if want := "labtop: " + strings.ReplaceAll(tt.want, "ADDR", tt.addr) + "\n"; code != cli.ExitUnreachable || problem != want {
				t.Errorf("code %d, %q\nwant    %q", code, problem, want)
			}
		})
	}
}
