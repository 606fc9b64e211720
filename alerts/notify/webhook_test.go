package notify_test

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/oracle"
)

// webhook waits for a minute unless its time is set: nothing here is about the default.
func webhook(t *testing.T, o notify.HTTPOptions) *notify.Webhook {
	t.Helper()
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	w, err := notify.NewWebhook(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sendSample sends one message past the dispatcher's limits.
func sendSample(t *testing.T, s notify.Sender) error {
	t.Helper()
	d := notify.New([]notify.Channel{{Name: "one", Sender: s}}, nil)
	defer d.Close(time.Minute)
	return d.Test(t.Context(), "one")
}

// letters keeps the requests that a server got.
type letters struct {
	mu     sync.Mutex
	got    []*http.Request
	bodies []string
}

func (l *letters) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got, l.bodies = append(l.got, r), append(l.bodies, string(body))
	w.WriteHeader(http.StatusNoContent)
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	l := &letters{}
	server := httptest.NewServer(l)
	defer server.Close()
	var s seq
	a := s.fire("too-hot", "lab2", alerts.Critical)
	a.Alert.Notify = []string{"one"}
	w := webhook(t, notify.HTTPOptions{URL: server.URL + "/hook?token=c4nary", Headers: map[string]string{"Authorization": "Bearer c4nary"}})
	if got := through(t, notify.Channel{Sender: w}, a); got.Sent != 1 {
		t.Fatalf("status %+v", got)
	}
	r := l.got[0]
	if r.Method != http.MethodPost || r.URL.String() != "/hook?token=c4nary" || r.Header.Get("Authorization") != "Bearer c4nary" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var m struct {
		Title, Text string
		Alerts      []map[string]any
	}
	if err := json.Unmarshal([]byte(l.bodies[0]), &m); err != nil || m.Title != "labtop: critical: too-hot on lab2" || m.Alerts[0]["severity"] != "critical" || m.Alerts[0]["value"] != 31.8 {
		t.Errorf("%s: %v", l.bodies[0], err)
	}
}

// No text of an alert becomes more than text in the body (bar S10).
func TestWebhookInjection(t *testing.T) {
	t.Parallel()
	l := &letters{}
	server := httptest.NewServer(l)
	defer server.Close()
	w := webhook(t, notify.HTTPOptions{URL: server.URL + "/hook"})
	texts := append(injections(), strings.Repeat("x", 1<<20))
	for _, text := range texts {
		if got := through(t, notify.Channel{Sender: w}, poisoned(text)); got.Sent != 1 {
			t.Fatalf("%.40q: status %+v", text, got)
		}
	}
	if len(l.got) != len(texts) {
		t.Errorf("%d requests for %d alerts", len(l.got), len(texts))
	}
	for i, r := range l.got {
		if r.URL.String() != "/hook" || len(r.Header) != 4 {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		var m struct{ Alerts []map[string]any }
		if err := json.Unmarshal([]byte(l.bodies[i]), &m); err != nil || len(m.Alerts) != 1 || m.Alerts[0]["admin"] != nil || len(m.Alerts[0]) != 17 {
			t.Errorf("%.40q: %v in %.400s", texts[i], err, l.bodies[i])
		}
		if found := oracle.ScanText([]byte(l.bodies[i])); len(found) > 0 || len(l.bodies[i]) > 64<<10 {
			t.Errorf("%.40q: %v", texts[i], found)
		}
	}
	unharmed(t, t.TempDir())
}

// A webhook that hangs is given up after its time, and nothing of what it answers is
// shown or kept.
func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var written atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(time.Millisecond):
			case <-release:
				return
			}
		}
	})
	mux.HandleFunc("/flood", func(w http.ResponseWriter, _ *http.Request) {
		for range 4096 {
			n, err := w.Write(make([]byte, 64<<10))
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "\x1b[31mc4nary", http.StatusInternalServerError)
	})
	mux.HandleFunc("/404", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "c4nary", http.StatusNotFound) })
	mux.HandleFunc("/429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 1<<20))
		w.WriteHeader(http.StatusOK)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(release)
	where := server.URL
	for path, c := range map[string]struct {
		want      string
		temporary bool
		timeout   time.Duration
	}{
		"/hang":   {"no answer within 300ms", true, 300 * time.Millisecond},
		"/drip":   {"", false, 5 * time.Second}, // the code has come, and later it is given up
		"/flood":  {"", false, time.Minute},
		"/500":    {"answered 500 Internal Server Error", true, time.Minute},
		"/404":    {"answered 404 Not Found", false, time.Minute},
		"/429":    {"answered 429 Too Many Requests", true, time.Minute},
		"/header": {"headers exceeded", true, time.Minute},
	} {
		t.Run(path, func(t *testing.T) {
			start := time.Now()
			err := sendSample(t, webhook(t, notify.HTTPOptions{URL: where + path + "?c4nary", Timeout: c.timeout}))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			switch {
			case c.want == "" && err != nil, c.want != "" && err == nil:
				t.Errorf("error %v", err)
			case err != nil && (!strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), where)):
				t.Errorf("error %v, want %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), "c4nary"):
				t.Errorf("error %v shows the URL or the answer", err)
			case notify.IsTemporary(err) != c.temporary:
				t.Errorf("temporary: %v", !c.temporary)
			}
		})
	}
	if n := written.Load(); n > 32<<20 {
		t.Errorf("%d bytes of the answer were taken", n)
	}
	refused := httptest.NewServer(mux)
	refused.Close()
	if err := sendSample(t, webhook(t, notify.HTTPOptions{URL: refused.URL + "/c4nary"})); err == nil || !notify.IsTemporary(err) || err.Error() != refused.URL+": connection refused" {
		t.Errorf("error %v", err)
	}
}

// A message is tried again three times, with growing pauses, when that may help.
func TestRetries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want []time.Duration // after the first attempt
	}{
		"temporary": {notify.Temporary(errors.New("500")), []time.Duration{time.Second, 3 * time.Second, 7 * time.Second}},
		"permanent": {errors.New("404"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				p := &people{send: func(context.Context) error {
					at = append(at, time.Now())
					return c.err
				}}
				d, s := desk(p), seq(0)
				d.Tell(s.fire("r", "lab", alerts.Warning))
				settle(time.Minute)
				d.Close(time.Second)
				if len(at) != 1+len(c.want) {
					t.Fatalf("%d attempts", len(at))
				}
				for i, want := range c.want {
					if got := at[i+1].Sub(at[0]); got != want {
						t.Errorf("attempt %d after %v, want %v", i+2, got, want)
					}
				}
				if got := d.Status()[0]; got.Failed != 1 {
					t.Errorf("status %+v", got)
				}
			})
		})
	}
}

// Redirects are followed only where the message is posted again to the same host.
func TestWebhookRedirects(t *testing.T) {
	t.Parallel()
	l := &letters{}
	elsewhere := httptest.NewServer(l)
	defer elsewhere.Close()
	mux := http.NewServeMux()
	mux.Handle("/here", l)
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		code := map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}[r.URL.Query().Get("code")]
		http.Redirect(w, r, r.URL.Query().Get("url"), code)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for name, c := range map[string]struct {
		path string
		fine bool
	}{
		"same host 307":        {"/to?code=307&url=/here", true},
		"same host 308":        {"/to?code=308&url=/here", true},
		"post becomes get 302": {"/to?code=302&url=/here", false},
		"post becomes get 303": {"/to?code=303&url=/here", false},
		"another host":         {"/to?code=307&url=" + elsewhere.URL + "/c4nary", false},
		"another scheme":       {"/to?code=307&url=" + strings.Replace(server.URL, "http:", "https:", 1), false},
		"file":                 {"/to?code=307&url=file:///etc/passwd", false},
		"for ever":             {"/loop", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(l.got)
			err := sendSample(t, webhook(t, notify.HTTPOptions{URL: server.URL + c.path, Headers: map[string]string{"Authorization": "c4nary"}}))
			if (err == nil) != c.fine || (len(l.got) > before) != c.fine {
				t.Errorf("error %v, %d requests", err, len(l.got)-before)
			}
			if err != nil && strings.Contains(err.Error(), "c4nary") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Certificates are verified, with the authorities that are named.
func TestWebhookTLS(t *testing.T) {
	t.Parallel()
	l := &letters{}
	server := httptest.NewUnstartedServer(l)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	if err := sendSample(t, webhook(t, notify.HTTPOptions{URL: server.URL})); err == nil || notify.IsTemporary(err) || len(l.got) != 0 {
		t.Errorf("an unknown authority: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	if err := sendSample(t, webhook(t, notify.HTTPOptions{URL: server.URL, CA: pool})); err != nil || len(l.got) != 1 {
		t.Errorf("a known authority: %v", err)
	}
	// The certificate is for 127.0.0.1 and example.com.
	other := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	if err := sendSample(t, webhook(t, notify.HTTPOptions{URL: other, CA: pool})); err == nil || len(l.got) != 1 {
		t.Errorf("another name: %v", err)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "ntfy.sh/x", "ftp://host/c4nary", "file:///etc/passwd", "https://", "https:///c4nary", "http://user:c4nary@host/", "http://c4nary@host/",
		"gopher://c4nary", "http://ho st/c4nary", "http://host:port/c4nary", "javascript:c4nary", "http://host/%zz-c4nary", "http://host/\nc4nary",
	} {
		err := notify.CheckURL(text)
		if err == nil {
			t.Errorf("%q is taken", text)
		} else if strings.Contains(err.Error(), "c4nary") {
			t.Errorf("%q: error %v", text, err)
		}
	}
	for _, text := range []string{"https://ntfy.sh/topic", "http://10.0.0.1:8080/x?y=z", "http://[::1]:9093", "HTTP://HOST"} {
		if err := notify.CheckURL(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := notify.Where("https://hooks.example/T0/B0/c4nary?c4nary#c4nary"); got != "https://hooks.example" {
		t.Errorf("shows %q", got)
	}
}

func TestCheckHeader(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"": "x", "A B": "x", "A:": "x", "A\r\nB": "x", "Ä": "x", "host": "x", "Content-Length": "0", "transfer-encoding": "chunked",
		"X-1": "a\r\nX-2: b", "X-3": "a\nb", "X-4": "a\x00b",
	} {
		if err := notify.CheckHeader(name, value); err == nil {
			t.Errorf("%q: %q is taken", name, value)
		}
		if _, err := notify.NewWebhook(notify.HTTPOptions{URL: "http://h", Headers: map[string]string{name: value}}); err == nil {
			t.Errorf("%q: %q is taken by a webhook", name, value)
		}
	}
	if err := notify.CheckHeader("Authorization", "Bearer x"); err != nil {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host, address string
		private, fine bool
	}{
		{"ntfy.sh", "159.203.148.75", false, true},
		{"ntfy.sh", "2606:4700::1", false, true},
		{"ntfy.sh", "10.0.0.1", false, false},
		{"ntfy.sh", "10.0.0.1", true, true},
		{"ntfy.sh", "172.16.3.4", false, false},
		{"ntfy.sh", "192.168.1.1", false, false},
		{"ntfy.sh", "127.0.0.1", false, false},
		{"ntfy.sh", "::1", false, false},
		{"ntfy.sh", "fd00::1", false, false},
		{"ntfy.sh", "100.64.0.1", false, false},
		{"ntfy.sh", "198.18.0.1", false, false},
		{"ntfy.sh", "0.1.2.3", false, false},
		{"ntfy.sh", "240.0.0.1", false, false},
		{"ntfy.sh", "::ffff:10.0.0.1", false, false},
		{"ntfy.sh", "::ffff:169.254.169.254", false, false},
		{"ntfy.sh", "64:ff9b::a00:1", false, false},       // NAT64 of 10.0.0.1
		{"ntfy.sh", "64:ff9b::9fcb:944b", false, true},    // NAT64 of 159.203.148.75
		{"ntfy.sh", "2002:a00:1::1", false, false},        // 6to4 of 10.0.0.1
		{"ntfy.sh", "2002:a9fe:a9fe::", false, false},     // 6to4 of 169.254.169.254
		{"ntfy.sh", "::a00:1", false, false},              // compatible form of 10.0.0.1
		{"ntfy.sh", "2001:0:53aa:64c:1::1", false, false}, // Teredo
		{"ntfy.sh", "169.254.169.254", false, false},      // metadata
		{"169.254.169.254", "169.254.169.254", false, false},
		{"169.254.169.254", "169.254.169.254", true, true},
		{"fe80::1", "fe80::1%eth0", false, false},
		{"printer.local", "fe80::1%eth0", false, false},
		{"10.0.0.1", "10.0.0.1", false, true},
		{"127.0.0.1", "127.0.0.1", false, true},
		{"::1", "::1", false, true},
		{"lab-pi", "192.168.1.7", false, true},
		{"localhost", "127.0.0.1", false, true},
		{"am.lab.lan", "10.1.2.3", false, true},
		{"am.home.arpa.", "10.1.2.3", false, true},
		{"lab-pi.LOCAL", "192.168.1.7", false, true},
		{"local.evil.example", "192.168.1.7", false, false},
		{"0.0.0.0", "0.0.0.0", false, false},
		{"::", "::", false, false},
		{"224.0.0.1", "224.0.0.1", false, false},
		{"255.255.255.255", "255.255.255.255", false, false},
	} {
		address := net.JoinHostPort(c.address, "80")
		if err := notify.CheckAddress(c.host, address, c.private); (err == nil) != c.fine {
			t.Errorf("%s at %s (allow_private %v): %v", c.host, c.address, c.private, err)
		}
	}
}

// A public name that leads to a private address is not connected to: the check is
// of the address that is dialled.
func TestWebhookRebinding(t *testing.T) {
	t.Parallel()
	l := &letters{}
	server := httptest.NewServer(l)
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	resolver := answering(t, [4]byte{127, 0, 0, 1})
	for host, fine := range map[string]bool{"hooks.example.com": false, "hooks.lab.lan": true} {
		for _, allow := range []bool{false, true} {
			before := len(l.got)
			err := sendSample(t, webhook(t, notify.HTTPOptions{URL: "http://" + host + ":" + port, Resolver: resolver, AllowPrivate: allow}))
			if want := fine || allow; (err == nil) != want || (len(l.got) > before) != want {
				t.Errorf("%s, allow_private %v: %v, %d requests", host, allow, err, len(l.got)-before)
			}
			if err != nil && (notify.IsTemporary(err) || !strings.Contains(err.Error(), "leads to the private address 127.0.0.1; set allow_private: true")) {
				t.Errorf("error %v", err)
			}
		}
	}
}

// answering is a resolver for which every name has one address.
func answering(t *testing.T, address [4]byte) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(answer(buf[:n], address), from)
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		served.Wait()
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answer answers a question for an A record, and others with nothing (RFC 1035
// section 4.1).
func answer(question []byte, address [4]byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	out := append([]byte{}, question[:end]...)
	out[2], out[3] = 0x81, 0x80
	copy(out[6:12], []byte{0, 0, 0, 0, 0, 0})
	if question[end-3] != 1 { // not an A record
		return out
	}
	out[7] = 1
	return append(append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4), address[:]...)
}
