package cli

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/recording"
	"labtop/safetext"
)

// report is the state of a lab as `labtop snapshot --json` prints it. Scripts
// read it: fields are added, never renamed, and lists are never null.
type report struct {
	Time    time.Time `json:"time"`
	Source  string    `json:"source"`
	State   string    `json:"state"`
	Problem string    `json:"problem,omitempty"`
	Hint    string    `json:"hint,omitempty"`
	// SilentSeconds is how long the broker has answered nothing although it was
	// asked, 0 while all is well.
	SilentSeconds float64              `json:"silent_seconds"`
	Messages      uint64               `json:"messages"`
	Topics        int                  `json:"topics"`
	LastUpdate    *time.Time           `json:"last_update"`
	Session       reportSession        `json:"session"`
	Subscriptions []reportSubscription `json:"subscriptions"`
	Devices       []reportDevice       `json:"devices"`
	Alerts        []reportAlert        `json:"alerts"`
	AlertCounts   reportAlerts         `json:"alert_counts"`
	Counters      reportCounters       `json:"counters"`
	Broker        reportBroker         `json:"broker"`
	// Recording is missing when nothing is recorded.
	Recording *reportRecording `json:"recording,omitempty"`
	// Recorded is missing unless the state comes from a recording.
	Recorded *reportRecorded `json:"recorded,omitempty"`
}

// reportRecording is how the recording of the session stands.
type reportRecording struct {
	File     string `json:"file"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Messages uint64 `json:"messages"`
	// Lost counts the messages that came too fast for the disk.
	Lost  uint64 `json:"lost"`
	Error string `json:"error"`
}

// reportFilter is a subscription and what came on it.
type reportFilter struct {
	Filter       string `json:"filter"`
	RequestedQoS byte   `json:"requested_qos"`
	// GrantedQoS is null when the broker has not answered or has refused.
	GrantedQoS *byte  `json:"granted_qos"`
	Error      string `json:"error"`
	// Messages counts the messages on topics that the filter matches, Retained the
	// stored ones among them.
	Messages uint64 `json:"messages"`
	Retained uint64 `json:"retained"`
}

type reportDevice struct {
	ID string `json:"id"`
	// IDRaw is the id byte for byte, in base64, when ID had to be made safe: two ids
	// may look the same. So are TopicRaw and PathRaw.
	IDRaw    string `json:"id_base64,omitempty"`
	Name     string `json:"name"`
	Presence string `json:"presence"`
	// PresenceSince is when labtop learned of the presence; when
	// PresenceRetained is true a stored message told it, so it may be older.
	PresenceSince    *time.Time `json:"presence_since"`
	PresenceRetained bool       `json:"presence_retained"`
	// PresenceConfirmed is false while nothing or only a stored message tells the
	// presence: the device has not spoken, and the screens call it unconfirmed.
	PresenceConfirmed bool           `json:"presence_confirmed"`
	LastSeen          *time.Time     `json:"last_seen"`
	Stale             bool           `json:"stale"`
	IntervalSeconds   *float64       `json:"interval_seconds"`
	Metrics           []reportMetric `json:"metrics"`
}

type reportMetric struct {
	Name     string `json:"name"`
	Topic    string `json:"topic"`
	TopicRaw string `json:"topic_base64,omitempty"`
	Path     string `json:"path"`
	PathRaw  string `json:"path_base64,omitempty"`
	// Value is a number, a boolean or null. After a message without a reading
	// it is still the last one; ValueTime tells its age.
	Value     any        `json:"value"`
	Text      string     `json:"text"`
	Unit      string     `json:"unit"`
	Time      *time.Time `json:"time"`
	ValueTime *time.Time `json:"value_time"`
	QoS       byte       `json:"qos"`
	Retained  bool       `json:"retained"`
	// Written is when a stored message was published by what its payload says; null when
	// it does not.
	Written *time.Time `json:"written"`
	// Properties are those of the last message, see [recording.PropertiesJSON]; left out
	// when there are none.
	Properties json.RawMessage `json:"properties,omitempty"`
	Dup        uint64          `json:"dup"`
	Count      uint64          `json:"count"`
	PerSecond  float64         `json:"rate"`
	Min        *float64        `json:"min"`
	Max        *float64        `json:"max"`
	Mean       *float64        `json:"mean"`
	State      string          `json:"state"`
	// Condition is empty, or says why the last message held no reading: "no
	// reading", "empty", "cleared" or "binary".
	Condition string `json:"condition"`
}

type reportCounters struct {
	Dropped          uint64 `json:"dropped"`
	Evicted          uint64 `json:"evicted"`
	Truncated        uint64 `json:"truncated"`
	Shortened        uint64 `json:"shortened"`
	Stalls           uint64 `json:"stalls"`
	Undecodable      uint64 `json:"undecodable"`
	Unread           uint64 `json:"unread"`
	Skipped          uint64 `json:"skipped"`
	UntrackedMetrics uint64 `json:"untracked_metrics"`
	Retained         uint64 `json:"retained"`
	Dup              uint64 `json:"dup"`
	Repeats          uint64 `json:"repeats"`
	Commands         uint64 `json:"commands"`
	System           uint64 `json:"system"`
	BrokerDropped    uint64 `json:"broker_dropped"`
	LogGone          uint64 `json:"log_gone"`
	Reconnects       int    `json:"reconnects"`
	Bytes            uint64 `json:"bytes"`
}

// newReport makes the report of a state, but for its devices. Text in it is safe to print.
func newReport(source string, now time.Time, m *moment) report {
	status := &m.status
	c, n := &status.Counters, &status.Connection
	r := report{
		Time: now, Source: safetext.Clean(source), State: n.State.String(),
		Problem: safetext.Clean(n.Problem), Hint: safetext.Clean(n.Hint),
		SilentSeconds: status.Source.Silent.Seconds(),
		Messages:      c.Messages, Topics: status.Tally.Topics, LastUpdate: stamp(status.LastMessage),
		Session:       newReportSession(status, now),
		Broker:        newReportBroker(&m.broker),
		Subscriptions: make([]reportSubscription, 0, len(n.Subscriptions)),
		Devices:       []reportDevice{},
		Alerts:        make([]reportAlert, 0, len(m.alerts.Alerts)), AlertCounts: newReportCounts(m.alerts.Counts),
		Counters: reportCounters{
			Dropped: c.Dropped, Evicted: c.Evicted, Truncated: c.Truncated, Shortened: c.Shortened, Stalls: status.Source.Stalls,
			Undecodable: c.Undecodable, Unread: c.Unread, Skipped: c.Skipped, UntrackedMetrics: c.UntrackedMetrics,
			Retained: c.Retained, Dup: c.Dup, Commands: c.Commands, System: c.System,
			BrokerDropped: c.BrokerDropped, LogGone: status.LogGone,
			Reconnects: max(n.Connects-1, 0), Bytes: status.Source.Bytes, Repeats: status.Source.Repeats,
		},
	}
	for i := range n.Subscriptions {
		r.Subscriptions = append(r.Subscriptions, newReportSubscription(status, i))
	}
	for i := range m.alerts.Alerts {
		r.Alerts = append(r.Alerts, newReportAlert(&m.alerts.Alerts[i], m.alerts.Now))
	}
	return r
}

// recordingReport is how the recording stands; nil when there is none.
func (l *live) recordingReport() *reportRecording {
	recorder := l.tape.recorder.Load()
	if recorder == nil {
		return nil
	}
	s := recorder.Status()
	r := &reportRecording{File: safetext.Clean(s.Path), Files: s.Files, Bytes: s.Bytes, Messages: s.Messages, Lost: s.Lost}
	if s.Err != nil {
		r.Error = safetext.Clean(s.Err.Error())
	}
	return r
}

// newReportDevice makes the report of a device, but for its metrics.
func newReportDevice(d *model.Device) reportDevice {
	r := reportDevice{
		ID: safetext.Clean(d.ID), IDRaw: rawIfUnsafe(d.ID), Name: safetext.Clean(d.Name),
		Presence: d.Presence.String(), PresenceSince: stamp(d.PresenceSince), PresenceRetained: d.PresenceRetained,
		PresenceConfirmed: d.Presence != model.Unknown && !d.Hearsay(),
		LastSeen:          stamp(d.LastSeen), Stale: d.Stale,
		Metrics: []reportMetric{},
	}
	if d.Interval > 0 {
		seconds := d.Interval.Seconds()
		r.IntervalSeconds = &seconds
	}
	return r
}

// newReportMetric makes the report of a metric that stands so with its alerts.
func newReportMetric(m *model.Metric, standing alerts.Standing) reportMetric {
	r := reportMetric{
		Name: safetext.Clean(m.Name), Topic: safetext.Clean(m.Topic), TopicRaw: rawIfUnsafe(m.Topic),
		Path: safetext.Clean(m.Path), PathRaw: rawIfUnsafe(m.Path),
		Text: m.Text, Unit: safetext.Clean(m.Unit),
		Time: stamp(m.Time), ValueTime: stamp(m.ValueTime), QoS: m.QoS, Retained: m.Retained, Written: stamp(m.Written), Dup: m.Dup, Count: m.Count,
		Properties: escapeUnsafe(recording.PropertiesJSON(m.Properties)),
		PerSecond:  m.PerSec, State: m.State.String(), Condition: m.Condition.String(),
	}
	switch m.Value.Kind {
	case model.Number:
		r.Value = m.Value.Num
	case model.Bool:
		r.Value = m.Value.Num != 0
	}
	if m.Plotted > 0 {
		r.Min, r.Max, r.Mean = &m.Min, &m.Max, &m.Mean
	}
	if standing.Severity != alerts.Clear && m.State == model.StateOK {
		r.State = standing.Severity.String()
	}
	return r
}

// keyOf names a metric of a device.
func keyOf(d *model.Device, m *model.Metric) model.Key {
	return model.Key{Device: d.ID, Topic: m.Topic, Path: m.Path}
}

// rawIfUnsafe is the text in base64 when it is not safe to print, else empty.
func rawIfUnsafe(text string) string {
	if safetext.IsClean(text) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

// stamp is a time in UTC, null when it is not known.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
