package hostile_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
	"labtop/testkit/attack"
	"labtop/ui"
)

// noon is when every lab is looked at.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// message is what a stranger publishes.
type message struct {
	topic, payload string
	retained       bool
	properties     *model.Properties
}

// scene is what a viewer sees: messages, a connection, and what the viewer set.
type scene struct {
	messages   []message
	connection model.Connection
	source     string
	patterns   []string
	units      map[string]string
	typed      string // into the filter
	oneSize    bool   // all messages that are not empty are said to be of one byte
	rules      []alerts.Rule
	// mark is written at the marks of a recording, damage is what is wrong with it.
	mark, damage string
	noted        string // into the recording
	lost         string // why the connection was lost before it was made again; empty when it was not
}

// newScene is a quiet lab with one device that is last in the list.
func newScene() *scene {
	return &scene{
		connection: model.Connection{
			State: model.Connected, Since: noon.Add(-time.Hour), Connects: 1, ClientID: "labtop-1",
			Subscriptions: []model.Subscription{{Filter: "#", Answered: true}, {Filter: "$SYS/#", Answered: true}},
		},
		mark:     "the window was opened",
		source:   "mqtt://lab-pi:1883",
		messages: []message{{topic: "zz/zz/temperature", payload: "1.00"}},
		// Whatever is said fires something.
		rules: []alerts.Rule{
			{Name: "high", Metric: "*", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 20}},
			{Name: "words", Metric: "*", Critical: &alerts.Condition{Kind: alerts.Not, Text: "fine"}},
			{Name: "gone", Critical: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline}},
		},
	}
}

func (s *scene) say(topic, payload string) { s.add(message{topic: topic, payload: payload}) }
func (s *scene) add(m message)             { s.messages = append(s.messages, m) }

// field is a place in a scene where a stranger's text can stand.
type field struct {
	name  string
	plant func(s *scene, text string)
	// inTopic says that the text is a topic or levels of one: what had to be replaced is
	// followed by a mark.
	inTopic bool
	// payload says that the text is a payload or part of one: hex and quotes show
	// how it was written. escaped says that it is written in JSON escapes.
	payload, escaped bool
	// read says that what the text is taken for depends on more than its looks, so
	// that a neutral one may be taken for something else.
	read bool
}

// fields is the table of fields. One that is new is one line more.
func fields() []field {
	return []field{
		{name: "device level", inTopic: true, plant: func(s *scene, text string) { s.say("iotclass/"+text+"/temperature", "22.50") }},
		{name: "metric level", inTopic: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/"+text, "22.50") }},
		// Alone, since the text decides where it is in the list.
		{name: "whole topic", inTopic: true, plant: func(s *scene, text string) { s.messages = []message{{topic: text, payload: "22.50"}} }},
		{name: "deep topic", inTopic: true, plant: func(s *scene, text string) { s.say("a/b/"+text+"/c/"+text+"/d", "22.50") }},
		{name: "declared pattern", inTopic: true, plant: func(s *scene, text string) {
			s.patterns = []string{"site/{device}/{metric}"}
			s.say("site/"+text+"/"+text, "22.50")
		}},
		{name: "payload", payload: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/text", text) }},
		{name: "unit in the payload", payload: true, read: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/temperature", "22.50 "+text) }},
		{name: "pairs", payload: true, read: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/pairs", "a=1,"+text+"=22.5,b="+text) }},
		{name: "status word", payload: true, plant: func(s *scene, text string) {
			s.add(message{topic: "iotclass/lab1/status", payload: text, retained: true})
		}},
		{name: "JSON key", payload: true, escaped: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/json", "{"+quoted(text)+":22.5}") }},
		{name: "JSON key, raw", payload: true, read: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/json", `{"`+text+`":22.5}`) }},
		{name: "JSON string", payload: true, escaped: true, plant: func(s *scene, text string) {
			s.say("iotclass/lab1/json", `{"mode":`+quoted(text)+`}`)
		}},
		{name: "JSON string, raw", payload: true, read: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/json", `{"mode":"`+text+`"}`) }},
		{name: "JSON unit", payload: true, read: true, plant: func(s *scene, text string) {
			s.say("iotclass/lab1/json", `{"value":22.5,"unit":`+quoted(text)+`}`)
		}},
		{name: "JSON path", payload: true, escaped: true, plant: func(s *scene, text string) {
			s.say("iotclass/lab1/json", `{`+quoted(text)+`:{`+quoted(text)+`:[1,{"x":2}]}}`)
		}},
		{name: "broken JSON", payload: true, read: true, plant: func(s *scene, text string) { s.say("iotclass/lab1/json", `{"a":`+text) }},
		{name: "mark of a recording", plant: func(s *scene, text string) { s.mark = text }},
		{name: "typed note", read: true, plant: func(s *scene, text string) { s.noted = text }},
		{name: "damage of a recording", plant: func(s *scene, text string) { s.damage = text }},
		{name: "$SYS topic", inTopic: true, plant: func(s *scene, text string) { s.say("$SYS/broker/"+text, "3") }},
		{name: "$SYS value", payload: true, plant: func(s *scene, text string) { s.say("$SYS/broker/version", text) }},
		{name: "declared unit", read: true, plant: func(s *scene, text string) {
			s.units = map[string]string{"temperature": text}
			s.say("iotclass/lab1/temperature", "22.50")
		}},
		{name: "bridge of the broker", inTopic: true, plant: func(s *scene, text string) {
			s.say("$SYS/broker/version", "2.0.11")
			s.say("$SYS/broker/connection/"+text+"/state", "1")
		}},
		{name: "lost connection", plant: func(s *scene, text string) { s.lost = text }},
		{name: "way to the broker", plant: func(s *scene, text string) {
			s.connection.Link = &model.Link{Address: text, Protocol: text}
		}},
		{name: "certificates", plant: func(s *scene, text string) {
			c := model.Certificate{Subject: text, Issuer: "CA " + text, Names: []string{text, text}, NotAfter: noon.Add(time.Hour)}
			s.connection.Link = &model.Link{TLS: &model.TLS{Version: text, Cipher: text, ALPN: text, Broker: c, Authority: &c, Client: &c}}
		}},
		{name: "properties", plant: func(s *scene, text string) {
			s.add(message{topic: "aa/aa/temperature", payload: "22.50", properties: &model.Properties{
				Expires: true, Expiry: time.Minute, ContentType: text, Filters: []string{text, text},
				User: []model.UserProperty{{Name: text, Value: text}, {Name: text, Value: text}},
			}})
		}},
		{name: "topic for an answer", inTopic: true, plant: func(s *scene, text string) {
			s.add(message{topic: "aa/aa/temperature", payload: "22.50", properties: &model.Properties{ResponseTopic: "a/" + text}})
		}},
		{name: "correlation data", read: true, plant: func(s *scene, text string) {
			s.add(message{topic: "aa/aa/temperature", payload: "22.50", properties: &model.Properties{CorrelationData: []byte(text)}})
		}},
		{name: "topic filter", plant: func(s *scene, text string) { s.connection.Subscriptions[0].Filter = text + "/#" }},
		{name: "refused filter", plant: func(s *scene, text string) {
			s.connection.Subscriptions[0] = model.Subscription{Filter: text + "/#", Answered: true, Error: "refused: " + text}
		}},
		{name: "client id", plant: func(s *scene, text string) { s.connection.ClientID = text }},
		{name: "broker", plant: func(s *scene, text string) { s.source = "mqtt://" + text + ":1883" }},
		{name: "problem", plant: func(s *scene, text string) {
			s.connection.State, s.connection.Problem, s.connection.Hint = model.Waiting, "no answer: "+text, "look at "+text
			s.connection.NextTry = noon.Add(4 * time.Second)
		}},
		{name: "problem without devices", plant: func(s *scene, text string) {
			s.messages = nil
			s.connection.State, s.connection.Problem, s.connection.Hint = model.Waiting, "no answer: "+text, "look at "+text
		}},
		{name: "filter without devices", plant: func(s *scene, text string) {
			s.messages = nil
			s.connection.Subscriptions[0].Filter = text + "/#"
		}},
		{name: "rule", plant: func(s *scene, text string) {
			s.rules = append(s.rules, alerts.Rule{
				Name: "rule " + text, Help: "look " + text, Metric: "*", Notify: []string{text},
				Critical: &alerts.Condition{Kind: alerts.Above},
			})
		}},
		{name: "word of a rule", plant: func(s *scene, text string) {
			s.rules = append(s.rules, alerts.Rule{Name: "says", Metric: "*", Critical: &alerts.Condition{Kind: alerts.Not, Text: text + "!"}})
		}},
		{name: "typed filter", read: true, plant: func(s *scene, text string) { s.typed = text }},
	}
}

// neutral is the text that must look like the case's in the field.
func (f *field) neutral(c attack.Case) string {
	if !f.inTopic {
		return c.Shown
	}
	levels, shown := strings.Split(c.Text, "/"), strings.Split(c.Shown, "/")
	for i := range shown {
		if shown[i] != levels[i] {
			h := fnv.New32a()
			_, _ = h.Write([]byte(levels[i]))
			shown[i] += fmt.Sprintf("‹%04d›", h.Sum32()%10_000)
		}
	}
	return strings.Join(shown, "/")
}

// everything plants a text in all fields that do not exclude each other.
func everything(text string) *scene {
	s := newScene()
	for _, f := range fields() {
		switch f.name {
		case "problem without devices", "filter without devices", "typed filter":
		default:
			f.plant(s, text)
		}
	}
	return s
}

// quoted is text as a JSON string, with every character that may be escaped
// escaped. Bytes that are not UTF-8 become U+FFFD.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// store is the state after the scene's messages.
func (s *scene) store(t testing.TB) *model.Store {
	t.Helper()
	store, _ := s.watched(t)
	return store
}

// watched is the state after the scene's messages, and what its rules say to it.
func (s *scene) watched(t testing.TB) (*model.Store, *alerts.Engine) {
	t.Helper()
	conventions, err := decode.New(decode.Options{Patterns: s.patterns, Units: s.units})
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{Recent: 64})
	engine, err := alerts.New(s.rules, alerts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store.Watch(engine)
	if s.lost != "" {
		c := s.connection
		c.State, c.Since = model.Connected, c.Since.Add(-time.Hour)
		store.SetConnection(c)
		c.State, c.Problem, c.Hint = model.Waiting, "lost: "+s.lost, "look at "+s.lost
		store.SetConnection(c)
	}
	store.SetConnection(s.connection)
	for i, m := range s.messages {
		size := len(m.payload)
		if s.oneSize {
			size = min(size, 1)
		}
		store.Apply([]model.Message{{
			Topic: m.topic, Payload: []byte(m.payload), Size: size, Retained: m.retained, Properties: m.properties,
			Time: noon.Add(time.Duration(i-len(s.messages)) * time.Second),
		}})
	}
	store.Tick(noon, model.SourceStats{})
	return store, engine
}

// options are those of a viewer of the scene.
func (s *scene) options(t testing.TB) ui.Options {
	t.Helper()
	done := make(chan struct{})
	close(done) // nothing waits
	store, engine := s.watched(t)
	return ui.Options{Session: ui.Session{Store: store, Alerts: engine, Source: s.source}, System: true, Theme: "dark", Done: done, Retry: func() {}}
}
