package subscriber

import (
	"context"
	"errors"
	"fmt"
	"time"

	"labtop/safetext"
)

const (
	// listenFor is how long is waited for messages after the subscribing.
	listenFor = 2 * time.Second
	// listenToSystem is how long is waited for the broker's own topics, which are
	// stored messages.
	listenToSystem = time.Second
)

// introduce sends CONNECT and takes the answer.
func (e *examiner) introduce(ctx context.Context) Step {
	password, err := e.o.password()
	if err != nil {
		return e.ended(&stageError{configuring, err})
	}
	within, cancel := context.WithTimeout(ctx, e.o.ConnectTimeout)
	defer cancel()
	e.heard.system = e.found.System
	conn := e.conn
	e.conn = nil // the session's
	if e.session, err = begin(within, e.o, conn, password, e.hear, e.fail); err != nil {
		var code connackError
		var reason *reasonError
		var text string
		switch {
		case errors.As(err, &code):
			text = fmt.Sprintf("CONNACK with code %d", byte(code))
		case errors.As(err, &reason):
			text = fmt.Sprintf("CONNACK with code 0x%02x", reason.Code)
		default:
			return e.misunderstood(ctx, err)
		}
		step := e.ended(err)
		step.note(Finding{State: StepFailed, Text: text})
		return step
	}
	step := went(fmt.Sprintf("accepted, as client %q", e.o.ClientID))
	if e.o.Username != "" {
		step.Text += fmt.Sprintf(" and user %q", e.o.Username)
	} else {
		step.Text += " without a user name"
	}
	return step
}

// patient bounds a subscribing, which waits for as long as messages come.
func (e *examiner) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*e.o.ConnectTimeout)
}

// filters are those of the broker's own topics that were asked for, or all others.
func (e *examiner) filters(system bool) (filters []Filter) {
	for _, f := range e.o.Filters {
		if isSystem(f) == system {
			filters = append(filters, f)
		}
	}
	return filters
}

// subscribe asks for the filters, those of the broker's own topics apart, and listens.
func (e *examiner) subscribe(ctx context.Context) Step {
	filters := e.filters(false)
	if len(filters) == 0 {
		return skipped("only the broker's own topics are asked for")
	}
	e.heard.attend(filters)
	within, cancel := e.patient(ctx)
	defer cancel()
	subscriptions, err := e.session.subscribe(within, filters)
	if err == nil {
		err = e.listen(ctx, listenFor)
	}
	if err != nil {
		return e.ended(err)
	}
	step := Step{}
	granted := 0
	for i, s := range subscriptions {
		s.Filter = safetext.Clean(s.Filter)
		heard := e.heard.on(i, s)
		e.found.Subscriptions = append(e.found.Subscriptions, heard)
		if !s.Refused() {
			granted++
		}
		step.note(heard.finding(e.o.Username))
	}
	step.Text = fmt.Sprintf("%d of %s granted", granted, count(len(filters), "filter"))
	return step
}

// finding says what became of a filter.
func (h *Heard) finding(user string) Finding {
	switch {
	case h.Refused():
		return Finding{
			State: StepFailed, Text: h.Filter + ": " + h.Error,
			Remedy: fmt.Sprintf("check the broker's access rules for %s, and the spelling of the filter", userName(user)),
		}
	case h.Messages == 0:
		return Finding{
			State: StepWarning, Text: fmt.Sprintf("%s: subscribed%s, nothing received in %v", h.Filter, h.granted(), listenFor),
			Remedy: "nobody may have published there meanwhile; or the broker's access rules hide it without a word, as Mosquitto's acl_file does",
		}
	}
	f := Finding{State: StepOK, Text: fmt.Sprintf("%s: receiving%s, %s in %v", h.Filter, h.granted(), count(int(h.Messages), "message"), listenFor)}
	if h.Retained > 0 {
		f.Text += fmt.Sprintf(", %d of them stored", h.Retained)
	}
	if h.Granted < h.Requested {
		f.State, f.Remedy = StepWarning, "the broker allows no higher QoS here"
	}
	return f
}

// granted says at which QoS the broker sends.
func (h *Heard) granted() string {
	if h.Granted < h.Requested {
		return fmt.Sprintf(" at QoS %d instead of %d", h.Granted, h.Requested)
	}
	return fmt.Sprintf(" at QoS %d", h.Granted)
}

func userName(user string) string {
	if user == "" {
		return "clients without a user name"
	}
	return fmt.Sprintf("user %q", user)
}

// listen waits for a while. The error says that the connection was lost meanwhile.
func (e *examiner) listen(ctx context.Context, d time.Duration) error {
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := e.session.wait(within); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// system asks for the broker's own topics.
func (e *examiner) system(ctx context.Context) Step {
	filters := e.filters(true)
	asked := len(filters) > 0
	if !asked {
		filters = []Filter{{Topic: "$SYS/#"}}
	}
	within, cancel := e.patient(ctx)
	defer cancel()
	subscriptions, err := e.session.subscribe(within, filters)
	if err == nil {
		err = e.listen(ctx, listenToSystem)
	}
	if err != nil {
		step := e.ended(err)
		if !asked { // the dashboard will not ask either
			step.State = StepWarning
		}
		return step
	}
	if text := e.heard.brokerSays(); text != "" {
		return went(text)
	}
	step := Step{Finding: Finding{
		State: StepWarning, Text: "not offered: the broker says nothing of itself",
		Remedy: "it may keep $SYS to administrators, or have none; the figures of the broker stay empty",
	}}
	for _, s := range subscriptions {
		if s.Refused() {
			step.Text = "not offered: " + safetext.Clean(s.Filter) + " is refused"
		}
	}
	return step
}

// retained tells of the stored messages that came.
func (e *examiner) retained(context.Context) Step {
	h := &e.heard
	h.mu.Lock()
	defer h.mu.Unlock()
	e.found.Retained, e.found.RetainedCount = h.samples, h.stored
	if len(h.filters) == 0 {
		return skipped("no topics were listened to")
	}
	if h.stored == 0 {
		return went("no stored messages on these filters")
	}
	step := went(count(int(h.stored), "stored message"))
	for _, s := range h.samples {
		text := s.Topic + " = " + s.Payload
		if s.Payload == "" {
			text = s.Topic + " (empty)"
		}
		step.note(Finding{State: StepOK, Text: text})
	}
	return step
}

// ping asks the broker for a sign of life.
func (e *examiner) ping(ctx context.Context) Step {
	took, err := e.session.ping(ctx)
	if err != nil {
		return e.ended(&stageError{pinging, err})
	}
	e.found.Ping = took
	return went("answered in " + brief(took))
}
