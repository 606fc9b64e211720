package plan_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"labtop/plan"
)

func TestConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fleet plan.Fleet
		want  int
		exact bool
	}{
		{"the course's", plan.Fleet{1000, 5, 2}, 1216, true},
		{"nobody", plan.Fleet{}, 0, true},
		{"one device", plan.Fleet{1, 0, 0}, 2, false},
		{"up from a tenth", plan.Fleet{8, 0, 0}, 10, false},
		{"five devices", plan.Fleet{5, 0, 0}, 6, true},
		{"backends", plan.Fleet{0, 3, 0}, 6, true},
		{"monitors", plan.Fleet{0, 0, 3}, 9, true},
		{"most", plan.Fleet{plan.Most, plan.Most, plan.Most}, 62_000_000, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.fleet.Connections(); got != tt.want || tt.fleet.Rounded() == tt.exact {
				t.Errorf("%d, rounded %t", got, tt.fleet.Rounded())
			}
		})
	}
}

// TestConnectionsExactly compares with the formula in exact fractions.
func TestConnectionsExactly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		f := plan.Fleet{random.IntN(plan.Most), random.IntN(100), random.IntN(100)}
		sum := new(big.Rat).Mul(big.NewRat(12, 10), big.NewRat(int64(f[0]), 1))
		sum.Add(sum, big.NewRat(int64(2*f[1]+3*f[2]), 1))
		got := big.NewRat(int64(f.Connections()), 1)
		if over := new(big.Rat).Sub(got, sum); over.Sign() < 0 || over.Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%v: %s for %s", f, got, sum)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connections, limit int
		want               plan.Fit
		line, enough       int
	}{
		{1216, 2000, plan.Fits, 1600, 1520},
		{1216, 1520, plan.Fits, 1216, 1520},
		{1216, 1519, plan.Tight, 1215, 1520},
		{1216, 1216, plan.Tight, 972, 1520},
		{1216, 1215, plan.TooMany, 972, 1520},
		{0, 1, plan.Fits, 0, 0},
		{1, 1, plan.Tight, 0, 2},
		{plan.Most, plan.Most, plan.Tight, 8_000_000, 12_500_000},
	}
	for _, tt := range tests {
		if got := plan.Compare(tt.connections, tt.limit); got != tt.want {
			t.Errorf("%d of %d: %s, want %s", tt.connections, tt.limit, got, tt.want)
		}
		if got := plan.Line(tt.limit); got != tt.line {
			t.Errorf("line of %d: %d, want %d", tt.limit, got, tt.line)
		}
		if got := plan.LimitFor(tt.connections); got != tt.enough {
			t.Errorf("limit for %d: %d, want %d", tt.connections, got, tt.enough)
		}
	}
}

// TestLimitForIsTheSmallest looks at every small number of connections.
func TestLimitForIsTheSmallest(t *testing.T) {
	t.Parallel()
	for n := 1; n < 5000; n++ {
		limit := plan.LimitFor(n)
		if plan.Compare(n, limit) != plan.Fits || plan.Compare(n, limit-1) == plan.Fits {
			t.Fatalf("%d for %d", limit, n)
		}
	}
}
