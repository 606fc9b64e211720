// Package plan is the course's calculators: how many connections a broker has to bear,
// and how long a battery lasts at each QoS. It is arithmetic alone.
package plan

// Kind is a kind of MQTT client.
type Kind uint8

// The kinds, as the course counts them.
const (
	Devices Kind = iota
	Backends
	Monitors
	kinds
)

func (k Kind) String() string { return [...]string{"devices", "backends", "monitors"}[k] }

// Tenths is how many tenths of a connection one client of the kind counts as: the
// course's 1.2, 2 and 3.
func (k Kind) Tenths() int { return [...]int{12, 20, 30}[k] }

// Most is the largest number of clients of a kind, and the largest limit, that a plan
// may have.
const Most = 10_000_000

// Fleet is how many clients of each kind there will be, from 0 to [Most].
type Fleet [kinds]int

// Tenths is how many tenths of a connection the clients of a kind count as together.
func (f Fleet) Tenths(k Kind) int { return f[k] * k.Tenths() }

// Connections is how many connections the fleet needs, rounded up.
func (f Fleet) Connections() int { return (f.sum() + 9) / 10 }

// Rounded says whether the number of connections was rounded.
func (f Fleet) Rounded() bool { return f.sum()%10 != 0 }

// sum is the connections in tenths.
func (f Fleet) sum() int {
	sum := 0
	for k := range kinds {
		sum += f.Tenths(k)
	}
	return sum
}

// Fit is how a number of connections stands to a broker's limit.
type Fit uint8

// The fits. The line is at four fifths of the limit, see [Line].
const (
	// Fits: the connections are on the line or below.
	Fits Fit = iota
	// Tight: they are above the line, and within the limit.
	Tight
	// TooMany: they are above the limit.
	TooMany
)

func (f Fit) String() string { return [...]string{"ok", "warning", "over"}[f] }

// Line is the 80 % line of a limit, rounded down.
func Line(limit int) int { return limit * 8 / 10 }

// Compare says how connections stand to a limit.
func Compare(connections, limit int) Fit {
	switch {
	case connections > limit:
		return TooMany
	case connections > Line(limit):
		return Tight
	}
	return Fits
}

// LimitFor is the smallest limit that connections fit in.
func LimitFor(connections int) int { return (connections*10 + 7) / 8 }
