package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"labtop/subscriber/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSocket plays a stream cut into pieces; nil cut means whole. At its end
// Read returns io.EOF.
type fakeSocket struct {
	net.Conn
	stream io.Reader
	cut    func() int

	mu      sync.Mutex
	written []byte
}

func (s *fakeSocket) Read(p []byte) (int, error) {
	if s.cut != nil {
		p = p[:min(len(p), s.cut())]
	}
	return s.stream.Read(p)
}

func (s *fakeSocket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = append(s.written, p...)
	return len(p), nil
}

// taken is what was written since the last call.
func (s *fakeSocket) taken() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.written
	s.written = nil
	return b
}

func (*fakeSocket) Close() error                     { return nil }
func (*fakeSocket) SetWriteDeadline(time.Time) error { return nil }

// guard returns a guard that reads the stream; see subscribed.
func guard(tb testing.TB, stream io.Reader, cut func() int, o wire.Options) *wire.Conn {
	tb.Helper()
	return subscribed(tb, &fakeSocket{stream: stream, cut: cut}, o)
}

// subscribed returns a guard of a socket, after SUBSCRIBEs with id 1 and one filter,
// and id 2 and two filters.
func subscribed(tb testing.TB, socket net.Conn, o wire.Options) *wire.Conn {
	tb.Helper()
	c := wire.New(socket, o)
	subscribe := join(
		[]byte{0x82, 6, 0, 1, 0, 1, 'a', 0},
		[]byte{0x82, 10, 0, 2, 0, 1, 'b', 1, 0, 1, 'c', 2},
	)
	if o.V5 {
		subscribe = join(
			[]byte{0x82, 9, 0, 1, 2, 0x0b, 1, 0, 1, 'a', 0},
			[]byte{0x82, 11, 0, 2, 0, 0, 1, 'b', 1, 0, 1, 'c', 2},
		)
	}
	if _, err := c.Write(subscribe); err != nil {
		tb.Fatal(err)
	}
	return c
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// remaining encodes a remaining length.
func remaining(n int) []byte {
	var b []byte
	for n > 127 {
		b = append(b, byte(n)|128)
		n >>= 7
	}
	return append(b, byte(n))
}

// publish encodes a PUBLISH; the id is left out when it is negative.
func publish(flags byte, topic string, id int, payload []byte) []byte {
	body := join([]byte{byte(len(topic) >> 8), byte(len(topic))}, []byte(topic))
	if id >= 0 {
		body = append(body, byte(id>>8), byte(id))
	}
	return join([]byte{0x30 | flags}, remaining(len(body)+len(payload)), body, payload)
}

var (
	connack = []byte{0x20, 2, 0, 0}
	hello   = publish(0, "a/b", -1, []byte("22.5"))
)

func TestEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		stream []byte
		want   error
	}{
		{"at a boundary", join(connack, hello), io.EOF},
		{"in a header", join(connack, []byte{0x30}), io.ErrUnexpectedEOF},
		{"in a packet", join(connack, hello[:5]), io.ErrUnexpectedEOF},
		{"in a large packet", join(connack, publish(0, "a", -1, make([]byte, 1<<18))[:100000]), io.ErrUnexpectedEOF},
		{"where thrown away", join(connack, publish(0, "a", -1, make([]byte, 2<<20))[:2000000]), io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := guard(t, bytes.NewReader(tt.stream), nil, wire.Options{})
			var err error
			for err == nil {
				_, err = c.Read(make([]byte, 100))
			}
			if !errors.Is(err, tt.want) || !errors.Is(c.Err(), tt.want) {
				t.Errorf("Read: %v, Err: %v, want %v", err, c.Err(), tt.want)
			}
		})
	}
}

func TestConnAckAndGrants(t *testing.T) {
	t.Parallel()
	stream := join([]byte{0x20, 2, 1, 0}, []byte{0x90, 3, 0, 2, 1}, []byte{0x90, 3, 0, 1, 0x80})
	c := guard(t, bytes.NewReader(stream), nil, wire.Options{})
	if c.ConnAck() != nil {
		t.Error("ConnAck() before anything was read")
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
	if said := c.ConnAck(); said == nil || said.Code != 0 || !said.SessionPresent {
		t.Errorf("ConnAck() = %+v", said)
	}
	want := []wire.Grant{{Filter: "b", Code: 1}, {Filter: "c", Code: 0x80}, {Filter: "a", Code: 0x80}}
	if diff := cmp.Diff(want, c.Grants()); diff != "" {
		t.Error(diff)
	}
	if got := c.Grants(); got[0].Refused() || !got[1].Refused() {
		t.Error("Refused is wrong")
	}
}

func TestSubackOnlyOnce(t *testing.T) {
	t.Parallel()
	suback := []byte{0x90, 3, 0, 1, 0}
	checkRefused(t, join(connack, suback), suback, nil, "SUBACK for packet id 1, which no SUBSCRIBE has")
}

func TestTruncation(t *testing.T) {
	t.Parallel()
	const limit = 100
	sizes := []int{0, 1, limit - 1, limit, limit + 1, limit + 8, 5000, 64 << 10, 200_000, 3, 70_000}
	for way, cut := range ways() {
		for _, flags := range []byte{0, 1, 2, 0xd} {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				stream := slices.Clone(connack)
				for i, n := range sizes {
					id := -1
					if flags&6 != 0 {
						id = 5 + i
					}
					stream = append(stream, publish(flags, "topic", id, bytes.Repeat([]byte{byte(i)}, n))...)
				}
				c, got, err := play(t, stream, cut(), wire.Options{MaxPayload: limit})
				if err != nil {
					t.Fatal(err)
				}
				compare(t, plain(stream, limit), got)
				for _, e := range got.events[1:] {
					if room := cap(e.Message.Payload); room > max(limit, 16) {
						t.Errorf("%d bytes are kept alive for a payload of %d", room, len(e.Message.Payload))
					}
				}
				if s := c.Stats(); s.Truncated != 6 || s.Publishes != 11 || s.Packets != 12 {
					t.Errorf("Stats() = %+v", s)
				}
			})
		}
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }()
		c := wire.New(ours, wire.Options{})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read: %v", err)
			}
		})
		for range 2 {
			wg.Go(func() {
				if _, err := c.Write([]byte{0xc0, 0}); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Write: %v", err)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		_ = c.Close()
		wg.Wait()
		if took := time.Since(start); took > 0 || c.Err() != nil {
			t.Errorf("took %v, Err() = %v", took, c.Err())
		}
	})
}

func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }()
		c := wire.New(ours, wire.Options{WriteTimeout: 3 * time.Second})
		start := time.Now()
		read := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			read <- err
		}()
		_, err := c.Write([]byte{0xc0, 0})
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("Write: %v after %v", err, time.Since(start))
		}
		if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want what Write returned", err)
		}
	})
}

func TestObserversWhileReading(t *testing.T) {
	t.Parallel()
	stream := join(connack, bytes.Repeat(hello, 5000), []byte{0x90, 3, 0, 1, 0}, publish(0, "a", -1, make([]byte, 2<<20)))
	c := guard(t, bytes.NewReader(stream), func() int { return 1000 }, wire.Options{})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, _ = c.Write([]byte{0xc0, 0})
				_, _ = c.Stats(), c.Grants()
				_ = c.ConnAck()
				_, _ = c.LastByte(), c.Err()
			}
		})
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Error(err)
	}
	close(done)
	wg.Wait()
	if s := c.Stats(); s.Publishes != 5001 || s.Truncated != 1 || s.Bytes != uint64(len(stream)) || c.LastByte().IsZero() {
		t.Errorf("Stats() = %+v, LastByte() = %v", s, c.LastByte())
	}
}

// hungUpSocket belongs to a broker that hung up: nothing can be written, and what
// Read returns is up to the test.
type hungUpSocket struct {
	net.Conn
	read error
}

func (*hungUpSocket) Write([]byte) (int, error)        { return 0, syscall.EPIPE }
func (s *hungUpSocket) Read([]byte) (int, error)       { return 0, s.read }
func (*hungUpSocket) SetReadDeadline(time.Time) error  { return nil }
func (*hungUpSocket) SetWriteDeadline(time.Time) error { return nil }
func (*hungUpSocket) Close() error                     { return nil }

func TestHungUp(t *testing.T) {
	t.Parallel()
	alert := errors.New("remote error: tls: certificate required")
	for _, tt := range []struct {
		name       string
		read, want error
	}{
		{"last words", alert, alert},
		{"no last words", os.ErrDeadlineExceeded, syscall.EPIPE},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := wire.New(&hungUpSocket{read: tt.read}, wire.Options{})
			if _, err := c.Write([]byte{0xc0, 0}); err != nil {
				t.Errorf("Write: %v", err)
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, tt.want) || !errors.Is(c.Err(), tt.want) {
				t.Errorf("Read: %v, Err: %v, want %v", err, c.Err(), tt.want)
			}
			if _, err := c.Write([]byte{0xc0, 0}); !errors.Is(err, tt.want) {
				t.Errorf("second Write: %v, want %v", err, tt.want)
			}
		})
	}
}
