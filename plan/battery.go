package plan

import "time"

// Packets is how many packets a message of a QoS takes, acknowledgements included: a
// PUBLISH; with its PUBACK; with PUBREC, PUBREL and PUBCOMP (MQTT 3.1.1 section 4.3).
func Packets(qos int) int { return [...]int{1, 2, 4}[qos] }

// Battery is a board that sleeps, wakes at an interval, sends one message and sleeps
// again, and the battery that it lives on.
type Battery struct {
	// Current flows while the radio is on, SleepCurrent otherwise, both in mA. The
	// first is above 0, the second 0 at least.
	Current, SleepCurrent float64
	// Interval is the time from one message to the next, above 0.
	Interval time.Duration
	// Capacity is the battery's, in mAh, above 0.
	Capacity float64
}

// Mean is the mean current in mA when the radio is on for so long in each interval. It
// is Current where that is longer than the interval.
func (b Battery) Mean(radio time.Duration) float64 {
	share := min(1, float64(radio)/float64(b.Interval))
	return share*b.Current + (1-share)*b.SleepCurrent
}

// Hours is how long the battery lasts when the radio is on for so long in each interval.
func (b Battery) Hours(radio time.Duration) float64 { return b.Capacity / b.Mean(radio) }
