package decode

import (
	"strings"

	"labtop/model"
)

// noMetric is the metric's name where the topic gives none.
const noMetric = "value"

// fallback is the route of a topic that follows no pattern: the last level is
// the metric, what stands before it the device. A leading slash stays in the id.
func fallback(topic string) model.Route {
	device, metric := topic, noMetric
	if i := strings.LastIndexByte(topic, '/'); i > 0 {
		device = topic[:i]
		if i+1 < len(topic) {
			metric = topic[i+1:]
		}
	}
	name := device[strings.LastIndexByte(device, '/')+1:]
	if name == "" {
		name = device
	}
	return model.Route{Device: device, Name: name, Metric: metric, Label: metric}
}

// classify tells what the messages of a topic are about. Upper and lower case
// are the same.
//
//   - System: the topic begins with "$".
//   - Command: the last level is command, cmd, cmnd, set, get or rpc (but
//     events/rpc are Shelly's notifications), or the last but one is set or get
//     (Zigbee2MQTT's set/<attribute>), or any level is cmnd (Tasmota).
//   - PresenceTopic: the last level is lwt, status, availability, online,
//     available, connected or Homie's $state; or it is state, right below bridge.
func classify(topic string) model.Class {
	levels := strings.Split(strings.ToLower(topic), "/")
	last := len(levels) - 1
	switch {
	case strings.HasPrefix(topic, "$"):
		return model.System
	case last == 0:
		return model.Readings
	case isCommand(levels):
		return model.Command
	}
	switch levels[last] {
	case "lwt", "status", "availability", "online", "available", "connected", "$state":
		return model.PresenceTopic
	case "state":
		if levels[last-1] == "bridge" {
			return model.PresenceTopic
		}
	}
	return model.Readings
}

// isCommand says whether lower-case levels, two or more, carry orders.
func isCommand(levels []string) bool {
	last := len(levels) - 1
	switch levels[last] {
	case "command", "cmd", "set", "get":
		return true
	case "rpc":
		return levels[last-1] != "events"
	}
	if last >= 2 && (levels[last-1] == "set" || levels[last-1] == "get") {
		return true
	}
	for _, level := range levels {
		if level == "cmnd" {
			return true
		}
	}
	return false
}
