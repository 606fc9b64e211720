package subscriber_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
	"labtop/testkit/mosquitto"
)

// kept is what a broker keeps, by topic.
type kept map[string]model.Message

// find asks for filters, and checks that each message comes once at QoS 0 and is never
// another one.
func find(t *testing.T, o subscriber.Options, filters ...string) kept {
	t.Helper()
	o.Filters = nil
	for _, f := range filters {
		o.Filters = append(o.Filters, subscriber.Filter{Topic: f, QoS: 1})
	}
	found := kept{}
	_, err := subscriber.FindRetained(t.Context(), o, func(m *model.Message, exact bool) {
		if old, twice := found[m.Topic]; twice != exact || exact && string(old.Payload) != string(m.Payload) {
			t.Errorf("%s came again, exact %v", m.Topic, exact)
		}
		found[m.Topic] = *m
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestFindRetained finds what a broker keeps on the filters, with the QoS it was
// published with, and takes no live message for it.
func TestFindRetained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		for qos := range byte(3) {
			l.publish(fmt.Sprint("a/", qos), "x", true, qos)
		}
		l.publish("a/live", "x", false, 1)
		l.publish("b/other", "x", true, 1)
		ticker := time.AfterFunc(300*time.Millisecond, func() { l.publish("a/later", "x", false, 1) })
		defer ticker.Stop()
		found := find(t, subscriber.Options{Dial: l.dial, ClientID: "desk"}, "a/#")
		if topics := slices.Sorted(maps.Keys(found)); !slices.Equal(topics, []string{"a/0", "a/1", "a/2"}) {
			t.Fatalf("found %q", topics)
		}
		for qos := range byte(3) {
			if m := found[fmt.Sprint("a/", qos)]; m.QoS != qos {
				t.Errorf("QoS %d, published with %d", m.QoS, qos)
			}
		}
		if found := find(t, subscriber.Options{Dial: l.dial}, "none/#"); len(found) != 0 {
			t.Errorf("found %v", found)
		}
	})
}

// TestFindRetainedProblems says why nothing was found.
func TestFindRetainedProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		dial    func(t *testing.T) dialFunc
		want    string
		reached bool
	}{
		{"not reached", func(*testing.T) dialFunc { return failing(errRefused) }, "the broker refused the connection", false},
		{"no SUBACK", func(t *testing.T) dialFunc {
			t.Helper()
			return evilbroker.New(t, evilbroker.Case{Suback: func(uint16) []byte { return nil }}).Dial
		}, "the broker did not answer SUBSCRIBE", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := subscriber.FindRetained(t.Context(), subscriber.Options{
					Dial: tt.dial(t), Filters: []subscriber.Filter{{Topic: "#"}},
				}, func(*model.Message, bool) {})
				_, connect := errors.AsType[*subscriber.ConnectError](err)
				if err == nil || !strings.Contains(err.Error(), tt.want) || connect == tt.reached {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// TestFindRetainedSlowly waits for retained messages that come long after the SUBACK,
// as long as they keep coming: over a slow line, and from a broker that sends them beside
// all else.
func TestFindRetainedSlowly(t *testing.T) {
	t.Parallel()
	var stored [][]byte
	for i := range 200 {
		stored = append(stored, evilbroker.Publish(1, fmt.Sprint("a/", i), 0, []byte("x")))
	}
	t.Run("line", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := evilbroker.New(t, evilbroker.Case{Stream: slices.Concat(stored...)})
			began := time.Now()
			found := find(t, subscriber.Options{Dial: func(ctx context.Context) (net.Conn, error) {
				c, err := b.Dial(ctx)
				return slowly{c}, err
			}}, "a/#")
			if took := time.Since(began); len(found) != 200 || took < 5*time.Second {
				t.Errorf("%d of 200 after %v", len(found), took)
			}
		})
	})
	t.Run("beside", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := evilbroker.New(t)
			go func() {
				for _, packet := range stored {
					time.Sleep(quiet - time.Millisecond)
					_ = b.Send(packet)
				}
			}()
			var found int
			_, err := subscriber.FindRetained(t.Context(), subscriber.Options{
				Dial: b.Dial, Filters: []subscriber.Filter{{Topic: "a/#"}},
			}, func(*model.Message, bool) { found++ })
			if found != 200 || err != nil {
				t.Errorf("%d of 200, %v", found, err)
			}
		})
	})
}

// quiet is how long no retained message has come when all have.
const quiet = 500 * time.Millisecond

// slowly is a connection that brings little at a time.
type slowly struct{ net.Conn }

func (c slowly) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return c.Conn.Read(p[:min(len(p), 4)])
}

// retain publishes retained messages to topics.
func retain(t *testing.T, o subscriber.Options, topics ...string) {
	t.Helper()
	p := subscriber.NewPublisher(o)
	defer p.Close()
	var all []subscriber.Publication
	for _, topic := range topics {
		all = append(all, subscriber.Publication{Topic: topic, Payload: []byte("x"), QoS: 1, Retain: true})
	}
	if n, err := p.Publish(t.Context(), all); n != len(all) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
}

// topics are so many of them.
func topics(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("a/%05d", i))
	}
	return all
}

// keeping is a lab that keeps n messages, the options that find them, and their topics.
func keeping(t *testing.T, n int) (l *lab, o subscriber.Options, all []string) {
	t.Helper()
	l, all = newLab(t), topics(n)
	o = subscriber.Options{Dial: l.dial, Filters: []subscriber.Filter{{Topic: "a/#"}}}
	retain(t, o, all...)
	return l, o, all
}

// TestClearRetained clears, tells how far it is, and leaves everything else.
func TestClearRetained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, o, all := keeping(t, 1000)
		o.ClientID = "desk"
		retain(t, o, "b", "a/x")
		var told []int
		c, err := subscriber.ClearRetained(t.Context(), o, all, func(done int) { told = append(told, done) })
		if err != nil || c.Acknowledged != 1000 || c.Unsure != 0 || !c.Checked || c.Left != nil {
			t.Errorf("%+v, %v", c, err)
		}
		if len(told) != 16 || told[0] != 64 || told[15] != 1000 || !slices.IsSorted(told) {
			t.Errorf("told %v", told)
		}
		if found := find(t, o, "#"); len(found) != 2 || found["b"].Topic == "" || found["a/x"].Topic == "" {
			t.Errorf("%d are left", len(found))
		}
	})
}

// TestClearRetainedCancelled stops at once and says exactly how far it came.
func TestClearRetainedCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, o, all := keeping(t, 1000)
		ctx, cancel := context.WithCancel(t.Context())
		c, err := subscriber.ClearRetained(ctx, o, all, func(done int) {
			if done == 320 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || c.Acknowledged < 320 || c.Acknowledged > 320+64 || c.Unsure != 0 || c.Checked {
			t.Errorf("%+v, %v", c, err)
		}
		found := find(t, o, "#")
		for i, topic := range all {
			if _, kept := found[topic]; kept != (i >= c.Acknowledged) {
				t.Errorf("%s is kept: %v", topic, kept)
			}
		}
	})
}

// TestClearRetainedCancelledAtWork waits for the acknowledgements of what is on its way,
// so that nothing is unsure.
func TestClearRetainedCancelledAtWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, o, all := keeping(t, 1000)
		ctx, cancel := context.WithCancel(t.Context())
		var published atomic.Int32
		o.Dial = func(ctx context.Context) (net.Conn, error) {
			c, err := l.dial(ctx)
			return watchedConn{c, func(packet []byte) {
				if packet[0]>>4 == 3 && published.Add(1) == 100 {
					cancel()
				}
			}}, err
		}
		c, err := subscriber.ClearRetained(ctx, o, all, func(int) {})
		if !errors.Is(err, context.Canceled) || c.Acknowledged < 100 || c.Acknowledged > 101 || c.Unsure != 0 || c.Checked {
			t.Errorf("%+v, %v", c, err)
		}
		if left := find(t, subscriber.Options{Dial: l.dial}, "#"); len(left) != 1000-c.Acknowledged {
			t.Errorf("%d are left", len(left))
		}
	})
}

// watchedConn tells what is written to it.
type watchedConn struct {
	net.Conn
	tell func(packet []byte)
}

func (c watchedConn) Write(p []byte) (int, error) {
	c.tell(p)
	return c.Conn.Write(p)
}

// TestClearRetainedLost goes on when the connection was lost, and ends when it is lost
// again and again.
func TestClearRetainedLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cuts int
		want bool
	}{{"once", 1, true}, {"for ever", 1000, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, o, all := keeping(t, 300)
				cuts := tt.cuts
				c, err := subscriber.ClearRetained(t.Context(), o, all, func(done int) {
					if done >= 128 && cuts > 0 {
						cuts--
						l.cut()
						l.down.Store(cuts > 0)
					}
				})
				if (err == nil) != tt.want || c.Checked != tt.want || tt.want != (c.Acknowledged == 300) || c.Acknowledged < 128 {
					t.Errorf("%+v, %v", c, err)
				}
			})
		})
	}
}

// TestMosquittoRetained clears thousands of retained messages of a real broker, in far
// less than as many round trips, and says which it did not: those that its rules
// protect, and those that a device writes again.
func TestMosquittoRetained(t *testing.T) {
	t.Parallel()
	acl := filepath.Join(t.TempDir(), "acl")
	if err := os.WriteFile(acl, []byte("topic readwrite a/#\ntopic read locked/#\ntopic readwrite other\nuser owner\ntopic readwrite #\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for version, n := range map[string]int{"3.1.1": 5000, "5": 5000} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			clearOnMosquitto(t, mosquitto.Start(t, "acl_file "+acl), version == "5", n)
		})
	}
}

func clearOnMosquitto(t *testing.T, b *mosquitto.Broker, v5 bool, n int) {
	t.Helper()
	o := subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", b.Addr), ClientID: "desk", V5: v5, Filters: []subscriber.Filter{{Topic: "#"}}}
	owner := o
	owner.Username = "owner"
	all := append(topics(n), "a/again", "locked/door")
	retain(t, owner, append(all, "other")...)
	if found := find(t, o, "#"); len(found) != n+3 || found["locked/door"].Size != 1 {
		t.Fatalf("found %d, locked %+v", len(found), found["locked/door"])
	}
	began, wrote := time.Now(), false
	c, err := subscriber.ClearRetained(t.Context(), o, all, func(done int) {
		if done == len(all) && !wrote {
			wrote = true
			t.Logf("%d acknowledged in %v", done, time.Since(began).Round(time.Millisecond))
			retain(t, owner, "a/again")
		}
	})
	slices.SortFunc(c.Left, func(a, b subscriber.LeftOver) int { return strings.Compare(a.Topic, b.Topic) })
	if err != nil || c.Acknowledged != n+2 || !c.Checked || !slices.Equal(c.Left, []subscriber.LeftOver{{Topic: "a/again", Again: true}, {Topic: "locked/door"}}) {
		t.Errorf("%+v, %v", c, err)
	}
	if left := slices.Sorted(maps.Keys(find(t, o, "#"))); !slices.Equal(left, []string{"a/again", "locked/door", "other"}) {
		t.Errorf("left %q", left)
	}
}
