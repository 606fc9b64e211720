//go:build unix

package faults_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	free "labtop/testkit/port"
	"labtop/testkit/terminal"
	"labtop/testkit/transcript"
)

// needsOpenSSL skips a test where openssl is missing, or fails it when the environment
// says CI=true.
func needsOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
}

// shell is a command line in a folder, in which labtop is the built program.
func shell(t *testing.T, dir, command string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{"-ec", command}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "PATH="+filepath.Dir(binary.Path(t))+":"+os.Getenv("PATH")+":/usr/sbin")
	return cmd
}

// TestSecureBrokerPage does what docs/secure-broker.md says.
func TestSecureBrokerPage(t *testing.T) {
	mosquitto.Program(t, "mosquitto")
	needsOpenSSL(t)
	page, err := os.ReadFile("../docs/secure-broker.md")
	if err != nil {
		t.Fatal(err)
	}
	ports := strings.NewReplacer("8883", port(t, free.Free(t)), "8884", port(t, free.Free(t)))
	dir := t.TempDir()
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	for _, b := range blocks[:len(blocks)-1] {
		if out, err := shell(t, dir, ports.Replace(b[1])).CombinedOutput(); err != nil {
			t.Fatalf("%s\n%v: %s", b[1], err, out)
		}
	}
	if os.Getuid() == 0 {
		appendTo(t, filepath.Join(dir, "mosquitto.conf"), "user root\n")
	}
	log := transcript.New()
	broker := shell(t, dir, "exec "+blocks[len(blocks)-1][1])
	broker.Stdout, broker.Stderr = log, log
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = broker.Process.Kill()
		_ = broker.Wait()
	})
	if !log.Wait(patience, func(s string) (string, bool) { return s, strings.Contains(s, " running\n") }) {
		t.Fatalf("the broker does not run: %s", log)
	}
	dashboards(t, dir, ports.Replace(string(page)))
	rows := regexp.MustCompile("\\| `(labtop doctor [^`]*)` \\| (.*) \\|").FindAllStringSubmatch(string(page), -1)
	if len(rows) != 9 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		t.Run(row[2], func(t *testing.T) {
			t.Parallel()
			out, err := shell(t, dir, ports.Replace(row[1])).CombinedOutput()
			if says(t, string(out), ports.Replace(row[2])); (err != nil) != strings.Contains(string(out), "It fails at ") {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// dashboards runs the simulator and each dashboard of a text, and its config.
func dashboards(t *testing.T, dir, text string) {
	t.Helper()
	lines := regexp.MustCompile(`(?m)^(labtop (simulate )?-b .*)$`).FindAllStringSubmatch(text, -1)
	if len(lines) != 4 {
		t.Fatalf("%d command lines", len(lines))
	}
	simulate := shell(t, dir, "exec "+lines[0][1])
	if err := simulate.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = simulate.Process.Signal(os.Interrupt)
		_ = simulate.Wait()
	}()
	config := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(text)[1]
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := []string{"labtop -c config.yaml --profile lab", "labtop -c config.yaml --profile lab-cert"}
	for _, l := range lines[1:] {
		commands = append(commands, l[1])
	}
	for _, command := range commands {
		term := terminal.Start(t, 120, 30, "cd "+dir+" && "+strings.Replace(command, "labtop", binary.Path(t), 1), "HOME="+t.TempDir())
		term.Wait("● mqtts://localhost", "LAB1", "LAB3")
		term.Keys("q")
		term.Wait("ended with 0")
		term.Close()
	}
}

// TestLabBroker runs scripts/lab-broker, and the doctor as it says, and interrupts it.
func TestLabBroker(t *testing.T) {
	mosquitto.Program(t, "mosquitto")
	needsOpenSSL(t)
	script, err := filepath.Abs("../scripts/lab-broker")
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	cmd := shell(t, temporary, `exec "$0" "$@"`, script, "--port", port(t, free.Free(t)), "--cert-port", port(t, free.Free(t)), "--limit", "20")
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal interrupts all of it
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it has a broker to end
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	var commands []string
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl+C") {
		if text, ok := strings.CutPrefix(lines.Text(), "  labtop doctor "); ok {
			commands = append(commands, text)
		}
	}
	wants := []string{
		"It works", "It works", "secret/#: subscribed at QoS 0, nothing received",
		"the broker wants a user name and a password", "signed by an authority that is not trusted here",
		"this is a TLS port; use mqtts://", "the broker wants a client certificate",
	}
	if len(commands) != len(wants) {
		t.Fatalf("%d commands: %q", len(commands), commands)
	}
	t.Run("doctor", func(t *testing.T) {
		for i, command := range commands {
			t.Run(wants[i], func(t *testing.T) {
				t.Parallel()
				out, _ := shell(t, temporary, "labtop doctor "+command).CombinedOutput() // most end with 4
				says(t, string(out), wants[i])
			})
		}
	})
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // with the code of the signal
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	left, err := filepath.Glob(filepath.Join(temporary, "lab-broker.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v: it leaves %q", err, left)
	}
}

// TestConnectionLimit has a broker that takes no more connections.
func TestConnectionLimit(t *testing.T) {
	c := newCourse(t)
	b := c.limited
	args := append(c.login(b), "--ca-file", c.ca.File, "-t", "iotclass/#")
	first := start(t, here, append([]string{"log"}, args...)...)
	first.says("connected")
	says(t, examine(t, here, 4, args...), "failed   TLS", "closed the connection in the TLS handshake", "A broker at its limit of connections hangs up too")
	logs(t, b, "max_connections", 1)
	first.interrupt()
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
