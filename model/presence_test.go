package model_test

import (
	"strings"
	"testing"
	"time"

	"labtop/model"
)

// hear applies messages like "status online", "lwt offline R" (stored) and "x 1",
// one a second from second 1, and returns the device.
func hear(t *testing.T, script string) model.Device {
	t.Helper()
	l := newLab(t, model.Limits{})
	for i, line := range strings.Split(script, ", ") {
		words := strings.Fields(line)
		var options []option
		if words[len(words)-1] == "R" {
			options, words = []option{retained}, words[:len(words)-1]
		}
		payload := strings.Join(words[1:], " ")
		l.say(float64(i+1), "d/1/"+words[0], payload, options...)
	}
	return l.device("d/1").Device
}

func TestPresence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		want         model.Presence
		since        float64 // seconds; 0 for never
		retained     bool
	}{
		{"never said", "x 1", model.Unknown, 0, false},
		{"online", "status online", model.Online, 1, false},
		{"stored", "status online R", model.Online, 1, true},
		{"asleep", "status asleep", model.Asleep, 1, false},
		{"unknown word", "status cleaning", model.Unknown, 0, false},
		{"unknown word after a known one", "status online, status cleaning", model.Unknown, 2, false},
		{"repeated", "status online, status online, x 1, status online", model.Online, 1, false},
		{"back and forth", "status online, status offline, status online", model.Online, 3, false},
		{"stored, then live", "status online R, status online", model.Online, 1, false},
		{"live, then the same stored", "status online, status online R", model.Online, 1, false},
		{"live, then another stored", "status online, status offline R", model.Offline, 2, true},
		{"cleared", "status online R, status", model.Unknown, 2, false},
		{"cleared and said again", "status online R, status, status online", model.Online, 3, false},

		{"two live", "status online, lwt offline", model.Offline, 2, false},
		{"two live, other way", "lwt offline, status online", model.Online, 2, false},
		{"old will, live status", "lwt offline R, status online", model.Online, 2, false},
		{"live status, old will", "status online, lwt offline R", model.Online, 1, false},
		{"stored status, live will", "status online R, lwt offline", model.Offline, 2, false},
		{"live will, stored status", "lwt offline, status online R", model.Offline, 1, false},
		{"both stored and agreed", "status offline R, lwt offline R", model.Offline, 1, true},
		{"both stored, at odds", "status online R, lwt offline R", model.Unknown, 2, false},
		{"both stored, at odds, other way", "lwt offline R, status online R", model.Unknown, 2, false},
		{"at odds until one speaks", "status online R, lwt offline R, status online", model.Online, 3, false},
		{"after a reconnect nothing is new", "lwt offline R, status online, status online R, lwt offline R", model.Online, 2, false},
		{"the will came while we were away", "lwt online R, status online, lwt offline R, status online R", model.Offline, 3, true},
		{"unknown word has no say", "status cleaning R, lwt offline", model.Offline, 2, false},
		{"the will is cleared", "status online, lwt offline, lwt", model.Online, 3, false},
		{"asleep beats old online", "status online R, lwt asleep", model.Asleep, 2, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := hear(t, test.script)
			var since time.Time
			if test.since > 0 {
				since = at(test.since)
			}
			if d.Presence != test.want || d.PresenceRetained != test.retained || !d.PresenceSince.Equal(since) {
				t.Errorf("got %v since %v, retained %v", d.Presence, d.PresenceSince, d.PresenceRetained)
			}
		})
	}
}

func TestPresenceOfOneInstant(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.Apply([]model.Message{
		message(1, "d/1/lwt", "offline"), message(1, "d/1/status", "online"), message(1, "d/1/lwt", "offline"),
	})
	if got := l.device("d/1").Device.Presence; got != model.Offline {
		t.Errorf("got %v: the last word of a batch wins", got)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 4 {
		for _, device := range []string{"on", "off", "sleep", "plain"} {
			l.say(float64(i), "d/"+device+"/x", "1")
		}
	}
	l.say(3, "d/on/status", "online")
	l.say(3, "d/off/status", "offline")
	l.say(3, "d/sleep/status", "asleep")
	l.say(3, "$SYS/broker/uptime", "1")
	l.say(3, "d/plain/command", "1")
	l.tick(4)
	want := model.Tally{Devices: 4, Topics: 8, Metrics: 7, Online: 1, Offline: 1, Asleep: 1}
	if got := l.Status().Tally; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	l.tick(10)
	want.Stale = 2
	if got := l.Status().Tally; got != want {
		t.Errorf("silent: got %+v, want %+v", got, want)
	}
}
