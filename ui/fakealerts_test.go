package ui_test

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/ui"
)

var (
	_ ui.Alerts = (*alerts.Engine)(nil)
	_ ui.Alerts = (*fakeAlerts)(nil)
)

// fakeAlerts are alerts that stand as a test put them.
type fakeAlerts struct {
	mu         sync.Mutex
	rules      int
	active     []alerts.Alert // in their order
	history    []alerts.Transition
	before     uint64 // transitions that are no longer kept
	thresholds []alerts.Threshold

	reads int // lines that were handed out
}

func (f *fakeAlerts) Counts() alerts.Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts()
}

func (f *fakeAlerts) counts() alerts.Counts {
	c := alerts.Counts{Transitions: uint64(len(f.history)) + f.before, Gone: f.before}
	for i := range f.active {
		a := &f.active[i]
		quiet := rank(a) >= 3
		switch {
		case a.State == alerts.Pending:
			c.Pending++
		case a.Severity == alerts.Critical:
			c.Critical++
			if quiet {
				c.QuietCritical++
			}
		default:
			c.Warning++
			if quiet {
				c.QuietWarning++
			}
		}
		if !a.Acknowledged.IsZero() {
			c.Acknowledged++
		}
		if a.Silenced.After(noon) {
			c.Silenced++
		}
	}
	return c
}

// rank is the order of the list.
func rank(a *alerts.Alert) int {
	switch {
	case a.Silenced.After(noon):
		return 4
	case !a.Acknowledged.IsZero():
		return 3
	case a.State == alerts.Pending:
		return 2
	case a.Severity == alerts.Critical:
		return 0
	}
	return 1
}

func (f *fakeAlerts) sort() {
	slices.SortStableFunc(f.active, func(a, b alerts.Alert) int {
		return cmp.Or(rank(&a)-rank(&b), int(b.Severity)-int(a.Severity), b.Since.Compare(a.Since))
	})
}

func (f *fakeAlerts) Read(from, n int) alerts.Page {
	f.mu.Lock()
	defer f.mu.Unlock()
	from = max(min(from, len(f.active)), 0)
	part := f.active[from:min(from+n, len(f.active))]
	f.reads += len(part)
	return alerts.Page{Alerts: slices.Clone(part), Offset: from, Counts: f.counts(), Now: noon}
}

func (f *fakeAlerts) Place(id uint64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.find(id)
}

func (f *fakeAlerts) History(from, n int) ([]alerts.Transition, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var steps []alerts.Transition
	for i := len(f.history) - 1 - from; i >= 0 && len(steps) < n; i-- {
		steps = append(steps, f.history[i])
	}
	f.reads += len(steps)
	return steps, len(f.history)
}

func (f *fakeAlerts) Find(id uint64) (alerts.Alert, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.find(id); i >= 0 {
		return f.active[i], true
	}
	return alerts.Alert{}, false
}

func (f *fakeAlerts) Rules() []alerts.Rule {
	limit := &alerts.Condition{Kind: alerts.Outside, Limit: 15, Upper: 25}
	all := []alerts.Rule{
		{Name: "too-hot", Warning: limit},
		{Name: "humidity", Warning: limit},
		{Name: "limit", Warning: limit},
		{Name: "offline", Critical: &alerts.Condition{Kind: alerts.Presence}},
		{Name: "silent", Warning: &alerts.Condition{Kind: alerts.NoData}},
	}
	return all[:f.rules]
}

func (f *fakeAlerts) Since(seq uint64) []alerts.Transition {
	f.mu.Lock()
	defer f.mu.Unlock()
	steps := f.history[min(max(int(seq)-int(f.before)-1, 0), len(f.history)):]
	f.reads += len(steps)
	return slices.Clone(steps)
}

func (f *fakeAlerts) Changed() (<-chan struct{}, uint64) { return nil, 0 }

func (f *fakeAlerts) find(id uint64) int {
	return slices.IndexFunc(f.active, func(a alerts.Alert) bool { return a.ID == id })
}

func (f *fakeAlerts) Standings(keys []model.Key) []alerts.Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	standings := make([]alerts.Standing, len(keys))
	for i, k := range keys {
		st := &standings[i]
		st.Quiet = true
		for j := range f.active {
			a := &f.active[j]
			s := &a.Series
			if s.Device != k.Device || k.Topic != "" && (s.Topic != k.Topic || s.Path != k.Path) {
				continue
			}
			if st.Alert == 0 {
				st.Alert = a.ID
			}
			if a.State == alerts.Pending {
				st.Pending = true
				continue
			}
			st.Severity = max(st.Severity, a.Severity)
			st.Quiet = st.Quiet && rank(a) >= 3
		}
		st.Quiet = st.Quiet && st.Severity != alerts.Clear
	}
	return standings
}

func (f *fakeAlerts) Thresholds(k model.Key) []alerts.Threshold {
	if strings.HasSuffix(k.Topic, "/temperature") {
		return f.thresholds
	}
	return nil
}

func (f *fakeAlerts) change(id uint64, change func(*alerts.Alert)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.find(id)
	if i < 0 {
		return false
	}
	change(&f.active[i])
	f.sort()
	return true
}

func (f *fakeAlerts) Acknowledge(id uint64) bool {
	return f.change(id, func(a *alerts.Alert) { a.Acknowledged = noon })
}

func (f *fakeAlerts) Silence(id uint64, d time.Duration) bool {
	return f.change(id, func(a *alerts.Alert) { a.Silenced = noon.Add(min(d, 200*365*24*time.Hour)) })
}

func (f *fakeAlerts) Unsilence(id uint64) bool {
	return f.change(id, func(a *alerts.Alert) { a.Silenced = time.Time{} })
}

// alertOf is an alert of the course's lab that has held for a while.
func alertOf(id uint64, rule, device, metric string, severity alerts.Severity, held time.Duration) alerts.Alert {
	a := alerts.Alert{
		ID: id, Rule: rule, State: alerts.Firing, Severity: severity,
		Series: alerts.Series{Device: "iotclass/" + device, Name: device, Metric: metric},
		Since:  noon.Add(-held), Fired: noon.Add(10*time.Second - held),
	}
	if metric != "" {
		a.Series.Topic = a.Series.Device + "/" + metric
	}
	return a
}

// reads puts a reading into an alert.
func reads(a alerts.Alert, text string, value, peak float64, unit, summary string) alerts.Alert {
	a.Text, a.Value, a.Peak, a.Series.Unit, a.Summary = text, model.Value{Kind: model.Number, Num: value}, peak, unit, summary
	return a
}

// trouble are alerts of every kind in the course's lab.
func trouble() *fakeAlerts {
	hot := reads(alertOf(1, "too-hot", "lab5", "temperature", alerts.Critical, 3*time.Minute), " 27.04", 27.04, 27.9, "°C", "above 26.5 °C for 10 s")
	hot.Help = "Look whether the sensor lies in the sun, near a window, or on something warm. If the room itself is that warm, open a window and tell the caretaker."
	hot.Notify = []string{"bell", "desktop"}
	warm := reads(alertOf(2, "too-hot", "lab2", "temperature", alerts.Warning, 40*time.Second), " 21.00", 21, 25.1, "°C", "above 25 °C for 10 s")
	gone := alertOf(3, "offline", "lab3", "", alerts.Critical, 40*time.Second)
	gone.Summary, gone.Text = "the device says that it is offline", "offline"
	silent := alertOf(4, "silent", "lab4", "temperature", alerts.Warning, 200*time.Second)
	silent.Summary = "nothing heard for 15 s"
	silent.Silenced = noon.Add(8 * time.Minute)
	humid := reads(alertOf(5, "humidity", "lab1", "humidity", alerts.Warning, 2*time.Hour), " 49.00", 49, 61.25, "%", "outside 30 to 48 % for 10 s")
	humid.Acknowledged = noon.Add(-time.Hour)
	soon := reads(alertOf(6, "humidity", "lab5", "humidity", alerts.Critical, 4*time.Second), " 48.94", 48.94, 48.94, "%", "outside 20 to 48 % for 10 s")
	soon.State, soon.Fired = alerts.Pending, time.Time{}
	f := &fakeAlerts{
		rules: 5, active: []alerts.Alert{hot, warm, gone, silent, humid, soon}, before: 12,
		thresholds: []alerts.Threshold{
			{Severity: alerts.Warning, Low: 15, High: 25}, {Severity: alerts.Critical, Low: math.Inf(-1), High: 26.5},
		},
	}
	f.sort()
	f.past()
	return f
}

// wild are alerts whose every text and number is out of bounds.
func wild() *fakeAlerts {
	f := trouble()
	for i := range f.active {
		a := &f.active[i]
		for j, text := range []*string{&a.Rule, &a.Help, &a.Summary, &a.Text, &a.Series.Device, &a.Series.Name, &a.Series.Metric, &a.Series.Topic, &a.Series.Path, &a.Series.Unit} {
			*text += []string{"", "\x1b[2J\u202e", strings.Repeat("wide 温 ", 60), strings.Repeat("é\u0301", 90), "\n\u009b1m\xff"}[(i+j)%5]
		}
		a.Notify = []string{"\x1b]0;x\x07", strings.Repeat("long", 99)}
		a.Value.Num, a.Peak = []float64{1e300, -1e300, 0, 5e-324, 1e15, math.MaxFloat64}[i], -1e300
		a.Since = []time.Time{{}, noon.Add(time.Hour), noon.Add(-90 * 24 * time.Hour), noon, noon.Add(1e17), noon.Add(-1e18)}[i]
	}
	for i := range f.history {
		t := &f.history[i]
		t.Alert = f.active[i%len(f.active)]
		t.From, t.To, t.Reason = alerts.State(i%5), alerts.State(i/2%5), t.Alert.Rule
	}
	f.thresholds = []alerts.Threshold{{Severity: alerts.Warning, Low: -1e300, High: 1e300}, {Severity: 9, Low: math.Inf(-1), High: math.NaN()}}
	return f
}

func storm1000() *fakeAlerts { return storm(1000) }

// past fills the history: an alert that came and went, one that only threatened,
// and those that are active.
func (f *fakeAlerts) past() {
	step := func(before time.Duration, a alerts.Alert, from, to alerts.State, was alerts.Severity) {
		a.State = to
		f.history = append(f.history, alerts.Transition{
			Seq: f.before + uint64(len(f.history)) + 1, Time: noon.Add(-before), From: from, To: to, Was: was, Alert: a,
		})
	}
	old := reads(alertOf(90, "too-hot", "lab1", "temperature", alerts.Warning, 30*time.Minute), " 24.10", 24.1, 26.25, "°C", "above 25 °C for 10 s")
	step(30*time.Minute, old, alerts.Inactive, alerts.Pending, alerts.Clear)
	step(30*time.Minute-10*time.Second, old, alerts.Pending, alerts.Firing, alerts.Clear)
	worse := old
	worse.Severity = alerts.Critical
	step(20*time.Minute, worse, alerts.Firing, alerts.Firing, alerts.Warning)
	step(15*time.Minute, old, alerts.Firing, alerts.Firing, alerts.Critical)
	old.Ended = noon.Add(-10 * time.Minute)
	step(10*time.Minute, old, alerts.Firing, alerts.Resolved, alerts.Warning)
	brief := reads(alertOf(91, "humidity", "lab3", "humidity", alerts.Warning, 5*time.Minute), " 48.50", 48.5, 48.5, "%", "outside 30 to 48 % for 10 s")
	brief.Fired = time.Time{}
	step(5*time.Minute, brief, alerts.Inactive, alerts.Pending, alerts.Clear)
	step(5*time.Minute-3*time.Second, brief, alerts.Pending, alerts.Inactive, alerts.Warning)
	for _, a := range f.active {
		if a.State == alerts.Firing {
			step(noon.Sub(a.Fired), a, alerts.Pending, alerts.Firing, alerts.Clear)
		}
	}
	slices.SortStableFunc(f.history, func(a, b alerts.Transition) int { return a.Time.Compare(b.Time) })
	for i := range f.history {
		f.history[i].Seq = f.before + uint64(i) + 1
	}
}

// troubled is a screen of the course's lab with alerts.
func troubled(t testing.TB, f *fakeAlerts, width, height int, edit ...func(*ui.Options)) *screen {
	t.Helper()
	return newScreen(t, course(t), width, height, append(edit, func(o *ui.Options) { o.Session.Alerts = f })...)
}
