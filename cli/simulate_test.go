package cli_test

import (
	"context"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"labtop/cli"
	"labtop/simulator"
)

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

// TestSpecials asks for devices by name in every way that there is.
func TestSpecials(t *testing.T) {
	t.Parallel()
	file := write(t, "simulation: {chaos: [flap, crash], challenges: [json]}\n")
	tests := []struct {
		name             string
		env              map[string]string
		args             []string
		challenge, chaos string
	}{
		{"file", nil, nil, "json", "flap, crash"},
		{"variable", map[string]string{"LABTOP_CHAOS": "ghost, ghost,skew"}, nil, "json", "ghost, skew"},
		{"all", map[string]string{"LABTOP_CHALLENGE": "dimmer, all"}, nil, "dimmer, on-change, battery, json, schedule", "flap, crash"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, shown, stderr := run(t, tt.env, append([]string{"config", "show", "-c", file}, tt.args...)...)
			for name, want := range map[string]string{"challenge": tt.challenge, "chaos": tt.chaos} {
				if !regexp.MustCompile(`(?m)^` + name + ` +` + regexp.QuoteMeta(want) + `  `).MatchString(shown) {
					t.Errorf("%s is not %q: %s%s", name, want, shown, stderr)
				}
			}
		})
	}
	for _, args := range [][]string{{"simulate", "--chaos", "help"}, {"demo", "--challenge", "help", "--speed", "9"}} {
		code, list, stderr := run(t, nil, args...)
		if code != cli.ExitOK || stderr != "" {
			t.Errorf("%v: code %d, %s", args, code, stderr)
		}
		for _, s := range append(simulator.Challenges(), simulator.Chaos()...) {
			if !regexp.MustCompile(`(?m)^  ` + string(s) + ` +` + regexp.QuoteMeta(s.About()) + `$`).MatchString(list) {
				t.Errorf("%v: %s is not in %s", args, s, list)
			}
		}
		for line := range strings.Lines(list) {
			if utf8.RuneCountInString(line) > 81 {
				t.Errorf("wider than 80: %s", line)
			}
		}
	}
	code, _, stderr := run(t, nil, "simulate", "--labs", "0", "--rooms", "0", "--chaos", "flap,crash", "-b", "mqtt://127.0.0.1:1")
	if code != cli.ExitUnreachable || !strings.HasPrefix(stderr, "labtop: simulating 0 boards and 0 rooms, and flap, crash, on mqtt://127.0.0.1:") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

// embedded is the URL of an embedded broker, for as long as the test goes on.
func embedded(t *testing.T) string {
	t.Helper()
	broker, err := simulator.NewBroker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })
	addr, err := broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return "mqtt://" + addr.String()
}

// TestSimulatePutsAGhost runs the command against the embedded broker until the
// ghost has left, and interrupts it.
func TestSimulatePutsAGhost(t *testing.T) {
	t.Parallel()
	url := embedded(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := &watched{want: "all 2 devices are connected", found: make(chan struct{})}
	ended := make(chan int)
	go func() {
		ended <- cli.Run(ctx, []string{"simulate", "-b", url, "--labs", "1", "--rooms", "1", "--chaos", "ghost,crash"}, cli.Environment{Stderr: said})
	}()
	select {
	case <-said.found:
	case <-time.After(time.Minute):
		t.Fatalf("never said that all are connected: %s", said.String())
	}
	deadline := time.Now().Add(time.Minute)
	for stored := ""; !strings.Contains(stored, "iotclass/ghost"); {
		_, stored, _ = run(t, nil, "snapshot", "--json", "--for", "100ms", "-b", url, "-t", "iotclass/ghost/status")
		if time.Now().After(deadline) {
			t.Fatalf("no ghost: %s", stored)
		}
	}
	cancel()
	<-ended
	want := "labtop: left on purpose: the broker keeps iotclass/ghost/status of a device that is gone; to clear it: labtop retained clear -b " + url + " iotclass/ghost/status\n"
	if text := said.String(); !strings.HasSuffix(text, want) || strings.Count(text, "\n") != 3 {
		t.Errorf("it said %q, want %q in the end", text, want)
	}
}

// watched is an output that tells when it holds a text.
type watched struct {
	want  string
	found chan struct{}

	mu   sync.Mutex // mu guards the fields below
	text strings.Builder
	told bool
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if !w.told && strings.Contains(w.text.String(), w.want) {
		w.told = true
		close(w.found)
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestSimulateWithoutBroker(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, addr, want string }{
		{"nobody listens", "127.0.0.1:1", "mqtt://ADDR refused the connection; is the broker running, and is this its port?"},
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
