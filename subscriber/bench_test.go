package subscriber_test

import (
	"context"
	"testing"

	"labtop/subscriber"
	"labtop/testkit/blast"
)

// BenchmarkIngest compares paho alone, which throws the messages away, with the
// whole way to the owner's batches.
func BenchmarkIngest(b *testing.B) {
	b.Run("paho", func(b *testing.B) { blast.Measure(b, blast.Paho) })
	b.Run("source", func(b *testing.B) { blast.Measure(b, source) })
}

func source(b *testing.B, addr string, n int) func() {
	b.Helper()
	broker, err := subscriber.ParseBroker(addr)
	if err != nil {
		b.Fatal(err)
	}
	s := subscriber.New(subscriber.Options{Broker: broker, Filters: filters("#")})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for seen := 0; seen < n; {
		batch := <-s.Batches()
		seen += len(batch.Messages)
		s.Recycle(batch)
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
