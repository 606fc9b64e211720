package model

import (
	"fmt"
	"testing"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	x := newIndex[*device]()
	const many = 5000
	name := func(i int) string { return fmt.Sprint("lab", i) }
	for i := range many {
		if d := x.find(name(i)); d != nil {
			t.Fatalf("%s is found as %s before it is there", name(i), d.id)
		}
		x.put(&device{id: name(i)})
	}
	for i := range many {
		if d := x.find(name(i)); d == nil || d.id != name(i) {
			t.Fatalf("%s is found as %v", name(i), d)
		}
	}
	seen := make(map[string]bool)
	for d := range x.all {
		seen[d.id] = true
	}
	if x.n != many || len(seen) != many {
		t.Errorf("%d counted and %d listed, want %d", x.n, len(seen), many)
	}
	for range x.all {
		break // a range may end early
	}
}
