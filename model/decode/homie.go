package decode

import (
	"strings"

	"labtop/model"
)

// isHomieState says whether topic is the state of a Homie device, in any
// version of the convention (https://homieiot.github.io). It is known by its
// last level: the base topic is often changed.
func isHomieState(topic string) bool { return strings.HasSuffix(topic, "/$state") }

// homieState tells what a Homie device's $state says.
func homieState(word []byte) model.Presence {
	switch string(word) {
	case "init", "ready", "alert":
		return model.Online
	case "disconnected", "lost":
		return model.Offline
	case "sleeping":
		return model.Asleep
	}
	return model.Unknown
}
