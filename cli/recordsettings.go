package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// recordingSettings say what a session is recorded to. Only the commands that can
// record have the flags.
func recordingSettings() []setting {
	return []setting{
		{
			name: "record", sources: both, arg: "FILE",
			help:    "record the session to this file",
			binding: file(func(c *Config) *string { return &c.Record }),
		},
		{
			name: "rotate", sources: both, arg: "SIZE|TIME",
			help:    "begin another file at this size, or after this time: 100MB, 1h",
			binding: rotation(func(c *Config) *Rotation { return &c.Rotation }),
		},
		{
			name: "force", sources: onFlag,
			help:     "overwrite a recording of that name",
			standard: []string{"false"}, binding: boolean(func(c *Config) *bool { return &c.Force }),
		},
	}
}

// Rotation says when a recording goes on in another file: at a size or after a time.
// The zero value means never.
type Rotation struct {
	Bytes int64
	After time.Duration
}

// The least that a file of a recording holds.
const (
	leastRotation     = 64 << 10
	leastRotationTime = time.Second
)

// rotation binds a size or a duration.
func rotation(field func(*Config) *Rotation) binding {
	return binding{
		set: func(c *Config, it item) error {
			if n, ok := parseSize(it.text); ok {
				if n < leastRotation {
					return fmt.Errorf("%s is too little for a file; write %s or more", quote(it.text), formatSize(leastRotation))
				}
				*field(c) = Rotation{Bytes: n}
				return nil
			}
			d, err := time.ParseDuration(it.text)
			switch {
			case err != nil:
				return fmt.Errorf("%s is neither a size nor a time; write one like 100MB or 1h", quote(it.text))
			case d < leastRotationTime:
				return fmt.Errorf("%s is too short for a file; write %s or more", quote(it.text), leastRotationTime)
			}
			*field(c) = Rotation{After: d}
			return nil
		},
		show: func(c *Config) string {
			switch r := *field(c); {
			case r.Bytes > 0:
				return formatSize(r.Bytes)
			case r.After > 0:
				return r.After.String()
			}
			return ""
		},
	}
}

// addRecording gives a command the flags for recording. Those that it has under
// another name are left out.
func (a *app) addRecording(cmd *cobra.Command, without ...string) {
	var own []setting
	for _, s := range recordingSettings() {
		if !strings.Contains(strings.Join(without, " "), s.name) {
			own = append(own, s)
		}
	}
	addFlags(cmd.Flags(), own, a.flags)
}
