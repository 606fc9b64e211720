package model

import "strings"

// MatchTopic says whether a topic matches a topic filter (MQTT 3.1.1 section
// 4.7). A filter that begins with a wildcard does not match topics that begin
// with "$". A filter that is not valid may match anything or nothing.
func MatchTopic(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		level, filterRest, filterMore := strings.Cut(filter, "/")
		if level == "#" {
			return !filterMore
		}
		name, topicRest, topicMore := strings.Cut(topic, "/")
		if level != "+" && level != name {
			return false
		}
		switch {
		case !filterMore && !topicMore:
			return true
		case !topicMore:
			return filterRest == "#"
		case !filterMore:
			return false
		}
		filter, topic = filterRest, topicRest
	}
}

// Below says whether a topic is at a place of the tree of topics, or below it. Levels are
// compared whole: lab10 is not below lab1.
func Below(topic, place string) bool {
	return strings.HasPrefix(topic, place) && (len(topic) == len(place) || topic[len(place)] == '/')
}

// validFilter says whether wildcards stand for whole levels, and # at the end
// only.
func validFilter(filter string) bool {
	for more := true; more; {
		var level string
		level, filter, more = strings.Cut(filter, "/")
		if len(level) > 1 && strings.ContainsAny(level, "+#") || level == "#" && more {
			return false
		}
	}
	return true
}
