package cli

import (
	"time"

	"labtop/health"
)

// reportBroker is what the broker says of itself. A figure that it does not tell is null.
type reportBroker struct {
	// Heard is when it last said anything, null when it never did.
	Heard   *time.Time `json:"heard"`
	Family  string     `json:"family"`
	Version string     `json:"version"`
	Nodes   int        `json:"nodes"`
	// Uptime is in seconds, as of its time; Started is when that began.
	Uptime  *reportFigure `json:"uptime"`
	Started *time.Time    `json:"started"`
	Clients *reportFigure `json:"clients"`
	// ClientsPercent is how many of the limit that is; null while that is not known.
	ClientsLimit   *int          `json:"clients_limit"`
	ClientsPercent *reportFigure `json:"clients_percent"`
	// Sessions are the clients and those that are away with their sessions stored,
	// ClientsMaximum the most clients that there ever were at a time.
	Sessions       *reportFigure `json:"sessions"`
	ClientsMaximum *reportFigure `json:"clients_maximum"`
	Retained       *reportFigure `json:"retained"`
	// RetainedOwn says that the broker's own topics are among the retained ones.
	RetainedOwn   bool          `json:"retained_own"`
	Subscriptions *reportFigure `json:"subscriptions"`
	Messages      reportTraffic `json:"messages"`
	Packets       reportTraffic `json:"packets"`
	Bytes         reportTraffic `json:"bytes"`
	Dropped       reportCounter `json:"dropped"`
	// Heap is in bytes.
	Heap        *reportFigure  `json:"heap"`
	HeapMaximum *reportFigure  `json:"heap_maximum"`
	Bridges     []reportBridge `json:"bridges"`
}

// reportFigure is a number and when the broker said it.
type reportFigure struct {
	Value float64    `json:"value"`
	Time  *time.Time `json:"time"`
}

type reportTraffic struct {
	Received reportCounter `json:"received"`
	Sent     reportCounter `json:"sent"`
}

// reportCounter is a total since the broker's start, and how fast it grows.
type reportCounter struct {
	Total *reportFigure `json:"total"`
	Rate  *reportRate   `json:"rate"`
}

// reportRate is the growth a second. Told says that the broker gave it, as an average
// over so many seconds; else it is made of two totals.
type reportRate struct {
	reportFigure
	OverSeconds float64 `json:"over_seconds"`
	Told        bool    `json:"told"`
}

type reportBridge struct {
	Name string     `json:"name"`
	Up   bool       `json:"up"`
	Time *time.Time `json:"time"`
}

func newReportBroker(b *health.Report) reportBroker {
	r := reportBroker{
		Heard: stamp(b.Heard), Family: string(b.Family), Version: b.Version, Nodes: b.Nodes,
		Uptime: newReportFigure(b.Uptime), Started: stamp(b.Started),
		Clients: newReportFigure(b.Clients), ClientsPercent: newReportFigure(b.Load()),
		Sessions: newReportFigure(b.Sessions), ClientsMaximum: newReportFigure(b.MostClients),
		Retained: newReportFigure(b.Retained), RetainedOwn: b.OwnRetained, Subscriptions: newReportFigure(b.Subscriptions),
		Messages: newReportTraffic(&b.Messages), Packets: newReportTraffic(&b.Packets), Bytes: newReportTraffic(&b.Bytes),
		Dropped: newReportCounter(&b.Dropped), Heap: newReportFigure(b.Heap), HeapMaximum: newReportFigure(b.MostHeap),
		Bridges: make([]reportBridge, 0, len(b.Bridges)),
	}
	if b.Limit > 0 {
		r.ClientsLimit = &b.Limit
	}
	for _, bridge := range b.Bridges {
		r.Bridges = append(r.Bridges, reportBridge{bridge.Name, bridge.Up, stamp(bridge.At)})
	}
	return r
}

func newReportFigure(f health.Figure) *reportFigure {
	if !f.Offered() {
		return nil
	}
	return &reportFigure{f.Value, stamp(f.At)}
}

func newReportTraffic(t *health.Traffic) reportTraffic {
	return reportTraffic{newReportCounter(&t.Received), newReportCounter(&t.Sent)}
}

func newReportCounter(c *health.Counter) reportCounter {
	r := reportCounter{Total: newReportFigure(c.Total)}
	if f := newReportFigure(c.Rate.Figure); f != nil {
		r.Rate = &reportRate{*f, c.Rate.Over.Seconds(), c.Rate.Told}
	}
	return r
}
