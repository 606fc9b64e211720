//go:build unix

package machine_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"labtop/testkit/mosquitto"
	"labtop/testkit/pseudo"
)

// pointCode is what the program of this test has and the real one has not: a place
// that panics when the environment names it, once a file is there.
const pointCode = `package crash

import "os"

func Point(name string) {
	if os.Getenv("CRASH_POINT") != name {
		return
	}
	if _, err := os.Stat(os.Getenv("CRASH_WHEN")); err == nil {
		panic("as asked")
	}
}
`

// point is a place where the program is made to panic: in a file, after a text that
// is in it once. Each is in a goroutine of another kind.
type point struct {
	name, file, after string
	// args is the command line; empty for the demo. BROKER stands for a broker.
	args []string
	// cause makes the goroutine pass the place; nil when it does so by itself.
	cause func(*screen, *mosquitto.Broker)
}

func points() []point {
	resize := func(s *screen, _ *mosquitto.Broker) { s.Resize(100, 30) }
	lose := func(_ *screen, b *mosquitto.Broker) { b.Kill() }
	live := []string{"-b", "BROKER"}
	return []point{
		{"owner", "monitor/monitor.go", "func (m *Monitor) apply(batch model.Batch) {", nil, nil},
		{"source", "subscriber/subscriber.go", "func (s *Source) failed(err error) *ConnectError {", live, lose},
		{"log file", "cli/logfile.go", "	return func(c model.Connection) {", append(live, "--log-file", os.DevNull), lose},
		{"handler", "subscriber/batcher.go", "func (b *batcher) add(m model.Message) {", nil, nil},
		{"batch timer", "subscriber/batcher.go", "func (b *batcher) flush() {", nil, nil},
		{"probe", "subscriber/probe.go", "func (p *probe) due() bool {", nil, nil},
		{"guard's reader", "subscriber/wire/read.go", "func (c *Conn) next() (bool, error) {", nil, nil},
		{"guard's writer", "subscriber/wire/write.go", "func (c *Conn) Write(p []byte) (int, error) {", nil, nil},
		{"acknowledging", "subscriber/wire/ack.go", "	for b := c.acks.next(); len(b) > 0; b = c.acks.next() {", nil, nil},
		{"viewer's command", "ui/pull.go", "		timer := time.NewTimer(pause)", nil, nil},
		{"viewer's update", "ui/app.go", "func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {", nil, nil},
		{"viewer's picture", "ui/header.go", "func (a *App) header() string {", nil, nil},
		{"painter", "ui/painter/painter.go", "func (p *Painter) Paint(picture string) []byte {", nil, nil},
		{"picture's way", "ui/termwriter/termwriter.go", "func (w *Writer) Write(p []byte) (int, error) {", nil, nil},
		{"terminal's writer", "ui/termwriter/pump.go", "		n, ok := w.next(chunk)", nil, nil},
		{"size", "cli/screen.go", "func sizeOf(terminal term.File) tea.WindowSizeMsg {", nil, resize},
		{"device", "simulator/device.go", "func (d *device) perform(r *run, s *session, do *deed) error {", nil, nil},
		{"device's reader", "simulator/session.go", "func (s *session) readPacket(r io.Reader) (packets.ControlPacket, error) {", []string{"demo", "--speed", "50"}, nil},
		{"demo's broker", "simulator/outbox.go", "func (o *outbox) take(spare []byte) (bytes []byte, ended bool) {", nil, nil},
		{"signals", "cli/signals.go", "			case s := <-signals:", nil, func(s *screen, _ *mosquitto.Broker) { s.Signal(syscall.SIGTERM) }},
		{"command", "cli/dashboard.go", "		case <-ticker.C:", []string{"demo", "--plain"}, nil},
	}
}

// fragile builds the program with the points, and returns its path.
func fragile(t *testing.T, dir string) string {
	t.Helper()
	root := filepath.Dir(strings.TrimSpace(goTool(t, "env", "GOMOD")))
	replace := map[string]string{}
	write := func(file, text string) {
		place := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(place, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, file)] = place
	}
	texts := map[string]string{}
	for _, p := range points() {
		if texts[p.file] == "" {
			texts[p.file] = read(t, filepath.Join(root, p.file))
			if !strings.Contains(texts[p.file], `"labtop/crash"`) {
				texts[p.file] = strings.Replace(texts[p.file], "import (", "import (\n\t\"labtop/crash\"", 1)
			}
		}
		before, after, found := strings.Cut(texts[p.file], p.after+"\n")
		if !found || strings.Contains(after, p.after+"\n") {
			t.Fatalf("%s: %q is not there once", p.file, p.after)
		}
		texts[p.file] = before + p.after + "\n\tcrash.Point(\"" + p.name + "\")\n" + after
	}
	for file, text := range texts {
		write(file, text)
	}
	write("crash/point.go", pointCode)
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "labtop")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	goTool(t, "build", "-overlay", list, "-o", program, "labtop")
	return program
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, problem.String())
	}
	return string(out)
}

// TestPanics has a panic in each kind of goroutine while the dashboard is shown: the
// terminal is given back, one line tells, and the stack is kept.
func TestPanics(t *testing.T) {
	t.Parallel()
	program := fragile(t, t.TempDir())
	var broker sync.Mutex // few brokers at a time
	for _, p := range points() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			var b *mosquitto.Broker
			args := append([]string(nil), p.args...)
			for i, a := range args {
				if a == "BROKER" {
					broker.Lock()
					t.Cleanup(broker.Unlock)
					b = mosquitto.Start(t)
					args[i] = b.Addr
				}
			}
			if len(args) == 0 {
				args = []string{"demo"}
			}
			when := filepath.Join(t.TempDir(), "now")
			cmd := exec.CommandContext(t.Context(), program, args...)
			cmd.Env = []string{"HOME=" + t.TempDir(), "CRASH_POINT=" + p.name, "CRASH_WHEN=" + when}
			s := startCommand(t, pseudo.Options{}, nil, cmd)
			if b != nil {
				subscribed(t, b, 1)
				s.Expect("no device has spoken yet")
			} else {
				s.Expect("LAB1")
			}
			if err := os.WriteFile(when, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if p.cause != nil {
				p.cause(s, b)
			}
			// A goroutine may come by only once a second, or when a message comes.
			s.ends(began, 1, 10*time.Second)
			files := s.crashFiles()
			if len(files) != 1 {
				t.Fatalf("kept: %v", files)
			}
			if stack := read(t, files[0]); !strings.Contains(stack, "as asked") || !strings.Contains(stack, "crash.Point") {
				t.Errorf("the file holds\n%s", stack)
			}
			_, said, _ := strings.Cut(ansi.Strip(s.All()), "labtop: ")
			if said != "internal error: as asked; please report it with "+files[0]+"\r\n" || strings.Contains(s.All(), "Caught panic") {
				t.Errorf("said %q", said)
			}
		})
	}
}
