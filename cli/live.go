package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/crash"
	"labtop/monitor"
	"labtop/subscriber"
	"labtop/ui"
)

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
