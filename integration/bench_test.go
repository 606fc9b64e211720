package integration_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/recording"
	"labtop/subscriber"
	"labtop/testkit/blast"
	"labtop/ui"
	"labtop/ui/painter"
	"labtop/ui/termwriter"
)

// BenchmarkIngest compares paho alone, which throws the messages away, with all
// of labtop: guard, batches, decoding, store, and a screen of 120x40 drawn 30
// times a second meanwhile.
func BenchmarkIngest(b *testing.B) {
	b.Run("paho", func(b *testing.B) { blast.Measure(b, blast.Paho) })
	b.Run("labtop", func(b *testing.B) { blast.Measure(b, ingest(false, nil)) })
	b.Run("recording", func(b *testing.B) { blast.Measure(b, ingest(true, nil)) })
	b.Run("fifty rules on each topic", func(b *testing.B) { blast.Measure(b, ingest(false, fiftyRules())) })
}

// fiftyRules all watch each temperature. None of them fires.
func fiftyRules() []alerts.Rule {
	rules := make([]alerts.Rule, 50)
	for i := range rules {
		c := [...]alerts.Condition{
			{Kind: alerts.Above, Limit: float64(30 + i), HasClear: true, Clear: 29, For: 10 * time.Second},
			{Kind: alerts.Below, Limit: float64(10 - i)},
			{Kind: alerts.Outside, Limit: float64(-i), Upper: float64(40 + i)},
			{Kind: alerts.NotANumber},
			{Kind: alerts.NoData, After: time.Minute},
		}[i%5]
		rules[i] = alerts.Rule{Name: strconv.Itoa(i), Metric: "temperature", Warning: &c}
	}
	return rules
}

// ingest watches with a screen until all messages have come, records them too if
// that is asked for, and evaluates the rules.
func ingest(record bool, rules []alerts.Rule) func(b *testing.B, addr string, messages int) func() {
	return func(b *testing.B, addr string, messages int) func() {
		b.Helper()
		return watched(b, addr, messages, record, rules)
	}
}

func watched(b *testing.B, addr string, messages int, record bool, rules []alerts.Rule) func() {
	b.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		b.Fatal(err)
	}
	broker, err := subscriber.ParseBroker(addr)
	if err != nil {
		b.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	if rules != nil {
		engine, err := alerts.New(rules, alerts.Options{Watched: blast.Topics * len(rules)}) // of which none is left out
		if err != nil {
			b.Fatal(err)
		}
		store.Watch(engine)
	}
	source := subscriber.New(subscriber.Options{Broker: broker, Filters: []subscriber.Filter{{Topic: "#"}}})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	lab := monitor.New(source, store)
	var recorder *recording.Recorder
	if record {
		if recorder, err = recording.StartRecorder(recording.RecorderOptions{Path: filepath.Join(b.TempDir(), "lab.mcap")}); err != nil {
			b.Fatal(err)
		}
		lab.RecordTo(recorder)
	}
	go func() { ended <- lab.Run(ctx) }()

	quit := make(chan struct{})
	writer := termwriter.New(io.Discard, termwriter.Options{})
	app := ui.New(ui.Options{Session: ui.Session{Store: store, Source: addr}, Theme: "dark", Done: quit})
	program := tea.NewProgram(painter.NewModel(app, writer, painter.Options{FPS: 30}),
		tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(120, 40), tea.WithoutSignalHandler(), tea.WithoutRenderer(), tea.WithFPS(1))
	drawn := make(chan error, 1)
	go func() {
		_, err := program.Run()
		drawn <- err
	}()

	for store.Status().Counters.Messages < uint64(messages) {
		time.Sleep(time.Millisecond) // seldom enough to be free
	}
	return func() {
		if lost := store.Status().Counters.Dropped; lost > 0 {
			b.Errorf("%d messages were dropped", lost)
		}
		if record {
			if err := recorder.Stop(); err != nil {
				b.Error(err)
			}
			s := recorder.Status()
			b.ReportMetric(float64(s.Bytes)/float64(messages), "B/msg")
			b.ReportMetric(float64(s.Lost), "lost")
		}
		program.Quit()
		close(quit)
		cancel()
		if err := errors.Join(<-drawn, writer.Close()); err != nil {
			b.Error(err)
		}
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
