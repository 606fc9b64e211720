package model

import "time"

// flow is how much of something comes each second: its total is looked at again and
// again, and what it grew by and the time in which it did fade alike.
type flow struct {
	total         uint64
	grown, passed float64 // of late; seconds
}

// flowWindow is the time constant of a flow.
const flowWindow = 10 * time.Second

// see looks at the total when some time has passed since the last look.
func (f *flow) see(total uint64, passed time.Duration) {
	if passed <= 0 {
		return // what came meanwhile is seen next time
	}
	grown := float64(total - min(f.total, total))
	fade := float64(flowWindow) / float64(flowWindow+passed)
	*f = flow{total: total, grown: f.grown*fade + grown, passed: f.passed*fade + passed.Seconds()}
}

// perSec is how much has come each second of late; 0 before the first look.
func (f *flow) perSec() float64 {
	if f.passed == 0 {
		return 0
	}
	return f.grown / f.passed
}
