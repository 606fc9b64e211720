package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labtop/plan"
)

// batteryFlags are what `labtop plan battery` is told, as text.
type batteryFlags struct {
	current, sleepCurrent, capacity  string
	radioTime, connectTime, interval string
	asJSON                           bool
}

// batteryPlan is that, understood.
type batteryPlan struct {
	plan.Battery
	// radio is how long a message of each QoS keeps the radio on, connect how long
	// connecting anew does.
	radio   [3]time.Duration
	connect time.Duration
	// packet is what a packet takes where radio was reckoned from it; 0 where radio was
	// given for each QoS.
	packet time.Duration
	// qos are the rows to show.
	qos []int
}

func newPlanBattery(a *app) *cobra.Command {
	var o batteryFlags
	cmd := &cobra.Command{
		Use:   "battery",
		Short: "How long a battery lasts at QoS 0, 1 and 2",
		Long: "Reckon how long the battery of a board lasts that wakes, sends one message and\n" +
			"sleeps again, at QoS 0, 1 and 2, with the working. The defaults are a data sheet's\n" +
			"figures and assumptions: measure your own board and give what you found. Of the\n" +
			"common flags --qos shows one QoS only.",
		Example: "  labtop plan battery --interval 5m\n" +
			"  labtop plan battery --qos 1 --current 120 --radio-time 80ms --capacity 2000\n" +
			"  labtop plan battery --radio-time 40ms,95ms,170ms",
		Args: noCommand,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.current, "current", "240", "current while the radio is on, in `MA`")
	flags.StringVar(&o.sleepCurrent, "sleep-current", "0.01", "current while the board sleeps, in `MA`")
	flags.StringVar(&o.radioTime, "radio-time", "50ms", "radio on for a packet: a `DURATION`; or for a message at QoS 0, 1 and 2: three of them")
	flags.StringVar(&o.connectTime, "connect-time", "2s", "radio on for `DURATION` more when the board connects each time")
	flags.StringVar(&o.interval, "interval", "1m", "one message each `DURATION`")
	flags.StringVar(&o.capacity, "capacity", "2500", "the battery's capacity, in `MAH`")
	flags.BoolVar(&o.asJSON, "json", false, "print one JSON object")
	cmd.RunE = a.configured(func(_ context.Context, a *app, c *Config, _ []string) error {
		p, err := o.understood(c)
		if err != nil {
			return err
		}
		if o.asJSON {
			return a.printJSON(newPlannedBattery(p))
		}
		return a.writeBattery(c, p, assumed(cmd))
	})
	return cmd
}

// understood reads the flags.
func (o *batteryFlags) understood(c *Config) (p *batteryPlan, err error) {
	p = &batteryPlan{qos: []int{0, 1, 2}}
	if c.origins["qos"].layer == fromFlag {
		p.qos = []int{int(c.QoS)}
	}
	const mostCurrent, mostCapacity = 100_000, 10_000_000
	if p.Current, err = parseAmount("current", o.current, "mA", 0.001, mostCurrent); err != nil {
		return nil, err
	}
	if p.SleepCurrent, err = parseAmount("sleep-current", o.sleepCurrent, "mA", 0, p.Current); err != nil {
		return nil, err
	}
	if p.Capacity, err = parseAmount("capacity", o.capacity, "mAh", 0.001, mostCapacity); err != nil {
		return nil, err
	}
	const longest = 365 * 24 * time.Hour
	if p.Interval, err = parseTime("interval", o.interval, time.Millisecond, longest); err != nil {
		return nil, err
	}
	if p.connect, err = parseTime("connect-time", o.connectTime, 0, longest); err != nil {
		return nil, err
	}
	if err := p.readRadioTime(o.radioTime); err != nil {
		return nil, err
	}
	for _, qos := range p.qos {
		if p.radio[qos] >= p.Interval {
			return nil, usagef("--interval: %s leaves no time to sleep, for at QoS %d the radio is on for %s; write a longer one", p.Interval, qos, p.radio[qos])
		}
	}
	return p, nil
}

// readRadioTime reads one time, for a packet, or three, for a message of each QoS.
func (p *batteryPlan) readRadioTime(text string) error {
	times := strings.Split(text, ",")
	if len(times) != 1 && len(times) != len(p.radio) {
		return usagef("--radio-time: %s is %d durations; write one for a packet, or three for QoS 0, 1 and 2", quote(text), len(times))
	}
	for qos := range p.radio {
		part := times[min(qos, len(times)-1)]
		d, err := parseTime("radio-time", strings.TrimSpace(part), time.Microsecond, time.Hour)
		if err != nil {
			return err
		}
		p.radio[qos] = d
		if len(times) == 1 {
			p.packet, p.radio[qos] = d, d*time.Duration(plan.Packets(qos))
		}
	}
	return nil
}

// parseAmount reads a number, which may have its unit behind it.
func parseAmount(flag, text, unit string, least, most float64) (float64, error) {
	number, _ := strings.CutSuffix(text, unit)
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return 0, usagef("--%s: %s is not a number; write one in %s, such as 80 or 0.01", flag, quote(text), unit)
	}
	if !(v >= least && v <= most) {
		return 0, usagef("--%s: %s is out of range; write a number from %g to %.9g, in %s", flag, quote(text), least, most, unit)
	}
	return v, nil
}

// parseTime reads a duration.
func parseTime(flag, text string, least, most time.Duration) (time.Duration, error) {
	d, err := parseDuration(text)
	if err != nil {
		return 0, usagef("--%s: %w", flag, err)
	}
	if d < least || d > most {
		return 0, usagef("--%s: %s is out of range; write a duration from %s to %s", flag, quote(text), least, most)
	}
	return d, nil
}

// assumed are the flags of what was not given.
func assumed(cmd *cobra.Command) []string {
	var names []string
	for _, name := range []string{"current", "sleep-current", "radio-time", "connect-time", "interval", "capacity"} {
		if !cmd.Flags().Changed(name) {
			names = append(names, name)
		}
	}
	return names
}

// plannedBattery is the table as --json prints it. Scripts read it: fields are added,
// never renamed.
type plannedBattery struct {
	CurrentMA      float64      `json:"current_ma"`
	SleepCurrentMA float64      `json:"sleep_current_ma"`
	CapacityMAH    float64      `json:"capacity_mah"`
	IntervalS      float64      `json:"interval_s"`
	ConnectTimeMS  float64      `json:"connect_time_ms"`
	QoS            []plannedQoS `json:"qos"`
}

type plannedQoS struct {
	QoS         int     `json:"qos"`
	Packets     int     `json:"packets"`
	RadioTimeMS float64 `json:"radio_time_ms"`
	plannedLife
	// Connecting is the same for a board that connects each time.
	Connecting plannedLife `json:"connecting"`
}

type plannedLife struct {
	MeanMA float64 `json:"mean_ma"`
	Hours  float64 `json:"hours"`
	Days   float64 `json:"days"`
}

func newPlannedBattery(p *batteryPlan) plannedBattery {
	life := func(radio time.Duration) plannedLife {
		return plannedLife{MeanMA: p.Mean(radio), Hours: p.Hours(radio), Days: p.Hours(radio) / 24}
	}
	r := plannedBattery{
		CurrentMA: p.Current, SleepCurrentMA: p.SleepCurrent, CapacityMAH: p.Capacity,
		IntervalS: p.Interval.Seconds(), ConnectTimeMS: inMS(p.connect),
	}
	for _, qos := range p.qos {
		r.QoS = append(r.QoS, plannedQoS{
			QoS: qos, Packets: plan.Packets(qos), RadioTimeMS: inMS(p.radio[qos]),
			plannedLife: life(p.radio[qos]), Connecting: life(p.radio[qos] + p.connect),
		})
	}
	return r
}
