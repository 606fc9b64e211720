package cli

import (
	"errors"
	"fmt"
	"strings"

	"labtop/model/decode"
	"labtop/subscriber"
)

// broker is the broker's URL.
func broker() binding {
	return binding{
		set: func(c *Config, it item) error {
			b, err := subscriber.ParseBroker(it.text)
			if err == nil {
				c.Broker = b
			}
			return err
		},
		show: func(c *Config) string { return c.Broker.String() },
	}
}

// qos is the quality of service for filters that name none.
func qos() binding {
	b := number(func(c *Config) *byte { return &c.QoS }, 0, 2)
	b.words = []string{"0", "1", "2"}
	return b
}

// topics are filters, written FILTER, FILTER@QOS, or {filter, qos}.
func topics() binding {
	return binding{
		shape:  list,
		fields: []string{"filter", "qos"},
		clear:  func(c *Config) { c.topics = nil },
		set: func(c *Config, it item) error {
			text, err := topicText(it)
			if err == nil {
				c.topics = append(c.topics, text)
				_, err = subscriber.ParseFilter(text, 0)
			}
			if err == nil {
				err = checkQoS(text)
			}
			return err
		},
		show: func(c *Config) string {
			shown := make([]string, len(c.Filters))
			for i, f := range c.Filters {
				shown[i] = f.String()
			}
			return strings.Join(shown, ", ")
		},
	}
}

// checkQoS refuses what was meant as a QoS and is none: an @ and a digit above 2
// at the end.
func checkQoS(text string) error {
	n := len(text)
	if n < 2 || text[n-2] != '@' || text[n-1] < '3' || text[n-1] > '9' {
		return nil
	}
	return fmt.Errorf("topic filter %s: QoS is 0, 1 or 2; a topic that ends in %s is written %s",
		quote(text), text[n-2:], quote(text+"@0"))
}

// topicText returns a topic as text: {filter: a, qos: 1} is a@1.
func topicText(it item) (string, error) {
	if it.fields == nil {
		return it.text, nil
	}
	filter, ok := it.fields["filter"]
	if !ok {
		return "", errors.New("the filter is missing; write {filter: ..., qos: ...}")
	}
	level, ok := it.fields["qos"]
	if !ok {
		return filter.text, nil
	}
	n, err := parseNumber(level.text, 0, 2)
	if err != nil {
		return "", &placed{level.place, fmt.Errorf("qos: %w", err)}
	}
	return subscriber.Filter{Topic: filter.text, QoS: byte(n)}.String(), nil
}

// devices are patterns of topics.
func devices() binding {
	return binding{
		shape: list,
		clear: func(c *Config) { c.Devices = nil },
		set: func(c *Config, it item) error {
			if _, err := decode.ParsePattern(it.text); err != nil {
				return err
			}
			c.Devices = append(c.Devices, it.text)
			return nil
		},
		show: func(c *Config) string { return strings.Join(c.Devices, ", ") },
	}
}
