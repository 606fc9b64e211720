package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version tells which labtop this is.
type version struct {
	// Version is the module's version, "devel" for a build from a work tree.
	Version string `json:"version"`
	// Revision and Time are of the commit; empty when the build does not know.
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	// Modified says that the work tree held changes.
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func readVersion() version {
	v := version{Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "(devel)" {
		v.Version = cmp.Or(info.Main.Version, v.Version)
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// String is one line, such as "labtop v1.2.0 (3f2c9ab81d04) go1.26.0 linux/amd64".
func (v version) String() string {
	commit := ""
	if v.Revision != "" {
		commit = v.Revision[:min(12, len(v.Revision))]
		if v.Modified {
			commit += ", modified"
		}
		commit = " (" + commit + ")"
	}
	return fmt.Sprintf("labtop %s%s %s %s/%s", v.Version, commit, v.Go, v.OS, v.Arch)
}

func newVersion(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: housekeeping,
		Args:    noCommand,
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			if !asJSON {
				return a.print(v.String() + "\n")
			}
			encoded, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("encoding the version: %w", err)
			}
			return a.print(string(encoded) + "\n")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}
