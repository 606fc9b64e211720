package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/alerts"
	"labtop/model"
	"labtop/ui"
)

// watched is a lab with rules, on a clock that a test moves.
type watched struct {
	*lab
	*screen
	engine *alerts.Engine
}

// watch makes a lab that rules watch, and a screen of it. Times are seconds after
// noon.
func watch(t testing.TB, width, height int, rules ...alerts.Rule) *watched {
	t.Helper()
	if rules == nil {
		rules = alerts.Defaults()
	}
	engine, err := alerts.New(rules, alerts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{model.NewStore(newDecoder(t), model.Limits{BrokerClients: 50}), t}
	l.Watch(engine)
	l.connect(model.Connection{State: model.Connected})
	l.Tick(noon, model.SourceStats{})
	return &watched{l, newScreen(t, l, width, height, func(o *ui.Options) { o.Session.Alerts = engine }), engine}
}

func (w *watched) at(seconds int, topic, payload string) {
	w.say(-time.Duration(seconds)*time.Second, topic, payload)
}

// tick moves the clock, and lets the screen see it.
func (w *watched) tick(seconds int) {
	w.Tick(noon.Add(time.Duration(seconds)*time.Second), model.SourceStats{})
	w.Send(tea.ResumeMsg{})
}

const lab1 = "iotclass/lab1/temperature"

// TestAlertLife follows one alert over the screens: pending, firing, worse,
// acknowledged, silenced until that runs out, through a lost connection, and over.
func TestAlertLife(t *testing.T) {
	t.Parallel()
	w := watch(t, 120, 40)
	w.at(0, lab1, "22.00")
	w.at(0, "iotclass/lab1/humidity", "45.00")
	w.at(0, "iotclass/lab1/status", "online")
	w.tick(1)
	w.must(t, "● LAB1")
	w.Press("3")
	w.must(t, "Nothing is wrong: 10 rules watch.")

	w.at(5, lab1, "31.50")
	w.tick(6)
	w.must(t, "△ pending", "LAB1", "31.50 °C", "temperature", "outside 15 to 30 °C")
	w.Press("1")
	w.must(t, "● LAB1", "△  31.50")
	w.mustNot(t, "▲1")

	w.at(15, lab1, "32.25")
	w.tick(16)
	w.must(t, "▲1")
	w.must(t, "▲ LAB1", "▲  32.25")
	w.must(t, "warning temperatu…", "45.00")
	w.must(t, "since 12:00:05", "online")
	w.must(t, "▲ warning  temperature: outside 15 to 30 °C for 10 s, since 12:00:05")

	for s := 20; s <= 45; s += 5 {
		w.at(s, lab1, "41.00")
		w.at(s, "iotclass/lab1/humidity", "45.00")
	}
	w.tick(46)
	w.must(t, "◆1")
	w.must(t, "◆ LAB1", "◆  41.00")
	w.Press("3")
	w.must(t, "◆ critical", "41.00 °C", "outside 5 to 40 °C")
	w.must(t, "◆ worsened")
	w.must(t, "─ temperature · LAB1 temperature")
	w.must(t, "what to do", "sun")

	w.Press("a")
	w.must(t, "◇ acknowledged", "41.00 °C")
	w.mustNot(t, "◆1")
	w.Press("z", "m")
	w.must(t, "◇ silenced", "41.00 °C")
	w.must(t, "silenced", "until 12:10:46, 10 m left")

	w.SetConnection(model.Connection{State: model.Waiting, Problem: "gone", Since: noon.Add(50 * time.Second), Connects: 1})
	w.tick(55)
	w.SetConnection(model.Connection{State: model.Connected, Since: noon.Add(60 * time.Second), Connects: 2})
	w.at(61, lab1, "41.00")
	w.tick(62)
	w.must(t, "◇ silenced", "41.00 °C")
	if a := w.engine.Read(0, 1).Alerts[0]; a.Acknowledged.IsZero() || a.Silenced.IsZero() {
		t.Errorf("the reconnect undid what was done: %+v", a)
	}

	for s := 65; s <= 646; s += 5 {
		w.at(s, lab1, "41.00")
		w.at(s, "iotclass/lab1/humidity", "45.00")
	}
	w.tick(645)
	w.must(t, "◇ silenced", "41.00 °C")
	w.tick(647)
	w.must(t, "◇ acknowledged", "41.00 °C")

	w.at(650, lab1, "22.00")
	w.at(650, "iotclass/lab1/humidity", "45.00")
	w.tick(651)
	w.must(t, "✓ resolved", "12:10:50", "10m", "41.00 °C")
	w.must(t, "✓ critical, resolved")
	w.must(t, "lasted", "10 m 45 s")
	w.Press("1")
	w.must(t, "● LAB1")
}

// TestAlertActions acknowledges, silences and unsilences through the engine, and
// jumps to the device.
func TestAlertActions(t *testing.T) {
	t.Parallel()
	limit := alerts.Rule{Name: "limit", Metric: "temperature", Critical: &alerts.Condition{Kind: alerts.Above, Limit: 30}}
	w := watch(t, 100, 30, limit)
	for i := 1; i <= 3; i++ {
		w.at(i, fmt.Sprintf("iotclass/lab%d/temperature", i), "35.5")
	}
	w.tick(5)
	w.Press("3", "j", "a")
	w.must(t, "acknowledged: limit on LAB2 temperature")
	w.must(t, "◇ acknowledged", "LAB2")
	w.must(t, "◆2")
	w.Press("g", "z", "r")
	w.must(t, "◇ silenced", "LAB3")
	w.must(t, "silenced until resolved: limit on LAB3 temperature")
	w.must(t, "◆1")
	w.Press("Z")
	w.must(t, "no longer silenced: limit on LAB3 temperature")
	w.must(t, "◆ critical", "LAB3")
	w.must(t, "HISTORY")
	w.must(t, "unsilenced", "LAB3")
	w.Press("d", "Y")
	if got := w.Copied[len(w.Copied)-1]; got != "iotclass/lab3/temperature" {
		t.Errorf("jumped to %s:\n%s", got, w.text())
	}
}

// TestTwoViewers: what one does, the other sees at once, without a message.
func TestTwoViewers(t *testing.T) {
	t.Parallel()
	limit := alerts.Rule{Name: "limit", Metric: "temperature", Critical: &alerts.Condition{Kind: alerts.Above, Limit: 30}}
	w := watch(t, 100, 30, limit)
	w.at(1, lab1, "35.5")
	w.tick(2)
	other := newScreen(t, w.lab, 80, 24, func(o *ui.Options) { o.Session.Alerts = w.engine })
	other.must(t, "◆1")
	changed, _ := w.engine.Changed()
	w.Press("3", "a")
	select {
	case <-changed:
	default:
		t.Error("nobody is woken")
	}
	other.Send(tea.ResumeMsg{})
	other.mustNot(t, "◆1")
}

// TestEngineStorm: ten thousand series cross their limit at once. The screen shows
// what fits, the counts are exact, and the history says what it has no longer.
func TestEngineStorm(t *testing.T) {
	t.Parallel()
	const n = 10_000
	limit := alerts.Rule{Name: "limit", Metric: "temperature", Critical: &alerts.Condition{Kind: alerts.Above, Limit: 30}}
	w := watch(t, 120, 40, limit)
	for round, value := range []string{"20.0", "35.5", "20.5", "36.5"} {
		for i := range n {
			w.at(1+round, fmt.Sprintf("iotclass/lab%d/temperature", i), value)
		}
	}
	w.tick(6)
	w.Press("3")
	w.must(t, "alerts · 10 000 critical", "20 000 older steps are gone")
	w.must(t, "◆10000")
	w.Press("pgdown", "pgdown", "j")
	w.must(t, "◆ critical", "36.5 °C")
	w.Press("G")
	w.must(t, "HISTORY")
	w.Press("g", "a")
	w.must(t, "alerts · 10 000 critical (1 acknowledged)")
	w.Press("/")
	w.typed("lab9999 ")
	w.Press("enter")
	if rows := strings.Count(w.text(), "LAB9999 "); rows < 2 {
		t.Errorf("%d rows of the one that was looked for:\n%s", rows, w.text())
	}
	if c := w.engine.Counts(); c.Transitions != 3*n+1 || c.Critical != n {
		t.Errorf("the counts are %+v", c)
	}
}

func BenchmarkEngineStorm(b *testing.B) {
	limit := alerts.Rule{Name: "limit", Metric: "temperature", Critical: &alerts.Condition{Kind: alerts.Above, Limit: 30}}
	w := watch(b, 200, 60, limit)
	for i := range 10_000 {
		w.at(1, fmt.Sprintf("iotclass/lab%d/temperature", i), "35.5")
	}
	w.tick(2)
	w.Press("3", "j")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.at(2, fmt.Sprintf("iotclass/lab%d/temperature", i%10_000), []string{"20", "36"}[i%2]) // the order changes each time
		w.Send(tea.ResumeMsg{})
	}
}

// TestAlertOfTheBroker: an alert about the broker leads to the broker's own screen.
func TestAlertOfTheBroker(t *testing.T) {
	t.Parallel()
	w := watch(t, 120, 40)
	w.at(0, "$SYS/broker/uptime", "500 seconds")
	w.at(10, "$SYS/broker/uptime", "3 seconds")
	w.tick(11)
	w.Press("3")
	w.must(t, "▲ warning", "BROKER", "uptime", "3 s", "broker-restar", "gone back by over 5 s")
	w.Press("d")
	w.must(t, "up for", "4 s, since 12:00:07")
}

// TestBrokerAlert shows an alert about the broker with the history of what it is about,
// here in shares of the limit, and d leads to the broker.
func TestBrokerAlert(t *testing.T) {
	t.Parallel()
	w := watch(t, 100, 36)
	for i, clients := range []string{"12", "20", "31", "38", "41", "44", "43"} {
		w.at(10*i, "$SYS/broker/clients/connected", clients)
	}
	w.at(62, "$SYS/broker/uptime", "500 seconds")
	w.at(63, "$SYS/broker/uptime", "1 seconds")
	w.tick(65)
	w.Press("3")
	t.Run("without a history", func(t *testing.T) { golden(t, w.text()+"\n") })
	w.Press("j")
	t.Run("with a history", func(t *testing.T) { golden(t, w.text()+"\n") })
	if w.Press("d"); !strings.Contains(w.text(), "our session") {
		t.Error(w.text())
	}
}
