package model

// Sort is the order of the devices.
type Sort uint8

// The orders. Each falls back to the name.
const (
	SortName Sort = iota
	// SortState: those with the worst alerts first, then offline and stale ones.
	SortState
	// SortAge: the one that spoke last first.
	SortAge
	// SortRate: the one that speaks most often first.
	SortRate
)

// sortWords are in the order of choosing.
var sortWords = [...]string{"name", "state", "age", "rate"}

// String returns the order's word.
func (s Sort) String() string { return sortWords[s%Sort(len(sortWords))] }

// Next is the order after s, round and round.
func (s Sort) Next() Sort { return (s + 1) % Sort(len(sortWords)) }

// Order says which devices and metrics a viewer sees, and how. The maps are
// never changed once they were handed over.
type Order struct {
	// Filter is a text that the device's id or the metric's topic or label
	// contains, letter case ignored; or a valid MQTT topic filter with wildcards,
	// which the metric's topic matches, letter case told apart as MQTT does.
	Filter string
	Sort   Sort
	// Folded devices show one line; FoldAll folds all but those.
	Folded  map[string]bool
	FoldAll bool
	// Starred devices come first.
	Starred map[string]bool
	// Severity says how bad the alerts of a device are, by its id, 0 when there are
	// none; for SortState. It is called without the store's lock. Nil: none.
	Severity func(device string) int
}
