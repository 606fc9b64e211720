package model_test

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"labtop/model"

	"pgregory.net/rapid"
)

// epoch is when the tests begin: a whole minute.
var epoch = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// at is a moment of a test, in seconds after epoch.
func at(seconds float64) time.Time {
	return epoch.Add(time.Duration(seconds * float64(time.Second)))
}

// fakeDecoder reads payloads that steer the store:
//
//	22.5 or "22.5 C"  a number, with a unit
//	nan               no reading
//	on, off           a bool
//	a=1,b=nan         a reading for each path
//	\x00…             undecodable
//	{…                undecodable, and a text
//	skip              three readings skipped
//	anything else     a text
//
// The last level of the topic is the metric, the rest the device. Topics that
// end in status or lwt tell the presence, and those in command are commands.
type fakeDecoder struct{ route model.Route }

func newFake(topic string) model.Decoder {
	device, metric, r := topic, topic, model.Route{}
	if i := strings.LastIndexByte(topic, '/'); i >= 0 {
		device, metric = topic[:i], topic[i+1:]
	}
	r.Device, r.Metric = device, metric
	r.Name = device[strings.LastIndexByte(device, '/')+1:]
	switch {
	case strings.HasPrefix(topic, "$SYS"):
		r.Class, r.Device, r.Name = model.System, "$SYS", "broker"
	case metric == "status", metric == "lwt":
		r.Class = model.PresenceTopic
	case metric == "command":
		r.Class = model.Command
	}
	return &fakeDecoder{r}
}

func (f *fakeDecoder) Route() model.Route { return f.route }

func (f *fakeDecoder) Copy() model.Decoder { return f }

func (f *fakeDecoder) Decode(m *model.Message, d *model.Decoded) {
	text := bytes.TrimSpace(m.Payload)
	if len(text) == 0 {
		return
	}
	switch {
	case f.route.Class == model.PresenceTopic:
		d.Presence = presences[string(text)]
		if d.Presence == model.Unsaid {
			d.Presence = model.Unknown
		}
	case text[0] == 0:
		d.Undecodable = true
		return
	case text[0] == '{':
		d.Undecodable = true
	case string(text) == "skip":
		d.Skipped = 3
	}
	if !bytes.ContainsRune(text, '=') {
		d.Readings = append(d.Readings, read("", text))
		return
	}
	for _, member := range bytes.Split(text, []byte(",")) {
		path, value, _ := bytes.Cut(member, []byte("="))
		d.Readings = append(d.Readings, read(string(path), value))
	}
}

var presences = map[string]model.Presence{"online": model.Online, "offline": model.Offline, "asleep": model.Asleep}

func read(path string, text []byte) model.Reading {
	r := model.Reading{Path: path, Raw: text}
	number, unit, found := strings.Cut(string(text), " ")
	if found {
		r.Unit, r.UnitSource = unit, model.UnitText
	}
	switch number {
	case "nan":
	case "on":
		r.Value = model.Value{Kind: model.Bool, Num: 1}
	case "off":
		r.Value = model.Value{Kind: model.Bool}
	default:
		r.Value.Kind = model.Text
		if v, err := strconv.ParseFloat(number, 64); err == nil {
			r.Value = model.Value{Kind: model.Number, Num: v}
		} else {
			r.Unit, r.UnitSource = "", model.UnitNone
		}
	}
	return r
}

// lab is a store and the shorthands of the tests.
type lab struct {
	*model.Store
	t rapid.TB // a *testing.T, *testing.B or *rapid.T
}

func newLab(t rapid.TB, limits model.Limits) *lab {
	t.Helper()
	return &lab{model.NewStore(newFake, limits), t}
}

// say applies one live message.
func (l *lab) say(seconds float64, topic, payload string, options ...option) {
	m := message(seconds, topic, payload)
	for _, o := range options {
		o(&m)
	}
	l.Apply([]model.Message{m})
}

func message(seconds float64, topic, payload string) model.Message {
	return model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: at(seconds)}
}

func (l *lab) tick(seconds float64) { l.Tick(at(seconds), model.SourceStats{}) }

type option func(*model.Message)

func retained(m *model.Message) { m.Retained = true }
func dup(m *model.Message)      { m.Dup = true }
func qos1(m *model.Message)     { m.QoS = 1 }

// device finds a device, which must be there.
func (l *lab) device(id string) model.DeviceMetrics {
	l.t.Helper()
	for _, d := range l.Devices(true) {
		if d.Device.ID == id {
			return d
		}
	}
	l.t.Fatalf("no device %q", id)
	return model.DeviceMetrics{}
}

// metric finds the metric of a topic and path, which must be there.
func (l *lab) metric(topic, path string) model.Metric {
	l.t.Helper()
	for _, d := range l.Devices(true) {
		for _, m := range d.Metrics {
			if m.Topic == topic && m.Path == path {
				return m
			}
		}
	}
	l.t.Fatalf("no metric %q %q", topic, path)
	return model.Metric{}
}

// names are the devices' ids in order, joined by blanks.
func names(devices []model.DeviceMetrics) string {
	var ids []string
	for _, d := range devices {
		ids = append(ids, d.Device.ID)
	}
	return strings.Join(ids, " ")
}
