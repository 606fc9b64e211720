package subscriber_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/authority"
	"labtop/testkit/port"
)

func TestWebSocket(t *testing.T) {
	t.Parallel()
	ca := authority.New(t, t.TempDir(), "lab")
	cert, key := ca.Issue(t, "broker", -time.Hour, time.Hour, "localhost")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for scheme, config := range map[string]*tls.Config{"ws": nil, "wss": {Certificates: []tls.Certificate{pair}}} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			addr := port.Free(t)
			l := newLab(t, listeners.NewWebsocket(listeners.Config{ID: scheme, Address: addr, TLSConfig: config}))
			o := subscriber.Options{
				Broker: brokerAt(t, scheme, "localhost", addr), Filters: filters("#"),
				TLS: subscriber.TLSOptions{CAFile: ca.File},
			}
			r := run(t, o)
			r.until(model.Connected)
			conn, err := o.DialBroker(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
			big := strings.Repeat("x", 200_000)
			if err := subscriber.Publish(t.Context(), o, "big", []byte(big), 2, false); err != nil {
				t.Fatal(err)
			}
			if got := r.receive(1)[0]; string(got.Payload) != big {
				t.Errorf("%d bytes came", got.Size)
			}
			for _, client := range l.server.Clients.GetAll() {
				if client.Net.Conn != nil {
					_ = client.Net.Conn.Close()
				}
			}
			if w := r.until(model.Waiting); w.Problem != "the broker closed the connection" {
				t.Errorf("problem %q", w.Problem)
			}
		})
	}
}

func TestWebSocketProblems(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { <-release })
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		close(release)
		server.Close()
	})
	for _, tt := range []struct {
		path    string
		timeout time.Duration
		want    string
	}{
		{"/mqtt", time.Minute, "* opened no WebSocket: websocket: bad handshake: HTTP status 404"},
		{"/slow", 2 * time.Second, "* did not open a WebSocket within 2s"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			b, err := subscriber.ParseBroker("ws://" + server.Listener.Addr().String() + tt.path)
			if err != nil {
				t.Fatal(err)
			}
			o := subscriber.Options{Broker: b, ConnectTimeout: tt.timeout}
			checkSummary(t, subscriber.Publish(t.Context(), o, "a", nil, 0, false), b, tt.want)
		})
	}
}

// TestWebSocketToPlainPort speaks WebSocket to a broker that does not.
func TestWebSocketToPlainPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_ = conn.Close()
		}
	}()
	b := brokerAt(t, "ws", "127.0.0.1", l.Addr().String())
	err = subscriber.Publish(t.Context(), subscriber.Options{Broker: b}, "a", nil, 0, false)
	checkSummary(t, err, b, "* closed the connection instead of opening a WebSocket")
	var ce *subscriber.ConnectError
	if want := "is this a WebSocket port? Without WebSocket it is mqtt://" + l.Addr().String(); !errors.As(err, &ce) || ce.Hint != want {
		t.Errorf("error %+v, want the hint %q", ce, want)
	}
}

// TestRealSockets compares what people are told with the errors of this
// machine's network.
func TestRealSockets(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	greeting := httptest.NewServer(nil) // answers what is no HTTP with text
	t.Cleanup(greeting.Close)
	const soon, late = 2 * time.Second, time.Minute // for what never comes, and what does
	tests := []struct {
		name, scheme, addr string
		timeout            time.Duration
		want               string
	}{
		{"text instead of TLS", "mqtts", greeting.Listener.Addr().String(), late, "* does not speak TLS"},
		{"nobody listens", "mqtt", "127.0.0.1:1", late, "* refused the connection"},
		{"silent", "mqtt", silent.Addr().String(), soon, "* did not answer CONNECT within 2s"},
		{"silent TLS", "mqtts", silent.Addr().String(), soon, "the TLS handshake with * did not end within 2s"},
		{"silent WebSocket", "ws", silent.Addr().String(), soon, "* did not open a WebSocket within 2s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := brokerAt(t, tt.scheme, "127.0.0.1", tt.addr)
			o := subscriber.Options{Broker: b, ConnectTimeout: tt.timeout}
			err := subscriber.Publish(t.Context(), o, "a", nil, 0, false)
			var ce *subscriber.ConnectError
			if tt.scheme != "mqtt" { // the way there is all that differs
				conn, dialErr := o.DialBroker(t.Context())
				if dialErr == nil || dialErr.Error() != err.Error() {
					t.Errorf("DialBroker: %v, %v, want %v", conn, dialErr, err)
				}
			}
			if want := strings.Replace(tt.want, "*", b.String(), 1); !errors.As(err, &ce) || ce.Summary != want {
				t.Errorf("error %v\nwant  %s", err, want)
			}
		})
	}
}
