package ui_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// brokerLab is a lab whose session with the broker has seen much: of its filters one is
// refused, one granted less than asked for, one silent; it was lost three times.
func brokerLab(t testing.TB, limit int, edit ...func(*model.Connection)) *lab {
	t.Helper()
	l := &lab{model.NewStore(newDecoder(t), model.Limits{BrokerClients: limit}), t}
	day := 24 * time.Hour
	subscriptions := []model.Subscription{
		{Filter: "iotclass/#", Answered: true},
		{Filter: "home/+/light/state", Requested: 2, Granted: 1, Answered: true},
		{Filter: "secret/#", Requested: 1, Granted: 1, Answered: true},
		{Filter: "admin/#", Requested: 1, Answered: true, Error: "refused by the broker: not authorised for this filter?"},
		{Filter: "$SYS/#", Answered: true},
	}
	link := &model.Link{
		Address: "192.168.1.20:8883", Protocol: "MQTT 3.1.1", KeepAlive: 10 * time.Second, Persistent: true, Present: true,
		TLS: &model.TLS{
			Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256",
			Broker: model.Certificate{
				Subject: "lab-pi.local", Issuer: "Lab CA", Names: []string{"lab-pi.local", "192.168.1.20"},
				NotBefore: noon.Add(-300 * day), NotAfter: noon.Add(65*day + time.Hour),
			},
			Authority: &model.Certificate{Subject: "Lab CA", Issuer: "Lab CA", NotAfter: noon.Add(1500*day + time.Hour)},
			Client:    &model.Certificate{Subject: "dashboard", Issuer: "Lab CA", NotBefore: noon.Add(-day), NotAfter: noon.Add(19*day + time.Hour)},
		},
	}
	enter := func(before time.Duration, state model.ConnectionState, connects int, problem, hint string) {
		c := model.Connection{
			State: state, Since: noon.Add(-before), Connects: connects, Problem: problem, Hint: hint,
			ClientID: "labtop-wall", Subscriptions: subscriptions, Link: link,
		}
		if state == model.Waiting {
			c.NextTry = c.Since.Add(time.Second)
		}
		for _, e := range edit {
			e(&c)
		}
		l.SetConnection(c)
	}
	enter(3*time.Hour, model.Connecting, 0, "", "")
	enter(3*time.Hour-time.Second, model.Connected, 1, "", "")
	for i, why := range []string{"the broker closed the connection", "no answer from the broker within the keep-alive", "another client has taken the client id"} {
		before := 2*time.Hour - time.Duration(i)*40*time.Minute
		hint := ""
		if i == 2 {
			hint = "give one of them another with --client-id"
		}
		enter(before, model.Waiting, i+1, why, hint)
		enter(before-time.Second, model.Connecting, i+1, why, hint)
		enter(before-time.Duration(i+1)*2500*time.Millisecond, model.Connected, i+2, "", "")
	}
	for k := 240; k > 0; k-- {
		before := time.Duration(k) * 5 * time.Second
		l.say(before, "iotclass/lab1/temperature", "21.5")
		if k%12 == 0 {
			l.say(before, "home/kitchen/light/state", []string{"ON", "OFF"}[k/12%2], qos(1))
		}
	}
	l.say(time.Minute, "iotclass/lab2/status", "online", retained, qos(0))
	l.say(30*time.Second, "home/kitchen/light/state", "ON", dup)
	stats := model.SourceStats{Bytes: 40_000, LastByte: noon.Add(-2 * time.Second), Stalls: 1}
	for i := range 20 {
		stats.Pings = append(stats.Pings, time.Duration(700+i*i*37%900)*time.Microsecond)
	}
	for i := range 60 {
		stats.Bytes += 2400
		l.Tick(noon.Add(time.Duration(i-59)*time.Second), stats)
	}
	return l
}

// speak has the broker tell of itself, and of some clients more or less before.
func speak(l *lab, clients int) {
	for i, more := range []int{-11, -9, -9, -4, 0, 3, 5, 2, -3} {
		l.say(20*time.Minute-time.Duration(i)*2*time.Minute, "$SYS/broker/clients/connected", strconv.Itoa(clients+more))
	}
	tell(l, clients)
}

// tell has the broker tell of itself as Mosquitto does.
func tell(l *lab, clients int) {
	for _, said := range [][2]string{
		{"version", "mosquitto version 2.0.11"},
		{"uptime", "277205 seconds"},
		{"clients/connected", strconv.Itoa(clients)},
		{"clients/total", strconv.Itoa(clients + 7)},
		{"clients/maximum", "97"},
		{"retained messages/count", "1234"},
		{"subscriptions/count", "88"},
		{"publish/messages/received", "123456"},
		{"publish/messages/sent", "4567890"},
		{"publish/bytes/received", "2345678"},
		{"bytes/received", "3456789"},
		{"bytes/sent", "98765432"},
		{"publish/messages/dropped", "17"},
		{"heap/current", "3456789"},
		{"heap/maximum", "4567890"},
		{"load/publish/received/1min", "2538.25"},
		{"load/publish/sent/1min", "61200.00"},
		{"load/publish/dropped/1min", "3.00"},
		{"load/bytes/received/1min", "123456.00"},
		{"load/bytes/sent/1min", "6123456.00"},
		{"connection/school/state", "1"},
		{"connection/cloud/state", "0"},
	} {
		l.say(4*time.Second, "$SYS/broker/"+said[0], said[1])
	}
}

func TestBrokerScreens(t *testing.T) {
	t.Parallel()
	ascii := func(o *ui.Options) { o.ASCII = true }
	told := func(t testing.TB) *lab {
		t.Helper()
		l := brokerLab(t, 100)
		speak(l, 42)
		return l
	}
	full := func(clients int, edit ...func(*model.Connection)) func(testing.TB) *lab {
		return func(t testing.TB) *lab {
			t.Helper()
			l := brokerLab(t, 100, edit...)
			speak(l, clients)
			return l
		}
	}
	expiring := func(left time.Duration) func(*model.Connection) {
		return func(c *model.Connection) {
			link := *c.Link
			facts := *link.TLS
			facts.Broker.NotAfter, facts.Authority, facts.Client = noon.Add(left), nil, nil
			link.TLS, c.Link = &facts, &link
		}
	}
	for _, tt := range []struct {
		name          string
		width, height int
		lab           func(testing.TB) *lab
		edit          func(*ui.Options)
		keys          string
		player        bool
	}{
		{name: "80x24", width: 80, height: 24, lab: told},
		{name: "80x24 further down", width: 80, height: 24, lab: told, keys: "pgdown"},
		{name: "80x24 at the end", width: 80, height: 24, lab: told, keys: "G"},
		{name: "120x40", width: 120, height: 40, lab: told},
		{name: "200x60", width: 200, height: 60, lab: told},
		{name: "40x8", width: 40, height: 8, lab: told},
		{name: "60x16", width: 60, height: 16, lab: told},
		{name: "ascii 120x40", width: 120, height: 40, lab: told, edit: ascii},
		{name: "above the line", width: 120, height: 40, lab: full(81, expiring(6*24*time.Hour))},
		{name: "almost full", width: 120, height: 40, lab: full(97, expiring(-25*time.Hour), func(c *model.Connection) { c.Insecure = true })},
		{name: "full and told once", width: 120, height: 40, lab: func(t testing.TB) *lab {
			t.Helper()
			l := brokerLab(t, 100)
			l.say(2*time.Second, "$SYS/broker/clients/connected", "100")
			l.say(2*time.Second, "$SYS/broker/publish/messages/received", "27")
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "quiet Mosquitto", width: 120, height: 40, lab: func(t testing.TB) *lab {
			t.Helper()
			l := brokerLab(t, 100)
			for topic, text := range map[string]string{"version": "mosquitto version 2.0.11", "uptime": "277205 seconds", "load/publish/sent/1min": "0.60"} {
				l.say(2*time.Second, "$SYS/broker/"+topic, text)
			}
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "lost after it told", width: 120, height: 40, lab: func(t testing.TB) *lab {
			t.Helper()
			l := told(t)
			l.SetConnection(model.Connection{
				State: model.Waiting, Since: noon.Add(-12 * time.Second), Connects: 1, NextTry: noon.Add(3 * time.Second),
				Problem: "the broker closed the connection", Hint: "labtop connects again", Attempts: 2,
				Subscriptions: []model.Subscription{{Filter: "#"}},
			})
			l.Tick(noon.Add(time.Minute), model.SourceStats{})
			return l
		}},
		{name: "charts of few", width: 120, height: 40, lab: func(t testing.TB) *lab {
			t.Helper()
			l := newLab(t)
			l.connect(model.Connection{State: model.Connected, Link: &model.Link{Protocol: "MQTT 5"}})
			for i := range 2 {
				at := time.Duration(3-2*i) * 10 * time.Second
				l.say(at, "$SYS/broker/clients/connected", strconv.Itoa(10+i))
				l.say(at, "$SYS/broker/system/memory", strconv.Itoa(87_000+500*i))
			}
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "says nothing of itself", width: 120, height: 40, lab: func(t testing.TB) *lab {
			t.Helper()
			return brokerLab(t, 0)
		}},
		{name: "plain and lost", width: 80, height: 24, lab: func(t testing.TB) *lab {
			t.Helper()
			l := newLab(t)
			l.connect(model.Connection{State: model.Connected, Link: &model.Link{Address: "[fd00::1]:1883", Protocol: "MQTT 3.1.1", KeepAlive: time.Minute}})
			l.SetConnection(model.Connection{
				State: model.Waiting, Since: noon.Add(-12 * time.Second), Connects: 1, NextTry: noon.Add(3 * time.Second), ClientID: "labtop-1",
				Problem: "the broker closed the connection", Hint: "labtop connects again", Attempts: 2,
				Link:          &model.Link{Address: "[fd00::1]:1883", Protocol: "MQTT 3.1.1", KeepAlive: time.Minute},
				Subscriptions: []model.Subscription{{Filter: "#"}},
			})
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "never connected", width: 80, height: 24, lab: func(t testing.TB) *lab {
			t.Helper()
			l := &lab{model.NewStore(newDecoder(t), model.Limits{}), t}
			l.connect(model.Connection{State: model.Connecting, Problem: "localhost:1883 refused the connection", Hint: "is the broker running?", Attempts: 3})
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "in a program", width: 80, height: 24, lab: func(t testing.TB) *lab {
			t.Helper()
			l := newLab(t)
			l.connect(model.Connection{State: model.Connected, Link: &model.Link{Protocol: "MQTT 5"}})
			l.say(time.Second, "$SYS/broker/version", "2.7.9")
			l.say(time.Second, "$SYS/broker/clients/connected", "12")
			l.say(time.Second, "$SYS/broker/load/bytes/received", "123456")
			l.Tick(noon, model.SourceStats{Bytes: 100, LastByte: noon})
			return l
		}},
		{name: "replay", width: 120, height: 40, player: true, lab: func(t testing.TB) *lab {
			t.Helper()
			l := told(t)
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "replay of a log", width: 80, height: 24, player: true, edit: ofLog, lab: func(t testing.TB) *lab {
			t.Helper()
			l := &lab{model.NewStore(newDecoder(t), model.Limits{}), t}
			l.say(time.Minute, "iotclass/lab1/temperature", "21.5")
			l.Tick(noon, model.SourceStats{})
			return l
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.edit == nil {
				tt.edit = func(*ui.Options) {}
			}
			l := tt.lab(t)
			s := newScreen(t, l, tt.width, tt.height, tt.edit, func(o *ui.Options) {
				if tt.player {
					p := newFakePlayer(l.Store)
					p.playback = ui.Playback{Start: noon.Add(-time.Hour), End: noon.Add(time.Hour), At: noon, Speed: 1}
					o.Session.Player = p
				}
			})
			s.Press("4")
			s.Press(strings.Fields(tt.keys)...)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}

// ofLog makes a session that of a log that does not tell all.
func ofLog(o *ui.Options) {
	o.Session.About = "what mosquitto_sub -v prints, which does not tell times, QoS, retained flags, dup flags or every payload byte for byte; " +
		"its messages are placed 1s apart from 2026-11-26 05:04:40 +0000 on"
}

// TestLogLeavesOpen says of a log that the times are not its own, before anything is pressed.
func TestLogLeavesOpen(t *testing.T) {
	t.Parallel()
	s := replay(t, recorded(t), 80, 24, ofLog)
	if text := s.text(); !strings.Contains(text, "4 tells what this log leaves open") {
		t.Errorf("nothing is said:\n%s", text)
	}
}
