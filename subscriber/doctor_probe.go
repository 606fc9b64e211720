package subscriber

import (
	"context"
	"fmt"
	"time"

	"labtop/model"
)

// probeFor is how long a message may take to come back.
const probeFor = 5 * time.Second

// roundTrips publishes a message at each QoS and waits until it comes back.
func (e *examiner) roundTrips(ctx context.Context) Step {
	within, cancel := e.patient(ctx)
	defer cancel()
	subscriptions, err := e.session.subscribe(within, []Filter{{Topic: e.probe, QoS: 2}})
	if err != nil {
		return e.ended(err)
	}
	if s := subscriptions[0]; s.Refused() {
		return Step{Finding: Finding{
			State: StepFailed, Text: e.probe + ": " + s.Error,
			Remedy: "probe a topic that " + userName(e.o.Username) + " may read and write",
		}}
	}
	step := went(e.probe)
	for qos := range byte(3) {
		trip, err := e.roundTrip(ctx, qos)
		if err != nil {
			lost := e.ended(err)
			trip.Problem = lost.Text
			step.note(Finding{State: StepFailed, Text: fmt.Sprintf("QoS %d: %s", qos, lost.Text), Remedy: lost.Remedy})
		} else {
			step.note(trip.finding(e.o.Username))
		}
		e.found.Probes = append(e.found.Probes, trip)
		if err != nil {
			break
		}
	}
	return step
}

// roundTrip publishes one message. The error says that the connection did not serve; a
// message that does not come back is a problem of the trip.
func (e *examiner) roundTrip(ctx context.Context, qos byte) (RoundTrip, error) {
	trip := RoundTrip{QoS: qos}
	payload := fmt.Sprintf("labtop doctor, QoS %d, %s", qos, random())
	began := time.Now()
	sent := e.session.client.publish(Publication{Topic: e.probe, Payload: []byte(payload), QoS: qos})
	if err := e.session.taken(ctx, sent, began, e.o.publishWithin()); err != nil {
		return trip, &stageError{publishing, err}
	}
	if qos > 0 {
		trip.Acknowledged = time.Since(began)
	}
	m, err := e.comesBack(ctx, payload)
	if err != nil {
		return trip, err
	}
	if m == nil {
		trip.Problem = fmt.Sprintf("sent, and not back within %v", probeFor)
		return trip, nil
	}
	trip.Back, trip.BackQoS = m.Time.Sub(began), m.QoS
	return trip, nil
}

// comesBack waits for the message with the payload; it is nil when there is none.
func (e *examiner) comesBack(ctx context.Context, payload string) (*model.Message, error) {
	late := time.NewTimer(probeFor)
	defer late.Stop()
	for {
		select {
		case m := <-e.heard.probes:
			if string(m.Payload) == payload {
				return &m, nil
			}
		case <-e.session.lost:
			return nil, &stageError{connected, e.session.lossCause()}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-late.C:
			return nil, nil //nolint:nilnil // no message and no fault
		}
	}
}

// finding says how the trip went.
func (t *RoundTrip) finding(user string) Finding {
	if t.Problem != "" {
		return Finding{
			State: StepFailed, Text: fmt.Sprintf("QoS %d: %s", t.QoS, t.Problem),
			Remedy: "may " + userName(user) + " write and read this topic? Some brokers drop what is not allowed without a word",
		}
	}
	f := Finding{State: StepOK, Text: fmt.Sprintf("QoS %d: back in %s", t.QoS, brief(t.Back))}
	if t.QoS > 0 {
		f.Text = fmt.Sprintf("QoS %d: acknowledged in %s, back in %s", t.QoS, brief(t.Acknowledged), brief(t.Back))
	}
	if t.BackQoS < t.QoS {
		f.State, f.Text = StepWarning, f.Text+fmt.Sprintf(" at QoS %d", t.BackQoS)
		f.Remedy = "the broker allows no higher QoS here"
	}
	return f
}
