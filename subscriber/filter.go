package subscriber

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Filter is a topic filter and the QoS to ask for.
type Filter struct {
	Topic string
	// QoS is 0 to 2. At 1 and 2 a broker holds a limited number of messages for
	// a client and may lose the rest of a flood of retained ones.
	QoS byte
}

// String is the filter as ParseFilter reads it.
func (f Filter) String() string { return fmt.Sprintf("%s@%d", f.Topic, f.QoS) }

// ParseFilter reads a topic filter with an optional QoS, as in "iotclass/#@1";
// qos is the one to use when none is written. The rule: the QoS is a single 0, 1
// or 2 after the last @, when it is the very end. Any other @ belongs to the
// topic; a filter that itself ends in "@1" is written with its QoS: "a@1@0".
func ParseFilter(s string, qos byte) (Filter, error) {
	f := Filter{Topic: s, QoS: qos}
	if n := len(s); n >= 2 && s[n-2] == '@' && s[n-1] >= '0' && s[n-1] <= '2' {
		f = Filter{Topic: s[:n-2], QoS: s[n-1] - '0'}
	}
	if f.QoS > 2 {
		return Filter{}, fmt.Errorf("topic filter %q: QoS %d does not exist; use 0, 1 or 2", s, f.QoS)
	}
	if err := ValidateFilter(f.Topic); err != nil {
		return Filter{}, err
	}
	return f, nil
}

// ValidateFilter says in one line what is wrong with a topic filter, and what to
// do about it (MQTT 3.1.1 section 4.7; shared subscriptions as in MQTT 5
// section 4.8.2, which many 3.1.1 brokers know too).
func ValidateFilter(filter string) error {
	if err := checkTopicText(filter); err != nil {
		return fmt.Errorf("topic filter %.80q: %w", filter, err)
	}
	levels := strings.Split(filter, "/")
	if levels[0] == "$share" {
		if err := checkShare(levels); err != nil {
			return fmt.Errorf("topic filter %.80q: %w", filter, err)
		}
		levels = levels[2:]
	}
	for i, level := range levels {
		switch {
		case level == "#" && i < len(levels)-1:
			return fmt.Errorf("topic filter %.80q: # at level %d is not the last level; use %.80q, or + for one level",
				filter, i+1, strings.Join(levels[:i+1], "/"))
		case level == "#" || level == "+":
		case strings.ContainsAny(level, "#+"):
			return fmt.Errorf("topic filter %.80q: level %d (%.40q) mixes a wildcard with text; # and + stand alone between slashes",
				filter, i+1, level)
		}
	}
	return nil
}

// ValidateTopic says in one line what is wrong with a topic name to publish to
// (MQTT 3.1.1 section 4.7).
func ValidateTopic(topic string) error {
	err := checkTopicText(topic)
	if err == nil && strings.ContainsAny(topic, "#+") {
		err = errors.New("holds a wildcard; # and + are for subscribing only")
	}
	if err != nil {
		return fmt.Errorf("topic %.80q: %w", topic, err)
	}
	return nil
}

func checkTopicText(filter string) error {
	switch {
	case filter == "":
		return errors.New("is empty")
	case len(filter) > 65535:
		return fmt.Errorf("is %d bytes long; MQTT allows 65535", len(filter))
	case !utf8.ValidString(filter):
		return errors.New("is not valid UTF-8")
	}
	if i := strings.IndexByte(filter, 0); i >= 0 {
		return fmt.Errorf("holds a NUL character at byte %d; MQTT forbids it", i+1)
	}
	return nil
}

// checkShare checks "$share/group/filter".
func checkShare(levels []string) error {
	switch {
	case len(levels) < 3 || levels[1] == "" || len(levels) == 3 && levels[2] == "":
		return errors.New("a shared subscription is written $share/GROUP/FILTER")
	case strings.ContainsAny(levels[1], "#+"):
		return fmt.Errorf("the group %.40q holds a wildcard; it is a plain name", levels[1])
	}
	return nil
}

// unique drops all but the last of filters that name the same topics, as a
// broker would (MQTT 3.1.1 section 3.8.4).
func unique(filters []Filter) []Filter {
	place := make(map[string]int, len(filters))
	var kept []Filter
	for _, f := range filters {
		if i, ok := place[f.Topic]; ok {
			kept[i] = f
			continue
		}
		place[f.Topic] = len(kept)
		kept = append(kept, f)
	}
	return kept
}
