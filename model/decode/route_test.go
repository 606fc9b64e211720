package decode_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	o := decode.Options{Patterns: []string{"plant/{device}/{metric}/now", "zigbee2mqtt/{device}", "/site/{device}/{metric}", "home/attic/{device}/{metric}"}}
	cases := []struct{ topic, device, name, metric, label string }{
		{"iotclass/lab1/temperature", "iotclass/lab1", "lab1", "temperature", "temperature"},
		{"home/kitchen/motion", "home/kitchen", "kitchen", "motion", "motion"},
		{"home/kitchen/light/state", "home/kitchen", "kitchen", "state", "light state"},
		{"devices/esp-7/battery", "devices/esp-7", "esp-7", "battery", "battery"},

		{"plant/p1/flow/now", "plant/p1", "p1", "flow", "flow"},
		{"zigbee2mqtt/door", "zigbee2mqtt/door", "door", "value", "value"},
		{"/site/a/b", "/site/a", "a", "b", "b"},
		{"home/attic/light/state", "home/attic/light", "light", "state", "state"},

		{"home/kitchen/temperature", "home/kitchen", "kitchen", "temperature", "temperature"},
		{"iotclass/lab1/dht/temperature", "iotclass/lab1/dht", "dht", "temperature", "temperature"},
		{"plant/p1/flow/then", "plant/p1/flow", "flow", "then", "then"},
		{"test", "test", "test", "value", "value"},
		{"a/b/", "a/b", "b", "value", "value"},
		{"iotclass/lab1/", "iotclass/lab1", "lab1", "value", "value"},
		{"/home/x", "/home", "home", "x", "x"},
		{"/x", "/x", "x", "value", "value"},
		{"/", "/", "/", "value", "value"},
		{"//", "/", "/", "value", "value"},
		{"iotclass//temperature", "iotclass/", "iotclass/", "temperature", "temperature"},
		{"küche/température/温度", "küche/température", "température", "温度", "温度"},
		{"AA:BB:CC/rssi", "AA:BB:CC", "AA:BB:CC", "rssi", "rssi"},
		{"a b/c d", "a b", "a b", "c d", "c d"},
		{"$SYS/broker/uptime", "$SYS/broker", "broker", "uptime", "uptime"},
		{"homie/dev/$state", "homie/dev", "dev", "$state", "$state"},
		{"homeassistant/status", "homeassistant", "homeassistant", "status", "status"},
	}
	for _, c := range cases {
		t.Run(c.topic, func(t *testing.T) {
			t.Parallel()
			got := conventions(t, o).Decoder(c.topic).Route()
			got.Class = model.Readings
			want := model.Route{Device: c.device, Name: c.name, Metric: c.metric, Label: c.label}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	topics := map[model.Class][]string{
		model.System: {"$SYS/broker/uptime", "$SYS/broker/clients/connected", "$share/x/status"},
		model.Command: {
			"iotclass/lab1/command", "home/x/light/command", "zigbee2mqtt/x/set", "zigbee2mqtt/x/get", "zigbee2mqtt/x/set/brightness",
			"cmnd/plug/POWER", "cmnd/plug/status", "home/cmnd/plug/POWER", "plug/cmnd/POWER", "a/cmd", "a/Command", "shelly-1/rpc",
		},
		model.PresenceTopic: {
			"iotclass/lab1/status", "devices/x/lwt", "tele/plug/LWT", "zigbee2mqtt/x/availability", "shellies/x/online",
			"a/available", "a/connected", "zigbee2mqtt/bridge/state", "homie/dev/$state", "homie/5/dev/$state",
		},
		model.Readings: {
			"home/x/light/state", "tele/plug/STATE", "a/state", "status", "set", "shelly-1/events/rpc", "set/temperature", "a/statusbar",
			"a/status/switch:0", "devices/x/config",
		},
	}
	for class, list := range topics {
		for _, topic := range list {
			t.Run(topic, func(t *testing.T) {
				t.Parallel()
				if got := conventions(t, decode.Options{}).Decoder(topic).Route().Class; got != class {
					t.Errorf("class %d, want %d", got, class)
				}
			})
		}
	}
}

func TestParsePattern(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"{device}", "{device}/{metric}", "a/{device}", "/a/{device}/b/{metric}/c", "{metric}/{device}"} {
		if p, err := decode.ParsePattern(good); err != nil || p.String() != good {
			t.Errorf("ParsePattern(%q) = %v, %v", good, p, err)
		}
	}
	cases := []struct{ pattern, want string }{
		{"", "no {device}"},
		{"a/{metric}", "no {device}"},
		{"{device}/{device}", "{device} twice"},
		{"{device}/{metric}/{metric}", "{metric} twice"},
		{"a//{device}", "empty level"},
		{"a/{device}/", "empty level"},
		{"+/{device}", `wildcard in "+"`},
		{"{device}/#", `wildcard in "#"`},
		{"{dev}/{metric}", `unknown word "{dev}"`},
		{"lab-{device}", `"lab-{device}" is not a whole level`},
		{"{device}/{", `unknown word "{"`},
		{"{device}/a\nb{", `unknown word "a\nb{"`},
	}
	for _, c := range cases {
		t.Run(c.pattern, func(t *testing.T) {
			t.Parallel()
			_, err := decode.ParsePattern(c.pattern)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %s", err, c.want)
			}
			if _, err := decode.New(decode.Options{Patterns: []string{c.pattern}}); err == nil {
				t.Error("New takes it")
			}
		})
	}
}
