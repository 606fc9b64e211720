package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// size binds a number of bytes, written as bytes or with a unit.
func size(field func(*Config) *int64, least, most int64) binding {
	return binding{
		set: func(c *Config, it item) error {
			n, ok := parseSize(it.text)
			if !ok {
				return fmt.Errorf("%s is not a size; write one like 512KiB or 1MiB", quote(it.text))
			}
			if n < least || n > most {
				return fmt.Errorf("%s is out of range; write a size from %s to %s", quote(it.text), formatSize(least), formatSize(most))
			}
			*field(c) = n
			return nil
		},
		show: func(c *Config) string { return formatSize(*field(c)) },
	}
}

// sizeUnits has the longer name of two that end alike first, and the unit that a size is
// shown in before its decimal sister.
func sizeUnits() []struct {
	name  string
	bytes int64
} {
	return []struct {
		name  string
		bytes int64
	}{
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"GB", 1e9},
		{"MB", 1e6},
		{"kB", 1e3},
		{"KB", 1e3},
		{"B", 1},
		{"", 1},
	}
}

func parseSize(text string) (int64, bool) {
	for _, unit := range sizeUnits() {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/unit.bytes {
			return 0, false
		}
		return n * unit.bytes, true
	}
	return 0, false
}

func formatSize(bytes int64) string {
	for _, unit := range sizeUnits()[:3] {
		if bytes >= unit.bytes && bytes%unit.bytes == 0 {
			return strconv.FormatInt(bytes/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(bytes, 10) + "B"
}
