package subscriber

import (
	"context"
	"strings"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// A broker may have several addresses. An attempt to connect is a round: each is tried
// once, until one takes the connection. The first is the one after that which was lost
// last, so that the nodes of a cluster that hang cost nothing. The waits are between
// rounds, not within one. With a single address a round is one attempt.

// round tries each address once, until there is a connection, and serves that until it
// is lost. It returns why there is none, and how long the round took if it failed.
func (s *Source) round(ctx context.Context) (why *ConnectError, took time.Duration) {
	start := time.Now()
	var failed []*ConnectError
	for {
		s.change(model.Connecting, func(c *model.Connection) {
			c.NextTry = time.Time{}
			c.Broker = safetext.Clean(s.options.url())
		})
		why, was := s.connection(ctx)
		if was || ctx.Err() != nil {
			return why, 0
		}
		if failed = append(failed, why); len(failed) > len(s.options.Others) {
			return joined(failed), time.Since(start)
		}
		s.change(model.Waiting, func(c *model.Connection) {
			c.Problem, c.Hint, c.NextTry = why.Summary, why.Hint, time.Now()
		})
		s.options.turn()
	}
}

// open is openHere at the first of the broker's addresses that takes the connection, which
// then is the Broker of o.
func open(ctx context.Context, o *Options, receive func(model.Message), fail func(error)) (*session, error) {
	var failed []*ConnectError
	for {
		s, err := openHere(ctx, o, receive, fail)
		if err == nil || ctx.Err() != nil || len(o.Others) == 0 {
			return s, err
		}
		if failed = append(failed, o.classify(err)); len(failed) > len(o.Others) {
			return nil, joined(failed)
		}
		o.turn()
	}
}

// joined is the error of a broker none of whose addresses takes a connection: it has the
// words of each. Where trying again soon is of no use at one, it is not at any, since the
// name, the password and the certificates are the same.
func joined(failed []*ConnectError) *ConnectError {
	all := *failed[len(failed)-1]
	var words []string
	for _, why := range failed {
		words = append(words, why.Summary)
		all.lasting = all.lasting || why.lasting
		if all.Hint == "" {
			all.Hint = why.Hint
		}
	}
	all.Summary = strings.Join(words, "; ")
	return &all
}
