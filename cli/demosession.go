package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"labtop/testdata/sessions"
)

// playSession shows one of the recorded sessions that labtop brings along. listen is of
// the demo with a broker.
func (a *app) playSession(ctx context.Context, c *Config, name string, speed float64, listen string) (err error) {
	if names := sessions.Names(); !slices.Contains(names, name) {
		return usagef("--session: %s is none of %s%s", quote(name), strings.Join(names, ", "), didYouMean(name, names))
	}
	if listen != "" {
		return usagef("--listen: a recorded session has no broker; remove it, or --session")
	}
	for _, setting := range []string{"record", "challenge", "chaos"} {
		if o := c.origins[setting]; o.layer == fromFlag {
			return usagef("%s: a recorded session stays as it is; remove it, or --session", o.place)
		}
	}
	dir, err := os.MkdirTemp("", "labtop-")
	if err != nil {
		return fmt.Errorf("unpacking the session: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // and notes that were made
	path := filepath.Join(dir, name+".mcap")
	if err := os.WriteFile(path, sessions.Recording(name), 0o600); err != nil {
		return fmt.Errorf("unpacking the session: %w", err)
	}
	own := *c
	own.GuessUnits = true // as in the demo
	return a.replay(ctx, &own, path, &replayFlags{
		name: name, start: "0s", speed: strconv.FormatFloat(speed, 'f', -1, 64),
	})
}
