package wire

import "bytes"

const (
	// maxTopics and maxTopicBytes bound the topics that are remembered; all are
	// forgotten when one more would not fit.
	maxTopics     = 1 << 15
	maxTopicBytes = 1 << 20
)

// topics makes each topic name a string once, not once a message. The names are also
// those that the rules allow.
type topics struct {
	names map[string]string
	bytes int // of all names
}

// name is the topic as a string; a topic with wildcards is refused.
func (t *topics) name(topic []byte) (string, error) {
	if name, ok := t.names[string(topic)]; ok {
		return name, nil
	}
	if bytes.IndexByte(topic, '#') >= 0 || bytes.IndexByte(topic, '+') >= 0 {
		return "", protocolErrorf("PUBLISH with a wildcard in its topic")
	}
	if len(t.names) == maxTopics || t.bytes+len(topic) > maxTopicBytes {
		clear(t.names)
		t.bytes = 0
	}
	name := string(topic)
	t.names[name] = name
	t.bytes += len(name)
	return name, nil
}
