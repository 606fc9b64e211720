package notify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/port"
)

// amAlert is an alert as an Alertmanager shows it.
type amAlert struct {
	Labels      map[string]string
	Annotations map[string]string
	StartsAt    time.Time
	EndsAt      time.Time
}

// manager is an Alertmanager of Debian's package, with a webhook that keeps what it
// tells.
type manager struct {
	url  string
	told *letters
	t    *testing.T
}

func startManager(t *testing.T) *manager {
	t.Helper()
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("prometheus-alertmanager is not installed")
		}
		t.Skip("prometheus-alertmanager is not installed")
	}
	m := &manager{told: &letters{}, t: t}
	receiver := httptest.NewServer(m.told)
	dir := t.TempDir()
	config := fmt.Sprintf(`
route: {receiver: here, group_by: [alertname], group_wait: 100ms, group_interval: 200ms, repeat_interval: 1h}
receivers: [{name: here, webhook_configs: [{url: %q, send_resolved: true}]}]
`, receiver.URL)
	file := filepath.Join(dir, "am.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := port.Free(t)
	m.url = "http://" + address
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config.file="+file, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		<-ended
		_ = log.Close()
		receiver.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("the Alertmanager's log:\n%s", text)
		}
	})
	m.until("ready", func() bool {
		answer, err := http.Get(m.url + "/-/ready")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return m
}

func (m *manager) until(what string, ok func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("never %s", what)
		}
	}
}

// active are the alerts that it holds for firing.
func (m *manager) active() []amAlert {
	m.t.Helper()
	answer, err := http.Get(m.url + "/api/v2/alerts?active=true")
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	var all []amAlert
	if err := json.Unmarshal(text, &all); err != nil {
		m.t.Fatalf("%s: %v", text, err)
	}
	return all
}

// hears says whether the webhook was told of a rule in a state.
func (m *manager) hears(state, rule string) bool {
	m.told.mu.Lock()
	defer m.told.mu.Unlock()
	for _, body := range m.told.bodies {
		if strings.Contains(body, `"status":"`+state+`","alerts":[`) && strings.Contains(body, `"alertname":"`+rule+`"`) {
			return true
		}
	}
	return false
}

func alertmanagerAt(t *testing.T, url string) *notify.Dispatcher {
	t.Helper()
	am, err := notify.NewAlertmanager(notify.HTTPOptions{URL: url, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return notify.New([]notify.Channel{{Name: "desk", Kind: "alertmanager", Mirror: am}}, nil)
}

// A real Alertmanager shows an alert while it fires, its escalation as one, and
// tells that it is over.
func TestAlertmanager(t *testing.T) {
	m := startManager(t)
	d := alertmanagerAt(t, m.url+"/")
	defer d.Close(time.Minute)
	var s seq
	a := s.fire("too-hot", "lab2", alerts.Warning)
	a.Alert.Help = "open the window"
	d.Tell(a)
	m.until("shown", func() bool { return len(m.active()) == 1 })
	got := m.active()[0]
	for label, want := range map[string]string{
		"alertname": "too-hot", "severity": "warning", "device": "iotclass/lab2", "name": "lab2", "metric": "temperature",
		"topic": "iotclass/lab2/temperature", "source": "labtop",
	} {
		if got.Labels[label] != want {
			t.Errorf("label %s is %q, want %q", label, got.Labels[label], want)
		}
	}
	if got.Annotations["summary"] != "above 30 °C for 10 s" || got.Annotations["description"] != "open the window" || got.Annotations["value"] != "temperature 31.8 °C" {
		t.Errorf("annotations %v", got.Annotations)
	}
	if left := time.Until(got.EndsAt); left < 3*time.Minute || left > 6*time.Minute {
		t.Errorf("it expires in %v", left)
	}
	m.until("told", func() bool { return m.hears("firing", "too-hot") })

	up := a
	up.From, up.Was, up.Alert.Severity = alerts.Firing, alerts.Warning, alerts.Critical
	d.Tell(up)
	m.until("critical, alone", func() bool {
		all := m.active()
		return len(all) == 1 && all[0].Labels["severity"] == "critical"
	})
	d.Tell(end(up))
	m.until("over", func() bool { return len(m.active()) == 0 })
	m.until("told that it is over", func() bool { return m.hears("resolved", "too-hot") })
	// It may tell before it has answered.
	m.until("counted", func() bool { return status(t, d, "desk").Waiting == 0 })
	if got := status(t, d, "desk"); got.Sent != 3 || got.Failed != 0 {
		t.Errorf("status %+v", got)
	}
	if err := d.Test(t.Context(), "desk"); err != nil {
		t.Error(err)
	}
}

// A storm and hostile texts are taken whole.
func TestAlertmanagerStorm(t *testing.T) {
	m := startManager(t)
	d := alertmanagerAt(t, m.url)
	defer d.Close(time.Minute)
	var s seq
	for i := range 2000 {
		d.Tell(s.fire("too-hot", fmt.Sprint("lab", i), alerts.Warning))
	}
	hostile := map[string]bool{}
	for _, text := range injections() {
		hostile[text] = true
		a := poisoned("r" + text)
		a.Alert.Notify = []string{"desk"}
		d.Tell(a)
	}
	m.until("all there", func() bool { return len(m.active()) >= 2000+len(hostile) || status(t, d, "desk").Failed > 0 })
	if got := len(m.active()); got != 2000+len(hostile) {
		t.Errorf("%d alerts, want %d", got, 2000+len(hostile))
	}
	if got := status(t, d, "desk"); got.Failed != 0 || got.Dropped != 0 {
		t.Errorf("status %+v", got)
	}
}

// An Alertmanager that refuses a request is not asked the same again and again, and
// one that is dead is asked with growing pauses.
func TestAlertmanagerAnswers(t *testing.T) {
	t.Parallel()
	for code, sent := range map[int]bool{200: true, 400: false} {
		l := &letters{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(code)
		}))
		d := alertmanagerAt(t, server.URL+"/prefix?x=c4nary")
		var s seq
		d.Tell(s.fire("r", "lab", alerts.Warning))
		d.Close(time.Minute)
		server.Close()
		if len(l.got) != 1 || l.got[0].URL.Path != "/prefix/api/v2/alerts" {
			t.Errorf("%d: requests %v", code, l.got)
		}
		got := d.Status()[0]
		if (got.Sent == 1) != sent || (got.Failed == 0) != sent || strings.Contains(got.LastError, "c4nary") {
			t.Errorf("%d: status %+v", code, got)
		}
	}
}
