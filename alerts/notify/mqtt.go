package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"labtop/safetext"
)

// maxSegment is how many bytes one level of a topic has at most; there are three
// below the prefix.
const maxSegment = 120

// Publication is a message to publish, retained.
type Publication struct {
	Topic   string
	Payload []byte
}

// Publisher publishes to a broker. Publish returns when the broker has taken the
// messages over, or the error, and how many, from the first, it has taken over.
// One goroutine calls it, and at the end Close.
type Publisher interface {
	Publish(ctx context.Context, messages []Publication) (done int, err error)
	Close()
}

// MQTT publishes the state of each alert, retained, on a topic of its own:
//
//	PREFIX/RULE/DEVICE/METRIC
//
// An alert that is over is taken back with an empty payload (MQTT 3.1.1 section
// 3.3.1.3). Names that would be more or less than one level of a topic are
// written with %XX.
type MQTT struct {
	prefix    string
	publisher Publisher
	// topics are those that hold a state, by series, and taken the same topics.
	topics map[key]string
	taken  map[string]bool
}

// NewMQTT returns an MQTT that publishes below a prefix, which must be a valid
// topic.
func NewMQTT(prefix string, p Publisher) *MQTT {
	return &MQTT{prefix: prefix, publisher: p, topics: map[key]string{}, taken: map[string]bool{}}
}

// Filter is the topic filter of all that an MQTT publishes below a prefix.
func Filter(prefix string) string { return prefix + "/#" }

// Refresh implements [Mirror].
func (*MQTT) Refresh() time.Duration { return 0 }

// Show implements [Mirror].
func (q *MQTT) Show(ctx context.Context, states []State) (int, error) {
	messages := make([]Publication, 0, len(states))
	for i := range states {
		p := Publication{Topic: q.topic(states[i].key)}
		if states[i].Firing {
			p.Payload = encode(newAlertJSON(&states[i].Alert, true))
		}
		messages = append(messages, p)
	}
	done, err := q.publisher.Publish(ctx, messages)
	for i := range states[:min(done, len(states))] {
		if !states[i].Firing {
			delete(q.topics, states[i].key)
			delete(q.taken, messages[i].Topic)
		}
	}
	return done, err
}

// Leave implements [Mirror]: it takes back what is still there, for nobody would
// do it later.
func (q *MQTT) Leave(ctx context.Context, states []State) error {
	defer q.publisher.Close()
	messages := make([]Publication, 0, len(states))
	for i := range states {
		messages = append(messages, Publication{Topic: q.topic(states[i].key)})
	}
	if len(messages) == 0 {
		return nil
	}
	if done, err := q.publisher.Publish(ctx, messages); err != nil {
		return fmt.Errorf("%d alerts stay on the broker: %w", len(messages)-done, err)
	}
	return nil
}

// topic is the topic of a series, which keeps it until its alert is over.
func (q *MQTT) topic(k key) string {
	if topic, ok := q.topics[k]; ok {
		return topic
	}
	topic := q.prefix + "/" + segment(k.rule) + "/" + segment(k.device) + "/" + segment(k.metric)
	if q.taken[topic] { // by another series of the same names
		topic += "~" + fingerprint(k.topic+"\x00"+k.path)
	}
	q.topics[k], q.taken[topic] = topic, true
	return topic
}

// segment writes a name as one level of a topic. Different names are written
// differently; the tilde stands only where something was left out.
func segment(name string) string {
	if name == "" {
		return "~"
	}
	var b strings.Builder
	for i, r := range name {
		size := len(string(r))
		if r == unicode.ReplacementChar && !strings.HasPrefix(name[i:], string(r)) {
			size = 1 // a byte that is not UTF-8
		}
		if plain(r) && size > 0 && strings.HasPrefix(name[i:], string(r)) {
			b.WriteRune(r)
		} else {
			for _, c := range []byte(name[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		if b.Len() > maxSegment {
			return clip(b.String(), maxSegment-9) + "~" + fingerprint(name)
		}
	}
	return b.String()
}

// plain says whether a character stands for itself in a topic.
func plain(r rune) bool {
	return r == '-' || r == '_' || r == '.' || (unicode.IsLetter(r) || unicode.IsDigit(r)) && safetext.IsClean(string(r))
}

// fingerprint tells long names apart.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}
