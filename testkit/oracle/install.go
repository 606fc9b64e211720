package oracle

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed terminal.js
var script []byte

// installed returns the folder with the script and the modules of the lock file.
// Without them the test is skipped or fails.
func installed(tb testing.TB) string {
	tb.Helper()
	dir, err := install()
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	return dir
}

// install makes the folder once a process; it stays in the user's cache for the
// next ones, under a name that changes with what is in it.
var install = sync.OnceValues(func() (string, error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s is not installed", program)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // no HOME
	}
	sum := sha256.New()
	files := map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock, "terminal.js": script}
	for _, name := range []string{"package.json", "package-lock.json", "terminal.js"} {
		_, _ = sum.Write(files[name])
	}
	home := filepath.Join(cache, "labtop-oracle")
	dir := filepath.Join(home, hex.EncodeToString(sum.Sum(nil)[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", err
	}
	// Made under another name, so that what stands there is always whole.
	work, err := os.MkdirTemp(home, "new-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil { //nolint:gosec // no secret
			return "", err
		}
	}
	if err := npmInstall(work); err != nil {
		return "", err
	}
	if err := os.Rename(work, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return "", err
		}
		// Another process was faster.
	}
	return dir, nil
})

// npmInstall installs exactly what the lock file says, checked against its sums.
func npmInstall(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("npm ci: %w", err), errors.New(string(out)))
	}
	return nil
}
