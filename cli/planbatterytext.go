package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"labtop/plan"
)

// writeBattery prints the table, how each line of it came about, and what it leaves out.
// assumed are the flags whose values nobody gave.
func (a *app) writeBattery(c *Config, p *batteryPlan, assumed []string) error {
	w := a.newStepWriter(c)
	w.hang("", "One message each "+seconds(p.Interval)+" from a battery of "+amount(p.Capacity)+" mAh:", 0)
	w.line("", 0)
	for _, line := range p.table() {
		w.hang("", line, 0)
	}
	for _, qos := range p.qos {
		w.line("", 0)
		w.line(fmt.Sprintf("QoS %d, step by step", qos), 0)
		for _, line := range p.working(qos) {
			w.hang("  ", line, 2)
		}
	}
	for _, text := range p.caveats(assumed) {
		w.line("", 0)
		w.hang("", text, 0)
	}
	if w.err != nil {
		return fmt.Errorf("printing the plan: %w", w.err)
	}
	return nil
}

// table has a line for each QoS.
func (p *batteryPlan) table() []string {
	head := []string{"QOS", "PACKETS", "RADIO ON", "MEAN CURRENT", "LASTS", "CONNECTING EACH TIME"}
	columns := make([][]string, len(head))
	add := func(cells ...string) {
		for i, cell := range cells {
			columns[i] = append(columns[i], cell)
		}
	}
	add(head...)
	for _, qos := range p.qos {
		radio := p.radio[qos]
		add(strconv.Itoa(qos), strconv.Itoa(plan.Packets(qos)), seconds(radio),
			current(p.Mean(radio)), lasts(p.Hours(radio)), lasts(p.Hours(radio+p.connect)))
	}
	lines := make([]string, len(columns[0]))
	for _, cells := range columns {
		for i, cell := range rightAligned(cells...) {
			lines[i] += "  " + cell
		}
	}
	return lines
}

// working is how the line of a QoS comes about, step by step.
func (p *batteryPlan) working(qos int) []string {
	radio := p.radio[qos]
	share, rest := float64(radio)/float64(p.Interval), float64(p.Interval-radio)/float64(p.Interval)
	given := "as given"
	if p.packet > 0 {
		given = count(plan.Packets(qos), "packet") + " × " + seconds(p.packet)
	}
	names := []string{"radio on", "radio", "sleep", "mean current", "lasts", ""}
	steps := []string{
		given,
		fmt.Sprintf("%s mA × %s / %s", amount(p.Current), seconds(radio), seconds(p.Interval)),
		fmt.Sprintf("%s mA × %s / %s", amount(p.SleepCurrent), seconds(p.Interval-radio), seconds(p.Interval)),
		current(share*p.Current) + " + " + current(rest*p.SleepCurrent),
		amount(p.Capacity) + " mAh / " + current(p.Mean(radio)),
		hours(p.Hours(radio)) + " / 24",
	}
	results := []string{
		seconds(radio), current(share * p.Current), current(rest * p.SleepCurrent), current(p.Mean(radio)),
		hours(p.Hours(radio)), lasts(p.Hours(radio)),
	}
	if !longLasting(p.Hours(radio)) { // which is told in hours
		steps = steps[:len(steps)-1]
	}
	width := len([]rune(slices.MaxFunc(steps, func(a, b string) int { return len([]rune(a)) - len([]rune(b)) })))
	lines := make([]string, len(steps))
	for i := range steps {
		lines[i] = fmt.Sprintf("%-12s  %-*s  = %s", names[i], width, steps[i], results[i])
	}
	return lines
}

// caveats are what the table leaves out, and where its figures are from.
func (p *batteryPlan) caveats(assumed []string) []string {
	texts := []string{
		"A board in deep sleep loses its connection. One that connects anew each time has the radio on for " + seconds(p.connect) +
			" more (--connect-time), for WiFi, an address, TCP, TLS and CONNECT: that is the last column. Then it matters" +
			" more how often it sends than at which QoS. One that keeps its connection cannot sleep as deeply: give its --sleep-current.",
		"Not counted: the processor and the sensor while the radio is off, the voltage regulator, the battery's own discharge, messages sent again.",
	}
	if len(assumed) == 0 {
		return texts
	}
	var sources []string
	for _, name := range assumed {
		sources = append(sources, "--"+name+" "+assumption[name])
	}
	return append(texts, "Nobody gave these, measure them on your board: "+strings.Join(sources, ", ")+".")
}

// assumption says where the default of a flag is from.
var assumption = map[string]string{
	"current":       "240 mA (ESP32 data sheet, sending 802.11b at 1 Mbit/s)",
	"sleep-current": "0.01 mA (ESP32 data sheet, deep sleep with RTC timer and memory)",
	"radio-time":    "50 ms a packet (assumed)",
	"connect-time":  "2 s (assumed)",
	"interval":      "1 min (assumed)",
	"capacity":      "2,500 mAh (assumed)",
}

// seconds writes a time in the unit that a calculation uses: 50 ms, 59.95 s.
func seconds(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64) + " ms"
	}
	return strconv.FormatFloat(float64(d.Milliseconds())/1000, 'f', -1, 64) + " s"
}

// amount writes a number that somebody gave.
func amount(v float64) string {
	if v == float64(int(v)) {
		return thousands(int(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// current writes a current that was reckoned.
func current(mA float64) string { return strconv.FormatFloat(mA, 'f', 4, 64) + " mA" }

// lasts writes a time that was reckoned, in days where it is long.
func lasts(h float64) string {
	if longLasting(h) {
		return fraction(h/24) + " days"
	}
	return hours(h)
}

func longLasting(hours float64) bool { return hours >= 48 }

func hours(h float64) string { return fraction(h) + " h" }

// fraction writes a number, with a decimal where it is small.
func fraction(v float64) string {
	if v < 99.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return thousands(int(v + 0.5))
}
