package subscriber

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/safetext"
)

// StepState is how a step of an examination ended.
type StepState uint8

// The states, from good to bad; a skipped step had nothing to look at.
const (
	StepSkipped StepState = iota
	StepOK
	StepWarning
	StepFailed
)

// String returns the state as one word.
func (s StepState) String() string {
	return [...]string{"skipped", "ok", "warning", "failed"}[s&3]
}

// Finding is one thing that a step found.
type Finding struct {
	State StepState
	// Text says what was found, in one line that is safe to print.
	Text string
	// Remedy says what to do about it; may be empty.
	Remedy string
}

// The names of the steps, in their order.
const (
	StepDNS       = "dns"
	StepTCP       = "tcp"
	StepTLS       = "tls"
	StepWebSocket = "websocket"
	StepConnect   = "connect"
	StepSubscribe = "subscribe"
	StepSystem    = "sys"
	StepRetained  = "retained"
	StepPing      = "ping"
	StepProbe     = "probe"
)

// Step is one step of an examination: what came of it, and its parts.
type Step struct {
	Name string
	Finding
	// Findings are those of the step's parts: an address, a certificate, a filter.
	Findings []Finding
	Took     time.Duration
}

// note adds a finding, of which the worst is the step's state.
func (s *Step) note(f Finding) {
	s.Findings = append(s.Findings, cleaned(f))
	s.State = max(s.State, f.State)
}

// cleaned makes a finding's texts safe to print.
func cleaned(f Finding) Finding {
	f.Text, f.Remedy = safetext.Clean(f.Text), safetext.Clean(f.Remedy)
	return f
}

// Examination is what came of the walk to a broker. Its texts are safe to print and hold
// no secret.
type Examination struct {
	// Broker is the URL, ClientID and Username what was logged in with.
	Broker, ClientID, Username string
	// Steps are all steps, in their order.
	Steps []Step
	// Addresses are those that the broker's name stands for.
	Addresses []Address
	// TLS is nil unless there was a handshake.
	TLS *TLSReport
	// Subscriptions are the filters and what came on them.
	Subscriptions []Heard
	// System are values of the broker's own topics, by topic; empty when there were none.
	System map[string]string
	// Retained are a few of the stored messages, RetainedCount is how many came.
	Retained      []Sample
	RetainedCount uint64
	// Ping is how long the broker took to answer a PINGREQ; 0 when it did not.
	Ping time.Duration
	// Probes are the round trips of the probe's messages.
	Probes []RoundTrip
}

// State is that of the worst step.
func (x *Examination) State() StepState {
	worst := StepSkipped
	for i := range x.Steps {
		worst = max(worst, x.Steps[i].State)
	}
	return worst
}

// Address is one of a broker's addresses. Problem is empty when it took the connection.
type Address struct {
	IP      string
	Took    time.Duration
	Problem string
}

// Heard is a subscription and how many messages it brought while was listened.
type Heard struct {
	model.Subscription
	Messages, Retained uint64
}

// Sample is a stored message. The payload is cut.
type Sample struct{ Topic, Payload string }

// RoundTrip is the way of one message to the broker and back.
type RoundTrip struct {
	QoS byte
	// Acknowledged is how long the broker took to take the message over; 0 at QoS 0.
	Acknowledged time.Duration
	// Back is when the message came back, and BackQoS at which QoS; 0 when it did not.
	Back    time.Duration
	BackQoS byte
	Problem string
}

// Errand is what an examination does besides looking.
type Errand struct {
	// Probe is a topic to publish to at each QoS, and to receive from; empty for none.
	Probe string
	// Tell is given each step as it ends; nil for nobody.
	Tell func(Step)
}

// Examine walks the way to the broker, of several addresses to the first, step by step, as
// a [Source] goes it, and says what it found. The session is a clean one, under a random client id where that of o names a
// session that the broker keeps. The error is that of ctx when it is cancelled; a
// broker that cannot be reached is no error. Each step is bounded: by the connect
// timeout, and twice that for subscribing.
func Examine(ctx context.Context, o Options, errand Errand) (*Examination, error) {
	if o.PersistentSession {
		o.PersistentSession, o.ClientID = false, ""
	}
	o.PresenceTopic = ""
	o = o.withDefaults()
	o.Others = nil
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	e := &examiner{o: &o, fail: fail, probe: errand.Probe, found: &Examination{
		Broker: safetext.Clean(o.where()), ClientID: safetext.Clean(o.ClientID), Username: safetext.Clean(o.Username),
		System: map[string]string{},
	}}
	defer e.close()
	e.heard.probes = make(chan model.Message, 8)
	for _, s := range e.steps() {
		step := e.step(ctx, s.name, s.run)
		if ctx.Err() != nil {
			return nil, cmp.Or(crash.Cause(ctx), ctx.Err())
		}
		step.Finding = cleaned(step.Finding)
		e.found.Steps = append(e.found.Steps, step)
		if errand.Tell != nil {
			errand.Tell(step)
		}
	}
	return e.found, nil
}

// examiner walks once.
type examiner struct {
	o     *Options
	fail  func(error)
	probe string
	found *Examination
	over  bool // the way ended; what follows is skipped

	addresses []netip.Addr
	conn      net.Conn // until the session owns it
	session   *session
	heard     ears
}

type namedStep struct {
	name string
	run  func(context.Context) Step
}

func (e *examiner) steps() []namedStep {
	steps := []namedStep{{StepDNS, e.resolve}, {StepTCP, e.reach}, {StepTLS, e.secure}}
	if e.o.Broker.WebSocket() {
		steps = append(steps, namedStep{StepWebSocket, e.upgrade})
	}
	steps = append(steps, namedStep{StepConnect, e.introduce}, namedStep{StepSubscribe, e.subscribe},
		namedStep{StepSystem, e.system}, namedStep{StepRetained, e.retained}, namedStep{StepPing, e.ping})
	if e.probe != "" {
		steps = append(steps, namedStep{StepProbe, e.roundTrips})
	}
	return steps
}

// step walks one step, unless the way has ended before it.
func (e *examiner) step(ctx context.Context, name string, run func(context.Context) Step) Step {
	began := time.Now()
	step := skipped("not reached")
	if !e.over {
		step = run(ctx)
	}
	step.Name = name
	if step.State != StepSkipped {
		step.Took = time.Since(began)
	}
	return step
}

func skipped(why string) Step { return Step{Finding: Finding{Text: why}} }

func went(well string) Step { return Step{Finding: Finding{State: StepOK, Text: well}} }

// ended is a step after which there is no way on, in the words that the dashboard has
// for it.
func (e *examiner) ended(err error) Step {
	e.over = true
	why := e.o.classify(err)
	return Step{Finding: Finding{State: StepFailed, Text: why.Summary, Remedy: why.Hint}}
}

func (e *examiner) close() {
	if e.session != nil {
		e.session.close()
	} else if e.conn != nil {
		_ = e.conn.Close()
	}
}

// twinPatience is how long is looked for the other way.
const twinPatience = 3 * time.Second

// twinAnswers says whether the broker speaks MQTT on its port in the other way: with TLS
// where the URL has none, and without where it has. No secret is told to it.
func (e *examiner) twinAnswers(ctx context.Context) bool {
	if e.o.Dial != nil {
		return false
	}
	twin := *e.o
	twin.Broker.Scheme = twinScheme(e.o.Broker.Scheme)
	twin.Username, twin.Password, twin.ClientID = "", nil, "labtop-doctor-"+random()
	twin.TLS.CertFile, twin.TLS.KeyFile = "", ""
	twin.ConnectTimeout = min(twin.ConnectTimeout, twinPatience)
	s, err := open(ctx, &twin, func(model.Message) {}, e.fail)
	if err == nil {
		s.close()
		return true
	}
	return errors.As(err, new(connackError)) || errors.As(err, new(*reasonError)) || twin.Broker.TLS() && speaksTLS(err)
}

// random is a text for names that nobody else has.
func random() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, as documented
	return hex.EncodeToString(b[:])
}

// isSystem says whether a filter is for the broker's own topics.
func isSystem(f Filter) bool { return strings.HasPrefix(f.Topic, "$SYS") }
