// Package sessions holds the recorded sessions that labtop brings along, each of a few
// minutes: simulated devices on a real broker.
//
// The contract: they are as make.sh has made them, and any goroutine may read them.
package sessions

import (
	"embed"
	"strings"
)

//go:generate ./make.sh

//go:embed *.mcap
var files embed.FS

const extension = ".mcap"

// Names are the names of all sessions, sorted.
func Names() (names []string) {
	entries, _ := files.ReadDir(".") // never fails: it is part of the program
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), extension))
	}
	return names
}

// Recording is the content of a session's file; nil when there is none of that name.
func Recording(name string) []byte {
	data, _ := files.ReadFile(name + extension)
	return data
}
