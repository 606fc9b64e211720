package notify

import (
	"encoding/json"
	"math"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/safetext"
)

// messageJSON is a message as commands and webhooks get it. Fields are added,
// never renamed.
type messageJSON struct {
	Time   time.Time   `json:"time"`
	Title  string      `json:"title"`
	Text   string      `json:"text"`
	Alerts []alertJSON `json:"alerts"`
	More   moreJSON    `json:"more"`
}

// moreJSON counts the alerts that are not in the list.
type moreJSON struct {
	Critical int `json:"critical"`
	Warning  int `json:"warning"`
	Resolved int `json:"resolved"`
	Lost     int `json:"lost"`
}

// alertJSON is one alert. All texts are safe to print.
type alertJSON struct {
	Rule     string     `json:"rule"`
	State    string     `json:"state"`
	Severity string     `json:"severity"`
	Device   string     `json:"device"`
	Name     string     `json:"name"`
	Metric   string     `json:"metric"`
	Topic    string     `json:"topic"`
	Path     string     `json:"path"`
	Value    any        `json:"value"`
	Text     string     `json:"text"`
	Unit     string     `json:"unit"`
	Peak     *float64   `json:"peak"`
	Since    *time.Time `json:"since"`
	Fired    *time.Time `json:"fired"`
	Ended    *time.Time `json:"ended"`
	Summary  string     `json:"summary"`
	Help     string     `json:"help"`
}

func newAlertJSON(a *alerts.Alert, firing bool) alertJSON {
	state := alerts.Resolved
	if firing {
		state = alerts.Firing
	}
	j := alertJSON{
		Rule: name(a.Rule), State: state.String(), Severity: a.Severity.String(),
		Device: name(a.Series.Device), Name: name(a.Series.Name), Metric: name(a.Series.Metric),
		Topic: safetext.CleanMax(a.Series.Topic, maxText), Path: name(a.Series.Path),
		Text: name(a.Text), Unit: name(a.Series.Unit),
		Since: stamp(a.Since), Fired: stamp(a.Fired),
		Summary: safetext.CleanMax(a.Summary, maxText), Help: safetext.CleanMax(a.Help, maxText),
	}
	if !firing {
		j.Ended = stamp(a.Ended)
	}
	switch a.Value.Kind {
	case model.Number:
		j.Value = a.Value.Num
		if !math.IsNaN(a.Peak) && !math.IsInf(a.Peak, 0) {
			j.Peak = &a.Peak
		}
	case model.Bool:
		j.Value = a.Value.Num != 0
	default:
	}
	return j
}

// JSON is the message as one JSON object on one line.
func (m *Message) JSON() []byte {
	j := messageJSON{
		Time: m.Time.UTC(), Title: m.Title, Text: m.Text, Alerts: []alertJSON{},
		More: moreJSON{Critical: m.more.critical, Warning: m.more.warning, Resolved: m.moreQuiet, Lost: m.lost.sum()},
	}
	for i := range m.listed() {
		j.Alerts = append(j.Alerts, newAlertJSON(&m.lines[i].alert, m.lines[i].kind == fires))
	}
	return encode(j)
}

// encode returns v as JSON. What is encoded here always can be: no cycles, no
// channels, and numbers that are finite.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return text
}
