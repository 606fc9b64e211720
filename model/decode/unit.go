package decode

import (
	"strings"

	"labtop/model"
)

// The unit of a number comes from the first of these that knows one:
//
//  1. it is declared: in the config, by the metric's name, or by a member beside
//     the value that names the unit
//  2. the payload's own text: "22.5 C"
//  3. a suffix of the name: wind_km_h
//  4. the convention that the topic follows
//  5. the plain word: humidity is per cent
//
// Else there is none. No unit is better than a wrong one: voltage may be in mV
// or V, energy in four units, and a temperature without any is in °C or °F.

// rule is what the name of a value says about its unit; nil is nothing. All values
// that follow it share it, for there may be very many.
type rule struct {
	unit   string
	source model.UnitSource
	// from and to bound the values that the unit is believed for: from is
	// excluded, to included. Without bounds both are zero.
	from, to float64
}

// apply gives the reading the rule's unit when it is stronger than what the reading has.
func (u *rule) apply(r *model.Reading) {
	if u == nil || u.source <= r.UnitSource || r.Value.Kind != model.Number {
		return
	}
	if u.from != u.to && (r.Value.Num <= u.from || r.Value.Num > u.to) {
		return
	}
	r.Unit, r.UnitSource = u.unit, u.source
}

// unitRule returns what is known about a value called name on a topic that
// follows the pattern.
func (c *Conventions) unitRule(name string, pattern *Pattern) *rule {
	low := strings.ToLower(name)
	if r := c.rules.declared[low]; r != nil {
		return r
	}
	if u := suffixUnit(name); u != "" {
		return c.rules.suffix[u]
	}
	if r := pattern.rules[low]; r != nil {
		return r
	}
	return c.rules.word(low)
}

// rules are all there are, apart from those of the patterns.
type rules struct {
	declared map[string]*rule // by the name in lower case
	suffix   map[string]*rule // by the unit
	words    map[string]*rule
}

func newRules(o *Options) rules {
	r := rules{declared: make(map[string]*rule, len(o.Units)), suffix: make(map[string]*rule, len(suffixes)), words: words(o.GuessUnits)}
	for name, unit := range o.Units {
		r.declared[strings.ToLower(name)] = &rule{unit: unit, source: model.UnitDeclared}
	}
	for _, s := range suffixes { // degrees have no others
		r.suffix[s.unit] = &rule{unit: s.unit, source: model.UnitSuffix}
	}
	return r
}

// words are what the plain words, in lower case, say. The bounds tell per cent from
// shares of one, volts and flags, and dBm from Tasmota's and Homie's per cent.
func words(guess bool) map[string]*rule {
	percent := &rule{unit: "%", source: model.UnitWord, from: 1, to: 100}
	words := map[string]*rule{
		"humidity": percent,
		"soc":      percent,
		"battery":  {unit: "%", source: model.UnitWord, from: 5, to: 100},
		"rssi":     {unit: "dBm", source: model.UnitWord, from: -200, to: -0.5},
	}
	if guess {
		words["temperature"] = &rule{unit: "°C", source: model.UnitWord, from: -60, to: 100}
	}
	return words
}

// word is what the last word of a name in lower case says.
func (r *rules) word(name string) *rule { return r.words[name[strings.LastIndexAny(name, "_- ")+1:]] }

// follow makes the rules of a pattern. Its values are bounded as the plain word's are.
func (r *rules) follow(p *Pattern) {
	p.rules = make(map[string]*rule, len(p.units))
	for name, unit := range p.units {
		follows := rule{unit: unit, source: model.UnitPattern}
		if word := r.word(name); word != nil {
			follows.from, follows.to = word.from, word.to
		}
		p.rules[name] = &follows
	}
}

// suffixes are the units that end a name; the longer ones come first.
var suffixes = []struct{ suffix, unit string }{
	{"_percent", "%"},
	{"_km_h", "km/h"},
	{"_m_s", "m/s"},
	{"_mph", "mph"},
	{"_pct", "%"},
	{"_ppm", "ppm"},
	{"_hPa", "hPa"},
	{"_kPa", "kPa"},
	{"_lux", "lx"},
	{"_kWh", "kWh"},
	{"_dBm", "dBm"},
	{"_deg", "°"},
	{"_Wh", "Wh"},
	{"_kW", "kW"},
	{"_mV", "mV"},
	{"_mA", "mA"},
	{"_mm", "mm"},
	{"_ms", "ms"},
	{"_lx", "lx"},
	{"_Hz", "Hz"},
	{"_C", "°C"},
	{"_F", "°F"},
	{"_V", "V"},
	{"_A", "A"},
	{"_W", "W"},
	{"_m", "m"},
	{"_s", "s"},
}

// suffixUnit returns the unit that ends name, or nothing. Longer suffixes may be
// in lower case; of the short ones only "c" and "f" may, behind "temp".
func suffixUnit(name string) string {
	if u := degrees(name); u != "" {
		return u
	}
	for _, s := range suffixes {
		if len(name) <= len(s.suffix) {
			continue
		}
		if strings.HasSuffix(name, s.suffix) || len(s.suffix) > 2 && strings.HasSuffix(name, strings.ToLower(s.suffix)) {
			return s.unit
		}
	}
	return ""
}

// degrees reads tC, tempf, temperature_c and their like.
func degrees(name string) string {
	if len(name) < 2 {
		return ""
	}
	stem := strings.ToLower(strings.TrimSuffix(name[:len(name)-1], "_"))
	if name != "tC" && name != "tF" && !strings.HasSuffix(stem, "temp") && !strings.HasSuffix(stem, "temperature") {
		return ""
	}
	switch name[len(name)-1] {
	case 'C', 'c':
		return "°C"
	case 'F', 'f':
		return "°F"
	}
	return ""
}
