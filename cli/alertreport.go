package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/safetext"
)

// reportAlert is an alert as `labtop snapshot --json` and `labtop alerts check
// --json` print it. Text in it is safe to print.
type reportAlert struct {
	ID     uint64 `json:"id"`
	Rule   string `json:"rule"`
	Device string `json:"device"`
	Name   string `json:"name"`
	// Metric, Topic and Path are empty for an alert about the device itself.
	Metric   string     `json:"metric"`
	Topic    string     `json:"topic"`
	Path     string     `json:"path"`
	State    string     `json:"state"`
	Severity string     `json:"severity"`
	Since    *time.Time `json:"since"`
	Fired    *time.Time `json:"fired"`
	Ended    *time.Time `json:"ended"`
	// DurationSeconds is how long the condition has held, or did hold.
	DurationSeconds float64 `json:"duration_seconds"`
	// Value is the last reading that was judged, a number, a boolean or null; Text
	// as it was received.
	Value any      `json:"value"`
	Text  string   `json:"text"`
	Unit  string   `json:"unit"`
	Peak  *float64 `json:"peak"`
	// Threshold is the range that is fine, null for rules without limits; an end
	// that is open is null.
	Threshold    *reportThreshold `json:"threshold"`
	Summary      string           `json:"summary"`
	Help         string           `json:"help"`
	Acknowledged *time.Time       `json:"acknowledged"`
	Silenced     bool             `json:"silenced"`
	// SilencedUntil is null when the alert is not silenced, or until it is resolved.
	SilencedUntil *time.Time `json:"silenced_until"`
	Notify        []string   `json:"notify"`
}

type reportThreshold struct {
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// reportAlerts count the alerts and what their bounds have cost.
type reportAlerts struct {
	Critical    int    `json:"critical"`
	Warning     int    `json:"warning"`
	Pending     int    `json:"pending"`
	Transitions uint64 `json:"transitions"`
	Gone        uint64 `json:"gone"`
	Unwatched   uint64 `json:"unwatched"`
	Late        uint64 `json:"late"`
}

func newReportCounts(c alerts.Counts) reportAlerts {
	return reportAlerts{
		Critical: c.Critical, Warning: c.Warning, Pending: c.Pending,
		Transitions: c.Transitions, Gone: c.Gone, Unwatched: c.Unwatched, Late: c.Late,
	}
}

// newReportAlert makes the report of an alert as it stands at a time.
func newReportAlert(a *alerts.Alert, now time.Time) reportAlert {
	s := &a.Series
	r := reportAlert{
		ID: a.ID, Rule: safetext.Clean(a.Rule), Device: safetext.Clean(s.Device), Name: safetext.Clean(s.Name),
		Metric: safetext.Clean(s.Metric), Topic: safetext.Clean(s.Topic), Path: safetext.Clean(s.Path),
		State: a.State.String(), Severity: a.Severity.String(),
		Since: stamp(a.Since), Fired: stamp(a.Fired), Ended: stamp(a.Ended),
		DurationSeconds: a.Duration(now).Seconds(),
		Text:            safetext.Clean(a.Text), Unit: safetext.Clean(s.Unit),
		Summary: safetext.Clean(a.Summary), Help: safetext.Clean(a.Help),
		Acknowledged: stamp(a.Acknowledged), Silenced: !a.Silenced.IsZero(),
		Notify: make([]string, 0, len(a.Notify)),
	}
	for _, name := range a.Notify {
		r.Notify = append(r.Notify, safetext.Clean(name))
	}
	switch a.Value.Kind {
	case model.Number:
		r.Value, r.Peak = a.Value.Num, &a.Peak
	case model.Bool:
		r.Value = a.Value.Num != 0
	}
	if l := a.Limits; l.Rule != "" {
		r.Threshold = &reportThreshold{finite(l.Low), finite(l.High)}
	}
	if r.Silenced && a.Silenced.Before(endOfTime) {
		r.SilencedUntil = stamp(a.Silenced)
	}
	return r
}

// endOfTime is later than any silence that has an end.
var endOfTime = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

func finite(v float64) *float64 {
	if math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// reportTransition is one step of an alert.
type reportTransition struct {
	Time time.Time `json:"time"`
	Seq  uint64    `json:"seq"`
	From string    `json:"from"`
	To   string    `json:"to"`
	// Was is the severity before.
	Was string `json:"was"`
	// Reason is empty unless it was neither a reading nor the time.
	Reason string `json:"reason"`
	// Tell says that people would be told.
	Tell  bool        `json:"tell"`
	Alert reportAlert `json:"alert"`
}

func newReportTransition(t *alerts.Transition) reportTransition {
	return reportTransition{
		Time: t.Time.UTC(), Seq: t.Seq, From: t.From.String(), To: t.To.String(), Was: t.Was.String(),
		Reason: safetext.Clean(t.Reason), Tell: t.Tell, Alert: newReportAlert(&t.Alert, t.Time),
	}
}

// transitionLine is a transition for people, in one line that is safe to print:
// "14:31:40 firing critical too-hot lab2 temperature 31.8 °C: above 30 °C for 10 s".
func transitionLine(t *alerts.Transition, layout string) string {
	a := &t.Alert
	parts := []string{t.Time.Local().Format(layout), t.To.String(), a.Severity.String(), a.Rule, a.Series.Name}
	if t.From == alerts.Pending && t.To == alerts.Inactive {
		parts[1] = "over"
	}
	if t.From == t.To && t.Was != a.Severity {
		parts[1] = "now"
	}
	if a.Series.Metric != "" {
		parts = append(parts, a.Series.Metric)
	}
	if text := alertValue(a); text != "" {
		parts = append(parts, text)
	}
	line := strings.Join(parts, " ") + ": " + a.Summary
	if t.To == alerts.Resolved {
		line += fmt.Sprintf("; it held for %s", alerts.Span(a.Duration(t.Time).Round(time.Second)))
		if a.Limits.Rule != "" && a.Value.Kind == model.Number {
			line += ", peak " + strconv.FormatFloat(a.Peak, 'f', -1, 64)
			if a.Series.Unit != "" {
				line += " " + a.Series.Unit
			}
		}
	}
	if t.Reason != "" {
		line += " (" + t.Reason + ")"
	}
	return safetext.Clean(line)
}

// alertValue is the reading that an alert looked at last, as it was received,
// with its unit.
func alertValue(a *alerts.Alert) string {
	if a.Value.Kind == model.Number {
		text := strconv.FormatFloat(a.Value.Num, 'f', -1, 64)
		if a.Series.Unit != "" {
			text += " " + a.Series.Unit
		}
		return text
	}
	const longest = 40
	if runes := []rune(a.Text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return a.Text
}
