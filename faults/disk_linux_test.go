//go:build unix

package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
		// What another test just starts has our files open until it is the program.
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	b := mosquitto.Start(t)
	path := filepath.Join(disk, "lab.mcap")
	record := start(t, here, "record", "-b", "mqtt://"+b.Addr, "-o", path)
	record.says("connected")
	numbers := publishNumbers(t, b.Addr, "iotclass", 2000)
	defer numbers.end()
	if code := record.wait(); code != 1 || strings.Count(record.stderr.String(), "\n") != 2 ||
		!strings.Contains(record.stderr.String(), "no space left on device; the recording ends here, and is whole until here") {
		t.Errorf("exit code %d:\n%s", code, record.stderr)
	}
	checkWholeUntilFull(t, path)
}
