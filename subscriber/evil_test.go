package subscriber_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
)

type dialFunc = func(context.Context) (net.Conn, error)

// evil is a broker that does what a script says, byte by byte. What it gets is
// read and thrown away, but for the id of the last SUBSCRIBE.
type evil struct {
	t      *testing.T
	dials  atomic.Int32
	socket chan net.Conn
	conn   net.Conn
	id     chan [2]byte // of a SUBSCRIBE
}

func newEvil(t *testing.T) *evil {
	t.Helper()
	return &evil{t: t, socket: make(chan net.Conn, 100), id: make(chan [2]byte, 100)}
}

func (*evil) refuse(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func (e *evil) dial(context.Context) (net.Conn, error) {
	e.dials.Add(1)
	ours, theirs := net.Pipe()
	go e.hear(theirs)
	e.socket <- theirs
	return ours, nil
}

func (e *evil) dialMute(ctx context.Context) (net.Conn, error) {
	conn, err := e.dial(ctx)
	go func() { _, _ = (<-e.socket).Write([]byte{0x20, 2, 0, 0}) }()
	return conn, err
}

// hear reads whole packets until the other end is closed.
func (e *evil) hear(c net.Conn) {
	defer func() { _ = c.Close() }()
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if n > 4 && b[0] == 0x82 { // a SUBSCRIBE of less than 128 bytes
			e.id <- [2]byte(b[2:4])
		}
	}
}

// accept answers CONNECT and SUBSCRIBE.
func (e *evil) accept() {
	e.t.Helper()
	e.conn = <-e.socket
	e.send([]byte{0x20, 2, 0, 0})
	id := <-e.id
	e.send([]byte{0x90, 3, id[0], id[1], 0})
}

func (e *evil) send(b []byte) {
	if !e.try(b) {
		e.t.Errorf("the connection was lost while sending")
	}
}

func (e *evil) try(b []byte) bool {
	_, err := e.conn.Write(b)
	return err == nil
}

func publishPacket(flags byte, topic string, id uint16, payload string) []byte {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(topic)))
	body = append(body, topic...)
	if flags&6 != 0 {
		body = binary.BigEndian.AppendUint16(body, id)
	}
	body = append(body, payload...)
	b := []byte{0x30 | flags}
	n := len(body)
	for ; n > 127; n >>= 7 {
		b = append(b, byte(n)|128)
	}
	return append(append(b, byte(n)), body...)
}

// TestProblems plays brokers that do wrong and compares what people are told.
func TestProblems(t *testing.T) {
	t.Parallel()
	connack := []byte{0x20, 2, 0, 0}
	const lab = "mqtt://lab-pi:1883"
	type explained struct{ problem, hint string }
	tests := []struct {
		name  string
		dial  dialFunc
		sends []byte // after CONNECT; then the connection is closed unless silent
		quiet bool   // the connection stays open
		later []byte // after SUBSCRIBE, with its id where 0xff 0xff stands
		user  string
		want  explained
		slow  bool
	}{
		{name: "refused", dial: (&evil{}).refuse, want: explained{lab + " refused the connection", "is the broker running, and is this its port?"}},
		{name: "no such host", dial: failing(&net.DNSError{Err: "no such host", Name: "lab-pi", IsNotFound: true}), want: explained{`no such host "lab-pi"`, "check the spelling; on a home network try the name with .local, or the address"}},
		{name: "name server silent", dial: failing(&net.DNSError{Err: "i/o timeout", Name: "lab-pi", IsTimeout: true}), want: explained{`the name server did not answer for "lab-pi"`, "check the network, or use the broker's address instead of its name"}},
		{name: "unreachable", dial: failing(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}), want: explained{lab + " is unreachable", "check the network and the address"}},
		{name: "dial timeout", dial: hanging, want: explained{"no answer from " + lab + " within 10s", "is the address right, and does no firewall stand in the way?"}},
		{name: "other", dial: failing(errors.New("something\nnew\x1b[2J")), want: explained{"cannot connect to " + lab + ": something␊new␛[2J", ""}},
		{name: "silent", quiet: true, want: explained{lab + " did not answer CONNECT within 10s", "is this the port of an MQTT broker? Is this a TLS port? Then use mqtts://lab-pi:1883"}},
		{name: "closed", want: explained{lab + " closed the connection before it answered CONNECT", "look at the broker's log. Is this a TLS port? Then use mqtts://lab-pi:1883"}},
		{name: "cut CONNACK", sends: connack[:2], want: explained{lab + " closed the connection before it answered CONNECT", "look at the broker's log. Is this a TLS port? Then use mqtts://lab-pi:1883"}},
		{name: "TLS alert", sends: []byte{0x15, 3, 3, 0, 2, 2, 50}, want: explained{lab + " answered with TLS", "this is a TLS port; use mqtts://lab-pi:1883"}},
		{name: "HTTP", sends: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), want: explained{lab + " sent what MQTT forbids: protocol error: PUBACK before CONNACK", "is this the port of an MQTT broker?"}},
		{name: "code 1", sends: []byte{0x20, 2, 0, 1}, want: explained{"the broker does not speak MQTT 3.1.1", "update the broker, or turn its MQTT 3.1.1 listener on"}},
		{name: "code 2", sends: []byte{0x20, 2, 0, 2}, want: explained{`the broker rejected the client id "me"`, "give another one with --client-id"}, slow: true},
		{name: "code 3", sends: []byte{0x20, 2, 0, 3}, want: explained{"the broker says that its service is unavailable", "look at the broker's log"}},
		{name: "code 4", sends: []byte{0x20, 2, 0, 4}, user: "ann", want: explained{`bad user name or password for user "ann"`, "check --username and --password-file"}, slow: true},
		{name: "code 5", sends: []byte{0x20, 2, 0, 5}, user: "ann", want: explained{`not authorised: the broker refused user "ann"`, "check the user name, the password and the broker's access rules"}, slow: true},
		{name: "code 5, nobody", sends: []byte{0x20, 2, 0, 5}, want: explained{"not authorised: the broker wants a user name and a password", "give them with --username and --password-file"}, slow: true},
		{name: "code 6", sends: []byte{0x20, 2, 0, 6}, want: explained{lab + " sent what MQTT forbids: protocol error: CONNACK with the unknown code 6", "is this the port of an MQTT broker?"}},
		{name: "closed after CONNACK", sends: connack, want: explained{lab + " closed the connection before it answered SUBSCRIBE", "it may not allow these topic filters, or another client uses the same client id"}},
		{name: "no SUBACK", sends: connack, quiet: true, want: explained{lab + " did not answer SUBSCRIBE within 10s", "look at the broker's log"}},
		{name: "SUBACK with three codes", sends: connack, later: []byte{0x90, 5, 0xff, 0xff, 0, 0, 0}, want: explained{lab + " sent what MQTT forbids: protocol error: SUBACK with 3 codes for 1 filter", ""}},
		{name: "PUBACK instead of SUBACK", sends: connack, later: []byte{0x40, 2, 0xff, 0xff}, want: explained{lab + " sent what MQTT forbids: protocol error: PUBACK in answer to a SUBSCRIBE", ""}},
		{name: "QoS 3", sends: connack, later: []byte{0x90, 3, 0xff, 0xff, 0, 0x36, 0}, want: explained{lab + " sent what MQTT forbids: protocol error: PUBLISH with QoS 3", ""}},
		{name: "lost", sends: connack, later: []byte{0x90, 3, 0xff, 0xff, 0}, want: explained{"the broker closed the connection", ""}},
		{name: "keep-alive", sends: connack, later: []byte{0x90, 3, 0xff, 0xff, 0}, quiet: true, want: explained{lab + " stopped answering (keep-alive timed out)", "the broker or the network on the way hangs"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newEvil(t)
				dial := tt.dial
				if dial == nil {
					dial = e.dial
				}
				go e.script(tt.sends, tt.later, tt.quiet)
				start := time.Now()
				r := run(t, subscriber.Options{
					Broker: subscriber.Broker{Scheme: "mqtt", Host: "lab-pi", Port: 1883},
					Dial:   dial, Filters: filters("#"), ClientID: "me", Username: tt.user,
				})
				w := r.until(model.Waiting)
				if got := (explained{w.Problem, w.Hint}); got != tt.want {
					t.Errorf("problem %q, hint %q\nwant    %q, hint %q", got.problem, got.hint, tt.want.problem, tt.want.hint)
				}
				if wait := w.NextTry.Sub(w.Since); (wait >= 30*time.Second) != tt.slow {
					t.Errorf("waits %v", wait)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("noticed after %v", took)
				}
			})
		})
	}
}

// script plays a broker on the first connection.
func (e *evil) script(sends, later []byte, quiet bool) {
	select {
	case e.conn = <-e.socket:
	case <-e.t.Context().Done():
		return
	}
	synctest.Wait() // CONNECT has come
	e.try(sends)
	if later != nil {
		id := <-e.id
		e.try(bytes.Replace(later, []byte{0xff, 0xff}, id[:], 1))
	}
	if !quiet {
		synctest.Wait()
		_ = e.conn.Close()
	}
}

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
				r := run(t, subscriber.Options{Dial: newEvil(t).dial, Username: tt.user, Password: tt.password})
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
		dial  func(*evil) dialFunc
		topic string
		conn  bool // it is a ConnectError
		want  string
	}{
		{"not reached", func(e *evil) dialFunc { return e.refuse }, "a", true, "the broker refused the connection"},
		{"no PUBACK", func(e *evil) dialFunc { return e.dialMute }, "a", false, `the broker may not have the message for "a": the broker did not take the message over within 10s`},
		{"wildcard", func(e *evil) dialFunc { return e.dialMute }, "a/+", false, `topic "a/+": holds a wildcard; # and + are for subscribing only`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newEvil(t)
				err := subscriber.Publish(t.Context(), subscriber.Options{Dial: tt.dial(e)}, tt.topic, nil, 1, false)
				var ce *subscriber.ConnectError
				if errors.As(err, &ce) != tt.conn || err == nil || err.Error() != tt.want {
					t.Errorf("error %v (%T), want %q", err, err, tt.want)
				}
			})
		})
	}
}

func TestPublishCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := subscriber.Publish(ctx, subscriber.Options{Dial: newEvil(t).dial}, "a", nil, 1, false)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
