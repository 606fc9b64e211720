package ui

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/health"
	"labtop/model"
	"labtop/safetext"
)

// PlainOptions is what the plain text is made of besides the state.
type PlainOptions struct {
	// ASCII uses no other characters.
	ASCII bool
	// Live adds how to end the program.
	Live bool
	// Decimals is as in Options.
	Decimals map[string]int
	// Broker is what the broker says of itself.
	Broker health.Report
	// Alerts are the active ones, in the order in which they are listed, and
	// Standing says how a metric stands; nil when there are no rules.
	Alerts   []alerts.Alert
	Standing func(model.Key) alerts.Standing
}

// WritePlain writes the state as text for pipes, logs and terminals that can do
// nothing else. It has no escapes, and text from outside is made safe. It goes through
// the devices twice, and keeps none: there may be very many.
func WritePlain(w io.Writer, devices model.Listing, status model.Status, o PlainOptions) error {
	p := plain{w: bufio.NewWriterSize(w, 64<<10), status: &status, o: &o}
	p.printf("IoT MQTT Dashboard - Real-Time Sensor Data\n")
	p.connection(o.Live)
	p.measure(devices)
	none := true
	for d, metrics := range devices {
		p.device(&d, metrics)
		none = false
	}
	if none {
		p.printf("\nNo device has spoken yet.\n")
	}
	p.alerts(o.Alerts)
	p.printf("\nTotal messages received: %d\n", status.Counters.Messages)
	last := "never"
	if !status.LastMessage.IsZero() {
		last = clock(status.LastMessage, status.Now)
	}
	p.printf("Last update: %s\n", last)
	p.broker(&o.Broker)
	p.losses()
	if o.Live {
		p.printf("Press Ctrl+C to exit\n")
	}
	return p.w.Flush()
}

type plain struct {
	w           *bufio.Writer // it keeps its first error
	o           *PlainOptions
	status      *model.Status
	name, value int // widths of the columns
}

func (p *plain) printf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.o.ASCII {
		text = toASCII(text)
	}
	_, _ = p.w.WriteString(text)
}

// The columns are as wide as their longest text, within reason.
const (
	plainName, plainNameMax   = 11, 32
	plainValue, plainValueMax = 16, 40
)

func (p *plain) measure(devices model.Listing) {
	p.name, p.value = plainName, plainValue
	for _, metrics := range devices {
		for m := range metrics {
			declareDecimals(&m, p.o.Decimals)
			p.name = max(p.name, min(cells(metricHeading(&m)), plainNameMax))
			p.value = max(p.value, min(cells(readingUnit(&m)), plainValueMax))
		}
	}
}

// connection says what is wrong with the connection, nothing when it is well.
func (p *plain) connection(live bool) {
	c := &p.status.Connection
	if c.Insecure {
		p.printf("\nINSECURE: the broker's certificate is not verified\n")
	}
	if c.State != model.Connected && c.State != model.Closed && !c.Since.IsZero() { // a log tells of none
		p.printf("\nNot connected: %s\n", safetext.Clean(orElse(c.Problem, "trying")))
		if c.Hint != "" {
			p.printf("  %s\n", safetext.Clean(c.Hint))
		}
	}
	if c.Forgotten() {
		p.printf("\nThe broker had not kept the session: what was sent meanwhile is lost\n")
	}
	if c.Link != nil && c.Link.TLS != nil {
		for _, held := range c.Link.TLS.Certificates() {
			p.certificate(held)
		}
	}
	if silent := p.status.Source.Silent; silent > 0 {
		p.printf("\nNo answer for %s: the broker or the network hangs\n", age(silent))
	}
	if own := p.status.Source.Presence; own != "" {
		p.printf("\n%s\n", safetext.Clean(own))
	}
	for i, s := range c.Subscriptions {
		switch {
		case s.Refused():
			p.printf("\nTopic filter %s: %s\n", safetext.Clean(s.Filter), safetext.Clean(s.Error))
		case saysNothing(p.status, i, live):
			p.printf("\nTopic filter %s: subscribed, nothing received\n", safetext.Clean(s.Filter))
		}
	}
}

// saysNothing says whether a filter was granted and has brought nothing, live ones not
// before a while is over.
func saysNothing(s *model.Status, i int, live bool) bool {
	c := &s.Connection
	return s.Filter(i) == model.FilterSilent && !brokersOwn(c, c.Subscriptions[i]) && (!live || s.Now.Sub(c.Since) > silentSubscription)
}

// SilentFilters is how many filters the plain text of a live session says of that nothing
// was received on them.
func SilentFilters(s *model.Status) int {
	n := 0
	for i := range s.Connection.Subscriptions {
		if saysNothing(s, i, true) {
			n++
		}
	}
	return n
}

// certificate says of a certificate that it expires soon, or has expired.
func (p *plain) certificate(c model.RoleCertificate) {
	left := c.Left(p.status.Now)
	days := counted(left.Abs()/(24*time.Hour), "day")
	switch name := safetext.Clean(c.Subject); {
	case left >= model.ExpiresSoon || c.NotAfter.IsZero():
	case left <= 0:
		p.printf("\nCertificate of the %s (%s): expired %s ago\n", c.Role, name, days)
	default:
		p.printf("\nCertificate of the %s (%s): expires in %s\n", c.Role, name, days)
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (p *plain) device(dev *model.Device, metrics iter.Seq[model.Metric]) {
	p.printf("\n%s", deviceTitle(dev))
	switch {
	case dev.Presence == model.Offline && !dev.PresenceRetained:
		p.printf(" (offline since %s)", clock(dev.PresenceSince, p.status.Now))
	case dev.Presence == model.Offline, dev.Presence == model.Asleep:
		p.printf(" (%s)", dev.Presence)
	case dev.Presence == model.Online && dev.Hearsay():
		p.printf(" (unconfirmed: not heard yet)")
	case dev.Stale:
		p.printf(" (silent for %s)", age(p.status.Now.Sub(dev.LastSeen)))
	}
	p.printf("\n")
	for m := range metrics {
		declareDecimals(&m, p.o.Decimals)
		p.metric(dev, &m)
	}
}

func (p *plain) metric(d *model.Device, m *model.Metric) {
	alarm := ""
	if p.o.Standing != nil {
		if s := p.o.Standing(model.Key{Device: d.ID, Topic: m.Topic, Path: m.Path}).Severity; s != alerts.Clear {
			alarm = s.String()
		}
	}
	p.printf("  %s  %s  [%s] QoS:%d", padRight(metricHeading(m), p.name), padRight(readingUnit(m), p.value), clock(m.Time, p.status.Now), m.QoS)
	for _, mark := range []struct {
		when bool
		text string
	}{
		{m.Retained, "retained"},
		{m.Dup > 0, fmt.Sprintf("dup:%d", m.Dup)},
		{m.Condition != model.Fine && m.Value.Kind != model.NoValue, m.Condition.String()},
		{m.State == model.StateStale, "stale"},
		{alarm != "", alarm},
	} {
		if mark.when {
			p.printf(" %s", mark.text)
		}
	}
	p.printf("\n")
}

// alerts lists the active alerts, one line each.
func (p *plain) alerts(active []alerts.Alert) {
	if len(active) > 0 {
		p.printf("\nAlerts\n")
	}
	for i := range active {
		a := &active[i]
		word := a.Severity.String()
		if a.State == alerts.Pending {
			word = "pending"
		}
		what := strings.TrimSpace(title(a.Series.Name) + " " + heading(a.Series.Metric))
		line := fmt.Sprintf("%-8s  %s  %s: %s, since %s", word, what, a.Rule, a.Summary, clock(a.Since, p.status.Now))
		switch {
		case !a.Silenced.IsZero():
			line += " (silenced)"
		case !a.Acknowledged.IsZero():
			line += " (acknowledged)"
		}
		p.printf("  %s\n", safetext.Clean(line))
	}
}

// broker tells in a line how the broker does, if it says so.
func (p *plain) broker(b *health.Report) {
	var parts []string
	if name := strings.TrimSpace(string(b.Family) + " " + b.Version); name != "" {
		parts = append(parts, name)
	}
	if !b.Started.IsZero() {
		parts = append(parts, "up for "+span(upFor(p.status, b).Round(time.Second)))
	}
	if load := b.Load(); load.Offered() {
		parts = append(parts, fmt.Sprintf("%.0f of %d clients (%.0f %%)", b.Clients.Value, b.Limit, load.Value))
	} else if b.Clients.Offered() {
		parts = append(parts, counted(uint64(b.Clients.Value), "client"))
	}
	if len(parts) > 0 {
		p.printf("Broker: %s\n", strings.Join(parts, ", "))
	}
}

// losses tells what was not kept, one line each.
func (p *plain) losses() {
	c := &p.status.Counters
	for _, loss := range []struct {
		n    uint64
		text string
	}{
		{c.BrokerDropped, "Messages that the broker has dropped, for whichever client"},
		{c.Dropped, "Messages on topics beyond the limit, not kept"},
		{c.UntrackedMetrics, "Readings beyond the limit of metrics, not kept"},
		{c.Truncated, "Payloads cut at the limit"},
		{c.Shortened, "Texts of which only the start was kept for want of memory"},
		{c.Unread, "Payloads with JSON too large to be read"},
		{c.Skipped, "Values left out of payloads that hold too many"},
		{c.Evicted, "Readings whose history had to go for want of memory"},
		{c.Undecodable, "Payloads that are binary data or broken JSON"},
	} {
		if loss.n > 0 {
			p.printf("%s: %d\n", loss.text, loss.n)
		}
	}
}

func metricHeading(m *model.Metric) string { return safetext.Clean(heading(label(m))) }

// padRight makes a text safe and fills it to a width; longer text stays whole,
// since nobody aligns columns by cutting data.
func padRight(s string, width int) string {
	s = safetext.Clean(s)
	return s + strings.Repeat(" ", max(width-cells(s), 0))
}
