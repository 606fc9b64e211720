package decode

import "labtop/model"

// maxUnits is how many members of one object may name units.
const maxUnits = 8

// siblings are the members of one object that matter for the units in it:
// "temperatureUnit" names that of "temperature", "unit" that of the only number
// beside it.
type siblings struct {
	only    *node // the last number
	numbers int
	naming  [maxUnits]*node
	named   int
}

// note takes down the member m, whose reading is r; nil when it has none.
func (u *siblings) note(m *node, r *model.Reading) {
	switch {
	case r == nil:
	case r.Value.Kind == model.Number:
		if m != u.only {
			u.numbers++
		}
		u.only = m
	case r.Value.Kind == model.Text && (m.unitOnly || m.unitOf != "") && u.named < maxUnits:
		u.naming[u.named] = m
		u.named++
	}
}

// apply gives the readings of the object n their units. A member that was used
// so is no reading of its own.
func (u *siblings) apply(n *node, w *walk) {
	for _, m := range u.naming[:u.named] {
		target := w.d.tree.kid(n, m.unitOf)
		if m.unitOnly {
			target = nil
			if u.numbers == 1 {
				target = u.only
			}
		}
		name, r := w.reading(m), w.reading(target)
		if r == nil || name == nil || r.Value.Kind != model.Number {
			continue
		}
		if r.UnitSource < model.UnitDeclared {
			if unit := m.unit.declared(name.Raw); unit != "" {
				r.Unit, r.UnitSource = unit, model.UnitDeclared
			}
		}
		name.Value.Kind = usedUp
		w.applied = true
	}
}

// reading returns what this message says at the place n, or nil.
func (w *walk) reading(n *node) *model.Reading {
	if n == nil || n.slot.message != w.d.tree.message {
		return nil
	}
	return &w.out.Readings[n.slot.reading]
}
