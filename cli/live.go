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
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/crash"
	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/subscriber"
	"labtop/ui"
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

// live is a broker that is being watched: the source, the state, the alerts, and
// the monitor that joins them.
type live struct {
	labState
	source  *subscriber.Source
	monitor *monitor.Monitor
	// notifier tells of alerts; nil when this lab only looks. screen is where it
	// rings, once there is a screen.
	notifier *notify.Dispatcher
	screen   *notify.Screen

	// tape is what it is recorded to; recordingErr is why the last recording ended
	// early, once the watching has.
	tape         *tape
	recordingErr error
	rewinder     *rewinder // nil where nobody goes back
	keeper       *keeper   // nil where nothing is cleared

	log      *slog.Logger
	closeLog func() error
}

// newLive wires a lab up. dial is nil to dial the broker of the config.
func newLive(c *Config, dial func(context.Context) (net.Conn, error)) (*live, error) {
	l := &live{screen: &notify.Screen{}, tape: &tape{}}
	var err error
	if l.labState, err = newLabState(c, c.Broker.String(), l.tell); err != nil {
		return nil, err
	}
	if l.log, l.closeLog, err = openLog(c); err != nil {
		return nil, err
	}
	options := subscriberOptions(c)
	options.Dial, options.OnChange = dial, logConnection(l.log)
	l.source = subscriber.New(options)
	l.monitor = monitor.New(l.source, l.store)
	l.tape.store, l.tape.monitor, l.tape.log = l.store, l.monitor, l.log
	return l, nil
}

// notifies makes and starts the channels that tell of this lab's alerts, before it is
// watched. They end with the watching.
func (l *live) notifies(a *app, c *Config, dial func(context.Context) (net.Conn, error)) (err error) {
	l.notifier, err = a.newNotifier(c, notifierNeeds{screen: l.screen, dial: dial, log: l.log})
	return err
}

// fill is of watched.
func (l *live) fill(o *ui.Options) {
	o.Session = ui.Session{Source: l.name, Store: l.store, Alerts: l.alerts}
	o.Channels, o.System, o.Retry = l.channels, l.system, l.source.RetryNow
	o.Recorder, o.Export = l.tape, exportKnown
	if l.rewinder != nil {
		o.Rewind = l.rewinder
	}
	if l.keeper != nil {
		o.Retained = l.keeper
	}
}

// show is of watched.
func (l *live) show(screen notify.Terminal) { l.screen.Show(screen) }

// channels says how the channels do, for the screen.
func (l *live) channels() []ui.Channel {
	if l.notifier == nil {
		return nil
	}
	var all []ui.Channel
	for _, s := range l.notifier.Status() {
		all = append(all, ui.Channel{
			Name: s.Name, Off: s.Off, Sent: s.Sent, Lost: s.Failed + s.Dropped, Failing: s.Failing(), Problem: s.LastError,
		})
	}
	return all
}

// tell hands a transition to the channels and to the recording. It never waits.
func (l *live) tell(t alerts.Transition) {
	l.tape.alert(t)
	if l.rewinder != nil {
		l.rewinder.alert(&t)
	}
	if l.notifier != nil {
		l.notifier.Tell(t)
	}
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

// protocol5 is how MQTT 5 is asked for.
const protocol5 = "5"

// subscriberOptions are what the config says of the connection.
func subscriberOptions(c *Config) subscriber.Options {
	return subscriber.Options{
		Broker:   c.Broker,
		Others:   c.Others,
		Filters:  c.Filters,
		ClientID: c.ClientID,
		Username: cmp.Or(c.Username, c.Broker.Username),
		Password: func() (string, error) { return string(c.Password), nil },
		TLS: subscriber.TLSOptions{
			CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
			KeyPassword: func() (string, error) { return string(c.KeyPassword), nil },
			ServerName:  c.ServerName, ALPN: c.ALPN, Insecure: c.Insecure,
		},
		KeepAlive:         c.KeepAlive,
		ConnectTimeout:    c.ConnectTimeout,
		V5:                c.Protocol == protocol5,
		PersistentSession: !c.CleanSession,
		SessionExpiry:     c.SessionExpiry,
		PresenceTopic:     c.PresenceTopic,
		MaxPayload:        int(c.Limits.Payload),
		Queue:             c.Limits.Queue,
	}
}

// asVisitor gives a command that only looks in, beside a dashboard perhaps, a client
// id of its own made of the configured one: of two clients with the same id the broker
// puts the older one out (MQTT 3.1.1 section 3.1.4). The broker then keeps nothing for
// it. An id that was given for this very call stays as it is. The presence is the
// dashboard's, and a visitor's neither on coming nor on going.
func (c *Config) asVisitor() {
	c.PresenceTopic = ""
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

// lastWords is how long notifications may take when labtop ends.
const lastWords = 750 * time.Millisecond

// watch runs the monitor in the background. The returned function ends it and
// returns why it ended early, if it did.
func (l *live) watch(ctx context.Context) (done <-chan struct{}, stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	if l.rewinder != nil {
		l.rewinder.ctx = ctx
	}
	if l.keeper != nil {
		l.keeper.ctx = ctx
	}
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = crash.Guard(func() error {
			err := l.monitor.Run(ctx)
			if err != nil {
				l.log.Error("the lab cannot be watched any more", keyReason, err.Error())
			}
			return err
		})
		if l.recordingErr = l.tape.leave(); err == nil {
			err = l.recordingErr
		}
	}()
	return ended, func() error {
		cancel()
		<-ended
		if l.rewinder != nil {
			l.rewinder.running.Wait()
		}
		if l.keeper != nil {
			l.keeper.leave() // by now the terminal is given back
		}
		if l.notifier != nil {
			l.notifier.Close(lastWords)
		}
		return errors.Join(err, l.closeLog())
	}
}
