package alerts

import (
	"strings"
	"unicode/utf8"

	"labtop/model"
)

// matches says whether the rule watches a subject. Unit, which is known only when
// a reading comes, is not looked at.
func (r *Rule) matches(s *model.Subject) bool {
	if s.Figure != "" || r.Broker != "" {
		return s.Figure == r.Broker
	}
	if s.Key.Topic == "" {
		return r.ofDevice() && r.matchesDevice(s)
	}
	if r.ofDevice() || s.Class == model.Command {
		return false
	}
	if !r.judges(s.Class) {
		return false
	}
	system := strings.HasPrefix(s.Key.Topic, "$")
	return (r.Metric == "" || glob(r.Metric, s.Metric)) &&
		(r.Path == "" || glob(r.Path, s.Key.Path)) &&
		(r.Topic == "" && !system || r.Topic != "" && model.MatchTopic(r.Topic, s.Key.Topic)) &&
		(r.Device == "" || r.matchesDevice(s))
}

func (r *Rule) matchesDevice(s *model.Subject) bool {
	if s.Class == model.System && r.ofDevice() {
		return false
	}
	return r.Device == "" || glob(r.Device, s.Name) || glob(r.Device, s.Key.Device)
}

// expects says whether a device is one of those that the rule expects.
func (r *Rule) expects(id, name string) bool {
	for _, e := range r.Expect {
		if strings.EqualFold(e, id) || strings.EqualFold(e, name) {
			return true
		}
	}
	return false
}

// glob says whether text matches a pattern in which "*" is any text, "?" any
// character, and letter case does not count. Its time is bounded by the product
// of the lengths.
func glob(pattern, text string) bool {
	star, from := -1, 0 // after the last "*", and where in text it was tried
	p, t := 0, 0
	for t < len(text) {
		pr, pn := utf8.DecodeRuneInString(pattern[p:])
		tr, tn := utf8.DecodeRuneInString(text[t:])
		switch {
		case p < len(pattern) && pr == '*':
			p++
			star, from = p, t
		case p < len(pattern) && (pr == '?' || sameLetter(pattern[p:p+pn], text[t:t+tn], pr == tr)):
			p += pn
			t += tn
		case star >= 0:
			_, n := utf8.DecodeRuneInString(text[from:])
			from += n
			p, t = star, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func sameLetter(a, b string, same bool) bool { return same && a == b || strings.EqualFold(a, b) }
