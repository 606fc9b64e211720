package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/crash"
	"labtop/subscriber/wire"
)

func puback(id int) []byte  { return []byte{0x40, 2, byte(id >> 8), byte(id)} }
func pubrec(id int) []byte  { return []byte{0x50, 2, byte(id >> 8), byte(id)} }
func pubrel(id int) []byte  { return []byte{0x62, 2, byte(id >> 8), byte(id)} }
func pubcomp(id int) []byte { return []byte{0x70, 2, byte(id >> 8), byte(id)} }

const dup = 8

// qos are the flags of a PUBLISH.
func qos(n byte) byte { return n << 1 }

// TestHandshakes has the receiver's side of MQTT 3.1.1 section 4.3.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		stream    []byte
		delivered []string
		acks      []byte
		repeats   uint64
	}{
		{"QoS 0", join(publish(qos(0), "a", -1, nil), publish(qos(0), "a", -1, nil)), []string{"a", "a"}, nil, 0},
		{"QoS 1", publish(qos(1), "a", 7, nil), []string{"a"}, puback(7), 0},
		{"QoS 1 again", join(publish(qos(1), "a", 7, nil), publish(qos(1)|dup, "a", 7, nil)), []string{"a", "a"}, join(puback(7), puback(7)), 0},
		{"QoS 2", join(publish(qos(2), "a", 7, nil), pubrel(7)), []string{"a"}, join(pubrec(7), pubcomp(7)), 0},
		{"QoS 2 again", join(publish(qos(2), "a", 7, nil), publish(qos(2)|dup, "a", 7, nil), pubrel(7)), []string{"a"}, join(pubrec(7), pubrec(7), pubcomp(7)), 1},
		{"QoS 2 again and again", join(publish(qos(2), "a", 7, nil), publish(qos(2)|dup, "a", 7, nil), publish(qos(2)|dup, "a", 7, nil)), []string{"a"}, join(pubrec(7), pubrec(7), pubrec(7)), 2},
		{"QoS 2 again, large", join(publish(qos(2), "a", 7, make([]byte, 70_000)), publish(qos(2)|dup, "a", 7, make([]byte, 70_000))), []string{"a"}, join(pubrec(7), pubrec(7)), 1},
		{"QoS 2, id used again", join(publish(qos(2), "a", 7, nil), pubrel(7), publish(qos(2), "b", 7, nil), pubrel(7)), []string{"a", "b"}, join(pubrec(7), pubcomp(7), pubrec(7), pubcomp(7)), 0},
		{"QoS 2, marked and never seen", publish(qos(2)|dup, "a", 7, nil), []string{"a"}, pubrec(7), 0},
		{"QoS 2, other ids", join(publish(qos(2), "a", 7, nil), publish(qos(2), "b", 7+64, nil), publish(qos(2), "c", 7<<8, nil), pubrel(7), publish(qos(2)|dup, "b", 7+64, nil), publish(qos(2), "d", 7, nil)), []string{"a", "b", "c", "d"}, join(pubrec(7), pubrec(7+64), pubrec(7<<8), pubcomp(7), pubrec(7+64), pubrec(7)), 1},
		{"QoS 2, first and last id", join(publish(qos(2), "a", 1, nil), publish(qos(2), "b", 65535, nil), pubrel(65535), pubrel(1)), []string{"a", "b"}, join(pubrec(1), pubrec(65535), pubcomp(65535), pubcomp(1)), 0},
		{"QoS 1 with the id of QoS 2", join(publish(qos(2), "a", 7, nil), publish(qos(1), "b", 7, nil), pubrel(7)), []string{"a", "b"}, join(pubrec(7), puback(7), pubcomp(7)), 0},
		{"PUBREL for nothing", join(pubrel(9), pubrel(9)), nil, join(pubcomp(9), pubcomp(9)), 0},
		{"order", join(publish(qos(1), "a", 1, nil), publish(qos(2), "b", 2, nil), publish(qos(0), "c", -1, nil), publish(qos(1), "d", 3, nil), pubrel(2), publish(qos(1), "e", 1, nil)), []string{"a", "b", "c", "d", "e"}, join(puback(1), pubrec(2), puback(3), pubcomp(2), puback(1)), 0},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				c, got, err := play(t, join(connack, tt.stream), cut(), wire.Options{})
				if err != nil {
					t.Fatal(err)
				}
				var delivered []string
				for _, e := range got.events[1:] {
					delivered = append(delivered, e.Message.Topic)
				}
				if diff := cmp.Diff(tt.delivered, delivered); diff != "" {
					t.Error(diff)
				}
				if !bytes.Equal(got.acks, tt.acks) || c.Stats().Repeats != tt.repeats {
					t.Errorf("acknowledged with %x, want %x; %d repeats", got.acks, tt.acks, c.Stats().Repeats)
				}
			})
		}
	}
}

// TestSession has a message of QoS 2 whose connection is lost before it is released.
func TestSession(t *testing.T) {
	t.Parallel()
	for present, want := range []int{1: 0, 0: 1} {
		var session wire.Unreleased
		_, _, _ = play(t, join(connack, publish(qos(2), "a", 7, nil)), nil, wire.Options{Unreleased: &session})
		stream := join([]byte{0x20, 2, byte(present), 0}, publish(qos(2)|dup, "a", 7, nil))
		_, got, _ := play(t, stream, nil, wire.Options{Unreleased: &session})
		if n := len(got.events) - 1; n != want || !bytes.Equal(got.acks, pubrec(7)) {
			t.Errorf("session present %d: %d messages, want %d; acknowledged with %x", present, n, want, got.acks)
		}
	}
}

// TestSessionOutlivesRefusals has a broker that refuses a client in between: it must
// say then that no session is present, whatever it keeps (MQTT 3.1.1 section 3.2.2.2).
func TestSessionOutlivesRefusals(t *testing.T) {
	t.Parallel()
	var session wire.Unreleased
	_, _, _ = play(t, join(connack, publish(qos(2), "a", 7, nil)), nil, wire.Options{Unreleased: &session})
	_, _, _ = play(t, []byte{0x20, 2, 0, 3}, nil, wire.Options{Unreleased: &session})
	stream := join([]byte{0x20, 2, 1, 0}, publish(qos(2)|dup, "a", 7, nil))
	_, got, err := play(t, stream, nil, wire.Options{Unreleased: &session})
	if n := len(got.events) - 1; n != 0 || err != nil {
		t.Errorf("%d messages, want none; error %v", n, err)
	}
}

// broker is the broker's end of a pipe to a guard that paho reads.
type broker struct {
	net.Conn
	guard *wire.Conn
	ended chan error // gets what the guard's Read ended with
}

func newBroker(t *testing.T, o wire.Options) *broker {
	t.Helper()
	ours, theirs := net.Pipe()
	b := &broker{theirs, wire.New(ours, o), make(chan error, 1)}
	go func() {
		_, err := io.Copy(io.Discard, onlyReader{b.guard})
		b.ended <- err
	}()
	t.Cleanup(b.end)
	b.send(t, connack)
	return b
}

// end ends both sides. After it nothing is delivered.
func (b *broker) end() {
	_ = b.guard.Close()
	b.guard.Wait()
	_ = b.Close()
}

func (b *broker) send(t *testing.T, packets ...[]byte) {
	t.Helper()
	if _, err := b.Write(join(packets...)); err != nil {
		t.Error(err)
	}
}

// acks reads what one Write of the guard's brought.
func (b *broker) acks(t *testing.T) []byte {
	t.Helper()
	p := make([]byte, 1<<20)
	n, err := b.Read(p)
	if err != nil {
		t.Error(err)
	}
	return p[:n]
}

// TestAcksComeAfterTheDelivery has an owner who takes his time.
func TestAcksComeAfterTheDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		take := make(chan struct{})
		b := newBroker(t, wire.Options{Deliver: func(wire.Publish) { <-take }})
		b.send(t, publish(qos(1), "a", 1, nil), publish(qos(2), "a", 2, nil))
		for range 2 {
			_ = b.SetReadDeadline(time.Now().Add(time.Hour))
			if _, err := b.Read(make([]byte, 4)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("an acknowledgement before the delivery, or %v", err)
			}
			take <- struct{}{}
		}
		_ = b.SetReadDeadline(time.Time{})
		if got := b.acks(t); !bytes.Equal(got, join(puback(1), pubrec(2))) {
			t.Errorf("acknowledged with %x", got)
		}
	})
}

// many are QoS 1 messages with the ids from first on.
func many(first, n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, publish(qos(1), "t", first+i, []byte(strconv.Itoa(first+i)))...)
	}
	return b
}

// TestAcksAreBatched has a broker that reads nothing while it sends: it can send all
// that it has, and finds its acknowledgements in order and in few pieces.
func TestAcksAreBatched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		delivered := 0
		b := newBroker(t, wire.Options{Deliver: func(wire.Publish) { delivered++ }})
		for first := 1; first <= n; first += 100 {
			b.send(t, many(first, 100))
		}
		var want, got []byte
		for id := 1; id <= n; id++ {
			want = append(want, puback(id)...)
		}
		pieces := 0
		for ; len(got) < len(want); pieces++ {
			got = append(got, b.acks(t)...)
		}
		if !bytes.Equal(got, want) || pieces > 20 {
			t.Errorf("%d bytes in %d pieces, want %d bytes", len(got), pieces, len(want))
		}
		if b.end(); delivered != n {
			t.Errorf("%d messages were delivered", delivered)
		}
	})
}

// TestAcksAreBounded has a broker that never reads: at some point nothing is taken
// from it either, and the connection ends.
func TestAcksAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		delivered, start := 0, time.Now()
		b := newBroker(t, wire.Options{WriteTimeout: 3 * time.Second, Deliver: func(wire.Publish) { delivered++ }})
		for err := error(nil); err == nil; {
			_, err = b.Write(many(1, 1000))
		}
		if err := <-b.ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
		if b.end(); delivered < 16_000 || delivered > 60_000 {
			t.Errorf("%d messages were delivered", delivered)
		}
	})
}

// TestWait closes a guard whose delivery and whose acknowledgements both wait.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		take, delivered := make(chan struct{}), 0
		b := newBroker(t, wire.Options{Deliver: func(wire.Publish) {
			if delivered++; delivered > 1 {
				<-take
			}
		}})
		b.send(t, many(1, 1))
		b.send(t, many(2, 2))
		_ = b.guard.Close()
		done := make(chan struct{})
		go func() {
			b.guard.Wait()
			close(done)
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("Wait() returned while a delivery was under way")
		default:
		}
		close(take)
		start := time.Now()
		<-done
		if err := <-b.ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
		if time.Since(start) > 0 || delivered != 3 {
			t.Errorf("took %v, %d delivered", time.Since(start), delivered)
		}
	})
}

// TestTime has a message that waits for its delivery: its time is that of its arrival.
func TestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []time.Duration
		start := time.Now()
		b := newBroker(t, wire.Options{Deliver: func(p wire.Publish) {
			got = append(got, p.Time.Sub(start))
			time.Sleep(time.Minute)
		}})
		b.send(t, hello, hello, hello[:5])
		time.Sleep(time.Hour)
		b.send(t, hello[5:], hello)
		time.Sleep(time.Hour)
		b.end()
		if diff := cmp.Diff([]time.Duration{0, 0, time.Hour, time.Hour}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// panicky is a socket whose Write panics from the second time on.
type panicky struct {
	fakeSocket
	writes int
}

func (s *panicky) Write(p []byte) (int, error) {
	if s.writes++; s.writes > 1 {
		panic("no such thing")
	}
	return len(p), nil
}

func TestPanicWhileAcknowledging(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	stream := io.MultiReader(bytes.NewReader(connack), repeat(many(1, 65_000), 2))
	c := subscribed(t, &panicky{fakeSocket: fakeSocket{stream: stream}}, wire.Options{Fail: func(err error) { failed <- err }})
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		t.Error(err)
	}
	_ = c.Close()
	c.Wait()
	if err := <-failed; crash.In(err) == nil {
		t.Errorf("%v is no panic", err)
	}
}
