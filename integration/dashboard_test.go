package integration_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/subscriber"
	"labtop/ui"
)

// dashboard is all of labtop but the command line and the terminal.
type dashboard struct {
	*model.Store
	t      *testing.T
	source *subscriber.Source
	stop   func() // waits for the end
}

// watch starts a dashboard that ends with the test.
func watch(t *testing.T, dial dialer, filters ...string) *dashboard {
	t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := subscriber.Options{Dial: dial}
	for _, text := range filters {
		f, err := subscriber.ParseFilter(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		o.Filters = append(o.Filters, f)
	}
	d := &dashboard{t: t, Store: model.NewStore(conventions.Decoder, model.Limits{}), source: subscriber.New(o)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- monitor.New(d.source, d.Store).Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("monitor: %v", err)
		}
	})
	t.Cleanup(d.stop)
	return d
}

// settle lets what is under way arrive: batches wait a few milliseconds.
func (d *dashboard) settle() {
	time.Sleep(20 * time.Millisecond)
	synctest.Wait()
}

// until waits for a state of the connection, and for what comes with it.
func (d *dashboard) until(state model.ConnectionState) model.Connection {
	d.t.Helper()
	for range 3600 { // for 72 s; a state may last no longer than a quarter of a second
		d.settle()
		if c := d.Status().Connection; c.State == state {
			d.settle()
			return c
		}
	}
	d.t.Fatalf("never %v: %+v", state, d.Status().Connection)
	return model.Connection{}
}

// device returns a device by its id; it must be there.
func (d *dashboard) device(id string) model.DeviceMetrics {
	d.t.Helper()
	for _, dm := range d.Devices(true) {
		if dm.Device.ID == id {
			return dm
		}
	}
	d.t.Fatalf("there is no device %q", id)
	return model.DeviceMetrics{}
}

// metric returns the metric of a topic that has one; it must be there.
func (d *dashboard) metric(topic string) model.Metric {
	d.t.Helper()
	for _, dm := range d.Devices(true) {
		for _, m := range dm.Metrics {
			if m.Topic == topic {
				return m
			}
		}
	}
	d.t.Fatalf("there is no metric on %q", topic)
	return model.Metric{}
}

// viewer runs an App as Bubble Tea does, without a terminal: commands have
// goroutines of their own, messages come one at a time.
type viewer struct {
	t    *testing.T
	msgs chan tea.Msg
	done chan struct{}
	quit chan struct{} // closed when the App asked for it

	mu      sync.Mutex // mu guards the picture
	picture string
}

// look opens a screen on the dashboard, closed at the end of the test.
func (d *dashboard) look(width, height int) *viewer {
	d.t.Helper()
	v := &viewer{t: d.t, msgs: make(chan tea.Msg), done: make(chan struct{}), quit: make(chan struct{})}
	app := ui.New(ui.Options{
		Session: ui.Session{Store: d.Store, Source: "mqtt://lab-pi:1883"}, Theme: "dark",
		Retry: d.source.RetryNow, Done: v.done,
	})
	var running sync.WaitGroup
	running.Go(func() { v.loop(app, &running) })
	d.t.Cleanup(func() {
		close(v.done)
		running.Wait()
	})
	v.send(tea.WindowSizeMsg{Width: width, Height: height})
	return v
}

func (v *viewer) loop(app tea.Model, running *sync.WaitGroup) {
	start := func(cmd tea.Cmd) {
		if cmd != nil {
			running.Go(func() { v.send(cmd()) })
		}
	}
	start(app.Init())
	quit := false
	for {
		var msg tea.Msg
		select {
		case msg = <-v.msgs:
		case <-v.done:
			return
		}
		switch msg := msg.(type) {
		case tea.BatchMsg:
			for _, cmd := range msg {
				start(cmd)
			}
		case tea.QuitMsg:
			if !quit {
				close(v.quit)
			}
			quit = true
		default:
			var cmd tea.Cmd
			app, cmd = app.Update(msg)
			start(cmd)
			v.mu.Lock()
			v.picture = app.View().Content
			v.mu.Unlock()
		}
	}
}

func (v *viewer) send(msg tea.Msg) {
	if msg == nil {
		return
	}
	select {
	case v.msgs <- msg:
	case <-v.done:
	}
}

// press sends keys that are a character each.
func (v *viewer) press(keys string) {
	for _, r := range keys {
		v.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// text is the picture as plain text, once the last change is on it.
func (v *viewer) text() string {
	time.Sleep(120 * time.Millisecond) // pictures of messages are 100 ms apart, and a batch waits for 5
	synctest.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	return ansi.Strip(v.picture)
}

// shows says whether a row of the picture has all the texts, and reports the
// picture if not.
func (v *viewer) shows(texts ...string) {
	v.t.Helper()
	if picture := v.text(); row(picture, texts...) == "" {
		v.t.Errorf("no row with %q in\n%s", texts, picture)
	}
}

// hides reports the picture if a row has all the texts.
func (v *viewer) hides(texts ...string) {
	v.t.Helper()
	if picture := v.text(); row(picture, texts...) != "" {
		v.t.Errorf("a row with %q in\n%s", strings.Join(texts, " "), picture)
	}
}
