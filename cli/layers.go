package cli

import (
	"slices"
	"strings"
)

func defaultLayer(groups []group) map[string]given {
	layer := map[string]given{}
	each(groups, func(s *setting) {
		g := given{origin: origin{fromDefault, "default"}}
		for _, text := range s.standard {
			g.items = append(g.items, item{text: text, place: "default"})
		}
		layer[s.name] = g
	})
	return layer
}

// noColorLayer is what the variable NO_COLOR says: any value but the empty one
// asks for no colours (https://no-color.org).
func (l *loader) noColorLayer() map[string]given {
	if value, _ := l.lookup("NO_COLOR"); value == "" {
		return nil
	}
	const place = "NO_COLOR"
	return map[string]given{"no-color": {
		origin: origin{fromNoColor, place},
		items:  []item{{text: "true", place: place}},
	}}
}

// envLayer is what the LABTOP_ variables say. An empty one counts as not set.
func (l *loader) envLayer(groups []group) map[string]given {
	layer := map[string]given{}
	each(groups, func(s *setting) {
		if !s.is(onEnv) {
			return
		}
		place := s.variable()
		value, _ := l.lookup(place)
		if value == "" {
			return
		}
		g := given{origin: origin{fromEnv, place}}
		for _, text := range s.split(value) {
			g.items = append(g.items, item{text: text, place: place})
		}
		layer[s.name] = g
	})
	return layer
}

// warnOfVariables tells of variables that look like labtop's and are none.
func (a *app) warnOfVariables() {
	const prefix = "LABTOP_"
	var known []string
	each(settings(), func(s *setting) {
		if s.is(onEnv) {
			known = append(known, strings.TrimPrefix(s.variable(), prefix))
		}
	})
	for _, entry := range a.env.Environ() {
		variable, value, _ := strings.Cut(entry, "=")
		name, ours := strings.CutPrefix(variable, prefix)
		if !ours || value == "" || slices.Contains(known, name) {
			continue
		}
		hint := "see labtop config show"
		if best := nearest(name, known); best != "" {
			hint = "did you mean " + prefix + best + "?"
		}
		a.warn("unknown environment variable " + variable + "; " + hint)
	}
}

// split takes the elements of a list apart: at line ends, or at commas when
// there is one line.
func (s *setting) split(value string) []string {
	if !s.shape.many() {
		return []string{value}
	}
	separator := ","
	if strings.Contains(value, "\n") {
		separator = "\n"
	}
	var elements []string
	for element := range strings.SplitSeq(value, separator) {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// flagLayer is what the command line says.
func (l *loader) flagLayer() map[string]given {
	layer := map[string]given{}
	for name, value := range l.flags {
		if value.texts == nil {
			continue
		}
		place := "--" + name
		g := given{origin: origin{fromFlag, place}}
		for _, text := range value.texts {
			g.items = append(g.items, item{text: text, place: place})
		}
		layer[name] = g
	}
	return layer
}
