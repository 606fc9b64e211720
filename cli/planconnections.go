package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labtop/health"
	"labtop/model"
	"labtop/plan"
	"labtop/subscriber"
)

// connectionPlan is what `labtop plan connections` is told.
type connectionPlan struct {
	fleet  plan.Fleet
	limit  int // 0 for none
	asJSON bool
}

func newPlanConnections(a *app) *cobra.Command {
	var o connectionPlan
	cmd := &cobra.Command{
		Use:   "connections",
		Short: "How many connections a broker must take",
		Long: "Reckon how many connections a broker must take, by the course's formula:\n" +
			"(devices x 1.2) + (backends x 2) + (monitors x 3), rounded up. With --limit it is\n" +
			"compared with what the broker allows, of which a fifth should stay free; with\n" +
			"--broker on the command line with what the broker has now, as its $SYS tells.",
		Example: "  labtop plan connections --devices 1000 --backends 5 --monitors 2\n" +
			"  labtop plan connections --devices 1000 --limit 1500 -b mqtt://lab-pi",
		Args: noCommand,
		RunE: a.configured(func(ctx context.Context, a *app, c *Config, _ []string) error {
			return a.planConnections(ctx, c, &o)
		}),
	}
	flags := cmd.Flags()
	flags.IntVar(&o.fleet[plan.Devices], "devices", 0, "`N` devices that publish")
	flags.IntVar(&o.fleet[plan.Backends], "backends", 0, "`N` programs that store or process")
	flags.IntVar(&o.fleet[plan.Monitors], "monitors", 0, "`N` dashboards that look on")
	flags.IntVar(&o.limit, "limit", 0, "the `N` connections that the broker allows; 0 compares with none")
	flags.BoolVar(&o.asJSON, "json", false, "print one JSON object")
	return cmd
}

// check looks at what the flags say.
func (o *connectionPlan) check() error {
	const outOfRange = "--%s: %d is out of range; write a number from 0 to %d"
	for k, n := range o.fleet {
		if n < 0 || n > plan.Most {
			return usagef(outOfRange, plan.Kind(k), n, plan.Most)
		}
	}
	if o.limit < 0 || o.limit > plan.Most {
		return usagef(outOfRange, "limit", o.limit, plan.Most)
	}
	if o.fleet == (plan.Fleet{}) {
		return usagef("there is nothing to reckon; give --devices, --backends or --monitors")
	}
	return nil
}

func (a *app) planConnections(ctx context.Context, c *Config, o *connectionPlan) error {
	if err := o.check(); err != nil {
		return err
	}
	var now *health.Report // nil when no broker was asked
	if c.origins["broker"].layer == fromFlag {
		said, err := a.askBroker(ctx, c)
		if err != nil {
			return err
		}
		now = &said
	}
	if o.asJSON {
		return a.printJSON(newPlannedConnections(c, o, now))
	}
	w := a.newStepWriter(c)
	for _, line := range workingOf(o.fleet) {
		w.hang("", line, 0)
	}
	if o.limit > 0 {
		w.line("", 0)
		w.fit(o.fleet.Connections(), o.limit)
	}
	if now != nil {
		w.line("", 0)
		w.hang("", nowConnected(c, o, now), 0)
	}
	if w.err != nil {
		return fmt.Errorf("printing the plan: %w", w.err)
	}
	return nil
}

// systemWait is how long a broker may take to tell of itself. Most keep what they said
// last for new subscribers.
const systemWait = 5 * time.Second

// askBroker listens to what the broker says of itself, until it has said how many
// clients it has.
func (a *app) askBroker(ctx context.Context, c *Config) (health.Report, error) {
	c.Filters = []subscriber.Filter{{Topic: "$SYS/#"}}
	a.warnInsecure(c)
	store, err := newStore(c)
	if err != nil {
		return health.Report{}, err
	}
	err = a.lookAt(ctx, c, store, systemWait, func() bool {
		said := store.Broker()
		return said.Clients.Offered() || store.Status().Connection.State == model.Waiting // it is not tried again
	})
	return store.Broker(), err
}

// nowConnected says what the broker has, in one line.
func nowConnected(c *Config, o *connectionPlan, now *health.Report) string {
	if !now.Clients.Offered() {
		return c.Broker.String() + " does not offer in $SYS how many clients it has"
	}
	connected := int(now.Clients.Value)
	text := fmt.Sprintf("%s has %s, by its $SYS", c.Broker, clients(connected))
	if now.MostClients.Offered() {
		text += fmt.Sprintf(", and had %s at most", thousands(int(now.MostClients.Value)))
	}
	if more := o.fleet.Connections() - connected; more > 0 {
		text += fmt.Sprintf("; the plan has %s more", thousands(more))
	}
	return text
}

func clients(n int) string {
	if n == 1 {
		return "1 client"
	}
	return thousands(n) + " clients"
}

// workingOf is the formula with the numbers in it, part by part and as a whole.
func workingOf(f plan.Fleet) []string {
	var counts, factors, products, terms []string
	for k, n := range f {
		kind := plan.Kind(k)
		counts = append(counts, thousands(n))
		factors = append(factors, fmt.Sprintf("%-3s", tenths(kind.Tenths())))
		products = append(products, tenths(f.Tenths(kind)))
		terms = append(terms, fmt.Sprintf("(%s × %s)", thousands(n), tenths(kind.Tenths())))
	}
	total := thousands(f.Connections())
	counts, products = rightAligned(counts...), rightAligned(append(products, total)...)
	var lines []string
	for k := range f {
		lines = append(lines, fmt.Sprintf("  %-11s  %s × %s = %s", plan.Kind(k), counts[k], factors[k], products[k]))
	}
	last := fmt.Sprintf("  %-11s  %*s%s", "connections", len(counts[0])+len(" x 1.2 = "), "", products[len(f)])
	if f.Rounded() {
		last += "  (rounded up)"
	}
	return append(lines, last, "", strings.Join(terms, " + ")+" = "+total)
}

// fit says how connections stand to a limit.
func (w *stepWriter) fit(connections, limit int) {
	state, word, remedy := subscriber.StepOK, "ok", ""
	text := fmt.Sprintf("%s of %s connections are %.1f %%", thousands(connections), thousands(limit), used(connections, limit))
	switch plan.Compare(connections, limit) {
	case plan.TooMany:
		state, word = subscriber.StepFailed, "too many"
		text += fmt.Sprintf(": the broker refuses what is above its limit, %s", thousands(connections-limit))
	case plan.Tight:
		state, word = subscriber.StepWarning, "warning"
		text += fmt.Sprintf(", above the 80 %% line (%s)", thousands(plan.Line(limit)))
	case plan.Fits:
		text += fmt.Sprintf(", not above the 80 %% line (%s)", thousands(plan.Line(limit)))
	}
	if state != subscriber.StepOK {
		remedy = fmt.Sprintf("a limit of %s leaves a fifth free", thousands(plan.LimitFor(connections)))
	}
	sign := w.sign(state)
	indent := len([]rune(sign)) + len(word) + 3
	w.hang(w.paint(state, sign+" "+word+"  "), text, indent)
	w.remedy(remedy, indent)
}

// used is how much of a limit is used, in percent.
func used(connections, limit int) float64 { return 100 * float64(connections) / float64(limit) }

// plannedConnections is the plan as --json prints it. Scripts read it: fields are added,
// never renamed.
type plannedConnections struct {
	Devices     plannedPart `json:"devices"`
	Backends    plannedPart `json:"backends"`
	Monitors    plannedPart `json:"monitors"`
	Connections int         `json:"connections"`
	// Limit is null when nothing was compared with one.
	Limit *plannedLimit `json:"limit"`
	// Broker is null when none was asked.
	Broker *plannedBroker `json:"broker"`
}

type plannedBroker struct {
	URL string `json:"url"`
	// Clients and MostClients are null when the broker does not offer them.
	Clients     *int `json:"clients"`
	MostClients *int `json:"most_clients"`
}

type plannedPart struct {
	Count       int     `json:"count"`
	Factor      float64 `json:"factor"`
	Connections float64 `json:"connections"`
}

type plannedLimit struct {
	Connections int     `json:"connections"`
	Line        int     `json:"line"`
	UsedPercent float64 `json:"used_percent"`
	// State is ok, warning or over. Needed is the smallest limit of which a fifth stays
	// free.
	State  string `json:"state"`
	Needed int    `json:"needed"`
}

func newPlannedConnections(c *Config, o *connectionPlan, now *health.Report) plannedConnections {
	part := func(k plan.Kind) plannedPart {
		return plannedPart{
			Count: o.fleet[k], Factor: float64(k.Tenths()) / 10, Connections: float64(o.fleet.Tenths(k)) / 10,
		}
	}
	total := o.fleet.Connections()
	p := plannedConnections{
		Devices: part(plan.Devices), Backends: part(plan.Backends), Monitors: part(plan.Monitors), Connections: total,
	}
	if o.limit > 0 {
		p.Limit = &plannedLimit{
			Connections: o.limit, Line: plan.Line(o.limit), UsedPercent: used(total, o.limit),
			State: plan.Compare(total, o.limit).String(), Needed: plan.LimitFor(total),
		}
	}
	if now != nil {
		p.Broker = &plannedBroker{URL: c.Broker.String(), Clients: whole(now.Clients), MostClients: whole(now.MostClients)}
	}
	return p
}

// whole is a figure that is offered; else nil.
func whole(f health.Figure) *int {
	if !f.Offered() {
		return nil
	}
	return new(int(f.Value))
}
