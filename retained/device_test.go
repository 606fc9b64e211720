package retained_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
	"labtop/retained"
)

// keep makes what a broker keeps of lines, each a topic and its payload.
func keep(t *testing.T, lines ...string) []retained.Message {
	t.Helper()
	var k retained.Kept
	for _, line := range lines {
		topic, payload, _ := strings.Cut(line, " ")
		k.Add(&model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Retained: true, Time: now}, false)
	}
	return k.Messages()
}

var now = time.Date(2026, 11, 23, 14, 32, 15, 0, time.UTC)

func decoder(t *testing.T) func(string) model.Decoder {
	t.Helper()
	c, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Decoder
}

// lab is a broker with many kinds of devices.
var lab = []string{
	"iotclass/lab1/status online", "iotclass/lab1/config {\"interval\":5}", "iotclass/lab1/command interval 10",
	"iotclass/lab10/status online", "iotclass/lab10/config {}", "iotclass/lab2/status offline",
	"devices/lab2/lwt offline",
	`homeassistant/sensor/lab1_t/config {"stat_t":"iotclass/lab1/temperature","avty_t":"lwt/lab1","dev":{"ids":["node-1"]}}`,
	`homeassistant/sensor/lab1_h/config {"~":"iotclass/lab1","stat_t":"~/humidity","device":{"identifiers":"node-1"}}`,
	`homeassistant/button/lab1_restart/config {"command_topic":"gateway/restart","device":{"identifiers":"node-1"}}`,
	`homeassistant/sensor/lab10_t/config {"state_topic":"iotclass/lab10/temperature","device":{"identifiers":["node-10"]}}`,
	`homeassistant/switch/both/config {"state_topic":"iotclass/lab10/relay","command_topic":"iotclass/lab1/relay"}`,
	"homeassistant/status online", "lwt/lab1 offline", "lwt/lab10 offline",

	`tele/sonoff1/LWT Online`, `stat/sonoff1/POWER ON`, `cmnd/sonoff1/POWER ON`, `tele/sonoff10/LWT Online`,
	`tasmota/discovery/AABBCC/config {"t":"sonoff1","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}`,
	`tasmota/discovery/AABBCC/sensors {"sn":{}}`,
	`tasmota/discovery/AABB10/config {"t":"sonoff10","ft":"%prefix%/%topic%/","tp":["cmnd","stat","tele"]}`,
	`tasmota/discovery/AABB10/sensors {"sn":{}}`,

	`zigbee2mqtt/bridge/state {"state":"online"}`, `zigbee2mqtt/bridge/info {}`,
	`zigbee2mqtt/kitchen {"temperature":21}`, `zigbee2mqtt/kitchen/availability {"state":"online"}`,
	`zigbee2mqtt/kitchen/window {"contact":true}`, `zigbee2mqtt/kitchen/window/availability {"state":"online"}`,
	`zigbee2mqtt/hall {"temperature":20}`, `zigbee2mqtt/hall/door {"contact":true}`,
	`homeassistant/sensor/0x1/temperature/config {"state_topic":"zigbee2mqtt/kitchen","availability":[{"topic":"zigbee2mqtt/bridge/state"},{"topic":"zigbee2mqtt/kitchen/availability"}],"device":{"identifiers":["zigbee2mqtt_0x1"],"via_device":"zigbee2mqtt_bridge"}}`,
	`homeassistant/update/0x1/update/config {"state_topic":"zigbee2mqtt/kitchen","command_topic":"zigbee2mqtt/bridge/request/device/ota_update/update","device":{"identifiers":["zigbee2mqtt_0x1"]}}`,
	`homeassistant/binary_sensor/0x2/contact/config {"state_topic":"zigbee2mqtt/kitchen/window","device":{"identifiers":["zigbee2mqtt_0x2"]}}`,
	`homeassistant/sensor/0x3/temperature/config {"state_topic":"zigbee2mqtt/hall","device":{"identifiers":["zigbee2mqtt_0x3"]}}`,
	`homeassistant/binary_sensor/0x4/contact/config {"state_topic":"zigbee2mqtt/hall/door","device":{"identifiers":["zigbee2mqtt_0x4"]}}`,
	`homeassistant/sensor/bridge/version/config {"state_topic":"zigbee2mqtt/bridge/info","device":{"identifiers":["zigbee2mqtt_bridge"]}}`,

	`kettle/status online`, `kettle/sensor/temperature/state 21.3`, `kettle/switch/heat/state OFF`,
	`esphome/discover/kettle {"name":"kettle","mac":"a4cf12000001"}`, `esphome/discover/oven {"name":"oven"}`,
	`homeassistant/device/kettle/config {"dev":{"ids":"a4cf12000001"},"o":{"name":"x"},"cmps":{"t":{"p":"sensor","stat_t":"kettle/sensor/temperature/state"},"h":{"p":"switch","cmd_t":"kettle/switch/heat/command"}}}`,

	`homie/thermo/$state ready`, `homie/thermo/$name Thermo`, `homie/thermo/room/$name Room`, `homie/thermo/room/temperature 21`,
	`homie/thermo2/$state lost`,
	`valetudo/robot/$state ready`, `valetudo/robot/StatusStateAttribute/status docked`,
	`farm/pump/status online`, `farm/valve/status online`, `gateways/pump online`,
	`homeassistant/switch/pump/config {"stat_t":"farm/pump/on","avty_t":"gateways/pump"}`,
	`homeassistant/switch/valve/config {"stat_t":"farm/valve/on","avty_t":"gateways/pump"}`,
	`gw/status online`, `gw/lab5/status online`, `gw/version 1`,
	`$SYS/broker/lab1 x`,
}

// TestLeft finds what a device has left, by its name, its id and its prefix, and nothing of
// another one.
func TestLeft(t *testing.T) {
	t.Parallel()
	sonoff := []string{"cmnd/sonoff1/POWER", "stat/sonoff1/POWER", "tasmota/discovery/AABBCC/config", "tasmota/discovery/AABBCC/sensors", "tele/sonoff1/LWT"}
	lab1 := []string{
		"homeassistant/button/lab1_restart/config", "homeassistant/sensor/lab1_h/config", "homeassistant/sensor/lab1_t/config",
		"iotclass/lab1/command", "iotclass/lab1/config", "iotclass/lab1/status", "lwt/lab1",
	}
	tests := []struct {
		device string
		at     string
		want   []string
		spared []string
	}{
		{"lab1", "iotclass/lab1", lab1, nil},
		{"LAB1", "iotclass/lab1", lab1, nil},
		{"iotclass/lab1", "iotclass/lab1", lab1, nil},
		{"iotclass/lab1/", "iotclass/lab1", lab1, nil},
		{"iotclass/lab1/#", "iotclass/lab1", lab1, nil},
		{"lab10", "iotclass/lab10", []string{
			"homeassistant/sensor/lab10_t/config", "homeassistant/switch/both/config", "iotclass/lab10/config", "iotclass/lab10/status",
		}, nil},
		{"devices/lab2", "devices/lab2", []string{"devices/lab2/lwt"}, nil},
		{"sonoff1", "cmnd/sonoff1", sonoff, nil},
		{"tele/sonoff1", "cmnd/sonoff1", sonoff, nil},
		{"zigbee2mqtt/kitchen", "zigbee2mqtt/kitchen", []string{
			"homeassistant/sensor/0x1/temperature/config", "homeassistant/update/0x1/update/config", "zigbee2mqtt/kitchen", "zigbee2mqtt/kitchen/availability",
		}, []string{"zigbee2mqtt/kitchen/window"}},
		{"zigbee2mqtt/hall", "zigbee2mqtt/hall", []string{"homeassistant/sensor/0x3/temperature/config", "zigbee2mqtt/hall"}, []string{"zigbee2mqtt/hall/door"}},
		{"zigbee2mqtt/bridge", "zigbee2mqtt/bridge", []string{"homeassistant/sensor/bridge/version/config", "zigbee2mqtt/bridge/info", "zigbee2mqtt/bridge/state"}, nil},
		{"kettle", "kettle", []string{
			"esphome/discover/kettle", "homeassistant/device/kettle/config", "kettle/sensor/temperature/state", "kettle/status", "kettle/switch/heat/state",
		}, nil},
		{"thermo", "homie/thermo", []string{"homie/thermo/$name", "homie/thermo/$state", "homie/thermo/room/$name", "homie/thermo/room/temperature"}, nil},
		{"robot", "valetudo/robot", []string{"valetudo/robot/$state", "valetudo/robot/StatusStateAttribute/status"}, nil},
		{"farm/pump", "farm/pump", []string{"farm/pump/status", "homeassistant/switch/pump/config"}, nil},
		{"gw", "gw", []string{"gw/status", "gw/version"}, []string{"gw/lab5"}},
		{"valetudo/", "valetudo/robot", []string{"valetudo/robot/$state", "valetudo/robot/StatusStateAttribute/status"}, nil},
		{"lab3", "", nil, nil},
		{"iotclass/lab", "", nil, nil},
		{"$SYS/broker", "", nil, nil},
		{"", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.device, func(t *testing.T) {
			t.Parallel()
			p, err := retained.Left(keep(t, lab...), tt.device, decoder(t))
			if err != nil || p.Device != tt.at {
				t.Fatalf("%q, %v", p.Device, err)
			}
			if diff := cmp.Diff(tt.want, slices.Clip(retained.Topics(p.Items)), cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.spared, p.Spared); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLeftAmbiguous names the candidates instead of choosing one.
func TestLeftAmbiguous(t *testing.T) {
	t.Parallel()
	for device, want := range map[string]string{
		"lab2":        `"lab2" may be any of these devices: devices/lab2, iotclass/lab2`,
		"iotclass":    `"iotclass" holds several devices: iotclass/lab1, iotclass/lab10, iotclass/lab2`,
		"zigbee2mqtt": `"zigbee2mqtt" holds several devices: zigbee2mqtt/hall, zigbee2mqtt/hall/door`,
	} {
		p, err := retained.Left(keep(t, lab...), device, decoder(t))
		if _, ok := errors.AsType[*retained.AmbiguousError](err); !ok || err.Error() != want || p.Items != nil {
			t.Errorf("%s: %v, %v", device, err, p.Items)
		}
	}
}
