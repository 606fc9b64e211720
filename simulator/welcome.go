package simulator

import (
	"github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// welcome is the mochi hook that lets every client do everything. mochi's own
// one comes with a YAML library.
type welcome struct{ mqtt.HookBase }

// ID returns the hook's name.
func (*welcome) ID() string { return "welcome" }

// Provides says which questions the hook answers.
func (*welcome) Provides(question byte) bool {
	return question == mqtt.OnConnectAuthenticate || question == mqtt.OnACLCheck
}

// OnConnectAuthenticate lets everybody in.
func (*welcome) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnACLCheck allows every topic.
func (*welcome) OnACLCheck(*mqtt.Client, string, bool) bool { return true }
