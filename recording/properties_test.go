package recording_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// everything are properties of every kind.
func everything() *model.Properties {
	return &model.Properties{
		Expires: true, Expiry: time.Minute, Text: true, ContentType: "text/plain", ResponseTopic: "lab/answers/ü",
		CorrelationData: []byte{0xca, 0xfe, 0}, Filters: []string{"lab/#", "+/a"}, LeftOut: 1200,
		User: []model.UserProperty{{Name: "room", Value: "kitchen"}, {Name: "floor", Value: ""}, {Name: "room", Value: "<b>\u2028\x1b[31m"}, {}},
	}
}

// propertySets are those that the tests' messages have, some of them twice, and in turn.
func propertySets() []*model.Properties {
	one, hostile := everything(), &model.Properties{
		ContentType: "\xff\x1b[2J", ResponseTopic: "\xfe", CorrelationData: []byte("text \x1b"), User: []model.UserProperty{{Name: "\xff", Value: "v"}, {Name: "n", Value: "\xff"}},
	}
	sets := []*model.Properties{nil, one, one, everything(), nil, nil, {Filters: []string{"#"}}, hostile, {Expires: true}, {LeftOut: 70_000}, {Text: true}, one}
	for i := range 200 { // such as expiry that counts down, and correlation data
		sets = append(sets, &model.Properties{Expires: true, Expiry: time.Duration(i) * time.Second, CorrelationData: fmt.Append(nil, i)})
	}
	return sets
}

// TestPropertiesInARecording writes properties that stay, change, come and go, into one
// chunk and into several, on channels and beyond them, and reads them back, from the start
// and from places in the midst.
func TestPropertiesInARecording(t *testing.T) {
	t.Parallel()
	sets := propertySets()
	for _, every := range []int{1, 3, 1000} {
		file := written(t, func(w *recording.Writer) error {
			for i, p := range sets {
				m := message(i, "a/b", " 22.50")
				if m.Properties = p; i%7 == 0 {
					m.Size = 5 << 20 // cut
				}
				if err := w.Message(&m); err != nil {
					return err
				}
				if i%every == every-1 {
					if err := w.Flush(); err != nil {
						return err
					}
				}
			}
			return w.Note(epoch, "a note")
		})
		entries, health, err := read(file)
		if err != nil || health != (recording.Health{}) || len(entries) != len(sets)+2 {
			t.Fatalf("%d entries, %v, %+v", len(entries), err, health)
		}
		for i, p := range sets {
			m := &entries[i].Message
			if diff := cmp.Diff(p, m.Properties); diff != "" {
				t.Errorf("message %d, flushed every %d: %s", i, every, diff)
			}
			if cut := i%7 == 0; string(m.Payload) != " 22.50" || (m.Size == 5<<20) != cut {
				t.Errorf("message %d: %q of %d", i, m.Payload, m.Size)
			}
		}
	}
}

// TestPropertiesCostWhatTheyAre: in a recording without properties nothing is told of them,
// and those that stay are told once a chunk.
func TestPropertiesCostWhatTheyAre(t *testing.T) {
	t.Parallel()
	size := func(properties func(i int) *model.Properties) (perMessage float64, told int) {
		messages := sensors(40_000)
		file := written(t, func(w *recording.Writer) error {
			for i := range messages {
				messages[i].Properties = properties(i)
				if err := w.Message(&messages[i]); err != nil {
					return err
				}
			}
			return nil
		})
		for _, r := range records(t, file) {
			if r.topic == "labtop/properties" {
				told++
			}
		}
		return float64(len(file)) / float64(len(messages)), told
	}
	without, told := size(func(int) *model.Properties { return nil })
	if told != 0 {
		t.Errorf("%d records of properties where there are none", told)
	}
	filters := &model.Properties{Filters: []string{"#"}}
	stay, told := size(func(int) *model.Properties { return filters })
	if told != 2 || stay > without+0.1 {
		t.Errorf("%d records of properties that stay; %.2f bytes a message, %.2f without", told, stay, without)
	}
	change, told := size(func(i int) *model.Properties {
		return &model.Properties{Filters: []string{"#"}, Expires: true, Expiry: time.Duration(i%50) * time.Second}
	})
	if told != 40_000 || change > 30 {
		t.Errorf("%d records of properties that change; %.2f bytes a message", told, change)
	}
	t.Logf("%.2f, %.2f and %.2f bytes a message", without, stay, change)
}

// TestOtherReadersOfProperties has the MCAP library read a recording with properties: the
// payloads are on their topics' channels byte for byte.
func TestOtherReadersOfProperties(t *testing.T) {
	t.Parallel()
	file := written(t, func(w *recording.Writer) error {
		for i, p := range propertySets() {
			m := message(i, "a/b", strconv.Itoa(i))
			m.Properties = p
			if err := w.Message(&m); err != nil {
				return err
			}
		}
		return nil
	})
	checkSums(t, file)
	n, told := 0, json.RawMessage("{}")
	for _, r := range records(t, file) {
		switch r.topic {
		case "labtop/properties":
			if told = json.RawMessage(r.data); r.encoding != "json" || !json.Valid(told) {
				t.Errorf("%s %q", r.encoding, told)
			}
		case "a/b":
			want := recording.PropertiesJSON(propertySets()[n])
			if want == nil {
				want = json.RawMessage("{}")
			}
			if string(r.data) != strconv.Itoa(n) || !bytes.Equal(want, told) {
				t.Errorf("message %d is %q with %s, want %s", n, r.data, told, want)
			}
			n++
		}
	}
	if n != len(propertySets()) {
		t.Errorf("%d messages", n)
	}
}

// TestDamagedProperties loses no message for properties that are none, and gives none to a
// message whose own were lost with a chunk.
func TestDamagedProperties(t *testing.T) {
	t.Parallel()
	var ends []int
	file := written(t, func(w *recording.Writer) error {
		for i := range 3 {
			m := message(i, "a/b", strconv.Itoa(i))
			if i == 0 {
				m.Properties = everything()
			}
			if err := w.Message(&m); err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
			ends = append(ends, int(w.Size()))
		}
		return nil
	})
	entries, health, err := read(flipped(file, ends[1]-30))
	if err != nil || len(entries) != 3 || health.Damaged != 1 || health.Lost != 2 { // properties and message
		t.Fatalf("%d entries, %v, %+v", len(entries), err, health)
	}
	for i, want := range []*model.Properties{everything(), nil} {
		if diff := cmp.Diff(want, entries[i].Message.Properties); diff != "" {
			t.Errorf("%q: %s", entries[i].Message.Payload, diff)
		}
	}
}

// TestPropertyShapes reads properties as other programs write them, and what is none.
func TestPropertyShapes(t *testing.T) {
	t.Parallel()
	user := func(pairs ...string) (all []model.UserProperty) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, model.UserProperty{Name: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	log := func(properties string) string {
		return `{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"payload":"1","properties":` + properties + "}\n"
	}
	mosquitto := func(properties string) string {
		return `{"tst":"2026-11-22T14:00:00.1Z+0000","topic":"a","qos":0,"retain":0,"payloadlen":1,"properties":` + properties + `,"payload":"1"}` + "\n"
	}
	mqttx := func(properties string) string {
		return `[{"clientId":"x","password":"p","messages":[{"createAt":"2026-11-22 14:00:00:123","out":false,"payload":"1","qos":0,"retain":false,"topic":"a","properties":` + properties + "}]}]"
	}
	for _, tt := range []struct {
		name, log string
		want      *model.Properties
	}{
		{ // as 2.0.11 writes it
			"mosquitto_sub",
			mosquitto(`{"subscription-identifier":7,"content-type":"text/ü\"","payload-format-indicator":1,"user-properties":{"k1":"v1","k2":"","k1":"v2"},"response-topic":"re/sp","correlation-data":"caf\\e\"","message-expiry-interval":60}`),
			&model.Properties{ContentType: `text/ü"`, Text: true, User: user("k1", "v1", "k2", "", "k1", "v2"), ResponseTopic: "re/sp", CorrelationData: []byte(`caf\e"`), Expires: true, Expiry: time.Minute},
		},
		{ // as 2.1 writes it
			"mosquitto_sub, each user property an object", mosquitto(`{"user-properties":[{"k1":"v1"},{"k2":""},{"k1":"v2"}]}`),
			&model.Properties{User: user("k1", "v1", "k2", "", "k1", "v2")},
		},
		{"mosquitto_sub, an identifier only", mosquitto(`{"subscription-identifier":7}`), nil},
		{
			"MQTTX",
			mqttx(`{"payloadFormatIndicator":true,"messageExpiryInterval":5,"topicAlias":3,"contentType":"x","responseTopic":"re","correlationData":{"type":"Buffer","data":[202,254]},"userProperties":{"a":"1","b":["2","3"]}}`),
			&model.Properties{Text: true, Expires: true, Expiry: 5 * time.Second, ContentType: "x", ResponseTopic: "re", CorrelationData: []byte{0xca, 0xfe}, User: user("a", "1", "b", "2", "b", "3")},
		},
		{"MQTTX without", mqttx(`{"contentType":"","userProperties":null}`), nil},
		{
			"Node-RED", `{"topic":"a","payload":"1","qos":0,"retain":false,"_msgid":"af48","messageExpiryInterval":60,"contentType":"x","userProperties":{"k":"v"},"correlationData":{"type":"Buffer","data":[0]}}` + "\n",
			&model.Properties{Expires: true, Expiry: time.Minute, ContentType: "x", User: user("k", "v"), CorrelationData: []byte{0}},
		},
		{
			"a script", `{"topic":"a","payload":"1","ts":1795330019,"properties":{"content_type":"x","User-Properties":{"k":"v"}}}` + "\n",
			&model.Properties{ContentType: "x", User: user("k", "v")},
		},
		{"of other meaning", `{"topic":"a","payload":"1","ts":1795330019,"properties":["x"]}` + "\n", nil},
		{"base64", log(`{"content-type-base64":"/w==","user-properties":[["/w==","","base64"]]}`), &model.Properties{ContentType: "\xff", User: user("\xff", "")}},
		{
			"of another shape", log(`{"message-expiry-interval":-1,"content-type":7,"user-properties":[["k","v"],["k"],{"k":1},[["k","v"]],7],"subscription-filters":[1,"#"],"left-out":10}`),
			&model.Properties{User: user("k", "v"), Filters: []string{"#"}, LeftOut: len(`-1`) + len(`7`) + len(`["k"]`) + len(`k1`) + len(`[["k","v"]]`) + len(`7`) + len(`[1,"#"]`) + 10},
		},
		{"too many", log(`{"user-properties":[` + strings.TrimSuffix(strings.Repeat(`["k","v"],`, 100), ",") + `]}`), &model.Properties{User: slices.Repeat(user("k", "v"), 64), LeftOut: 36 * 2}},
		{"too large", log(`{"content-type":"x","correlation-data":"` + strings.Repeat("x", 1<<20) + `"}`), &model.Properties{ContentType: "x", LeftOut: 1 << 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := recording.OpenStream(strings.NewReader(tt.log+tt.log), "")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			for range strings.Count(tt.log, "createAt") + 1 {
				var e recording.Entry
				if err := f.Next(&e); err != nil || string(e.Message.Payload) != "1" {
					t.Fatalf("%+v, %v", e, err)
				}
				if diff := cmp.Diff(tt.want, e.Message.Properties); diff != "" {
					t.Errorf("%s: %s", f.Format, diff)
				}
			}
		})
	}
}

// mcapRecord is a message of a recording as the MCAP library reads it.
type mcapRecord struct {
	topic, encoding string
	data            []byte
}

// records are the messages of a recording in the order of the file, by the MCAP library.
func records(tb testing.TB, file []byte) (all []mcapRecord) {
	tb.Helper()
	lexer, err := mcap.NewLexer(bytes.NewReader(file), &mcap.LexerOptions{ValidateChunkCRCs: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer lexer.Close()
	channels := map[uint16]*mcap.Channel{}
	for {
		token, record, err := lexer.Next(nil)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			tb.Fatal(err)
		}
		switch token {
		case mcap.TokenChannel:
			c, err := mcap.ParseChannel(record)
			if err != nil {
				tb.Fatal(err)
			}
			channels[c.ID] = c
		case mcap.TokenMessage:
			m, err := mcap.ParseMessage(record)
			if err != nil {
				tb.Fatal(err)
			}
			c := channels[m.ChannelID]
			all = append(all, mcapRecord{c.Topic, c.MessageEncoding, m.Data})
		}
	}
}
