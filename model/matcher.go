package model

import "strings"

// matcher is what a viewer typed to find devices and topics, made ready: an MQTT topic
// filter with wildcards, or a text that they contain, letter case ignored.
type matcher struct {
	text   string // in lower case
	filter string // as an MQTT topic filter; empty when it is none
}

func newMatcher(filter string) matcher {
	m := matcher{text: strings.ToLower(filter)}
	if isFilter(filter) {
		m.filter = filter
	}
	return m
}

// isFilter says whether what somebody typed is a topic filter with wildcards, and
// not just text.
func isFilter(text string) bool { return strings.ContainsAny(text, "+#") && validFilter(text) }

func (m matcher) device(d *device) bool {
	return m.filter == "" && strings.Contains(strings.ToLower(d.id), m.text)
}

func (m matcher) metrics(d *device) []*metric {
	if m.text == "" || m.device(d) {
		return d.metrics
	}
	var found []*metric
	for _, metric := range d.metrics {
		if m.metric(metric) {
			found = append(found, metric)
		}
	}
	return found
}

func (m matcher) metric(metric *metric) bool {
	return m.topic(metric.topic.name) ||
		m.filter == "" && strings.Contains(strings.ToLower(metric.label), m.text)
}

func (m matcher) topic(name string) bool {
	if m.filter != "" {
		return MatchTopic(m.filter, name)
	}
	return strings.Contains(strings.ToLower(name), m.text)
}
