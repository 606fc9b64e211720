package blast

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Stream says what a [Sender] sends. The zero value of a field means its default.
type Stream struct {
	// Messages is how many there are; 0 means as many as fit before the test ends.
	Messages int
	// Topics is how many topics they go round, two of each board, as in the
	// course; 0 means 300.
	Topics int
	// QoS is that of all messages, 0 to 2.
	QoS byte
	// InFlight is how many messages at QoS 1 and 2 may wait for the last packet
	// of their handshake; 0 means 20, as Mosquitto's max_inflight_messages.
	InFlight int
	// Rate is how many messages a second are sent, spread evenly; 0 means as fast
	// as TCP takes them.
	Rate int
	// Numbered makes each payload the number of its message, from 0 on. Else it
	// is a temperature as the course's boards write it, a new one each time.
	Numbered bool
}

// last is a message at QoS 1 that ends a stream at QoS 0: that it is acknowledged
// means that all before it were handled.
const last = "blast/end"

// Sender is a broker that only sends, to its first client: see the package.
type Sender struct {
	// Addr is where it listens, as host:port.
	Addr string

	stream  Stream
	topics  []string
	sent    atomic.Int64
	began   time.Time // written before done is closed
	elapsed time.Duration
	err     error
	done    chan struct{}
	window  *window
}

// Send starts a broker on a free loopback port, which ends with the test. It
// answers CONNECT and every SUBSCRIBE, grants what was asked for, and sends after
// the first of them.
func Send(tb testing.TB, stream Stream) *Sender {
	tb.Helper()
	if stream.Topics == 0 {
		stream.Topics = Topics
	}
	if stream.InFlight == 0 {
		stream.InFlight = 20
	}
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Sender{
		Addr: l.Addr().String(), stream: stream, done: make(chan struct{}),
		topics: make([]string, stream.Topics), window: newWindow(stream.InFlight),
	}
	for i := range s.topics {
		s.topics[i] = fmt.Sprintf("iotclass/lab%03d/%s", i/2, [2]string{"temperature", "humidity"}[i%2])
	}
	var conn net.Conn
	ended := make(chan struct{})
	accepted := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(s.done)
		var err error
		conn, err = l.Accept()
		close(accepted)
		if err == nil {
			s.err = s.serve(conn)
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		<-accepted
		if conn != nil {
			_ = conn.Close()
		}
		s.window.close()
		<-ended
	})
	return s
}

// Done is closed when all messages were handled, or the client is gone.
func (s *Sender) Done() <-chan struct{} { return s.done }

// Sent is how many messages were sent so far.
func (s *Sender) Sent() int { return int(s.sent.Load()) }

// Total is how many messages there are in all: one more than the stream's at QoS 0.
func (s *Sender) Total() int {
	if s.stream.QoS == 0 {
		return s.stream.Messages + 1
	}
	return s.stream.Messages
}

// Elapsed is the time from the first message to the acknowledgement of the last.
// It waits for Done; an error means that the client was gone before.
func (s *Sender) Elapsed() (time.Duration, error) {
	<-s.done
	return s.elapsed, s.err
}

// serve sends the stream.
func (s *Sender) serve(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 16<<10)
	if err := s.welcome(conn, r); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func() {
		gone <- s.answer(conn, r)
		s.window.close()
	}()
	s.began = time.Now()
	if err := s.send(conn); err != nil {
		return err
	}
	if !s.window.empty() {
		return fmt.Errorf("the client went before it had acknowledged everything: %w", <-gone)
	}
	s.elapsed = time.Since(s.began)
	return nil
}

// welcome answers CONNECT and the first SUBSCRIBE.
func (s *Sender) welcome(conn net.Conn, r *bufio.Reader) error {
	if _, _, err := readPacket(r); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{0x20, 2, 0, 0}); err != nil {
		return fmt.Errorf("CONNACK: %w", err)
	}
	_, body, err := readPacket(r)
	if err != nil {
		return err
	}
	return grant(conn, body)
}

// grant answers a SUBSCRIBE.
func grant(conn net.Conn, body []byte) error {
	codes := body[:2:2]
	for rest := body[2:]; len(rest) > 2; {
		n := 2 + int(binary.BigEndian.Uint16(rest))
		codes = append(codes, rest[n])
		rest = rest[n+1:]
	}
	if _, err := conn.Write(append([]byte{0x90, byte(len(codes))}, codes...)); err != nil {
		return fmt.Errorf("SUBACK: %w", err)
	}
	return nil
}

// answer reads what the client sends until it goes.
func (s *Sender) answer(conn net.Conn, r *bufio.Reader) error {
	for {
		kind, body, err := readPacket(r)
		if err != nil {
			return err
		}
		switch kind {
		case 0x40, 0x70: // PUBACK, PUBCOMP
			s.window.give()
		case 0x50: // PUBREC
			_, err = conn.Write([]byte{0x62, 2, body[0], body[1]})
		case 0x82: // SUBSCRIBE
			err = grant(conn, body)
		case 0xc0: // PINGREQ
			_, err = conn.Write([]byte{0xd0, 0})
		}
		if err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
}

// readPacket reads one packet, whose body is new memory.
func readPacket(r *bufio.Reader) (first byte, body []byte, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, nil, fmt.Errorf("reading a packet: %w", err)
	}
	n, err := binary.ReadUvarint(r)
	if err != nil || n > 1<<20 {
		return 0, nil, fmt.Errorf("reading a length of %d: %w", n, err)
	}
	body = make([]byte, n)
	if _, err = io.ReadFull(r, body); err != nil {
		return 0, nil, fmt.Errorf("reading a packet of %d bytes: %w", n, err)
	}
	return first, body, nil
}

// chunkBytes is about how much is written at once.
const chunkBytes = 64 << 10

// send writes all messages, and waits for the window before each at QoS 1 and 2.
func (s *Sender) send(conn net.Conn) error {
	b := make([]byte, 0, chunkBytes+256)
	flush := func() error {
		_, err := conn.Write(b)
		b = b[:0]
		if err != nil {
			return fmt.Errorf("writing messages: %w", err)
		}
		return nil
	}
	for i := 0; s.stream.Messages == 0 || i < s.stream.Messages; i++ {
		if s.stream.QoS > 0 && !s.window.tryTake() {
			if err := flush(); err != nil {
				return err
			}
			if !s.window.take() {
				return io.ErrUnexpectedEOF
			}
		}
		b = s.message(b, i)
		due := s.due(i + 1)
		if len(b) >= chunkBytes || due > 0 {
			if err := flush(); err != nil {
				return err
			}
		}
		s.sent.Add(1)
		time.Sleep(due)
	}
	if s.stream.QoS == 0 {
		s.window.take()
		b = publish(b, 1, last, 1, []byte("1"))
	}
	return flush()
}

// due is how long to wait until message i may be sent, 0 when that is now or
// so soon that it can go with others.
func (s *Sender) due(i int) time.Duration {
	if s.stream.Rate == 0 {
		return 0
	}
	at := time.Duration(float64(i) / float64(s.stream.Rate) * float64(time.Second))
	if wait := at - time.Since(s.began); wait > time.Millisecond {
		return wait
	}
	return 0
}

// message appends message i.
func (s *Sender) message(b []byte, i int) []byte {
	var text [20]byte
	payload := text[:0]
	if s.stream.Numbered {
		payload = strconv.AppendInt(payload, int64(i), 10)
	} else {
		// 20.00 to 24.90 °C, 40.00 to 44.90 %: a lab in which nothing is wrong.
		v := i/len(s.topics) + i*7
		payload = append(payload, ' ', byte('2'+i%len(s.topics)%2*2), byte('0'+v/10%5), '.', byte('0'+v%10), '0')
	}
	return publish(b, s.stream.QoS, s.topics[i%len(s.topics)], uint16(i%65_535)+1, payload)
}

// publish appends a PUBLISH of less than 128 bytes, whose id is left out at QoS 0.
func publish(b []byte, qos byte, topic string, id uint16, payload []byte) []byte {
	size := 2 + len(topic) + len(payload)
	if qos > 0 {
		size += 2
	}
	b = append(b, 0x30|qos<<1, byte(size), 0, byte(len(topic)))
	b = append(b, topic...)
	if qos > 0 {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return append(b, payload...)
}

// window counts the messages whose handshake is under way.
type window struct {
	mu     sync.Mutex // guards what follows
	change sync.Cond
	free   int
	size   int
	closed bool
}

func newWindow(size int) *window {
	w := &window{free: size, size: size}
	w.change.L = &w.mu
	return w
}

// take waits for room and says whether there was any before it was closed.
func (w *window) take() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.free == 0 && !w.closed {
		w.change.Wait()
	}
	w.free--
	return !w.closed
}

// tryTake is take that does not wait.
func (w *window) tryTake() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.free == 0 || w.closed {
		return false
	}
	w.free--
	return true
}

func (w *window) give() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free++
	w.change.Broadcast()
}

// empty waits until no handshake is under way; false means that it was closed before.
func (w *window) empty() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.free < w.size && !w.closed {
		w.change.Wait()
	}
	return w.free == w.size
}

func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.change.Broadcast()
}
