package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
)

// TestNoSpaceWhileRecording fills a disk: the recording ends with one line and whole.
func TestNoSpaceWhileRecording(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	disk := t.TempDir()
	if err := syscall.Mount("labtop-test", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	b := mosquitto.Start(t)
	path := filepath.Join(disk, "lab.mcap")
	record := start(t, here, "record", "-b", "mqtt://"+b.Addr, "-o", path)
	record.says("connected", 10*time.Second)
	numbers := publishNumbers(t, b.Addr, 2000)
	defer numbers.end()
	if code := record.wait(30 * time.Second); code != 1 || strings.Count(record.stderr.String(), "\n") != 2 ||
		!strings.Contains(record.stderr.String(), "no space left on device; the recording ends here, and is whole until here") {
		t.Errorf("exit code %d:\n%s", code, record.stderr)
	}
	entries, health := recorded(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries in %d bytes, %+v", len(entries), info.Size(), health)
	if len(entries) < 500 || health.Damaged > 0 || health.Lost > 0 || !health.Cut {
		t.Errorf("%d entries, %+v", len(entries), health)
	}
}
