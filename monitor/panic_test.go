package monitor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/monitor"
)

// fixed is a decoder of one route.
type fixed struct{ decode, routed func() }

func (f fixed) Route() model.Route {
	f.routed()
	return model.Route{Device: "d", Name: "d", Metric: "m"}
}

func (f fixed) Copy() model.Decoder { return f }

func (f fixed) Decode(*model.Message, *model.Decoded) { f.decode() }

func explode() { panic("no such thing") }

// TestPanics has a panic in each place that the monitor calls. The source has
// more to hand over than the channel holds.
func TestPanics(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"source", "decoder", "decoder after the source", "constructor", "under the lock", "recycle", "stats"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sourceEnded := false
				s := &script{batches: make(chan model.Batch, 2)}
				s.run = func(ctx context.Context) error {
					defer func() { sourceEnded = true }()
					if where == "source" {
						explode()
					}
					if where == "decoder after the source" {
						s.batches <- says("1")
						return nil
					}
					for range 10 {
						s.batches <- says("1")
					}
					<-ctx.Done()
					time.Sleep(time.Second) // it takes a while to end
					close(s.batches)
					return nil
				}
				newDecoder := func(string) model.Decoder {
					if where == "constructor" {
						explode()
					}
					routed := 0
					return fixed{
						decode: func() {
							if strings.HasPrefix(where, "decoder") {
								explode()
							}
						},
						routed: func() {
							if routed++; routed > 1 && where == "under the lock" {
								explode()
							}
						},
					}
				}
				store := model.NewStore(newDecoder, model.Limits{})
				if where == "recycle" {
					s.recycled = func(model.Batch) { explode() }
				}
				s.stats = func() model.SourceStats {
					if where == "stats" {
						explode()
					}
					time.Sleep(time.Millisecond) // the source may end meanwhile
					return model.SourceStats{}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := monitor.New(s, store).Run(ctx)
				e, ok := errors.AsType[*crash.Error](err)
				if !ok {
					t.Fatalf("%v is no panic", err)
				}
				if e.Error() != "internal error: no such thing" || !strings.Contains(string(e.Stack), "monitor_test.explode") {
					t.Errorf("%v\n%s", e, e.Stack)
				}
				if !sourceEnded {
					t.Error("the source was not waited for")
				}
				_ = store.Status() // would wait for ever if the lock were held
				_ = store.Devices(true)
			})
		})
	}
}
