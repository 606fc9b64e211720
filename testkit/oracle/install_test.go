package oracle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstalled installs the modules where they are not yet, and compares them with
// what package.json says.
func TestInstalled(t *testing.T) {
	t.Parallel()
	dir := installed(t)
	var wanted struct{ Dependencies map[string]string }
	if err := json.Unmarshal(packageJSON, &wanted); err != nil {
		t.Fatal(err)
	}
	if len(wanted.Dependencies) != 2 {
		t.Errorf("%d modules are wanted", len(wanted.Dependencies))
	}
	for name, version := range wanted.Dependencies {
		text, err := os.ReadFile(filepath.Join(dir, "node_modules", filepath.FromSlash(name), "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Version string }
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.Version != version {
			t.Errorf("%s %s is installed, not %s", name, got.Version, version)
		}
	}
}

// TestLockFile: the modules come from npm's own registry, wherever the file was made.
func TestLockFile(t *testing.T) {
	t.Parallel()
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	if err := json.Unmarshal(packageLock, &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name == "" {
			continue // ourselves
		}
		if p.Integrity == "" || p.Resolved != "" && !strings.HasPrefix(p.Resolved, "https://registry.npmjs.org/") {
			t.Errorf("%s: resolved %q, integrity %q", name, p.Resolved, p.Integrity)
		}
	}
}
