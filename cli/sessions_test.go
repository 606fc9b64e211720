package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
	"labtop/testdata/sessions"
)

// session is what a recorded session holds.
type session struct {
	span              time.Duration
	qos               [3]int
	retained, system  int
	connects, outages int
	alerts            []string // steps that were recorded
	above             float64  // the highest temperature
}

// readSession reads a session to its end.
func readSession(t *testing.T, name string) (s session) {
	t.Helper()
	data := sessions.Recording(name)
	r, err := recording.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var first time.Time
	for e := (recording.Entry{}); ; {
		if err := r.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = e.Time
		}
		s.span = e.Time.Sub(first)
		switch e.Kind {
		case recording.MessageEntry:
			s.count(&e.Message)
		case recording.ConnectionEntry:
			s.connects = e.Connection.Connects
			if e.Connection.State == model.Waiting {
				s.outages++
			}
		case recording.AlertEntry:
			s.alerts = append(s.alerts, e.Time.UTC().Format(time.RFC3339Nano)+" "+e.Alert.Rule+" "+e.Alert.To)
		}
	}
	if health := r.Health(); health != (recording.Health{}) {
		t.Errorf("%+v", health)
	}
	return s
}

func (s *session) count(m *model.Message) {
	if strings.HasPrefix(m.Topic, "$SYS/") {
		s.system++
		return
	}
	s.qos[m.QoS]++
	if m.Retained {
		s.retained++
	}
	var degrees float64
	if strings.HasSuffix(m.Topic, "/temperature") && json.Unmarshal(bytes.TrimSpace(m.Payload), &degrees) == nil {
		s.above = max(s.above, degrees)
	}
}

// mostOfASession is how large a session may be, in bytes, and how long.
const (
	mostOfASession = 64 << 10
	longestSession = 5 * time.Minute
)

// TestSessions has in the sessions that labtop brings along what they are there for.
func TestSessions(t *testing.T) {
	t.Parallel()
	claims := map[string]struct {
		devices []string
		fires   []string
		outages bool
	}{
		"lesson":  {devices: []string{"devices/json", "iotclass/battery", "iotclass/lab1", "iotclass/lab2", "iotclass/lab3", "iotclass/lab4", "iotclass/on-change"}},
		"home":    {devices: []string{"home/bedroom", "home/dimmer", "home/hall", "home/kitchen", "home/living", "home/schedule"}},
		"bad-day": {devices: []string{"home/kitchen", "iotclass/crash", "iotclass/lab1", "iotclass/lab2", "iotclass/lab3", "iotclass/silent", "iotclass/spike"}, fires: []string{"broker-restarted", "offline", "silent"}, outages: true},
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(claims)), sessions.Names()); diff != "" {
		t.Error(diff)
	}
	for name, claim := range claims {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := sessions.Recording(name)
			s := readSession(t, name)
			if len(data) > mostOfASession || s.span < 2*time.Minute || s.span > longestSession {
				t.Errorf("%d bytes, %v", len(data), s.span)
			}
			if s.retained == 0 || s.system < 100 || s.qos[0] == 0 || s.qos[1]+s.qos[2] == 0 && name != "home" {
				t.Errorf("%+v", s)
			}
			if (s.outages > 0) != claim.outages || (s.connects > 1) != claim.outages || (s.above > 40) != claim.outages {
				t.Errorf("%d outages, %d connections, up to %v °C", s.outages, s.connects, s.above)
			}
			path := filepath.Join(t.TempDir(), name+".mcap")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(claim.devices, devicesIn(t, path)); diff != "" {
				t.Error(diff)
			}
			steps, fires := stepsIn(t, path)
			if diff := cmp.Diff(s.alerts, steps); diff != "" {
				t.Errorf("the rules of today say something else than those of then: %s", diff)
			}
			if diff := cmp.Diff(claim.fires, fires); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// devicesIn are the devices that a snapshot of a recording lists.
func devicesIn(t *testing.T, path string) (ids []string) {
	t.Helper()
	var state struct{ Devices []struct{ ID string } }
	code, stdout, stderr := run(t, nil, "snapshot", "--from", path, "--json")
	if err := json.Unmarshal([]byte(stdout), &state); err != nil || code != 0 && code != 3 {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	for _, d := range state.Devices {
		ids = append(ids, d.ID)
	}
	slices.Sort(ids)
	return ids
}

// stepsIn are the steps of alerts that the built-in rules make of a recording, and the
// rules that fire.
func stepsIn(t *testing.T, path string) (steps, fires []string) {
	t.Helper()
	code, stdout, stderr := run(t, nil, "alerts", "check", "--json", path)
	for line := range strings.Lines(stdout) {
		var step struct {
			Time  time.Time
			To    string
			Alert struct{ Rule string }
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step.Time.UTC().Format(time.RFC3339Nano)+" "+step.Alert.Rule+" "+step.To)
		if step.To == "firing" && !slices.Contains(fires, step.Alert.Rule) {
			fires = append(fires, step.Alert.Rule)
		}
	}
	slices.Sort(fires)
	if (code == 3) != (len(fires) > 0) || code != 3 && !strings.Contains(stderr, "no alert fires") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	return steps, fires
}
