package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"labtop/alerts"
	"labtop/crash"
	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/subscriber"
)

// live is a broker that is being watched: the source, the state, the alerts, and
// the monitor that joins them.
type live struct {
	source  *subscriber.Source
	store   *model.Store
	monitor *monitor.Monitor
	alerts  *alerts.Engine
	// name is the broker's URL without secrets, system whether the broker's own
	// topics are listed with the devices.
	name   string
	system bool

	log      *slog.Logger
	closeLog func() error
}

// newLive wires a lab up. dial is nil to dial the broker of the config.
func newLive(c *Config, dial func(context.Context) (net.Conn, error)) (*live, error) {
	store, err := newStore(c)
	if err != nil {
		return nil, err
	}
	engine, err := newAlerts(c, nil)
	if err != nil {
		return nil, err
	}
	store.Watch(engine)
	log, closeLog, err := openLog(c)
	if err != nil {
		return nil, err
	}
	options := subscriberOptions(c)
	options.Dial, options.OnChange = dial, logConnection(log)
	source := subscriber.New(options)
	return &live{
		source: source, store: store, monitor: monitor.New(source, store), alerts: engine,
		name: c.Broker.String(), system: wantsSystem(c),
		log: log, closeLog: closeLog,
	}, nil
}

// newAlerts makes the rules' engine. tell is called for each transition; nil for
// nobody.
func newAlerts(c *Config, tell func(alerts.Transition)) (*alerts.Engine, error) {
	engine, err := alerts.New(rulesOf(c), alerts.Options{StaleAfter: c.StaleAfter, OnTransition: tell})
	if err != nil {
		return nil, usageError(err)
	}
	return engine, nil
}

// newStore makes the state as the config bounds it.
func newStore(c *Config) (*model.Store, error) {
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
	return model.NewStore(conventions.Decoder, model.Limits{
		Topics: c.Limits.Topics, Metrics: c.Limits.Metrics, HistoryBytes: c.Limits.History,
		Recent: c.Limits.LogMessages, RecentBytes: int(c.Limits.Log), RecentSystem: wantsSystem(c),
		StaleAfter: c.StaleAfter,
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

// subscriberOptions are what the config says of the connection.
func subscriberOptions(c *Config) subscriber.Options {
	return subscriber.Options{
		Broker:   c.Broker,
		Filters:  c.Filters,
		ClientID: c.ClientID,
		Username: cmp.Or(c.Username, c.Broker.Username),
		Password: func() (string, error) { return string(c.Password), nil },
		TLS: subscriber.TLSOptions{
			CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
			ServerName: c.ServerName, ALPN: c.ALPN, Insecure: c.Insecure,
		},
		KeepAlive:         c.KeepAlive,
		ConnectTimeout:    c.ConnectTimeout,
		PersistentSession: !c.CleanSession,
		MaxPayload:        int(c.Limits.Payload),
		Queue:             c.Limits.Queue,
	}
}

// asVisitor gives a command that only looks in, beside a dashboard perhaps, a client
// id of its own made of the configured one: of two clients with the same id the broker
// puts the older one out (MQTT 3.1.1 section 3.1.4). The broker then keeps nothing for
// it. An id that was given for this very call stays as it is.
func (c *Config) asVisitor() {
	if c.ClientID == "" || c.origins["client-id"].layer >= fromEnv {
		return
	}
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, as documented
	c.ClientID += "-" + hex.EncodeToString(b[:])
	c.CleanSession = true
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

// watch runs the monitor in the background. The returned function ends it and
// returns why it ended early, if it did.
func (l *live) watch(ctx context.Context) (done <-chan struct{}, stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = crash.Guard(func() error {
			err := l.monitor.Run(ctx)
			if err != nil {
				l.log.Error("the lab cannot be watched any more", keyReason, err.Error())
			}
			return errors.Join(err, l.closeLog())
		})
	}()
	return ended, func() error {
		cancel()
		<-ended
		return err
	}
}
