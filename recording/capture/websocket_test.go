package capture_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// tapped is a client's end of a connection, whose bytes are captured.
type tapped struct {
	net.Conn
	c *tcp
}

func (t *tapped) Write(p []byte) (int, error) {
	t.c.up(p)
	return t.Conn.Write(p)
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.c.down(p[:n])
	return n, err
}

// browse has a client say what up does over a WebSocket, in frames of 200 bytes at most,
// and the broker what down does after it has got the last byte of that, an "!".
func browse(t *testing.T, c *tcp, compressed bool, up, down func(*websocket.Conn) error) {
	t.Helper()
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}, EnableCompression: compressed}
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		for got := []byte("?"); got[len(got)-1] != '!'; {
			if _, got, err = ws.ReadMessage(); err != nil || len(got) == 0 {
				return
			}
		}
		_ = down(ws)
		_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		for err == nil { // what is left unread has TCP throw away what the client has not read
			_, _, err = ws.ReadMessage()
		}
	}))
	defer broker.Close()
	dialer := websocket.Dialer{
		Subprotocols: []string{"mqtt"}, WriteBufferSize: 200, EnableCompression: compressed,
		NetDial: func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			return &tapped{conn, c}, err
		},
	}
	ws, answer, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(broker.URL, "http")+"/mqtt", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = ws.Close(), answer.Body.Close() }()
	if err := up(ws); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
}

// says sends each of the texts as a message of a WebSocket, with a ping before each.
func says(texts ...[]byte) func(*websocket.Conn) error {
	return func(ws *websocket.Conn) error {
		for _, text := range texts {
			if err := ws.WriteControl(websocket.PingMessage, []byte("0\x03\x00\x01a"), time.Now().Add(time.Minute)); err != nil {
				return err
			}
			if err := ws.WriteMessage(websocket.BinaryMessage, text); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestWebSocket reads what a browser's client and its broker say: packets alone, several in a
// frame, and one cut into many, by themselves and into segments of any size.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 66_000)
	m := publish(4, 2, "c", 1, "3")
	for _, size := range []int{0, 1, 7, 1000} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			c := w.dial(9001)
			c.size = size
			up := [][]byte{connect(4, true, "page"), bytes.Join([][]byte{publish(4, 0, "a", 0, "1"), publish(4, 0, "b", 0, "2")}, nil), m[:3], m[3:]}
			want := []string{"a 1", "b 2", "c 3 q1"}
			if size == 0 || size > 100 {
				up, want = append(up, publish(4, 0, "long", 0, long)), append(want, "long "+long)
			}
			up, want = append(up, publish(4, 0, "d", 0, "4!")), append(want, "d 4!")
			browse(t, c, false, says(up...), says(connack(4), publish(4, 1, "e", 0, "5"), publish(4, 0, "f", 0, long[:300])))
			want = append(want, "e 5 retained", "f "+long[:300])
			messages, gaps, report := read(t, w.pcap())
			if diff := cmp.Diff(want, texts(messages)); diff != "" || len(gaps) > 0 || report.Connections != 1 || report.WebSocket != 0 || report.Broken != 0 || report.Skipped != 0 {
				t.Errorf("%v, %+v\n%.2000s", gaps, report, diff)
			}
		})
	}
}

// TestCompressedWebSocket: what is compressed cannot be read, which is told.
func TestCompressedWebSocket(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	browse(t, w.dial(9001), true, says(connect(4, true, "page"), publish(4, 0, "a", 0, "1!")), says(publish(4, 0, "b", 0, "2")))
	if messages, _, report := read(t, w.pcap()); len(messages) > 0 || report.WebSocket != 1 || report.Connections != 0 {
		t.Errorf("%q, %+v", texts(messages), report)
	}
}

const (
	asksForWeb = "GET /mqtt HTTP/1.1\r\nHost: lab\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
	agreesToIt = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)

// webFrame is a frame that begins with a byte; a client's is masked.
func webFrame(client bool, first byte, data []byte) []byte {
	b, mask := []byte{first}, []byte{0x9a, 0, 0xff, 0x31}
	bit := byte(0)
	if client {
		bit = 0x80
	}
	switch {
	case len(data) < 126:
		b = append(b, bit|byte(len(data)))
	case len(data) < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, bit|126), uint16(len(data)))
	default:
		b = binary.BigEndian.AppendUint64(append(b, bit|127), uint64(len(data)))
	}
	if !client {
		return append(b, data...)
	}
	b = append(b, mask...)
	for i, c := range data {
		b = append(b, c^mask[i%4])
	}
	return b
}

// TestWebSocketLost has pieces of a WebSocket not be captured: they cost the messages in
// them, and reading goes on.
func TestWebSocketLost(t *testing.T) {
	t.Parallel()
	one := func(topic string) []byte {
		return webFrame(true, 0x82, publish(4, 0, topic, 0, strings.Repeat("v", 50)))
	}
	for name, tt := range map[string]struct {
		before, lost int // bytes of the message that is cut
		noise        []byte
		want         string
	}{
		"within a payload":                       {30, 20, nil, "a,c,d"},
		"a whole message":                        {0, len(one("b")), nil, "a,c,d"},
		"the end":                                {30, len(one("b")) - 30, nil, "a,c,d"},
		"the head of a frame":                    {0, 4, nil, "a,c,d"},
		"the end, and of others":                 {30, 2*len(one("b")) - 40, nil, "a,d"},
		"what looks like a frame comes after it": {30, 2*len(one("b")) - 30, []byte("\x01\xfe\xff\xff0000"), "a,d"},
		"what begins as a whole frame does":      {30, 2*len(one("b")) - 30, append(webFrame(true, 0x82, []byte("0\x09\x00\x01b")), 0xff, 0xff), "a,d"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			c := w.dial(9001).up([]byte(asksForWeb)).down([]byte(agreesToIt))
			c.up(webFrame(true, 0x82, connect(4, true, "page"))).down(webFrame(false, 0x82, connack(4)))
			c.up(one("a"))
			rest := append(one("b"), one("c")...)
			c.up(rest[:tt.before]).lose(tt.lost)
			if rest = rest[tt.before+tt.lost:]; len(rest) > len(one("c")) {
				c.up(rest[:len(rest)-len(one("c"))])
				rest = one("c")
			}
			c.up(rest).up(tt.noise).up(one("d"))
			messages, gaps, report := read(t, w.pcap())
			var got []string
			for _, m := range messages {
				got = append(got, m.Topic)
			}
			if strings.Join(got, ",") != tt.want || len(gaps) != 1 || report.WebSocket != 0 {
				t.Errorf("%q, %v, %+v", got, gaps, report)
			}
		})
	}
}

// TestWebSocketAnswerLost has a piece of the broker's answer not be captured.
func TestWebSocketAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.dial(9001).up([]byte(asksForWeb)).down([]byte(agreesToIt[:30]))
	c.seq[1] += 10
	c.down([]byte(agreesToIt[40:]), webFrame(false, 0x82, connack(4)), webFrame(false, 0x82, publish(4, 1, "a", 0, "1")))
	if messages, _, report := read(t, w.pcap()); len(messages) > 0 || report.WebSocket != 1 {
		t.Errorf("%q, %+v", texts(messages), report)
	}
}

// TestNoWebSocket has what begins as a WebSocket with MQTT and does not go on so.
func TestNoWebSocket(t *testing.T) {
	t.Parallel()
	m := publish(4, 0, "a", 0, "1")
	hello := webFrame(true, 0x82, connect(4, true, "page"))
	for name, tt := range map[string]struct {
		up, down []byte
		messages int // before it is given up
	}{
		"another answer":    {nil, []byte("HTTP/1.1 403 Forbidden\r\n\r\n"), 0},
		"no end of HTTP":    {nil, []byte(strings.Repeat("HTTP/1.1 101 ", 1000)), 0},
		"an extension":      {append(hello, webFrame(true, 0xc2, m)...), []byte(agreesToIt), 0},
		"a client unmasked": {append(hello, webFrame(false, 0x82, m)...), []byte(agreesToIt), 0},
		"a broker masked":   {hello, append([]byte(agreesToIt), webFrame(true, 0x82, m)...), 0},
		"a kind of no name": {append(hello, webFrame(true, 0x83, m)...), []byte(agreesToIt), 0},
		"a long ping":       {append(hello, webFrame(true, 0x89, bytes.Repeat([]byte("x"), 126))...), []byte(agreesToIt), 0},
		"after a message":   {bytes.Join([][]byte{hello, webFrame(true, 0x82, m), {0xff, 0xff}, webFrame(true, 0x82, m)}, nil), []byte(agreesToIt), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			w.dial(9001).up([]byte(asksForWeb)).down(tt.down).up(tt.up)
			messages, _, report := read(t, w.pcap())
			if len(messages) != tt.messages || report.WebSocket != 1 {
				t.Errorf("%q, %+v", texts(messages), report)
			}
		})
	}
}

// TestWebSocketOneWay has only one direction of a WebSocket, and text that is no MQTT in one.
func TestWebSocketOneWay(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.dial(9001).up([]byte(asksForWeb), webFrame(true, 0x82, connect(4, true, "page")), webFrame(true, 0x82, publish(4, 0, "a", 0, "1")))
	w.dial(8080).down([]byte(agreesToIt), webFrame(false, 0x82, connack(4)), webFrame(false, 0x82, publish(4, 1, "b", 0, "2")))
	w.dial(8081).up([]byte(asksForWeb)).down([]byte(agreesToIt)).up(webFrame(true, 0x81, bytes.Repeat([]byte("no MQTT "), 10_000)))
	messages, _, report := read(t, w.pcapng())
	if diff := cmp.Diff([]string{"a 1", "b 2 retained"}, texts(messages)); diff != "" || report.Connections != 2 || report.WebSocket != 0 {
		t.Errorf("%+v\n%s", report, diff)
	}
}
