package hostile_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"labtop/cli"
	"labtop/testkit/attack"
	"labtop/testkit/authority"
)

// refused looks at a broker that says no in a stranger's words.
func refused(t *testing.T, c attack.Case, args ...string) {
	t.Helper()
	for _, format := range [][]string{nil, {"--json"}} {
		r := run(t, nil, nil, append(append([]string{"snapshot", "--for", "100ms"}, format...), args...)...)
		clean(t, c.Name+": stdout", r.stdout)
		clean(t, c.Name+": stderr", r.stderr)
		if r.code != cli.ExitUnreachable || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, stderr %q", c.Name, r.code, r.stderr)
		}
		r = run(t, nil, nil, append(append([]string{"doctor", "--connect-timeout", "2s"}, format...), args...)...)
		clean(t, c.Name+": the doctor's stdout", r.stdout)
		if r.code != cli.ExitUnreachable || r.stderr != "" {
			t.Errorf("%s: the doctor: exit code %d, stderr %q", c.Name, r.code, r.stderr)
		}
	}
}

// TestCertificateNames: a certificate is for hosts with hostile names.
func TestCertificateNames(t *testing.T) {
	t.Parallel()
	ca := authority.New(t, t.TempDir(), "lab")
	var seen atomic.Int32
	each(func(c attack.Case) {
		if strings.ContainsFunc(c.Text, func(r rune) bool { return r >= 0x80 }) || c.Text == "" {
			return // names of hosts in a certificate are ASCII
		}
		cert, key := ca.Issue(t, strings.ReplaceAll(c.Name, " ", "-"), -time.Hour, time.Hour, c.Text+".example")
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Error(err)
			return
		}
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, conn) // the handshake comes with the first read
				_ = conn.Close()
			}
		}()
		refused(t, c, "-b", "mqtts://"+l.Addr().String(), "--ca-file", ca.File)
		_ = l.Close()
		seen.Add(1)
	})
	if n := seen.Load(); n < 40/sparse {
		t.Errorf("only %d texts were looked at", n)
	}
}

// TestWebSocketRefusals: a server answers with hostile HTTP, or opens a WebSocket and
// closes it with a hostile reason.
func TestWebSocketRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		serve func(t *testing.T, text string) http.HandlerFunc
	}{
		{"status", func(_ *testing.T, text string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				hijacked(w, "HTTP/1.1 403 "+text+"\r\nX-Reason: "+text+"\r\nContent-Length: 0\r\n\r\n")
			}
		}},
		{"no HTTP", func(_ *testing.T, text string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { hijacked(w, text+"\r\n\r\n") }
		}},
		{"reason", func(_ *testing.T, text string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				conn, err := (&websocket.Upgrader{Subprotocols: []string{"mqtt"}}).Upgrade(w, r, nil)
				if err != nil {
					return
				}
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.ClosePolicyViolation, text[:min(len(text), 100)]), time.Now().Add(time.Second))
				_, _, _ = conn.ReadMessage()
				_ = conn.Close()
			}
		}},
		{"no MQTT", func(_ *testing.T, text string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				conn, err := (&websocket.Upgrader{Subprotocols: []string{"mqtt"}}).Upgrade(w, r, nil)
				if err != nil {
					return
				}
				_ = conn.WriteMessage(websocket.BinaryMessage, []byte(text))
				_, _, _ = conn.ReadMessage()
				_ = conn.Close()
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			each(func(c attack.Case) {
				if c.Text == "" {
					return
				}
				server := httptest.NewServer(tt.serve(t, c.Text))
				refused(t, c, "-b", "ws"+strings.TrimPrefix(server.URL, "http"))
				server.CloseClientConnections()
				server.Close()
			})
		})
	}
}

// hijacked answers a request with bytes and closes the connection.
func hijacked(w http.ResponseWriter, answer string) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, answer)
	linger(conn, buffered.Reader)
}

// linger reads what the client still says, so that the answer is not lost by a reset.
func linger(conn net.Conn, r *bufio.Reader) {
	if half, ok := conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, r)
}
