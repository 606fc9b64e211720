package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/crash"
	"labtop/model"
	"labtop/monitor"
	"labtop/recording"
	"labtop/safetext"
	"labtop/subscriber"
)

// look says where `config check` finds what the rules would match.
type look struct {
	from string        // recorded messages; empty for none
	log  logFlags      // what they are
	wait time.Duration // how long to look at the broker; 0 for not at all
}

func (l look) wanted() bool { return l.from != "" || l.wait > 0 }

// tellMatches prints for each rule what it would match.
func (a *app) tellMatches(ctx context.Context, c *Config, l look) error {
	store, err := newStore(c)
	if err != nil {
		return err
	}
	engine, err := newAlerts(c, nil)
	if err != nil {
		return err
	}
	store.Watch(engine)
	if l.from != "" {
		f, err := a.openRecorded(ctx, l.from, &l.log)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := recording.Feed(ctx, f, store); err != nil {
			return err
		}
		a.tellOf(inputName(l.from), f)
	} else if err := a.lookAt(ctx, c, store, l.wait, func() bool { return false }); err != nil {
		return err
	}
	return a.print(matches(engine, store))
}

// lookAt lets a store hear the broker for a while, or until it has heard enough.
func (a *app) lookAt(ctx context.Context, c *Config, store *model.Store, wait time.Duration, enough func() bool) error {
	if err := a.findSecrets(ctx, c); err != nil {
		return err
	}
	c.asVisitor()
	watching, cancel := context.WithTimeout(ctx, wait)
	looked := make(chan struct{})
	defer func() {
		cancel()
		<-looked
	}()
	go crash.Guarded(a.fail, func() {
		defer close(looked)
		defer cancel()
		for watching.Err() == nil {
			changed, _ := store.Changed()
			if enough() {
				return
			}
			select {
			case <-changed:
			case <-watching.Done():
			}
		}
	})()
	if err := monitor.New(subscriber.New(subscriberOptions(c)), store).Run(watching); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if status := store.Status(); status.Connection.Connects == 0 {
		return unreached(&status.Connection)
	}
	return nil
}

// manyMatches is how many series of a rule are named.
const manyMatches = 3

// matches tells for each rule which series it would match, a line a rule, safe to
// print.
func matches(engine *alerts.Engine, store *model.Store) string {
	var b strings.Builder
	names := metricNames(store)
	for i, r := range engine.Rules() {
		watched, total := engine.Watched(i, manyMatches)
		line := fmt.Sprintf("rule %s: matches ", r.Name)
		switch {
		case total > 0:
			var shown []string
			for _, s := range watched {
				shown = append(shown, strings.TrimSuffix(orElse(s.Topic, s.Device)+" "+s.Path, " "))
			}
			if more := total - len(shown); more > 0 {
				shown = append(shown, fmt.Sprintf("%d more", more))
			}
			line += fmt.Sprintf("%d: %s", total, strings.Join(shown, ", "))
		case r.Metric != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, r.Metric) }):
			line += "nothing"
			if hint := didYouMean(r.Metric, names); hint != "" && !strings.ContainsAny(r.Metric, "*?") {
				line += "; no metric is called " + quote(r.Metric) + hint
			}
		default:
			line += "nothing that was heard"
		}
		b.WriteString(safetext.Clean(line) + "\n")
	}
	return b.String()
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// metricNames are the names of all metrics, each once, sorted.
func metricNames(store *model.Store) []string {
	var names []string
	for _, metrics := range store.Listing(true) {
		for m := range metrics {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
