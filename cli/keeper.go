package cli

import (
	"context"
	"errors"
	"net"
	"sync"

	"labtop/crash"
	"labtop/model"
	"labtop/retained"
	"labtop/subscriber"
	"labtop/ui"
)

// keeper clears what the broker of a live lab keeps: a ui.Retained. It makes connections
// beside that of the lab.
type keeper struct {
	config *Config
	dial   func(context.Context) (net.Conn, error) // nil for the broker of the config
	say    func(text string)                       // tells people, once there is no screen
	fail   func(error)
	// ctx is that of the watching, and running what goes on in it.
	ctx     context.Context //nolint:containedctx // a key begins it, and it ends with the lab
	running sync.WaitGroup

	mu sync.Mutex
	// lastWords are what became of a clearing that the end of the program interrupted.
	lastWords []string
}

// clears lets the screen clear what the broker keeps, unless nothing may be published.
func (l *live) clears(a *app, c *Config, dial func(context.Context) (net.Conn, error)) {
	if !c.ReadOnly {
		l.keeper = &keeper{config: c, dial: dial, fail: a.fail, say: func(text string) { say(a.env.Stderr, text) }}
	}
}

// alive is ctx, which also ends with the lab. The returned function says that it is of no
// more use.
func (k *keeper) alive(ctx context.Context) (context.Context, func()) {
	k.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(k.ctx, crash.Guarded(k.fail, cancel))
	return ctx, func() {
		stop()
		cancel()
		k.running.Done()
	}
}

// Find is of ui.Retained.
func (k *keeper) Find(ctx context.Context, of model.Key) (p retained.Plan, err error) {
	ctx, done := k.alive(ctx)
	defer done()
	filter := of.Topic
	if filter == "" {
		filter = "#"
	}
	kept := new(retained.Kept)
	answers, err := subscriber.FindRetained(ctx, k.options(filter), kept.Add)
	if err == nil {
		err = nothingGranted(&model.Connection{Subscriptions: answers})
	}
	switch {
	case err != nil:
		return p, errors.New(explained(err))
	case of.Topic != "":
		return retained.Plan{Items: retained.Loose(kept.Messages())}, nil
	case kept.More > 0:
		return p, errMore
	}
	conventions, err := newConventions(k.config)
	if err != nil {
		return p, err
	}
	return retained.Left(kept.Messages(), of.Device+"/", conventions.Decoder)
}

// options are those of a connection that asks for a filter.
func (k *keeper) options(filter string) subscriber.Options {
	o := keptOptions(k.config, filter)
	o.Dial = k.dial
	return o
}

// Clear is of ui.Retained.
func (k *keeper) Clear(ctx context.Context, p retained.Plan, tell func(done int)) ui.ClearReport {
	ctx, done := k.alive(ctx)
	defer done()
	topics := retained.Topics(p.Items)
	cleared, err := subscriber.ClearRetained(ctx, k.options("#"), topics, tell)
	report := clearedReport(ctx, topics, &cleared, err)
	if k.ctx.Err() != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.lastWords = append(report.Problems, report.Text)
	}
	return report
}

// leave waits until nothing goes on any more, and says what nobody has seen yet.
func (k *keeper) leave() {
	k.running.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, text := range k.lastWords {
		k.say(text)
	}
}
