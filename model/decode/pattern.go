package decode

import (
	"errors"
	"fmt"
	"strings"

	"labtop/model"
)

// The placeholders of a pattern.
const (
	devicePlaceholder = "{device}"
	metricPlaceholder = "{metric}"
)

// Pattern says which levels of a topic name the device and the metric:
// "home/{device}/light/{metric}". Every level is a literal or a placeholder;
// a placeholder stands for exactly one level that is not empty, and a topic
// matches as a whole or not at all.
type Pattern struct {
	levels         []string
	device, metric int // places in levels; metric is -1 when there is none
	// units are the units that the convention fixes for a metric's name.
	units map[string]string
	rules map[string]*rule // made of the units by New
}

// ParsePattern reads a pattern. {device} must be there once, {metric} may be
// there once. The error fits in one line.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{levels: strings.Split(text, "/"), device: -1, metric: -1}
	for i, level := range p.levels {
		if err := p.place(i, level); err != nil {
			return Pattern{}, fmt.Errorf("pattern %q: %w", text, err)
		}
	}
	if p.device < 0 {
		return Pattern{}, fmt.Errorf("pattern %q: no %s", text, devicePlaceholder)
	}
	return p, nil
}

// place checks one level and notes a placeholder.
func (p *Pattern) place(i int, level string) error {
	switch {
	case level == devicePlaceholder:
		if p.device >= 0 {
			return errors.New("{device} twice")
		}
		p.device = i
	case level == metricPlaceholder:
		if p.metric >= 0 {
			return errors.New("{metric} twice")
		}
		p.metric = i
	case level == "" && i > 0:
		return errors.New("empty level")
	case strings.ContainsAny(level, "+#"):
		return fmt.Errorf("wildcard in %q: write {device} or {metric} for any level", level)
	case strings.Contains(level, devicePlaceholder), strings.Contains(level, metricPlaceholder):
		return fmt.Errorf("%q is not a whole level", level)
	case strings.ContainsAny(level, "{}"):
		return fmt.Errorf("unknown word %q: there are {device} and {metric}", level)
	}
	return nil
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return strings.Join(p.levels, "/") }

// Match says whether topic follows the pattern, and where it belongs if so. The
// device's id is the topic up to and including {device}; the metric is {metric},
// or the last literal behind {device}, or "value". The class is left to the caller.
func (p Pattern) Match(topic string) (model.Route, bool) {
	levels := strings.Split(topic, "/")
	if len(levels) != len(p.levels) {
		return model.Route{}, false
	}
	for i, level := range levels {
		if i == p.device || i == p.metric {
			if level == "" {
				return model.Route{}, false
			}
		} else if level != p.levels[i] {
			return model.Route{}, false
		}
	}
	last := p.metric
	if last < 0 {
		last = len(levels) - 1
	}
	r := model.Route{
		Device: topic[:length(levels[:p.device+1])], // no copy: there may be very many
		Name:   levels[p.device],
		Metric: noMetric,
	}
	if last != p.device {
		r.Metric = levels[last]
	}
	r.Label = r.Metric
	if p.device+1 < last {
		r.Label = strings.Join(levels[p.device+1:last+1], " ")
	}
	return r, true
}

// length is how long the first levels of a topic are, with what stands between them.
func length(levels []string) int {
	n := len(levels) - 1
	for _, level := range levels {
		n += len(level)
	}
	return n
}
