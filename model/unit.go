package model

import "math"

// unit is a place in a store's list of units; 0 is none.
type unit uint16

// units are the units of a store's metrics, each once: there are few, and very many
// metrics. The owner writes it under the store's lock.
type units struct {
	names  []string
	places map[string]unit
}

func newUnits() units { return units{names: []string{""}, places: make(map[string]unit)} }

// note gives a metric the unit of a reading, if that is from no weaker source. What
// does not fit the list any more is left out: no unit is better than a wrong one.
func (u *units) note(m *metric, r *Reading) {
	if r.Unit == "" || r.UnitSource < m.unitSource {
		return
	}
	m.unitSource = r.UnitSource
	if u.names[m.unit] == r.Unit {
		return
	}
	place, ok := u.places[r.Unit]
	if !ok && len(u.names) <= math.MaxUint16 {
		place = unit(len(u.names))
		u.names = append(u.names, r.Unit)
		u.places[r.Unit] = place
	}
	m.unit = place
}
