package subscriber_test

import (
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

func TestReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#")})
		r.until(model.Connected)
		for i := range 3 {
			time.Sleep(time.Minute)
			l.cut()
			w := r.until(model.Waiting)
			if wait := w.NextTry.Sub(w.Since); wait > 5*time.Second || wait <= 0 || w.Subscriptions[0].Answered {
				t.Errorf("wait of %v: %+v", wait, w)
			}
			if w.Problem != "the broker closed the connection" || w.Attempts != 0 {
				t.Errorf("%+v", w)
			}
			if c := r.until(model.Connecting); c.Problem == "" || !c.NextTry.IsZero() {
				t.Errorf("the problem went away too early: %+v", c)
			}
			if c := r.until(model.Connected); c.Connects != i+2 || c.Problem != "" || c.Hint != "" {
				t.Errorf("%+v", c)
			}
			l.publish("a", strconv.Itoa(i), false, 0)
			if m := r.receive(i + 1)[i]; string(m.Payload) != strconv.Itoa(i) {
				t.Errorf("message %q", m.Payload)
			}
		}
		if s := r.Stats(); s.Bytes < 4*4 || s.LastByte.IsZero() || s.Stalls != 0 {
			t.Errorf("Stats() = %+v", s)
		}
	})
}

func TestBrokerComesLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.down.Store(true)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#")})
		start, last := time.Now(), time.Duration(0)
		for i := 1; time.Since(start) < 10*time.Minute; i++ {
			w := r.until(model.Waiting)
			if w.Attempts != i {
				t.Fatalf("attempt %d is called %d", i, w.Attempts)
			}
			last = w.NextTry.Sub(w.Since)
			if age := w.Since.Sub(start); age < time.Minute && last > 5*time.Second || last > 30*time.Second {
				t.Errorf("waits %v after %v", last, age)
			}
		}
		if last < 10*time.Second || l.dials.Load() > 60 {
			t.Errorf("%d attempts in 10 minutes, the last wait is %v", l.dials.Load(), last)
		}
		l.down.Store(false)
		if c := r.until(model.Connected); c.Attempts != 0 || c.Connects != 1 {
			t.Errorf("%+v", c)
		}
	})
}

// TestBrokerThatWorkedBefore has a broker that goes wrong after it was right:
// nobody then asks whether it is one.
func TestBrokerThatWorkedBefore(t *testing.T) {
	t.Parallel()
	const lab = "mqtt://lab-pi:1883"
	type explained struct{ problem, hint string }
	tests := []struct {
		name string
		then func(*testing.T) dialFunc // after the first connection
		want explained
	}{
		{"dial hangs", func(*testing.T) dialFunc { return hanging }, explained{"no answer from " + lab + " within 10s", "it worked before: the broker or the network on the way may hang"}},
		{"CONNECT unanswered", playing(silent), explained{lab + " did not answer CONNECT within 10s", "it worked before: the broker or the network on the way may hang"}},
		{"closed", playing(evilbroker.Named("closed before CONNACK")), explained{lab + " closed the connection before it answered CONNECT", "it worked before; look at the broker's log"}},
		{"HTTP", playing(evilbroker.Named("HTTP")), explained{lab + " sent what MQTT forbids: protocol error: PUBACK before CONNACK", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := evilbroker.New(t)
				dial := b.Dial
				r := run(t, labPi(func(ctx context.Context) (net.Conn, error) { return dial(ctx) }))
				r.until(model.Connected)
				synctest.Wait()
				dial = tt.then(t)
				b.Cut()
				r.until(model.Waiting)
				w := r.until(model.Waiting)
				if got := (explained{w.Problem, w.Hint}); got != tt.want {
					t.Errorf("problem %q, hint %q\nwant    %q, hint %q", got.problem, got.hint, tt.want.problem, tt.want.hint)
				}
			})
		})
	}
}

// playing makes a broker that plays a case.
func playing(c evilbroker.Case) func(*testing.T) dialFunc {
	return func(t *testing.T) dialFunc {
		t.Helper()
		return evilbroker.New(t, c).Dial
	}
}

func TestRetryNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var fixed atomic.Bool
		l.rules.allow = func(string, string) bool { return fixed.Load() }
		ready := make(chan struct{})
		r := run(t, subscriber.Options{Dial: func(ctx context.Context) (net.Conn, error) {
			<-ready
			return l.dial(ctx)
		}})
		r.RetryNow() // in an attempt it means nothing
		close(ready)
		w := r.until(model.Waiting)
		if wait := w.NextTry.Sub(w.Since); wait < 30*time.Second || wait > 33*time.Second {
			t.Errorf("waits %v after bad credentials", wait)
		}
		synctest.Wait()
		fixed.Store(true)
		start := time.Now()
		r.RetryNow()
		r.RetryNow()
		r.until(model.Connected)
		if took := time.Since(start); took > time.Second || l.dials.Load() != 2 {
			t.Errorf("connected after %v and %d attempts", took, l.dials.Load())
		}
	})
}

func TestBadCredentialsAreNotAStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		asked := 0
		l.rules.allow = func(user, password string) bool { return user == "iotuser" && password == "right" }
		r := run(t, subscriber.Options{
			Dial: l.dial, Username: "iotuser",
			Password: func() (string, error) {
				asked++
				if asked < 4 {
					return "wrong", nil
				}
				return "right", nil
			},
		})
		start := time.Now()
		r.until(model.Connected)
		if took := time.Since(start); asked != 4 || l.dials.Load() != 4 || took < 90*time.Second || took > 100*time.Second {
			t.Errorf("%d attempts, asked %d times, took %v", l.dials.Load(), asked, took)
		}
	})
}

// TestTakeover has a broker that ends each connection soon after it was made, as
// it does when two clients have the same id.
func TestTakeover(t *testing.T) {
	t.Parallel()
	const closed = "the broker closed the connection"
	tests := []struct{ id, problem, hint string }{
		{"mine", `another client uses the client id "mine", it seems: no connection lasts`, "give one of the two another id with --client-id"},
		{"", closed, ""}, // a random one is nobody else's
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				r := run(t, subscriber.Options{Dial: l.dial, ClientID: tt.id, Filters: filters("#")})
				for i := range 4 {
					r.until(model.Connected)
					time.Sleep(4 * time.Second)
					l.cut()
					w := r.until(model.Waiting)
					wait, problem, hint := w.NextTry.Sub(w.Since), closed, ""
					if i >= 2 {
						problem, hint = tt.problem, tt.hint
					}
					if w.Problem != problem || w.Hint != hint || (wait >= 30*time.Second) != (problem != closed) {
						t.Errorf("loss %d: %q, hint %q, waits %v", i+1, w.Problem, w.Hint, wait)
					}
				}
				r.until(model.Connected)
				time.Sleep(time.Minute)
				l.cut()
				if w := r.until(model.Waiting); w.Problem != closed || w.Hint != "" || w.NextTry.Sub(w.Since) > time.Second {
					t.Errorf("after a connection that lasted: %+v", w)
				}
			})
		})
	}
}

// TestAddresses has a broker with three addresses: each is tried once before there is a
// wait, and each has its words.
func TestAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var up atomic.Bool           // b and c, a never is
		var trying subscriber.Broker // as the state before the dial has it
		o := subscriber.Options{
			Broker: subscriber.Broker{Scheme: "mqtt", Host: "a", Port: 1}, Filters: filters("#"),
			Others:   []subscriber.Broker{{Scheme: "mqtt", Host: "b", Port: 2}, {Scheme: "mqtt", Host: "c", Port: 3}},
			OnChange: func(c model.Connection) { trying, _ = subscriber.ParseBroker(c.Broker) },
			Dial: func(ctx context.Context) (net.Conn, error) {
				if trying.Host == "a" || !up.Load() {
					return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
				}
				return l.dial(ctx)
			},
		}
		r := run(t, o)
		const refused = " refused the connection"
		for round := range 2 {
			for i, url := range []string{"mqtt://a:1", "mqtt://b:2", "mqtt://c:3"} {
				w := r.until(model.Waiting)
				want, last := url+refused, i == 2
				if last {
					want = "mqtt://a:1" + refused + "; mqtt://b:2" + refused + "; mqtt://c:3" + refused
				}
				if w.Broker != url || w.Problem != want || w.Hint != "is the broker running, and is this its port?" || w.Attempts != 3*round+i+1 ||
					w.NextTry.After(w.Since) != last {
					t.Errorf("%+v", w)
				}
			}
			synctest.Wait()
		}
		up.Store(true)
		if c := r.until(model.Connected); c.Broker != "mqtt://b:2" || c.Problem != "" || c.Attempts != 0 {
			t.Errorf("%+v", c)
		}
		time.Sleep(time.Minute)
		l.cut()
		if w := r.until(model.Waiting); w.Problem != "mqtt://b:2: the broker closed the connection" || w.NextTry.Sub(w.Since) > time.Second {
			t.Errorf("%+v", w)
		}
		if c := r.until(model.Connected); c.Broker != "mqtt://c:3" {
			t.Errorf("after a loss the same address again: %+v", c)
		}
	})
}

// TestKeptSession has a broker that has kept the session, and one that has not.
func TestKeptSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		resumed := []byte{0x20, 2, 1, 0}
		b := evilbroker.New(t, evilbroker.Case{}, evilbroker.Case{Connack: resumed}, evilbroker.Case{})
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#"), ClientID: "me", PersistentSession: true})
		for i, present := range []bool{false, true, false} {
			if c := r.until(model.Connected); !c.Link.Persistent || c.Link.Present != present || c.Forgotten() != (i == 2) {
				t.Errorf("connection %d: %+v, forgotten %v", i+1, c.Link, c.Forgotten())
			}
			time.Sleep(time.Minute)
			b.Cut()
		}
	})
}

// TestAttemptsCountAsWaiting has a network that swallows everything, so that each
// attempt takes the whole connect timeout.
func TestAttemptsCountAsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := run(t, subscriber.Options{Dial: hanging})
		start := time.Now()
		for time.Since(start) < time.Minute {
			if w := r.until(model.Waiting); w.NextTry.Sub(w.Since) != 250*time.Millisecond {
				t.Errorf("waits %v after %v", w.NextTry.Sub(w.Since), time.Since(start))
			}
		}
	})
}
