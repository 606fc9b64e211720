package subscriber_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

// TestDialProblems has ways to the broker that lead nowhere.
func TestDialProblems(t *testing.T) {
	t.Parallel()
	const lab = "mqtt://lab-pi:1883"
	tests := []struct {
		name          string
		dial          dialFunc
		problem, hint string
	}{
		{"refused", failing(errRefused), lab + " refused the connection", "is the broker running, and is this its port?"},
		{"no such host", failing(&net.DNSError{Err: "no such host", Name: "lab-pi", IsNotFound: true}), `no such host "lab-pi"`, "check the spelling; on a home network try the name with .local, or the address"},
		{"name server silent", failing(&net.DNSError{Err: "i/o timeout", Name: "lab-pi", IsTimeout: true}), `the name server did not answer for "lab-pi"`, "check the network, or use the broker's address instead of its name"},
		{"unreachable", failing(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}), lab + " is unreachable", "check the network and the address"},
		{"timeout", hanging, "no answer from " + lab + " within 10s", "is the address right, and does no firewall stand in the way?"},
		{"other", failing(errors.New("something\nnew\x1b[2J")), "cannot connect to " + lab + ": something␊new␛[2J", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				checkProblem(t, run(t, labPi(tt.dial)), tt.problem, tt.hint, false)
			})
		})
	}
}

// cases are the whole table, and brokers that fall silent; the words are those about one
// that has answered everything before.
func cases(problem, hint string) []evilbroker.Case {
	return append(evilbroker.Cases(),
		evilbroker.Case{
			Name: "silent", Connack: []byte{}, Then: evilbroker.Mute, Problem: "mqtt://* did not answer CONNECT within 10s",
			Hint: "is this the port of an MQTT broker? Is this a TLS port? Then use mqtts://*",
		},
		evilbroker.Case{
			Name: "silent after CONNACK", Suback: noAnswer, Then: evilbroker.Mute, Problem: "mqtt://* did not answer SUBSCRIBE within 10s",
			Hint: "look at the broker's log",
		},
		evilbroker.Case{Name: "silent after SUBACK", Then: evilbroker.Mute, Problem: problem, Hint: hint})
}

// TestEvilBrokers plays the whole table, and compares what people are told.
func TestEvilBrokers(t *testing.T) {
	t.Parallel()
	for _, c := range cases("mqtt://* stopped answering (keep-alive timed out)", "the broker or the network on the way hangs") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := evilbroker.New(t, c)
				r := run(t, labPi(b.Dial))
				if c.Ends() {
					problem, hint := c.Told("lab-pi:1883")
					checkProblem(t, r, problem, hint, c.Lasting)
				} else {
					checkStays(t, r, b, c.Refused)
				}
				if len(r.messages) != c.Messages {
					t.Errorf("%d messages, want %d", len(r.messages), c.Messages)
				}
			})
		})
	}
}

// TestWriteTimeout has a broker that reads nothing any more once it has answered all.
func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := run(t, labPi(func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				packet := make([]byte, 1024)
				_, _ = theirs.Read(packet)
				_, _ = theirs.Write(evilbroker.Accept)
				n, _ := theirs.Read(packet) // SUBSCRIBE
				_, _ = theirs.Write([]byte{0x90, 3, packet[2], packet[3], 0})
				if n == 0 {
					t.Error("no SUBSCRIBE came")
				}
			}()
			return ours, nil
		}))
		r.until(model.Connected)
		checkProblem(t, r, "mqtt://lab-pi:1883 takes nothing any more (what was sent did not go out within 5s)", "the broker or the network on the way hangs", false)
	})
}

// TestEvilBrokers5 plays the table of MQTT 5.
func TestEvilBrokers5(t *testing.T) {
	t.Parallel()
	silent := []evilbroker.Case{
		{Name: "silent", Connack: []byte{}, Then: evilbroker.Mute, Problem: "mqtt://* did not answer CONNECT within 10s", Hint: "is this the port of an MQTT broker? Is this a TLS port? Then use mqtts://*"},
		{Name: "silent after CONNACK", Suback: noAnswer, Then: evilbroker.Mute, Problem: "mqtt://* did not answer SUBSCRIBE within 10s", Hint: "look at the broker's log"},
		{Name: "silent after SUBACK", Then: evilbroker.Mute, Problem: "mqtt://* stopped answering (keep-alive timed out)", Hint: "the broker or the network on the way hangs"},
	}
	for _, c := range append(evilbroker.Cases5(), silent...) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := evilbroker.New(t, c)
				o := labPi(b.Dial)
				o.V5 = true
				r := run(t, o)
				if c.Ends() {
					problem, hint := c.Told("lab-pi:1883")
					checkProblem(t, r, problem, hint, c.Lasting)
				} else {
					checkStays(t, r, b, c.Refused)
				}
				if len(r.messages) != c.Messages {
					t.Errorf("%d messages, want %d", len(r.messages), c.Messages)
				}
			})
		})
	}
}

// labPi are the options with which the texts of the table come true.
func labPi(dial dialFunc) subscriber.Options {
	return subscriber.Options{
		Broker: subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883}, Dial: dial,
		Filters: filters("#"), ClientID: evilbroker.ClientID, Username: evilbroker.User,
		Password: func() (string, error) { return "right", nil },
	}
}

// checkProblem waits until there is no connection and checks why.
func checkProblem(t *testing.T, r *running, problem, hint string, lasting bool) {
	t.Helper()
	start := time.Now()
	w := r.until(model.Waiting)
	if w.Problem != problem || w.Hint != hint {
		t.Errorf("problem %q, hint %q\nwant    %q, hint %q", w.Problem, w.Hint, problem, hint)
	}
	if wait := w.NextTry.Sub(w.Since); (wait >= 30*time.Second) != lasting {
		t.Errorf("waits %v", wait)
	}
	if took := time.Since(start); took > 17500*time.Millisecond {
		t.Errorf("noticed after %v", took)
	}
}

// checkStays waits for a while and checks that the connection was not lost.
func checkStays(t *testing.T, r *running, b *evilbroker.Broker, refused bool) {
	t.Helper()
	if s := r.until(model.Connected).Subscriptions[0]; s.Refused() != refused {
		t.Errorf("%+v", s)
	}
	for end := time.After(time.Minute); ; {
		select {
		case batch := <-r.Batches():
			r.take(batch)
			continue
		case <-end:
		}
		break
	}
	if n := b.Connects(); n != 1 {
		t.Errorf("%d connections: %+v", n, r.states)
	}
}

// silent is a broker that answers nothing at all, noAnswer stands in place of a
// SUBACK.
var silent = evilbroker.Case{Connack: []byte{}, Then: evilbroker.Mute}

func noAnswer(uint16) []byte { return nil }

var errRefused = &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}

func failing(err error) dialFunc {
	return func(context.Context) (net.Conn, error) { return nil, err }
}

func hanging(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestPasswordProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		user     string
		password func() (string, error)
		want     string
	}{
		{"unreadable", "ann", func() (string, error) { return "", io.ErrNoProgress }, "cannot read the password: " + io.ErrNoProgress.Error()},
		{"without user", "", func() (string, error) { return "s3cret", nil }, "a password needs a user name; give one with --username"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := run(t, subscriber.Options{Dial: evilbroker.New(t).Dial, Username: tt.user, Password: tt.password})
				if w := r.until(model.Waiting); w.Problem != tt.want || strings.Contains(w.Problem+w.Hint, "s3cret") {
					t.Errorf("problem %q, want %q", w.Problem, tt.want)
				}
			})
		})
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	for qos := range byte(3) {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t)
			o := subscriber.Options{Dial: l.dial}
			if err := subscriber.Publish(t.Context(), o, "a/b", []byte("x"), qos, true); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#")})
			if m := r.receive(1)[0]; m.Topic != "a/b" || string(m.Payload) != "x" || !m.Retained {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestPublishProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		dial  dialFunc // nil: a broker that takes no message over
		topic string
		conn  bool // it is a ConnectError
		want  string
	}{
		{"not reached", failing(errRefused), "a", true, "the broker refused the connection"},
		{"no PUBACK", nil, "a", false, `the broker may not have the message for "a": the broker did not take the message over within 9s`},
		{"hung up on", hangsUpOnPublish, "a", false, `the broker may not have the message for "a": the broker closed the connection`},
		{"wildcard", nil, "a/+", false, `topic "a/+": holds a wildcard; # and + are for subscribing only`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dial := tt.dial
				if dial == nil {
					dial = evilbroker.New(t).Dial
				}
				err := subscriber.Publish(t.Context(), subscriber.Options{Dial: dial}, tt.topic, nil, 1, false)
				var ce *subscriber.ConnectError
				if errors.As(err, &ce) != tt.conn || err == nil || err.Error() != tt.want {
					t.Errorf("error %v (%T), want %q", err, err, tt.want)
				}
			})
		})
	}
}

// hangsUpOnPublish leads to a broker that takes a CONNECT, and hangs up on whatever
// comes then.
func hangsUpOnPublish(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		packet := make([]byte, 1024)
		_, _ = theirs.Read(packet)
		_, _ = theirs.Write(evilbroker.Accept)
		_, _ = theirs.Read(packet)
	}()
	return ours, nil
}
