package cli

import (
	"strings"
)

// setting is one row of the table of settings. The row alone makes the flag,
// the environment variable, the file key, the default, the help, the completion
// and the line in `config show`.
type setting struct {
	// name is the flag without its dashes; the variable is made from it.
	name string
	// short is the one-letter flag; empty for none.
	short string
	// sources says where the setting may come from.
	sources sources
	// key is the file key, with a dot for a key inside a mapping; empty when
	// the file cannot have it.
	key string
	// arg names the value in the help; empty for a setting that is on or off.
	arg  string
	help string
	// standard is the default.
	standard []string
	// example is what `config init` shows when there is no default to show.
	example string
	binding
}

// sources is a set of places that a setting may come from, the file apart.
type sources uint8

const (
	onFlag sources = 1 << iota
	onEnv
	both = onFlag | onEnv
)

// shape is how a setting is written in the file.
type shape uint8

const (
	scalar shape = iota
	list
	// oneOrMore is a list whose only element may stand alone.
	oneOrMore
	table
	// ruleList is a list of alert rules.
	ruleList
	// channelTable are channels by their names.
	channelTable
)

// many says whether what is given again and again adds up, instead of the last counting.
func (s shape) many() bool { return s == list || s == oneOrMore }

// binding ties a setting to a field of [Config].
type binding struct {
	shape shape
	// fields are the keys of a mapping, where the value or an element of it
	// can be one.
	fields []string
	// path says that the value names a file.
	path bool
	// words are the possible values, when there are only a few.
	words []string
	// clear empties a list or table before its first item; nil for a scalar.
	clear func(*Config)
	// set takes one item.
	set func(*Config, item) error
	// show returns the value for people, secrets hidden.
	show func(*Config) string
}

// variable is the name of the environment variable.
func (s *setting) variable() string {
	return "LABTOP_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// is says whether the setting may come from the source.
func (s *setting) is(from sources) bool { return s.sources&from != 0 }

// group is a titled part of the table.
type group struct {
	title    string
	settings []setting
	// local says that the flags are those of single commands, which add them
	// themselves.
	local bool
}

// each calls f for every setting of the table, in order.
func each(groups []group, f func(*setting)) {
	for i := range groups {
		for j := range groups[i].settings {
			f(&groups[i].settings[j])
		}
	}
}
