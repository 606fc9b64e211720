package integration_test

import (
	"context"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/model/decode"
	"labtop/monitor"
	"labtop/subscriber"
	"labtop/testkit/blast"
	"labtop/ui"
)

// BenchmarkIngest compares paho alone, which throws the messages away, with all
// of labtop: guard, batches, decoding, store, and a screen of 120x40 drawn 30
// times a second meanwhile.
func BenchmarkIngest(b *testing.B) {
	b.Run("paho", func(b *testing.B) { blast.Measure(b, blast.Paho) })
	b.Run("labtop", func(b *testing.B) { blast.Measure(b, ingest) })
}

func ingest(b *testing.B, addr string, messages int) func() {
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
	source := subscriber.New(subscriber.Options{Broker: broker, Filters: []subscriber.Filter{{Topic: "#"}}})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- monitor.New(source, store).Run(ctx) }()

	quit := make(chan struct{})
	program := tea.NewProgram(ui.New(ui.Options{Store: store, Source: addr, Theme: "dark", Done: quit}),
		tea.WithInput(nil), tea.WithOutput(discard{}), tea.WithWindowSize(120, 40), tea.WithoutSignalHandler(), tea.WithFPS(30))
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
		program.Quit()
		close(quit)
		cancel()
		if err := <-drawn; err != nil {
			b.Error(err)
		}
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// discard is a terminal that takes everything at once.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
