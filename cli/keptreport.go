package cli

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"labtop/retained"
	"labtop/safetext"
)

const (
	// topicWidth is how wide the column of topics is at most; a longer topic pushes
	// what follows to the right, since topics are shown whole.
	topicWidth = 50
	// payloadShown is how much of a payload is shown, in columns.
	payloadShown = 40
)

// printKept prints one line a message.
func (a *app) printKept(items []retained.Item) error {
	if len(items) == 0 {
		return nil
	}
	topics, width, whys := make([]string, len(items)), len("TOPIC"), 0
	for i := range items {
		topics[i] = safetext.Clean(items[i].Topic)
		width = max(width, min(ansi.StringWidth(topics[i]), topicWidth))
		whys = max(whys, len(items[i].Why))
	}
	out := bufio.NewWriter(a.env.Stdout)
	row := func(size, qos, age, topic, why, payload string) {
		line := fmt.Sprintf("%9s  %3s  %5s  %s%*s", size, qos, age, topic, max(width-ansi.StringWidth(topic), 0), "")
		if whys > 0 {
			line += fmt.Sprintf("  %-*s", whys, why)
		}
		_, _ = out.WriteString(line + "  " + payload + "\n") // Flush tells the error
	}
	row("SIZE", "QOS", "AGE", "TOPIC", "WHY", "PAYLOAD")
	now := time.Now()
	for i := range items {
		m := &items[i]
		qos, age := "-", "-"
		if m.Exact {
			qos = strconv.Itoa(int(m.QoS))
		}
		if !m.Written.IsZero() {
			age = shortAge(now.Sub(m.Written))
		}
		payload := safetext.CleanBytes(m.Payload)
		if len(m.Payload) < m.Size {
			payload += "…"
		}
		row(shortSize(int64(m.Size)), qos, age, topics[i], m.Why, ansi.Truncate(payload, payloadShown, "…"))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the messages: %w", err)
	}
	return nil
}

// keptReport is what retained list --json prints. Fields are added, never renamed.
type keptReport struct {
	Time   time.Time `json:"time"`
	Source string    `json:"source"`
	Filter string    `json:"filter"`
	// More counts the messages that there was no room for.
	More     int           `json:"more"`
	Retained []keptMessage `json:"retained"`
}

// keptMessage is a retained message in JSON. The payload is text when it is valid UTF-8,
// else base64; never both, and only its beginning when it is shorter than size.
type keptMessage struct {
	Topic    string `json:"topic"`
	TopicRaw string `json:"topic_base64,omitempty"`
	Size     int    `json:"size"`
	// QoS is null when it is not known.
	QoS *byte `json:"qos"`
	// Written is when the payload says that it was published; null when it does not.
	Written *time.Time `json:"written"`
	Payload *string    `json:"payload,omitempty"`
	Base64  *string    `json:"payload_base64,omitempty"`
}

func newKeptMessage(m *retained.Message) keptMessage {
	k := keptMessage{Topic: m.Topic, Size: m.Size}
	if !utf8.ValidString(m.Topic) {
		k.Topic, k.TopicRaw = safetext.Clean(m.Topic), base64.StdEncoding.EncodeToString([]byte(m.Topic))
	}
	if m.Exact {
		k.QoS = &m.QoS
	}
	if !m.Written.IsZero() {
		at := m.Written.UTC()
		k.Written = &at
	}
	text := string(m.Payload)
	if utf8.Valid(m.Payload) {
		k.Payload = &text
	} else {
		text = base64.StdEncoding.EncodeToString(m.Payload)
		k.Base64 = &text
	}
	return k
}

func (a *app) printKeptJSON(c *Config, filter string, kept *retained.Kept) error {
	r := keptReport{Time: time.Now().UTC(), Source: c.Broker.String(), Filter: filter, More: kept.More, Retained: []keptMessage{}}
	for _, m := range kept.Messages() {
		r.Retained = append(r.Retained, newKeptMessage(&m))
	}
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		_, err = a.env.Stdout.Write(append(escapeUnsafe(encoded), '\n'))
	}
	if err != nil {
		return fmt.Errorf("printing the messages: %w", err)
	}
	return nil
}
