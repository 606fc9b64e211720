package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/alerts"
	"labtop/model"
)

// What is done with alerts. Telling the alerts takes a lock, so that a command
// does it.

// silencing is the question for how long an alert is to be silenced. It is about
// one alert, whatever moves meanwhile.
type silencing struct {
	id   uint64
	name string
}

// silences are the answers, with their keys.
func (k *keyMap) silences() []struct {
	key  key.Binding
	lets time.Duration
} {
	return []struct {
		key  key.Binding
		lets time.Duration
	}{{k.TenMinutes, 10 * time.Minute}, {k.OneHour, time.Hour}, {k.UntilResolved, alerts.UntilResolved}}
}

// handleSilenceKey takes the answer; any other key but a wrong one goes back.
func (a *App) handleSilenceKey(msg tea.KeyPressMsg) tea.Cmd {
	ask := a.silencing
	for _, s := range a.keys.silences() {
		if !key.Matches(msg, s.key) {
			continue
		}
		a.silencing = nil
		text := "silenced for " + s.key.Help().Desc + ": " + ask.name
		if s.lets == alerts.UntilResolved {
			text = "silenced " + s.key.Help().Desc + ": " + ask.name
		}
		return a.tell(text, func(source Alerts) bool { return source.Silence(ask.id, s.lets) })
	}
	if key.Matches(msg, a.keys.Back) || key.Matches(msg, a.keys.Quit) {
		a.silencing = nil
	}
	return nil
}

func (a *App) acknowledge(alert *alerts.Alert) tea.Cmd {
	id := alert.ID
	return a.tell("acknowledged: "+alertName(alert), func(source Alerts) bool { return source.Acknowledge(id) })
}

func (a *App) unsilence(alert *alerts.Alert) tea.Cmd {
	id := alert.ID
	return a.tell("no longer silenced: "+alertName(alert), func(source Alerts) bool { return source.Unsilence(id) })
}

// alertName names an alert in a notice.
func alertName(a *alerts.Alert) string { return a.Rule + " on " + seriesTitle(&a.Series) }

// toldMsg is the answer of the alerts.
type toldMsg struct {
	text string
	ok   bool
}

// tell tells the alerts something; text says so when it was done.
func (a *App) tell(text string, do func(Alerts) bool) tea.Cmd {
	source := a.session.Alerts
	return func() tea.Msg { return toldMsg{text, do(source)} }
}

func (a *App) handleTold(msg toldMsg) tea.Cmd {
	if msg.ok {
		a.say(msg.text)
	} else {
		a.say("the alert is over")
	}
	return a.read()
}

// jump shows a metric, or a device, on the devices' screen, and the broker on its own.
func (a *App) jump(k model.Key) tea.Cmd {
	if ofBroker(k) {
		return a.show(a.broker)
	}
	a.screen = a.devices
	return a.devices.jump(k)
}
