package evilbroker_test

import (
	"slices"
	"strings"
	"testing"

	"labtop/testkit/evilbroker"
)

func TestTable(t *testing.T) {
	t.Parallel()
	names, ends := map[string]bool{}, 0
	for _, c := range slices.Concat(evilbroker.Cases(), evilbroker.Cases5()) {
		if c.Name == "" || names[c.Name] {
			t.Errorf("%q is no name, or there is another of it", c.Name)
		}
		names[c.Name] = true
		if c.Ends() {
			ends++
		}
		problem, hint := c.Told("lab-pi:1883")
		if (problem != "") != c.Ends() || strings.Contains(problem+hint, "*") {
			t.Errorf("%s: told %q, %q", c.Name, problem, hint)
		}
	}
	if ends < 30 {
		t.Errorf("only %d cases end the connection", ends)
	}
}
