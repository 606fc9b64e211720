package cli

import "fmt"

// layer is a place that settings come from; a later one beats an earlier one.
type layer int

const (
	fromDefault layer = iota
	// fromNoColor is the NO_COLOR variable: the user's default for all
	// programs, which a program's own config overrides (https://no-color.org).
	fromNoColor
	fromFile
	fromProfile
	fromEnv
	fromFlag
)

// origin tells where a value comes from. place is "default", a flag, a
// variable, or file:line:column.
type origin struct {
	layer layer
	place string
}

// item is one value of a setting as text, with the place where it stands.
type item struct {
	text  string
	place string
	// fields are the members of a mapping; nil for a plain value. For a named
	// mapping text is the name.
	fields map[string]item
	// rule is an alert rule; nil for all else.
	rule *placedRule
	// channel is a way to tell of alerts; nil for all else.
	channel *placedChannel
}

// given is what one layer says about one setting.
type given struct {
	origin origin
	items  []item
	// dir is what relative files are relative to; empty for the working
	// directory.
	dir string
}

// placed is an error with the place where its cause stands.
type placed struct {
	place string
	err   error
}

func (p *placed) Error() string { return fmt.Sprintf("%s: %v", p.place, p.err) }
func (p *placed) Unwrap() error { return p.err }
