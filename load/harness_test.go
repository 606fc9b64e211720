//go:build linux

package load_test

import (
	"os"
	"testing"

	"labtop/testkit/binary"
)

func TestMain(m *testing.M) {
	if peer := os.Getenv(peerVariable); peer != "" {
		os.Exit(runPeer(peer, os.Args[1]))
	}
	os.Exit(binary.Main(m))
}
