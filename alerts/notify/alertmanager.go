package notify

import (
	"context"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/safetext"
)

const (
	// resendEvery is after how long an alert that fires is sent again, and
	// expireAfter when the Alertmanager takes it for resolved if it is not: by
	// then labtop has ended or cannot reach it.
	resendEvery = time.Minute
	expireAfter = 5 * time.Minute
)

// Alertmanager shows alerts to a Prometheus Alertmanager (API v2).
type Alertmanager struct {
	post *poster
	// severities are those that were sent, for the labels tell alerts apart.
	severities map[key]alerts.Severity
	now        func() time.Time
}

// NewAlertmanager returns an Alertmanager at a base URL such as
// http://localhost:9093, or why there can be none.
func NewAlertmanager(o HTTPOptions) (*Alertmanager, error) {
	base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	o.URL = base.JoinPath("api/v2/alerts").String()
	p, err := newPoster(o)
	if err != nil {
		return nil, err
	}
	return &Alertmanager{post: p, severities: map[key]alerts.Severity{}, now: time.Now}, nil
}

// Refresh implements [Mirror].
func (*Alertmanager) Refresh() time.Duration { return resendEvery }

// postedAlert is an alert as the API takes it.
type postedAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// Show implements [Mirror]. All states go in one request.
func (am *Alertmanager) Show(ctx context.Context, states []State) (int, error) {
	posted := make([]postedAlert, 0, len(states))
	for i := range states {
		a, k := &states[i].Alert, states[i].key
		if before, ok := am.severities[k]; ok && before != a.Severity {
			ended := newPosted(&states[i], before) // its labels make it another alert
			ended.EndsAt = am.now().UTC()
			ended.StartsAt = earlier(ended.StartsAt, ended.EndsAt)
			posted = append(posted, ended)
		}
		p := newPosted(&states[i], a.Severity)
		p.EndsAt = a.Ended.UTC()
		if states[i].Firing {
			p.EndsAt = am.now().Add(expireAfter).UTC()
		}
		p.StartsAt = earlier(p.StartsAt, p.EndsAt) // else the whole request is refused
		posted = append(posted, p)
	}
	switch err := am.post.post(ctx, encode(posted)); {
	case temporary(err):
		return 0, err
	case err != nil:
		return len(states), err // the same again would be refused again
	}
	for i := range states {
		if k := states[i].key; states[i].Firing {
			am.severities[k] = states[i].Alert.Severity
		} else {
			delete(am.severities, k)
		}
	}
	return len(states), nil
}

// Leave implements [Mirror]: what still fires expires by itself.
func (*Alertmanager) Leave(context.Context, []State) error { return nil }

func newPosted(s *State, severity alerts.Severity) postedAlert {
	a, altered := &s.Alert, false
	p := postedAlert{
		Labels: map[string]string{}, Annotations: map[string]string{},
		StartsAt: a.Fired.UTC(),
	}
	for label, value := range map[string]string{
		"alertname": s.key.rule, "severity": severity.String(), "source": "labtop",
		"device": s.key.device, "name": a.Series.Name, "metric": s.key.metric,
		"topic": s.key.topic, "path": s.key.path,
	} {
		safe := safetext.CleanMax(value, maxName)
		altered = altered || safe != value
		if safe != "" { // an empty label is none
			p.Labels[label] = safe
		}
	}
	if altered { // so that it stays another alert than one that looks the same
		p.Labels["series"] = fingerprint(strings.Join([]string{s.key.rule, s.key.device, s.key.metric, s.key.topic, s.key.path}, "\x00"))
	}
	for annotation, value := range map[string]string{
		"summary": a.Summary, "description": a.Help, "value": reading(a),
	} {
		if value = safetext.CleanMax(value, maxText); value != "" {
			p.Annotations[annotation] = value
		}
	}
	return p
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
