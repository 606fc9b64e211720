package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// readSetting reads the value of one setting in the shape that it has.
func (r *fileReader) readSetting(s *setting, entry *ast.MappingValueNode, from layer) (given, error) {
	g := given{origin: origin{layer: from, place: place(r.name, entry.Key)}, dir: r.dir()}
	shape := s.shape
	if _, several := entry.Value.(*ast.SequenceNode); shape == oneOrMore && several {
		shape = list
	}
	switch shape {
	case list:
		sequence, ok := entry.Value.(*ast.SequenceNode)
		if !ok {
			return g, r.wrong(entry, "a list such as [a, b]")
		}
		for _, element := range sequence.Values {
			it, err := r.readElement(s, element)
			if err != nil {
				return g, err
			}
			g.items = append(g.items, it)
		}
	case table:
		named, ok := entry.Value.(*ast.MappingNode)
		if !ok {
			return g, r.wrong(entry, "a mapping of names")
		}
		for _, value := range named.Values {
			it, err := r.readNamed(s, value)
			if err != nil {
				return g, err
			}
			g.items = append(g.items, it)
		}
	case ruleList:
		rules, err := ruleReader{r.name}.readRules(entry.Value)
		if err != nil {
			return g, err
		}
		for i := range rules {
			g.items = append(g.items, item{text: rules[i].Name, place: rules[i].place, rule: &rules[i]})
		}
	case channelTable:
		channels, err := ruleReader{r.name}.readChannels(entry)
		if err != nil {
			return g, err
		}
		for i := range channels {
			g.items = append(g.items, item{text: channels[i].name, place: channels[i].place, channel: &channels[i]})
		}
	case scalar, oneOrMore:
		text, ok := scalarText(entry.Value)
		if !ok {
			return g, r.wrong(entry, "a single value")
		}
		g.items = []item{{text: text, place: place(r.name, entry.Value)}}
	}
	return g, nil
}

// readElement reads an element of a list: a single value, or a mapping where
// the setting has fields.
func (r *fileReader) readElement(s *setting, n ast.Node) (item, error) {
	it := item{place: place(r.name, n)}
	if m, ok := n.(*ast.MappingNode); ok && s.fields != nil {
		fields, err := r.readFields(s, m)
		it.fields = fields
		return it, err
	}
	text, ok := scalarText(n)
	if !ok {
		return it, fmt.Errorf("%s: an element of %s is %s; write a single value", it.place, s.key, kind(n))
	}
	it.text = text
	return it, nil
}

// readNamed reads a named mapping.
func (r *fileReader) readNamed(s *setting, entry *ast.MappingValueNode) (item, error) {
	it := item{place: place(r.name, entry.Key)}
	name, ok := scalarText(entry.Key)
	if !ok {
		return it, fmt.Errorf("%s: the name is %s; write a word", it.place, kind(entry.Key))
	}
	m, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return it, r.wrong(entry, "a mapping of "+strings.Join(s.fields, ", "))
	}
	fields, err := r.readFields(s, m)
	it.text, it.fields = name, fields
	return it, err
}

func (r *fileReader) readFields(s *setting, m *ast.MappingNode) (map[string]item, error) {
	fields := map[string]item{}
	for _, entry := range m.Values {
		key, _ := scalarText(entry.Key)
		if !slices.Contains(s.fields, key) {
			return nil, fmt.Errorf("%s: unknown key %s%s; %s takes %s", place(r.name, entry.Key), quote(key),
				didYouMean(key, s.fields), s.key, strings.Join(s.fields, ", "))
		}
		text, ok := scalarText(entry.Value)
		if !ok {
			return nil, r.wrong(entry, "a single value")
		}
		fields[key] = item{text: text, place: place(r.name, entry.Value)}
	}
	return fields, nil
}
