package health

import (
	"slices"
	"strings"
	"time"

	"labtop/safetext"
)

// cluster are the nodes that speak.
type cluster []*node

// live are the nodes that are still there.
func (t *Tracker) live() cluster {
	newest := int64(0)
	for i := range t.nodes {
		newest = max(newest, t.nodes[i].heard)
	}
	since := newest - gone
	if newest >= t.lost {
		since = max(since, t.lost)
	}
	var live cluster
	for i := range t.nodes {
		if t.nodes[i].heard >= since {
			live = append(live, &t.nodes[i])
		}
	}
	return live
}

func (c cluster) heard() (newest int64) {
	for _, n := range c {
		newest = max(newest, n.heard)
	}
	return newest
}

func (c cluster) family() Family {
	for _, n := range c {
		if f := n.kind(); f != "" {
			return f
		}
	}
	return ""
}

// version are the nodes' versions, each once.
func (c cluster) version() string {
	var all []string
	for _, n := range c {
		v := safetext.Clean(strings.TrimPrefix(n.version, "mosquitto version "))
		if v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, ", ")
}

// uptime is that of the node that started last, in seconds, and when it did.
func (c cluster) uptime() (up Figure, started time.Time) {
	for _, n := range c {
		v := n.uptime()
		if v.at == 0 {
			continue
		}
		at := stamp(v.at)
		if start := at.Add(-time.Duration(v.number * float64(time.Second))); start.After(started) || up.At.IsZero() {
			up, started = Figure{v.number, at}, start
		}
	}
	return up, started
}

// sum adds up what the nodes tell.
func (c cluster) sum(of func(*node) value) Figure {
	var sum value
	for _, n := range c {
		if v := of(n); v.at != 0 {
			sum.number += v.number
			sum.at = older(sum.at, v.at)
		}
	}
	return sum.figure()
}

// greatest is the greatest of what the nodes tell.
func (c cluster) greatest(of func(*node) value) Figure {
	var most value
	for _, n := range c {
		if v := of(n); v.at != 0 && (most.at == 0 || v.number > most.number) {
			most = v
		}
	}
	return most.figure()
}

// alone is what the only node tells; of several it is not offered.
func (c cluster) alone(of func(*node) value) Figure {
	if len(c) != 1 {
		return Figure{}
	}
	v := of(c[0])
	return v.figure()
}

// counter adds up totals, and the rates of those that have one.
func (c cluster) counter(of func(*node) counted) (sum Counter) {
	sum.Total = c.sum(func(n *node) value { return of(n).total })
	for _, n := range c {
		told := of(n)
		r := told.rate(n.heard)
		switch {
		case !r.Offered():
		case !sum.Rate.Offered():
			sum.Rate = r
		default:
			sum.Rate.Value += r.Value
			sum.Rate.Over = max(sum.Rate.Over, r.Over)
			sum.Rate.Told = sum.Rate.Told && r.Told
			if r.At.Before(sum.Rate.At) {
				sum.Rate.At = r.At
			}
		}
	}
	return sum
}

func (v *value) figure() Figure { return Figure{v.number, stamp(v.at)} }

// older is the earlier of two times, of which 0 is none.
func older(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}
