package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The directions in which the packages may import each other. A package that
// is not listed may not exist; one that is listed imports at most these of
// ours, directly or not.
var mayImport = map[string][]string{
	"labtop":                    {"labtop/cli"},
	"labtop/crash":              {},
	"labtop/cli":                {"labtop/crash", "labtop/monitor", "labtop/health", "labtop/alerts", "labtop/alerts/notify", "labtop/subscriber", "labtop/recording", "labtop/model", "labtop/model/decode", "labtop/ui", "labtop/ui/painter", "labtop/ui/termwriter", "labtop/simulator", "labtop/safetext", "labtop/testdata/sessions", "labtop/plan", "labtop/retained"},
	"labtop/monitor":            {"labtop/crash", "labtop/model", "labtop/alerts"},
	"labtop/alerts":             {"labtop/health", "labtop/model"},
	"labtop/alerts/notify":      {"labtop/crash", "labtop/alerts", "labtop/model", "labtop/safetext"},
	"labtop/recording":          {"labtop/crash", "labtop/model", "labtop/packet", "labtop/recording/capture", "labtop/safetext"},
	"labtop/recording/capture":  {"labtop/model", "labtop/packet"},
	"labtop/subscriber":         {"labtop/crash", "labtop/model", "labtop/packet", "labtop/subscriber/wire", "labtop/safetext"},
	"labtop/subscriber/wire":    {"labtop/crash", "labtop/packet"},
	"labtop/packet":             {},
	"labtop/model":              {"labtop/health", "labtop/packet", "labtop/safetext"},
	"labtop/health":             {"labtop/safetext"},
	"labtop/model/decode":       {"labtop/model", "labtop/safetext"},
	"labtop/retained":           {"labtop/model", "labtop/model/decode"},
	"labtop/ui":                 {"labtop/health", "labtop/model", "labtop/alerts", "labtop/retained", "labtop/safetext", "labtop/ui/plot"},
	"labtop/ui/plot":            {},
	"labtop/ui/painter":         {},
	"labtop/ui/termwriter":      {"labtop/crash"},
	"labtop/simulator":          {"labtop/crash"},
	"labtop/safetext":           {},
	"labtop/plan":               {},
	"labtop/testdata/sessions":  {},
	"labtop/docs/screenshot":    {},
	"labtop/integration":        {},
	"labtop/faults":             {},
	"labtop/load":               {},
	"labtop/testkit/binary":     {"labtop/testkit/stopwatch"},
	"labtop/testkit/stopwatch":  {},
	"labtop/testkit/blast":      {},
	"labtop/testkit/authority":  {},
	"labtop/testkit/forge":      {},
	"labtop/testkit/terminal":   {},
	"labtop/testkit/port":       {},
	"labtop/testkit/mosquitto":  {"labtop/testkit/port"},
	"labtop/testkit/viewer":     {},
	"labtop/testkit/evilbroker": {},
	"labtop/testkit/netlab":     {},
	"labtop/testkit/toxic":      {},
	"labtop/hostile":            {},
	"labtop/testkit/attack":     {},
	"labtop/testkit/oracle":     {},
	"labtop/testkit/transcript": {},
	"labtop/testkit/pseudo":     {"labtop/testkit/transcript"},
	"labtop/machine":            {},
}

// mayNotReach lists outside packages that a package must not import, directly
// or through others: the domain knows no transport and no terminal, the ui no
// transport.
var mayNotReach = map[string][]string{
	"labtop/model":         {"github.com/", "charm.land/", "net"},
	"labtop/health":        {"github.com/", "charm.land/", "net"},
	"labtop/model/decode":  {"github.com/", "charm.land/", "net"},
	"labtop/safetext":      {"charm.land/", "net"},
	"labtop/plan":          {"github.com/", "charm.land/", "net"},
	"labtop/alerts":        {"github.com/", "charm.land/", "net"},
	"labtop/alerts/notify": {"github.com/eclipse/", "charm.land/"},
	"labtop/monitor":       {"github.com/", "charm.land/", "net"},
	"labtop/retained":      {"github.com/", "charm.land/", "net"},
	"labtop/ui":            {"github.com/eclipse/", "github.com/mochi-mqtt/", "charm.land/wish", "charm.land/ssh"},
	"labtop/recording":     {"charm.land/", "net"},
	"labtop/subscriber":    {"charm.land/", "github.com/mochi-mqtt/"},
	"labtop/simulator":     {"charm.land/"},
}

type listedPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestImportDirections(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath != "labtop" && !strings.HasPrefix(p.ImportPath, "labtop/") {
			continue
		}
		seen++
		checkPackage(t, p)
	}
	if seen < 10 {
		t.Errorf("only %d of our packages were listed", seen)
	}
}

func checkPackage(t *testing.T, p listedPackage) {
	t.Helper()
	allowed, known := mayImport[p.ImportPath]
	if !known {
		t.Errorf("%s is in no room: add it to the table and to docs/architecture.md", p.ImportPath)
	}
	for _, dep := range p.Imports {
		if strings.HasPrefix(dep, "labtop/") && !slices.Contains(allowed, dep) {
			t.Errorf("%s imports %s; it may import %v", p.ImportPath, dep, allowed)
		}
	}
	for _, dep := range p.Deps {
		for _, banned := range mayNotReach[p.ImportPath] {
			if dep == banned || strings.HasPrefix(dep, strings.TrimSuffix(banned, "/")+"/") {
				t.Errorf("%s reaches %s", p.ImportPath, dep)
			}
		}
	}
}
