package cli

import (
	"fmt"
	"strings"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// labState is what is known of a lab: the state and the alerts.
type labState struct {
	store  *model.Store
	alerts *alerts.Engine
	// name is the broker's URL without secrets, or a file's name; system says whether
	// the broker's own topics are listed with the devices.
	name   string
	system bool
}

// newLabState makes an empty one. tell is called for each transition of an alert; nil
// for nobody.
func newLabState(c *Config, name string, tell func(alerts.Transition)) (l labState, err error) {
	l = labState{name: name, system: wantsSystem(c)}
	if l.store, err = newStore(c); err != nil {
		return l, err
	}
	if l.alerts, err = newAlerts(c, tell); err != nil {
		return l, err
	}
	l.store.Watch(l.alerts)
	return l, nil
}

// newAlerts makes the rules' engine. tell is called for each transition; nil for
// nobody.
func newAlerts(c *Config, tell func(alerts.Transition)) (*alerts.Engine, error) {
	engine, err := alerts.New(rulesOf(c), alerts.Options{
		Watched:    c.Limits.Alerts,
		StaleAfter: c.StaleAfter, Ignore: c.alertTopics(), OnTransition: tell,
	})
	if err != nil {
		return nil, usageError(err)
	}
	return engine, nil
}

// newConventions are how topics and payloads are read.
func newConventions(c *Config) (*decode.Conventions, error) {
	units := map[string]string{}
	for name, m := range c.Metrics {
		if m.Unit != "" {
			units[name] = m.Unit
		}
	}
	conventions, err := decode.New(decode.Options{Patterns: c.Devices, Units: units, GuessUnits: c.GuessUnits})
	if err != nil {
		return nil, usageError(fmt.Errorf("%s: %w", c.origins["devices"].place, err))
	}
	return conventions, nil
}

// newStore makes the state as the config bounds it.
func newStore(c *Config) (*model.Store, error) {
	conventions, err := newConventions(c)
	if err != nil {
		return nil, err
	}
	return model.NewStore(conventions.Decoder, model.Limits{
		Topics: c.Limits.Topics, Metrics: c.Limits.Metrics, HistoryBytes: c.Limits.History,
		Recent: c.Limits.LogMessages, RecentBytes: int(c.Limits.Log), RecentSystem: wantsSystem(c),
		StaleAfter: c.StaleAfter, BrokerClients: c.BrokerLimit,
	}), nil
}

// declaredDecimals are the decimals that the config declares, by metric name.
func declaredDecimals(c *Config) map[string]int {
	decimals := map[string]int{}
	for name, m := range c.Metrics {
		if m.Decimals >= 0 {
			decimals[name] = m.Decimals
		}
	}
	return decimals
}

// wantsSystem says whether the user asked for the broker's own topics by name.
// By default they are subscribed to and kept apart.
func wantsSystem(c *Config) bool {
	if c.origins["topic"].layer == fromDefault {
		return false
	}
	for _, f := range c.Filters {
		if strings.HasPrefix(f.Topic, "$") {
			return true
		}
	}
	return false
}
