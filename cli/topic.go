package cli

import (
	"errors"
	"fmt"
	"strings"

	"labtop/model/decode"
	"labtop/subscriber"
)

// broker are the URLs of the broker, one for each of its addresses.
func broker() binding {
	return binding{
		shape: oneOrMore,
		clear: func(c *Config) { c.Broker, c.Others = subscriber.Broker{}, nil },
		set: func(c *Config, it item) error {
			for url := range strings.SplitSeq(it.text, ",") {
				b, err := subscriber.ParseBroker(strings.TrimSpace(url))
				if err != nil {
					return err
				}
				if c.Broker.Host == "" {
					c.Broker = b
				} else {
					c.Others = append(c.Others, b)
				}
			}
			return nil
		},
		show: (*Config).brokers,
	}
}

// brokers are the URLs of the broker, without secrets.
func (c *Config) brokers() string {
	urls := make([]string, 0, 1+len(c.Others))
	for _, b := range c.addresses() {
		urls = append(urls, b.String())
	}
	return strings.Join(urls, ", ")
}

// brokersOwn is why nothing is published to a topic.
const brokersOwn = "topics that begin with $ are the broker's own"

// topicName is a topic of labtop's to publish to; empty for none.
func topicName(field func(*Config) *string) binding {
	b := text(field)
	take := b.set
	b.set = func(c *Config, it item) error {
		if it.text != "" {
			if err := subscriber.ValidateTopic(it.text); err != nil {
				return err //nolint:wrapcheck // it says all
			}
			if strings.HasPrefix(it.text, "$") {
				return fmt.Errorf("topic %s: %s", quote(it.text), brokersOwn)
			}
		}
		return take(c, it)
	}
	return b
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
